"""A value that a later message completes is masked in the earlier ones too."""

from collections.abc import AsyncIterator, Sequence
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
from security.pii.confidence import OTHER_NUMBER
from security.pii.mask import Part
from security.pii.masker import Fact, Masker
from security.pii.model import PiiType
from security.pii.retrospect import Kept, Replaced, may_continue, may_go_on
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
        self.replaced: list[Replaced] = []
        self._masker, self._conn, self._keys = masker, conn, keys

    async def recent(self, conn: Connection) -> list[Kept]:  # noqa: ARG002
        return [Kept(id_, text) for id_, text in list(self.kept.items())[-3:]]

    async def replace(self, conn: Connection, replaced: Sequence[Replaced]) -> None:  # noqa: ARG002
        self.kept |= {each.id: each.text for each in replaced}
        self.replaced += replaced

    async def say(self, text: str, *expected: str) -> str:
        masked = await self._masker.mask_after(
            self._conn, SHOP, self.id, self._keys, text, self, expected=frozenset(expected)
        )
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
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(FileRootKey(tmp_path / "root.key"), Suite.AES_256_GCM, Clock())


@pytest.fixture
async def keys(conn: Connection, ring: KeyRing) -> SubjectKeys:
    return await ring.create_subject(conn, SHOP, uuid4())


@pytest.fixture
def vault() -> Vault:
    return Vault(Clock(), uuid4)


@pytest.fixture
def masker(vault: Vault) -> Masker:
    return Masker(Analyzer(), vault)


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


async def test_what_was_written_is_told_to_whoever_keeps_it(conversation: Conversation) -> None:
    for message in ("我手机 138", "0013", "8000 记好没"):
        await conversation.say(message)
    assert [each.parts for each in conversation.replaced] == [
        (Part("138", "⟨手机1⟩"),),
        (Part("0013", "⟨手机1⟩"),),
    ]
    assert {each.types for each in conversation.replaced} == {frozenset({PiiType.PHONE})}


async def test_two_digits_may_be_the_end_of_a_number(conversation: Conversation) -> None:
    for message in ("138001", "380", "00"):
        await conversation.say(message)
    assert list(conversation.kept.values()) == ["⟨手机1⟩"] * 3


async def test_an_address_in_parts_is_kept_whole(conversation: Conversation) -> None:
    await conversation.say("寄到文三路")
    await conversation.say("100号5幢302室")
    assert await conversation.value("⟨地址1⟩") == "文三路100号5幢302室"


async def test_what_was_asked_for_says_nothing_of_earlier_messages(conversation: Conversation) -> None:
    """The tail of a phone number was said before anybody asked for a code."""
    await conversation.say("8000")
    assert await conversation.say("482913", PiiType.OTP) == "⟨验证码⟩"
    assert next(iter(conversation.kept.values())) == "8000"


async def test_what_was_masked_says_nothing_of_the_next_number(conversation: Conversation) -> None:
    assert await conversation.say("6222020200012345670") == "⟨银行卡1⟩"
    assert await conversation.say("622202020001234") == "622202020001234"


async def test_a_number_of_another_kind_stays_readable_where_it_was_asked_for(conversation: Conversation) -> None:
    assert await conversation.say("6222020200012345670", OTHER_NUMBER) == "6222020200012345670"
    assert await conversation.say("13800138000", OTHER_NUMBER) == "⟨手机1⟩"
    assert next(iter(conversation.kept.values())) == "6222020200012345670"


async def test_until_somebody_says_what_it_is(conversation: Conversation) -> None:
    await conversation.say("622202020001234567")
    await conversation.say("这是我银行卡号")
    assert next(iter(conversation.kept.values())) == "⟨银行卡1⟩"


async def test_what_was_said_once_is_known_from_then_on(
    conversation: Conversation, masker: Masker, conn: Connection, keys: SubjectKeys, vault: Vault
) -> None:
    await conversation.say("收件人：田丽 华，手机13800138000")
    assert await conversation.say("田丽华的手机也是13900139000") == "⟨姓名1⟩的手机也是⟨手机2⟩"
    kept = await vault.of(conn, SHOP, conversation.id)
    assert masker.with_known(keys, kept, "让田丽华等，不是⟨姓名1⟩") == "让⟨姓名1⟩等，不是⟨姓名1⟩"


async def test_facts_of_another_system_are_masked_and_known_from_then_on(
    conversation: Conversation, masker: Masker, conn: Connection, keys: SubjectKeys, vault: Vault
) -> None:
    facts = [
        Fact("高兴", PiiType.NAME),
        Fact("138 0013 8000", PiiType.PHONE),
        Fact("0571-88886666", PiiType.PHONE),
        Fact("138****8000", PiiType.PHONE),
        Fact("和平里小区3栋", PiiType.ADDRESS),
        Fact("高兴 已在和平里小区 3栋签收，派件员13900139000⟨手机1⟩"),
    ]
    assert await masker.mask_facts(conn, SHOP, conversation.id, keys, facts) == [
        "⟨姓名1⟩",
        "⟨手机1⟩",
        "⟨座机1⟩",
        "138****8000",
        "⟨地址1⟩",
        "⟨姓名1⟩ 已在⟨地址1⟩签收，派件员⟨手机2⟩〈手机1〉",
    ]
    assert await masker.mask_facts(conn, SHOP, conversation.id, keys, facts[:1]) == ["⟨姓名1⟩"]
    kept = await vault.of(conn, SHOP, conversation.id)
    assert masker.with_known(keys, kept, "替高兴问一下") == "替⟨姓名1⟩问一下"


