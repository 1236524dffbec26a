"""Keys in the database: made with one statement, cached only when they will last, destroyed for good."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from security.crypto.blind_index import IndexAlgorithm
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.shop_keys import kek_context
from security.crypto.suites import Suite
from security.errors import CiphertextRefused, EpochGone, KeysUnavailable, SubjectErased

pytestmark = pytest.mark.control("P-03", "P-21", "M-29", "M-33")

Connection = psycopg.AsyncConnection[Any]


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def root(tmp_path: Path) -> FileRootKey:
    return FileRootKey(tmp_path / "root.key")


@pytest.fixture
def ring(root: FileRootKey, clock: Clock) -> KeyRing:
    return KeyRing(root, Suite.AES_256_GCM, clock)


@pytest.fixture
async def conn(database_url: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        await conn.execute("SET ROLE appliance_system")
        yield conn


class CountingConnection:
    """Hands on to a connection and counts statements."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.statements = 0

    async def execute(self, *arguments: Any) -> Any:
        self.statements += 1
        return await self._conn.execute(*arguments)

    def cursor(self, **options: Any) -> Any:
        self.statements += 1
        return self._conn.cursor(**options)


@asynccontextmanager
async def rolled_back(conn: Connection) -> AsyncIterator[None]:
    async with conn.transaction() as transaction:
        yield
        raise psycopg.Rollback(transaction)


async def test_a_subject_costs_one_statement_and_its_cached_keys_none(ring: KeyRing, conn: Connection) -> None:
    await ring.create_subject(conn, "s1", uuid4())
    counting: Any = CountingConnection(conn)
    subject_id = uuid4()
    await ring.create_subject(counting, "s1", subject_id)
    assert counting.statements == 1
    await ring.keys(counting, "s1", subject_id)
    await ring.keys(counting, "s1", subject_id)
    assert counting.statements == 2


@pytest.mark.parametrize("suite", list(Suite))
async def test_another_process_opens_what_was_sealed(
    root: FileRootKey, clock: Clock, conn: Connection, suite: Suite
) -> None:
    subject_id, row_id = uuid4(), uuid4()
    keys = await KeyRing(root, suite, clock).create_subject(conn, "s1", subject_id)
    sealed = keys.seal("t", "c", row_id, b"value")
    again = await KeyRing(root, Suite.AES_256_GCM, clock).keys(conn, "s1", subject_id)
    assert again.open("t", "c", row_id, sealed) == b"value"


async def test_keys_made_in_a_transaction_that_rolls_back_are_not_remembered(ring: KeyRing, conn: Connection) -> None:
    subject_id = uuid4()
    async with rolled_back(conn):
        await ring.create_subject(conn, "s1", subject_id)
        await ring.keys(conn, "s1", subject_id)
    with pytest.raises(KeysUnavailable):
        await ring.keys(conn, "s1", subject_id)
    keys = await ring.create_subject(conn, "s1", subject_id)
    sealed = keys.seal("t", "c", subject_id, b"value")
    assert (await ring.keys(conn, "s1", subject_id)).open("t", "c", subject_id, sealed) == b"value"


async def test_a_destroyed_subject_cannot_be_opened_or_made_again(ring: KeyRing, conn: Connection) -> None:
    subject_id = uuid4()
    await ring.create_subject(conn, "s1", subject_id)
    await ring.keys(conn, "s1", subject_id)
    await ring.destroy_subject(conn, "s1", subject_id)
    with pytest.raises(SubjectErased):
        await ring.keys(conn, "s1", subject_id)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await ring.create_subject(conn, "s1", subject_id)


async def test_another_process_obeys_an_erasure_when_told_or_within_a_minute(
    root: FileRootKey, clock: Clock, ring: KeyRing, conn: Connection
) -> None:
    told, untold = (KeyRing(root, Suite.AES_256_GCM, clock) for _ in range(2))
    subject_id = uuid4()
    await ring.create_subject(conn, "s1", subject_id)
    for other in (told, untold):
        await other.keys(conn, "s1", subject_id)
    await conn.execute("LISTEN subject_destroyed")
    await ring.destroy_subject(conn, "s1", subject_id)
    async for notice in conn.notifies(timeout=5, stop_after=1):
        shop_id, _, subject = notice.payload.partition("/")
        told.forget(shop_id, UUID(subject))
    with pytest.raises(SubjectErased):
        await told.keys(conn, "s1", subject_id)
    clock.at += timedelta(seconds=60)
    with pytest.raises(SubjectErased):
        await untold.keys(conn, "s1", subject_id)


