"""Engines of speech killed, hung, slowed or answering nonsense on a call: no call is lost, nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from time import monotonic

import pytest
import pytest_asyncio

from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.config_voice import VoiceSettings
from appliance.evaluation.calls.performance import STILL_MS
from appliance.evaluation.calls.session import READY_S, CallCentre, Desk, told_at, voice_section
from appliance.evaluation.calls.telephone import Telephone
from appliance.evaluation.model import Case
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.installation.rungs import Rung
from appliance.voice.own_engines import VOICE
from models.asr.engine import Folders
from models.asr.launcher import SELF_TEST_MODEL
from tests.asr.worker import AsrWorker
from tests.e2e.chaos.proxy import Fault, Proxy, address_of
from tests.e2e.chaos.striking import frozen, is_whole, kept_down, killed
from tests.e2e.chaos.trial import LOOK_S, Row, Sign, rung_sign, tell
from tests.e2e.speech import refuse_without_speech
from tests.models.tts.server import KEY
from tests.models.tts.worker import ENGINE, started

pytestmark = [pytest.mark.soak, pytest.mark.asyncio(loop_scope="module")]

WORDS = "我要退货"
HOLD_S = 6.0
_ENDED_S = 120.0
FAULTS = [fault for fault in Fault if fault is not Fault.DRIPPING]
Failing = Callable[[], AbstractAsyncContextManager[None]]


class Site:
    """A call centre, and what stands before its engines where they are not its own."""

    def __init__(self, place: Throwaway, centre: CallCentre, proxies: dict[str, Proxy]) -> None:
        self.place = place
        self.centre = centre
        self.proxies = proxies


@asynccontextmanager
async def calling(voice: VoiceSettings, proxies: dict[str, Proxy]) -> AsyncIterator[Site]:
    section = voice_section(Settings(state_dir="/nowhere", voice=voice))
    async with throwaway(section, ready_s=READY_S) as place, CallCentre.at(place) as centre:
        yield Site(place, centre, proxies)


@pytest.fixture(scope="module")
def parts() -> None:
    refuse_without_speech()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apart(parts: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Engines that somebody else runs, each behind a proxy."""
    folder = tmp_path_factory.mktemp("engines")
    key = folder / "speech.key"
    key.write_text(KEY)
    key.chmod(0o600)
    recogniser = AsrWorker(folder, Folders(final=SELF_TEST_MODEL))
    try:
        recogniser.wait()
        async with AsyncExitStack() as opened:
            speaker = opened.enter_context(started(ENGINE))
            ears = await opened.enter_async_context(Proxy.before(address_of(recogniser.url)))
            mouth = await opened.enter_async_context(Proxy.before(address_of(speaker.url)))
            voice = VoiceSettings(
                enabled=True,
                recogniser_url=f"ws://127.0.0.1:{ears.port}",
                speaker_url=f"{mouth.url}/v1",
                speaker_key_file=str(key),
                voice=VOICE,
            )
            yield await opened.enter_async_context(calling(voice, {"recogniser": ears, "speaker": mouth}))
    finally:
        recogniser.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own(parts: None) -> AsyncIterator[Site]:
    """Engines that the appliance runs itself."""
    async with calling(VoiceSettings(enabled=True), {}) as site:
        yield site


def spoken_return() -> Case:
    return next(each for each in told_at(SystemClock().now()) if each.id == "call-return-by-number")


async def _seen(sign: Sign | None, began: float) -> float | None:
    """A sign may be gone again while the caller still speaks, so it is looked for from the beginning."""
    if sign is None:
        return None
    await sign.comes()
    return monotonic() - began


async def until_heard(desk: Desk, phone: Telephone, sound: bytes) -> None:
    """Said again where it was not, as people do."""
    while not any(entry.type == "customer.said" for entry in await desk.log()):
        await phone.say(sound)
        await phone.until_still(STILL_MS)


