# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""Pictures on a real database with real keys: sealed, bound to their conversation, gone with their subject."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image

from appliance.aftersales.evidence import service
from appliance.aftersales.evidence.model import NotAnImage
from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.clock import FixedClock
from appliance.db import Connection, Database
from appliance.errors import NotFound, TooLarge
from appliance.ids import ConversationId, ShopId, SubjectId, uuid7
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from security.errors import SubjectErased

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DEMO = ShopId("demo")


class Conversations:
    """Knows one conversation."""

    def __init__(self) -> None:
        self.conversation_id = ConversationId(uuid7())
        self.subject = SubjectId(uuid7())

    async def subject_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId:
        if conversation_id != self.conversation_id:
            raise NotFound("no such conversation")
        return self.subject


@dataclass
class Place:
    room: EvidenceRoom
    conversations: Conversations
    keys: KeyRing
    db: Database

    @property
    def conversation_id(self) -> ConversationId:
        return self.conversations.conversation_id

    async def keep(self, content: bytes) -> UUID:
        return (await self.room.keep(DEMO, self.conversation_id, content)).evidence_id


@pytest.fixture
async def place(db: Database, tmp_path: Path) -> Place:
    clock = FixedClock(NOW)
    conversations = Conversations()
    keys = KeyRing(FileRootKey(tmp_path / "root.key"), Suite.AES_256_GCM, clock)
    async with db.transaction(DEMO) as conn:
        await conn.execute("INSERT INTO shop (shop_id, name) VALUES (%s, %s)", (DEMO, DEMO))
        await keys.create_subject(conn, DEMO, conversations.subject)
    return Place(EvidenceRoom(db, keys, conversations, clock, most_bytes=100_000), conversations, keys, db)


def picture(red: int = 200) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), (red, 30, 30)).save(out, "PNG")
    return out.getvalue()


async def test_what_was_kept_opens_as_it_came(place: Place) -> None:
    kept = await place.room.keep(DEMO, place.conversation_id, picture())

    opened = await place.room.open(DEMO, place.conversation_id, kept.evidence_id)

    assert opened.content == picture()
    assert kept.sha256 == sha256(picture()).digest()
    assert await place.room.find(DEMO, place.conversation_id, kept.evidence_id) == kept


async def test_a_view_is_a_jpeg(place: Place) -> None:
    seen = await place.room.view(DEMO, place.conversation_id, await place.keep(picture()))

    assert seen.startswith(b"\xff\xd8\xff")


@pytest.mark.control("P-03", "M-29")
async def test_it_stands_sealed_in_the_database(place: Place) -> None:
    await place.keep(picture())

    async with place.db.transaction(DEMO) as conn:
        row = await (await conn.execute("SELECT sealed FROM evidence")).fetchone()

    assert row is not None
    assert b"IHDR" not in row[0]


@pytest.mark.control("M-16")
async def test_elsewhere_it_does_not_exist(place: Place) -> None:
    evidence_id = await place.keep(picture())

    for shop, conversation in [(ShopId("other"), place.conversation_id), (DEMO, ConversationId(uuid4()))]:
        with pytest.raises(NotFound):
            await place.room.open(shop, conversation, evidence_id)


async def test_nothing_is_kept_for_a_conversation_that_is_not_there(place: Place) -> None:
    with pytest.raises(NotFound):
        await place.room.keep(DEMO, ConversationId(uuid4()), picture())


@pytest.mark.control("M-27")
async def test_limits_hold(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_IN_A_CONVERSATION", 2)
    for red in (1, 2):
        await place.keep(picture(red))

    with pytest.raises(TooLarge, match="2 pictures"):
        await place.keep(picture(3))
    with pytest.raises(TooLarge):
        await place.keep(picture() + b"\0" * 100_000)
    with pytest.raises(NotAnImage):
        await place.keep(b"no picture")


@pytest.mark.control("P-21")
async def test_with_its_subject_it_is_gone(place: Place) -> None:
    evidence_id = await place.keep(picture())

    async with place.db.transaction(DEMO) as conn:
        await place.keys.destroy_subject(conn, DEMO, place.conversations.subject)

    with pytest.raises(SubjectErased):
        await place.room.open(DEMO, place.conversation_id, evidence_id)