async def test_memory_holds_a_bounded_number_of_subjects(root: FileRootKey, clock: Clock, conn: Connection) -> None:
    ring = KeyRing(root, Suite.AES_256_GCM, clock, capacity=2)
    subjects = [uuid4() for _ in range(3)]
    for subject_id in subjects:
        await ring.create_subject(conn, "s1", subject_id)
        await ring.keys(conn, "s1", subject_id)
    counting: Any = CountingConnection(conn)
    await ring.keys(counting, "s1", subjects[2])
    assert counting.statements == 0
    await ring.keys(counting, "s1", subjects[0])
    assert counting.statements == 1


async def test_rotation_moves_every_key_and_destroys_the_old_epoch(
    root: FileRootKey, clock: Clock, ring: KeyRing, conn: Connection
) -> None:
    subjects = [uuid4() for _ in range(5)]
    sealed = [(await ring.create_subject(conn, "s1", s)).seal("t", "c", s, b"value") for s in subjects]
    digest = (await ring.blind_index(conn, "s1")).digest("t", "c", "13800138000")
    assert await ring.open_epoch(conn, "s1") == 2
    assert await ring.close_epochs(conn, "s1") == 0
    assert [await ring.rewrap(conn, "s1", limit=3) for _ in range(3)] == [3, 2, 0]
    assert await ring.close_epochs(conn, "s1") == 1
    fresh = KeyRing(root, Suite.AES_256_GCM, clock)
    for subject_id, ciphertext in zip(subjects, sealed, strict=True):
        assert (await fresh.keys(conn, "s1", subject_id)).open("t", "c", subject_id, ciphertext) == b"value"
    assert (await fresh.blind_index(conn, "s1")).digest("t", "c", "13800138000") == digest


async def test_a_shops_key_from_before_epochs_had_secrets_opens_until_the_next_rotation(
    root: FileRootKey, clock: Clock, ring: KeyRing, conn: Connection
) -> None:
    wrapped = root.wrap(b"k" * 32, kek_context("s1", 1))
    await conn.execute("INSERT INTO shop_kek VALUES ('s1', 1, %s, %s)", [wrapped, clock.now()])
    subject_id = uuid4()
    sealed = (await ring.create_subject(conn, "s1", subject_id)).seal("t", "c", subject_id, b"value")
    assert (await KeyRing(root, Suite.AES_256_GCM, clock).keys(conn, "s1", subject_id)).open(
        "t", "c", subject_id, sealed
    )
    await ring.open_epoch(conn, "s1")
    await ring.rewrap(conn, "s1")
    await ring.close_epochs(conn, "s1")
    again = KeyRing(root, Suite.AES_256_GCM, clock)
    assert (await again.keys(conn, "s1", subject_id)).open("t", "c", subject_id, sealed) == b"value"
    root.epochs.destroy_before("s1", 3)
    with pytest.raises(EpochGone):
        await KeyRing(root, Suite.AES_256_GCM, clock).keys(conn, "s1", subject_id)


async def test_a_process_that_missed_a_rotation_goes_on_under_the_new_epoch(
    root: FileRootKey, clock: Clock, ring: KeyRing, conn: Connection
) -> None:
    await ring.create_subject(conn, "s1", uuid4())
    late = KeyRing(root, Suite.AES_256_GCM, clock)
    await late.create_subject(conn, "s1", uuid4())
    await ring.open_epoch(conn, "s1")
    await ring.rewrap(conn, "s1")
    await ring.close_epochs(conn, "s1")
    subject_id = uuid4()
    await late.create_subject(conn, "s1", subject_id)
    await ring.keys(conn, "s1", subject_id)


async def test_a_backup_from_before_an_erasure_opens_nothing_once_its_epoch_is_closed(
    ring: KeyRing, conn: Connection, root: FileRootKey, clock: Clock
) -> None:
    subject_id = uuid4()
    await ring.create_subject(conn, "s1", subject_id)
    row = await (
        await conn.execute("SELECT kek_epoch, wrapped FROM subject_dek WHERE subject_id = %s", [subject_id])
    ).fetchone()
    assert row is not None
    await ring.destroy_subject(conn, "s1", subject_id)
    await ring.open_epoch(conn, "s1")
    await ring.close_epochs(conn, "s1")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await conn.execute(
            "UPDATE subject_dek SET kek_epoch = %s, wrapped = %s, destroyed_at = NULL WHERE subject_id = %s",
            [*row, subject_id],
        )


