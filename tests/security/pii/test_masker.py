"""From a customer's words to placeholders in the log and sealed originals in the vault, and back."""

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
from security.errors import SubjectErased
from security.pii.analyzer import Analyzer
from security.pii.masker import Masker
from security.pii.model import PiiType
from security.pii.vault import Vault

Connection = psycopg.AsyncConnection[Any]
SHOP = "s1"
ID = "110101199003070011"


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


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
async def keys(ring: KeyRing, conn: Connection) -> SubjectKeys:
    return await ring.create_subject(conn, SHOP, uuid4())


@pytest.fixture
def masker() -> Masker:
    return Masker(Analyzer(), Vault(Clock(), uuid4))


@pytest.fixture
def conversation() -> UUID:
    return uuid4()


async def vault_dump(conn: Connection) -> str:
    rows = await (await conn.execute("SELECT vault_value::text, ciphertext FROM vault_value")).fetchall()
    return str(rows)


@pytest.mark.control("K1")
async def test_placeholders_stay_the_same_over_messages_and_processes(
    conn: Connection, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    first = await masker.mask(conn, SHOP, conversation, keys, "手机13800138000")
    other = Masker(Analyzer(), Vault(Clock(), uuid4))
    second = await other.mask(conn, SHOP, conversation, keys, "换成13900139000，不要13800138000")
    assert (first, second) == ("手机⟨手机1⟩", "换成⟨手机2⟩，不要⟨手机1⟩")
    assert await masker.reveal(conn, SHOP, conversation, keys, "⟨手机2⟩") == "13900139000"


async def test_a_placeholder_means_nothing_in_another_conversation(
    conn: Connection, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    await masker.mask(conn, SHOP, conversation, keys, "手机13800138000")
    assert await masker.reveal(conn, SHOP, uuid4(), keys, "⟨手机1⟩") is None
    assert await masker.reveal(conn, SHOP, conversation, keys, "⟨手机9⟩") is None


@pytest.mark.control("P-16", "M-34")
async def test_of_an_id_card_only_the_last_four_are_kept(
    conn: Connection, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    text = await masker.mask(conn, SHOP, conversation, keys, f"身份证{ID}，再说一遍{ID}")
    assert text == "身份证⟨身份证1⟩，再说一遍⟨身份证1⟩"
    assert await masker.reveal(conn, SHOP, conversation, keys, "⟨身份证1⟩") is None
    kept = await Vault(Clock(), uuid4).get(conn, SHOP, conversation, ["⟨身份证1⟩"])
    assert kept["⟨身份证1⟩"].opened(keys) == "0011"


@pytest.mark.control("P-16", "M-34")
async def test_codes_leave_no_row(conn: Connection, keys: SubjectKeys, masker: Masker, conversation: UUID) -> None:
    assert await masker.mask(conn, SHOP, conversation, keys, "验证码123456") == "验证码⟨验证码⟩"
    assert await vault_dump(conn) == "[]"


async def test_a_plate_is_known_again_but_kept_for_a_purpose_only(
    conn: Connection, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    text = "车牌浙A8K36P，再说一遍浙A·8K36P"
    assert await masker.mask(conn, SHOP, conversation, keys, text) == "车牌⟨车牌1⟩，再说一遍⟨车牌1⟩"
    assert await masker.reveal(conn, SHOP, conversation, keys, "⟨车牌1⟩") is None
    garage = Masker(Analyzer(), Vault(Clock(), uuid4, frozenset({PiiType.PLATE})))
    other = uuid4()
    await garage.mask(conn, SHOP, other, keys, text)
    assert await garage.reveal(conn, SHOP, other, keys, "⟨车牌1⟩") == "浙A8K36P"


async def test_a_name_and_an_address_come_back_as_they_were_written(
    conn: Connection, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    text = "收件人：王　磊，寄到文三路 100号5幢302室"
    assert await masker.mask(conn, SHOP, conversation, keys, text) == "收件人：⟨姓名1⟩，寄到⟨地址1⟩"
    assert await masker.reveal(conn, SHOP, conversation, keys, "⟨姓名1⟩") == "王　磊"
    assert await masker.reveal(conn, SHOP, conversation, keys, "⟨地址1⟩") == "文三路 100号5幢302室"


@pytest.mark.control("K1", "P-03", "M-29")
async def test_the_table_shows_no_value(
    conn: Connection, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    await masker.mask(conn, SHOP, conversation, keys, f"手机13800138000，身份证{ID}，邮箱li@example.com")
    dump = await vault_dump(conn)
    assert dump.count("⟨") == 3
    for value in ("13800138000", ID, "example.com"):
        assert value not in dump
    rows = await (await conn.execute("SELECT ciphertext FROM vault_value")).fetchall()
    assert [row for row in rows if ID[-4:].encode() in row[0]] == []


@pytest.mark.control("P-21", "M-33")
async def test_an_erased_subject_takes_its_values_along(
    conn: Connection, ring: KeyRing, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    await masker.mask(conn, SHOP, conversation, keys, "手机13800138000")
    await ring.destroy_subject(conn, SHOP, keys.subject_id)
    with pytest.raises(SubjectErased):
        await ring.keys(conn, SHOP, keys.subject_id)


@pytest.mark.control("P-03", "M-29")
async def test_another_subject_opens_nothing(
    conn: Connection, ring: KeyRing, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    await masker.mask(conn, SHOP, conversation, keys, "手机13800138000")
    stranger = await ring.create_subject(conn, SHOP, uuid4())
    assert await masker.reveal(conn, SHOP, conversation, stranger, "⟨手机1⟩") is None


@pytest.mark.control("M-16")
async def test_another_shop_sees_nothing(
    conn: Connection, keys: SubjectKeys, masker: Masker, conversation: UUID
) -> None:
    await masker.mask(conn, SHOP, conversation, keys, "手机13800138000")
    await conn.execute("SELECT set_config('app.shop_id', 's2', false)")
    assert await masker.reveal(conn, SHOP, conversation, keys, "⟨手机1⟩") is None


@pytest.mark.control("P-16", "M-34")
@pytest.mark.parametrize("type_", ["OTP", "CVV", "PASSWORD"])
async def test_the_table_itself_refuses_what_is_never_kept(conn: Connection, keys: SubjectKeys, type_: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await conn.execute(
            "INSERT INTO vault_value VALUES (%s, %s, %s, %s, %s, 'p', 'i', false, '', now())",
            [SHOP, uuid4(), uuid4(), keys.subject_id, type_],
        )


def test_the_cheap_question_is_never_wrong_about_silence(masker: Masker) -> None:
    assert not masker.may_hold("我要退货")
    assert masker.may_hold("手机13800138000")
    assert masker.may_hold("⟨手机⟩")