async def tried(what: str, site: Site, fault: Failing, sign: Sign | None) -> tuple[Row, list[str]]:
    """A caller is in the middle of a call when it breaks; what the log says of his call. Another calls afterwards."""
    centre = site.centre
    sound = await centre.voice.of(WORDS)
    over_s = None
    async with centre.rings(spoken_return()) as desk:
        async with Telephone.dial(centre.ports, number=desk.caller, called=desk.number) as phone:
            await phone.until_sound()
            await phone.until_still(STILL_MS)
            await until_heard(desk, phone, sound)
            async with fault():
                began = monotonic()
                coming = asyncio.create_task(_seen(sign, began))
                while monotonic() < began + HOLD_S and not phone.is_over:
                    await phone.say(sound)
                seen_s = await coming
            healed = monotonic()
        log = await ended(desk)
        assert await desk.received() == ([], 0)
    if sign is not None:
        await sign.goes()
        over_s = monotonic() - healed
    good_s = await served_after(centre, healed)
    row = Row(
        what=what,
        open=0,
        seen_s=seen_s,
        lasted_s=healed - began,
        longest_s=0.0,
        good_s=good_s,
        over_s=over_s,
        all_s=monotonic() - healed,
    )
    return row, log


async def ended(desk: Desk) -> list[str]:
    """The types of all entries of a call, once it is over."""
    async with asyncio.timeout(_ENDED_S):
        while "call.measured" not in (log := [entry.type for entry in await desk.log()]):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
    return log


async def served_after(centre: CallCentre, healed: float) -> float:
    """How long after the end a new caller's words were understood and answered."""
    async with (
        centre.rings(spoken_return()) as desk,
        Telephone.dial(centre.ports, number=desk.caller, called=desk.number) as phone,
    ):
        await phone.until_sound()
        await phone.until_still(STILL_MS)
        await until_heard(desk, phone, await centre.voice.of(WORDS))
        good_s = monotonic() - healed
        await phone.until_still(STILL_MS)
        assert [each.words for each in await desk.log() if each.type == "bot.said"][1:], "nothing was answered"
    return good_s


async def returns_once(centre: CallCentre) -> None:
    """A whole return by a spoken number is written once."""
    verdict = await centre.play(spoken_return())
    assert (verdict.why, verdict.played.error) == ((), None), verdict.played.transcript
    assert len(verdict.played.received) == 1


@pytest.mark.parametrize("part", ["recogniser", "speaker"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_call_that_it_meets_is_not_lost_and_the_next_is_served(
    fault: Fault, part: str, apart: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    row, log = await tried(f"{part} {fault}, on a call", apart, partial(apart.proxies[part].failing, fault), None)
    tell(capfd, [row])
    assert log.count("call.measured") == 1
    assert log.count("call.ended") <= 1


async def test_a_recogniser_of_its_own_that_dies_is_a_rung_until_it_hears_again(
    own: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    state_dir = own.place.state_dir
    sign = rung_sign(state_dir, Rung.KEYPAD)
    row, log = await tried("own recogniser killed", own, partial(killed, state_dir, "recogniser"), sign)
    tell(capfd, [row])
    assert log.count("call.measured") == 1
    await returns_once(own.centre)


async def test_a_speaker_of_its_own_that_dies_is_started_again(own: Site, capfd: pytest.CaptureFixture[str]) -> None:
    state_dir = own.place.state_dir
    sign = Sign(lambda: not is_whole(state_dir), lambda: is_whole(state_dir))
    row, log = await tried("own speaker killed", own, partial(killed, state_dir, "speaker"), sign)
    tell(capfd, [row])
    assert log.count("call.measured") == 1
    await returns_once(own.centre)


async def test_a_speaker_of_its_own_that_cannot_come_up_is_a_rung_until_it_speaks_again(
    own: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    state_dir = own.place.state_dir
    sign = rung_sign(state_dir, Rung.PLAIN_VOICE)
    row, log = await tried("own speaker kept down", own, partial(kept_down, state_dir, "speaker"), sign)
    tell(capfd, [row])
    assert log.count("call.measured") == 1
    await returns_once(own.centre)


@pytest.mark.parametrize("process", ["recogniser", "speaker"])
async def test_an_engine_of_its_own_that_freezes_goes_on_when_it_thaws(
    process: str, own: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    row, log = await tried(f"own {process} frozen", own, partial(frozen, own.place.state_dir, process), None)
    tell(capfd, [row])
    assert log.count("call.measured") == 1
