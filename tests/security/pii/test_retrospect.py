"""A value that a later message completes is masked in the earlier ones too."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.subject import SubjectKeys
from security.crypto.suites import Suite
from security.pii.analyzer import Analyzer
from security.pii.known import KnownValues
from security.pii.masker import Masker
from security.pii.model import PiiType
from security.pii.retrospect import Kept, may_continue
from security.pii.vault import Vault

Connection = psycopg.AsyncConnection[Any]
SHOP = "s1"


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


class Conversation:
    """Keeps messages in memory, as a store of them would."""

    def __init__(self, masker: Masker, conn: Connection, keys: SubjectKeys) -> None:
        self.id = uuid4()
        self.kept: dict[UUID, str] = {}
        self._masker, self._conn, self._keys = masker, conn, keys

    async def recent(self, conn: Connection) -> list[Kept]:  # noqa: ARG002
        return [Kept(id_, text) for id_, text in list(self.kept.items())[-3:]]

    async def replace(self, conn: Connection, id_: UUID, text: str) -> None:  # noqa: ARG002
        self.kept[id_] = text

    async def say(self, text: str) -> str:
        masked = await self._masker.mask_after(self._conn, SHOP, self.id, self._keys, text, self)
        self.kept[uuid4()] = masked
        return masked

    async def value(self, placeholder: str) -> str | None:
        return await self._masker.reveal(self._conn, SHOP, self.id, self._keys, placeholder)


@pytest.fixture
async def conn(database_url: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        await conn.execute("SET ROLE appliance_app")
        await conn.execute("SELECT set_config('app.shop_id', %s, false)", [SHOP])
        yield conn


@pytest.fixture
async def keys(conn: Connection, tmp_path: Path) -> SubjectKeys:
    ring = KeyRing(FileRootKey(tmp_path / "root.key"), Suite.AES_256_GCM, Clock())
    return await ring.create_subject(conn, SHOP, uuid4())


@pytest.fixture
def masker() -> Masker:
    return Masker(Analyzer(), Vault(Clock(), uuid4))


@pytest.fixture
def conversation(masker: Masker, conn: Connection, keys: SubjectKeys) -> Conversation:
    return Conversation(masker, conn, keys)


@pytest.mark.control("K1")
async def test_every_part_becomes_the_same_placeholder(conversation: Conversation) -> None:
    for message in ("我手机 138", "0013", "8000 记好没"):
        await conversation.say(message)
    assert list(conversation.kept.values()) == ["我手机 ⟨手机1⟩", "⟨手机1⟩", "⟨手机1⟩ 记好没"]
    assert await conversation.value("⟨手机1⟩") == "13800138000"


async def test_a_word_that_comes_later_explains_what_came_before(conversation: Conversation) -> None:
    for message in ("520103", "19881228", "4719", "连起来是我身份证"):
        await conversation.say(message)
    assert list(conversation.kept.values())[:3] == ["⟨身份证1⟩"] * 3


async def test_what_is_masked_already_stays_as_it_is(conversation: Conversation) -> None:
    await conversation.say("手机13800138000")
    await conversation.say("邮箱li@example.com")
    assert list(conversation.kept.values()) == ["手机⟨手机1⟩", "邮箱⟨邮箱1⟩"]


async def test_parts_of_an_order_number_stay_readable(conversation: Conversation) -> None:
    for message in ("订单号 20261110", "123456", "连起来是一个单号"):
        await conversation.say(message)
    assert list(conversation.kept.values()) == ["订单号 20261110", "123456", "连起来是一个单号"]


async def test_what_was_said_once_is_known_from_then_on(
    conversation: Conversation, masker: Masker, conn: Connection, keys: SubjectKeys
) -> None:
    await conversation.say("收件人：田丽华，手机13800138000")
    known = await masker.known_values(conn, SHOP, conversation.id, keys)
    later = "让田丽华明天在家等"
    assert await masker.mask(conn, SHOP, conversation.id, keys, later, known=known) == "让⟨姓名1⟩明天在家等"


async def test_a_customers_own_values_need_no_word(
    conversation: Conversation, masker: Masker, conn: Connection, keys: SubjectKeys
) -> None:
    own = KnownValues([(PiiType.NAME, "高兴")])
    assert await masker.mask(conn, SHOP, conversation.id, keys, "替高兴问一下", known=own) == "替⟨姓名1⟩问一下"


def test_most_messages_are_not_read_together() -> None:
    assert not may_continue([], "0013")
    assert not may_continue([Kept(uuid4(), "好的")], "谢谢")
    assert may_continue([Kept(uuid4(), "138")], "0013")