EXCHANGES = {
    "another subject's": b"SELECT wrapped FROM subject_dek WHERE shop_id = 's1' AND subject_id <> %(subject)s",
    "another version's": b"SELECT wrapped FROM subject_dek WHERE subject_id = %(subject)s AND version = 2",
    "another shop's": b"SELECT wrapped FROM subject_dek WHERE shop_id = 's2'",
}
EXCHANGED = b"UPDATE subject_dek SET wrapped = %(wrapped)s WHERE subject_id = %(subject)s AND version = 1"


@pytest.mark.parametrize("whose", EXCHANGES)
async def test_a_wrapped_key_put_in_anothers_place_opens_nothing(
    ring: KeyRing, root: FileRootKey, clock: Clock, conn: Connection, whose: str
) -> None:
    subject_id = uuid4()
    for shop, subject in (("s1", subject_id), ("s1", uuid4()), ("s2", uuid4())):
        await ring.create_subject(conn, shop, subject)
    await ring.add_version(conn, "s1", subject_id)
    row = await (await conn.execute(EXCHANGES[whose], {"subject": subject_id})).fetchone()
    assert row is not None
    await conn.execute(EXCHANGED, {"subject": subject_id, "wrapped": row[0]})
    with pytest.raises(CiphertextRefused):
        await KeyRing(root, Suite.AES_256_GCM, clock).keys(conn, "s1", subject_id)


async def test_a_shops_key_put_in_the_place_of_another_epoch_opens_nothing(
    ring: KeyRing, root: FileRootKey, clock: Clock, conn: Connection
) -> None:
    subject_id = uuid4()
    await ring.create_subject(conn, "s1", subject_id)
    await ring.open_epoch(conn, "s1")
    await conn.execute(
        "UPDATE shop_kek SET wrapped = (SELECT wrapped FROM shop_kek WHERE shop_id = 's1' AND epoch = 2) "
        "WHERE shop_id = 's1' AND epoch = 1"
    )
    with pytest.raises(CiphertextRefused):
        await KeyRing(root, Suite.AES_256_GCM, clock).keys(conn, "s1", subject_id)


async def test_one_shop_neither_sees_nor_opens_anothers_keys(
    root: FileRootKey, clock: Clock, ring: KeyRing, conn: Connection
) -> None:
    subject_id = uuid4()
    await ring.create_subject(conn, "s1", subject_id)
    await conn.execute("SET ROLE appliance_app")
    await conn.execute("SELECT set_config('app.shop_id', 's2', false)")
    with pytest.raises(KeysUnavailable):
        await ring.keys(conn, "s1", subject_id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await KeyRing(root, Suite.AES_256_GCM, clock).create_subject(conn, "s1", uuid4())


async def test_the_application_cannot_delete_keys_or_read_them_into_the_clear(
    ring: KeyRing, conn: Connection, tmp_path: Path, clock: Clock
) -> None:
    subject_id = uuid4()
    await ring.create_subject(conn, "s1", subject_id)
    stranger = KeyRing(FileRootKey(tmp_path / "other.key"), Suite.AES_256_GCM, clock)
    with pytest.raises(CiphertextRefused):
        await stranger.keys(conn, "s1", subject_id)
    await conn.execute("SET ROLE appliance_app")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await conn.execute("DELETE FROM subject_dek")


async def test_blind_indexes_meet_within_one_column_of_one_shop_only(ring: KeyRing, conn: Connection) -> None:
    one, two = await ring.blind_index(conn, "s1"), await ring.blind_index(conn, "s2")
    digests = {
        one.digest("t", "c", "13800138000"),
        one.digest("t", "d", "13800138000"),
        one.digest("u", "c", "13800138000"),
        one.digest("t", "c", "13800138001"),
        two.digest("t", "c", "13800138000"),
    }
    assert len(digests) == 5
    assert {len(digest) for digest in digests} == {16}
    assert (await ring.blind_index(conn, "s1")).digest("t", "c", "13800138000") in digests


async def test_a_shop_of_the_sm_profile_gets_an_sm3_index_and_keeps_it_when_the_setting_changes(
    root: FileRootKey, clock: Clock, conn: Connection
) -> None:
    first = (await KeyRing(root, Suite.SM4_GCM, clock).blind_index(conn, "s1")).digest("t", "c", "13800138000")
    later = await KeyRing(root, Suite.AES_256_GCM, clock).blind_index(conn, "s1")
    assert later.algorithm is IndexAlgorithm.HMAC_SM3
    assert later.digest("t", "c", "13800138000") == first