async def test_facts_without_a_whole_value_go_on_with_the_numbers_that_are_there(
    conversation: Conversation, masker: Masker, conn: Connection, keys: SubjectKeys
) -> None:
    await conversation.say("手机13900139000")
    facts = [Fact("派件员13800138000")]
    assert await masker.mask_facts(conn, SHOP, conversation.id, keys, facts) == ["派件员⟨手机2⟩"]


async def test_another_subjects_values_are_not_looked_for(
    conversation: Conversation, masker: Masker, conn: Connection, keys: SubjectKeys, vault: Vault, ring: KeyRing
) -> None:
    await conversation.say("收件人：田丽华")
    stranger = await ring.create_subject(conn, SHOP, uuid4())
    kept = await vault.of(conn, SHOP, conversation.id)
    assert masker.with_known(stranger, kept, "让田丽华等") == "让田丽华等"


def test_most_messages_are_not_read_together() -> None:
    assert not may_continue([], "0013")
    assert not may_continue([Kept(uuid4(), "好的")], "谢谢")
    assert may_continue([Kept(uuid4(), "138")], "0013")


def test_what_begins_with_a_digit_or_takes_something_back_may_be_of_a_number() -> None:
    assert all(map(may_go_on, ["00", " 80", "，嗯8000", "X", "〇零", "2件", "最后两位错了，是84", "刚才打错了"]))
    assert not any(map(may_go_on, ["好的", "谢谢", "买2件", "Xiaomi", ""]))


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("messages", "kept", "number"),
    [
        (["手机号是13957126048", "后四位错了，是6084"], ["手机号是⟨手机1⟩", "后四位错了，是⟨手机2⟩"], "13957126084"),
        (["手机号是13957126048", "后四位错了", "6084"], ["手机号是⟨手机1⟩", "后四位错了", "⟨手机2⟩"], "13957126084"),
        (["手机号是13957126048", "不对，是6084"], ["手机号是⟨手机1⟩", "不对，是⟨手机2⟩"], "13957126084"),
        (["13957126048", "把6048改成6084"], ["⟨手机1⟩", "把⟨手机1⟩改成⟨手机2⟩"], "13957126084"),
        (["13957126048", "不是6048，是6084"], ["⟨手机1⟩", "不是⟨手机1⟩，是⟨手机2⟩"], "13957126084"),
        (["13957126048", "前三位写错了，应该是138"], ["⟨手机1⟩", "前三位写错了，应该是⟨手机2⟩"], "13857126048"),
        (["13957126048", "尾号六零八四才对"], ["⟨手机1⟩", "尾号⟨手机2⟩才对"], "13957126084"),
        (["13957126048", "尾号6084", "刚才打错了"], ["⟨手机1⟩", "尾号⟨手机2⟩", "刚才打错了"], "13957126084"),
        (["13957126048", "最后两位不对，是84"], ["⟨手机1⟩", "最后两位不对，是⟨手机2⟩"], "13957126084"),
        (
            ["手机号是13957126048", "最后一位不是8是6"],
            ["手机号是⟨手机1⟩", "最后一位不是⟨手机1⟩是⟨手机2⟩"],
            "13957126046",
        ),
        (["13957126048", "倒数第二位错了", "9"], ["⟨手机1⟩", "倒数第二位错了", "⟨手机2⟩"], "13957126098"),
    ],
)
async def test_what_corrects_a_masked_number_is_masked_and_stands_for_the_right_one(
    conversation: Conversation, messages: list[str], kept: list[str], number: str
) -> None:
    for message in messages:
        await conversation.say(message)
    assert list(conversation.kept.values()) == kept
    assert await conversation.value("⟨手机2⟩") == number


async def test_the_number_that_is_named_is_the_one_that_is_corrected(conversation: Conversation) -> None:
    await conversation.say("手机13957126048，卡号6222020200012345670")
    await conversation.say("手机后四位错了，是6084")
    await conversation.say("卡号后四位也错了，是5607")
    assert list(conversation.kept.values())[1:] == ["手机后四位错了，是⟨手机2⟩", "卡号后四位也错了，是⟨银行卡2⟩"]


async def test_of_a_card_the_last_digits_are_enough_to_know_what_is_taken_back(conversation: Conversation) -> None:
    await conversation.say("卡号6222020200012345670")
    assert await conversation.say("5670那里错了，是5607") == "⟨银行卡2⟩那里错了，是⟨银行卡3⟩"


@pytest.mark.parametrize(
    "message",
    [
        "订单号错了，是6084",
        "订单号最后一位不是8是6",
        "最后一位客人不是8号是6号",
        "尺码不对，是175",
        "退款应该是299",
        "数量改成200",
        "型号写错了，是3080",
        "不对，是2026年的",
        "颜色错了，要350毫升的",
        "尾号6048的手机",
        "不对，退我6084元",
        "门牌号错了，是6084室",
    ],
)
async def test_a_correction_of_something_else_stays_readable(conversation: Conversation, message: str) -> None:
    await conversation.say("手机13957126048")
    assert await conversation.say(message) == message
