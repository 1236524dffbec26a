# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""A call is heard by who may, for a purpose, with a record first; what was changed is not played, and it is said."""

import io
import wave
from uuid import UUID, uuid4

import numpy as np
import pytest

from appliance.db import Connection
from appliance.ids import ConversationId, ShopId, SubjectId
from appliance.voice.recording.service import Recordings
from security import aigc
from security.access.permissions import Role
from tests.appliance.channels.staff.test_values import SHOP, Talked
from tests.appliance.channels.staff.world import ANALYZER, Browser, StaffWorld
from tests.appliance.voice.recording.test_recordings import feed, greeting

DISPUTE = {"purpose": "dispute", "reason": "核对13900139000的通话"}


class Called(Talked):
    """A call of 25 seconds in which the caller greets."""

    recording_id: UUID

    async def subject_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId:
        return SubjectId(self.subject_id)

    async def call(self, *, is_refused: bool = False) -> "Called":
        await self.begin()
        world = self.staff.world
        recordings = Recordings(self.staff.db, world.ring, self, ANALYZER, world.clock)
        async with recordings.record(ShopId(SHOP), ConversationId(self.conversation_id)) as recorder:
            feed(recorder, 25)
            recorder.transcribed(greeting())
            if is_refused:
                await recorder.refuse()
        [row] = await self.staff.log.rows("SELECT recording_id FROM recording")
        self.recording_id = row[0]
        return self

    @property
    def all(self) -> str:
        return f"/conversations/{self.conversation_id}/recordings"

    @property
    def audio(self) -> str:
        return f"{self.all}/{self.recording_id}/audio"

    async def told(self, action: str) -> list[tuple[str, str, str]]:
        records = [each for each in await self.staff.world.records() if each["action"] == action]
        return [(each["kind"], each["outcome"], each["reason"]) for each in records]

    async def change(self, statement: str) -> None:
        async with self.staff.db.transaction(ShopId(SHOP)) as conn:
            await conn.execute(statement)


@pytest.fixture
async def called(staff: StaffWorld) -> Called:
    return await Called(staff).call()


@pytest.fixture
async def supervisor(called: Called) -> Browser:
    return await called.person(Role.SUPERVISOR, SHOP)


@pytest.mark.control("M-18", "M-35", "L-03", "K10")
async def test_a_call_is_heard_for_a_purpose_recorded_and_labelled(called: Called, supervisor: Browser) -> None:
    [listed] = (await supervisor.get(called.all)).json()
    assert (listed["recording_id"], listed["ending"], listed["length_ms"]) == (str(called.recording_id), "kept", 25_000)

    answer = await supervisor.post(called.audio, DISPUTE)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert answer.headers["cache-control"] == "no-store"
    assert aigc.read_wav(answer.content) == aigc.Metadata(content_producer=SHOP, produce_id=str(called.recording_id))
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 25 * 8000)
        sound = np.frombuffer(file.readframes(25 * 8000), "<i2").reshape(-1, 2)
    caller, bot = np.abs(sound.astype(int)).T
    assert caller[: 1500 * 8].max() == caller[3500 * 8 :].max() == 0
    assert caller[1500 * 8 : 3500 * 8].min() > 8000
    assert bot.min() > 8000
    assert await called.told("recording.list") == [("event", "success", "")]
    assert await called.told("recording.play") == [("intent", "pending", ""), ("outcome", "success", "dispute")]
    played = [each for each in await called.staff.world.records() if each["action"] == "recording.play"][-1]
    assert played["detail"] == {"recording": str(called.recording_id), "note": "核对⟨手机⟩的通话"}


@pytest.mark.control("M-21", "M-35")
async def test_while_nothing_is_sealed_no_sound_leaves(called: Called, supervisor: Browser) -> None:
    staff = called.staff
    hasty = StaffWorld(staff.world, staff.db, staff.log, people=staff.people, seal_s=0.2).browser()
    hasty.http.cookies, hasty.csrf = supervisor.http.cookies, supervisor.csrf
    await staff.log.kill()
    answer = await hasty.post(called.audio, DISPUTE)
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")
    staff.log.revive()


FLIP = "UPDATE recording_chunk SET sealed = set_byte(sealed, 500, get_byte(sealed, 500) # 1) WHERE place = 1"


@pytest.mark.control("M-28")
async def test_what_was_changed_is_not_played_and_said(called: Called, supervisor: Browser) -> None:
    """A byte, the count, a chunk in another's place, a chunk that is gone; mended, it plays."""
    for change, code in (
        (FLIP, "ciphertext_refused"),
        (FLIP, None),
        ("UPDATE recording SET chunks = 2", "recording_refused"),
        ("UPDATE recording SET chunks = 3", None),
        ("DELETE FROM recording_chunk WHERE place = 2", "recording_refused"),
        ("UPDATE recording_chunk SET place = 2 WHERE place = 1", "ciphertext_refused"),
    ):
        await called.change(change)
        answer = await supervisor.post(called.audio, DISPUTE)
        last = (await called.told("recording.play"))[-1]
        if code is None:
            assert (answer.status_code, last[1]) == (200, "success")
        else:
            assert (answer.status_code, answer.json()["code"]) == (500, "recording_refused")
            assert last == ("outcome", "failure", code)


@pytest.mark.control("M-16", "M-35")
async def test_who_serves_another_shop_finds_nothing(called: Called) -> None:
    other = await called.person(Role.SUPERVISOR, "shop-2")
    assert (await other.get(called.all)).status_code == 404
    assert (await other.post(called.audio, DISPUTE)).status_code == 404
    assert await called.told("recording.list") == [("event", "denied", "not_found")]


@pytest.mark.control("L-05")
async def test_of_who_refused_there_is_nothing_to_hear(staff: StaffWorld) -> None:
    called = await Called(staff).call(is_refused=True)
    supervisor = await called.person(Role.SUPERVISOR, SHOP)
    [listed] = (await supervisor.get(called.all)).json()
    assert (listed["ending"], listed["length_ms"]) == ("refused", 0)
    assert (await supervisor.post(called.audio, DISPUTE)).status_code == 404


@pytest.mark.control("P-11")
async def test_what_is_not_there_not_over_and_what_was_erased_with_its_customer(
    called: Called, supervisor: Browser
) -> None:
    assert (await supervisor.post(f"{called.all}/{uuid4()}/audio", DISPUTE)).status_code == 404
    assert (await supervisor.post(called.audio, {"purpose": "curiosity"})).status_code == 422
    await called.erase()
    assert (await supervisor.post(called.audio, DISPUTE)).status_code == 404
    await called.change(
        "UPDATE recording SET ended_at = NULL, ending = NULL, chunks = NULL, length_ms = NULL, silenced_ms = NULL, "
        "sha256 = NULL"
    )
    assert (await supervisor.post(called.audio, DISPUTE)).json()["code"] == "still_recording"
