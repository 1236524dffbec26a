"""Rotation of every layer: all is readable at every moment, it ends after any crash, and old backups are shut."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from security.crypto.epochs import label
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.reseal import SealedColumn, SubjectRotation
from security.crypto.rotation import GRACE, Failpoint, Layer, Progress, Rotation, Step
from security.crypto.shop_keys import SQL, RenewedIndex
from security.crypto.suites import Suite
from security.errors import CiphertextRefused, EpochGone, KeysUnavailable

pytestmark = pytest.mark.control("M-29", "M-33")

Connection = psycopg.AsyncConnection[Any]
NOTE = """
CREATE TABLE note (shop_id text, row_id uuid, subject_id uuid, sealed bytea, phone_index bytea);
GRANT ALL ON note TO appliance_system
"""
COLUMN = SealedColumn(
    "note",
    "sealed",
    behind=b"SELECT t.row_id, t.subject_id, t.sealed AS ciphertext FROM note t "
    b"JOIN subject_dek d ON d.dek_id = encode(substring(t.sealed FROM 4 FOR 16), 'hex')::uuid "
    b"WHERE t.shop_id = %(shop_id)s AND t.row_id > %(after)s AND EXISTS (SELECT FROM subject_dek n "
    b"WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL) "
    b"ORDER BY t.row_id LIMIT %(limit)s FOR UPDATE OF t SKIP LOCKED",
    put=b"UPDATE note SET sealed = %(ciphertext)s WHERE row_id = %(row_id)s",
    held=b"SELECT DISTINCT encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid AS dek FROM note "
    b"WHERE shop_id = %(shop_id)s AND encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])",
)
CLEARING = b"UPDATE note SET phone_index = NULL WHERE shop_id = %(shop_id)s AND subject_id = %(subject_id)s"


class Crash(BaseException):
    """What a kill is to a process."""


class Clock:
    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at


class Keys:
    """A database with subjects of two shops, and what rotates their keys."""

    def __init__(self, url: str, folder: Path, owner_url: str = "") -> None:
        self.url = url
        self.owner_url = owner_url
        self.path = folder / "root.key"
        self.clock = Clock()
        self.told: list[Progress] = []
        self.sealed: dict[tuple[str, UUID], tuple[UUID, bytes]] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with await psycopg.AsyncConnection.connect(self.url) as conn:
            await conn.execute("SET ROLE appliance_system")
            yield conn

    def ring(self, suite: Suite = Suite.AES_256_GCM) -> KeyRing:
        return KeyRing(self.root(), suite, self.clock)

    def root(self) -> FileRootKey:
        return FileRootKey(self.path)

    def epochs(self, shop: str) -> list[int]:
        """Those of the shop whose secrets there are."""
        return sorted(int(path.suffix[1:]) for path in self.path.with_name("root-epochs").glob(f"{label(shop)}.*"))

    async def report(self, _: Connection, progress: Progress) -> None:
        self.told.append(progress)

    def rotation(self, failpoint: Failpoint = lambda _: None) -> Rotation:
        return Rotation(self.transaction, self.ring(), self.clock, self.report, failpoint)

    def subjects(self, failpoint: Failpoint = lambda _: None) -> SubjectRotation:
        return SubjectRotation(self.transaction, self.ring(), [COLUMN], self.clock, self.report, failpoint)

    async def fill(self, count: int = 5) -> None:
        async with await psycopg.AsyncConnection.connect(self.owner_url, autocommit=True) as conn:
            await conn.execute(NOTE)
        ring = self.ring()
        async with self.transaction() as conn:
            for shop in ("s1", "s2"):
                for number in range(count):
                    subject, row = uuid4(), uuid4()
                    keys = await ring.create_subject(conn, shop, subject)
                    sealed = keys.seal("note", "sealed", row, f"words {number}".encode())
                    digest = (await ring.blind_index(conn, shop)).digest("note", "phone", "13800138000")
                    values = [shop, row, subject, sealed, digest]
                    await conn.execute("INSERT INTO note VALUES (%s, %s, %s, %s, %s)", values)
                    self.sealed[shop, subject] = (row, f"words {number}".encode())

    async def assert_all_opens(self) -> None:
        ring = self.ring()
        async with self.transaction() as conn:
            for (shop, subject), (row, clear) in self.sealed.items():
                found = await (await conn.execute("SELECT sealed FROM note WHERE row_id = %s", [row])).fetchone()
                assert found is not None
                keys = await ring.keys(conn, shop, subject)
                assert keys.open("note", "sealed", row, bytes(found[0])) == clear

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.transaction() as conn:
            return await (await conn.execute(query.encode())).fetchall()


@pytest.fixture
async def keys(database_url: str, owner_url: str, tmp_path: Path) -> Keys:
    made = Keys(database_url, tmp_path, owner_url)
    await made.fill()
    return made


def crash_at(step: str, times: int = 1) -> Failpoint:
    left = times

    def failpoint(at: str) -> None:
        nonlocal left
        left -= at == step
        if at == step and left == 0:
            raise Crash

    return failpoint


async def test_a_shops_key_moves_on_and_the_old_one_is_gone(keys: Keys) -> None:
    assert await keys.rotation().rotate_shop("s1") == 5
    await keys.assert_all_opens()
    assert await keys.rows("SELECT shop_id, epoch FROM shop_kek ORDER BY shop_id") == [("s1", 2), ("s2", 1)]
    assert [progress.step for progress in keys.told] == [Step.STARTED, Step.ADVANCED, Step.FINISHED]


@pytest.mark.parametrize("step", ["shop_begun", "shop_moved", "shop_closing", "shop_closed", "epochs_destroyed"])
async def test_a_shops_rotation_that_was_killed_is_ended_by_the_next_call(keys: Keys, step: str) -> None:
    for _ in range(3):
        with pytest.raises(Crash):
            await keys.rotation(crash_at(step)).rotate_shop("s1")
        await keys.assert_all_opens()
        if step == "shop_moved":
            break
    assert await keys.rotation().rotate_shop("s1") == 5
    await keys.assert_all_opens()
    assert await keys.rows("SELECT epoch FROM shop_kek WHERE shop_id = 's1'") == [(2,)]
    assert await keys.rows("SELECT count(*), count(finished_at) FROM key_rotation") == [(1, 1)]
    assert keys.epochs("s1") == [2]
    assert Progress(Layer.SHOP, "s1", Step.RESUMED, 0) in keys.told or step != "shop_begun"


async def test_a_subject_made_meanwhile_under_the_old_epoch_moves_too(keys: Keys) -> None:
    late = keys.ring()
    async with keys.transaction() as conn:
        await late.create_subject(conn, "s1", uuid4())

    with pytest.raises(Crash):
        await keys.rotation(crash_at("shop_begun")).rotate_shop("s1")
    subject = uuid4()
    async with keys.transaction() as conn:
        await late.create_subject(conn, "s1", subject)
    await keys.rotation().rotate_shop("s1")
    async with keys.transaction() as conn:
        assert await keys.ring().keys(conn, "s1", subject)


async def test_a_key_in_use_holds_the_rotation_up_and_loses_nothing(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("security.crypto.rotation._TRIES", 2)
    async with keys.transaction() as busy:
        await busy.execute("SELECT FROM subject_dek WHERE shop_id = 's1' FOR UPDATE")
        with pytest.raises(KeysUnavailable, match="rotate again"):
            await keys.rotation().rotate_shop("s1")
    assert await keys.rotation().rotate_shop("s1") == 5
    await keys.assert_all_opens()


async def test_a_new_root_wraps_every_shop_and_running_processes_follow_by_themselves(keys: Keys) -> None:
    running = keys.ring()
    assert await keys.rotation().rotate_root(keys.root()) == 2
    async with keys.transaction() as conn:
        (shop, subject), _ = next(iter(keys.sealed.items()))
        assert await running.keys(conn, shop, subject)
        await running.create_subject(conn, "s3", uuid4())
    assert keys.root().generations() == [1, 2]
    assert await keys.rotation().retire_root(keys.root()) == 0
    keys.clock.at += GRACE + timedelta(minutes=1)
    assert await keys.rotation().retire_root(keys.root()) == 1
    assert keys.root().generations() == [2]
    assert not keys.path.exists()
    await keys.assert_all_opens()
    steps = [progress.step for progress in keys.told]
    assert steps == [Step.STARTED, Step.ADVANCED, Step.FINISHED, Step.RETIRED]


@pytest.mark.parametrize("step", ["root_begun", "root_made", "root_moved"])
async def test_a_roots_rotation_that_was_killed_is_ended_by_the_next_call(keys: Keys, step: str) -> None:
    for _ in range(2):
        with pytest.raises(Crash):
            await keys.rotation(crash_at(step)).rotate_root(keys.root())
        await keys.assert_all_opens()
        if step == "root_moved":
            break
    await keys.rotation().rotate_root(keys.root())
    await keys.assert_all_opens()
    assert keys.root().generations() == [1, 2]


@pytest.mark.parametrize("step", ["root_retiring", "root_retired", "root_recorded"])
async def test_a_roots_retirement_that_was_killed_is_ended_and_recorded_once(keys: Keys, step: str) -> None:
    await keys.rotation().rotate_root(keys.root())
    keys.clock.at += 2 * GRACE
    with pytest.raises(Crash):
        await keys.rotation(crash_at(step)).retire_root(keys.root())
    is_recorded = step == "root_recorded"
    assert keys.root().generations() == ([1, 2] if step == "root_retiring" else [2])
    assert await keys.rotation().retire_root(keys.root()) == (0 if is_recorded else 1)
    assert await keys.rotation().retire_root(keys.root()) == 0
    assert keys.root().generations() == [2]
    assert [each for each in keys.told if each.step is Step.RETIRED] == [Progress(Layer.ROOT, "", Step.RETIRED, 1)]
    assert await keys.rows("SELECT count(*) FROM key_rotation WHERE finished_at IS NULL") == [(0,)]
    await keys.assert_all_opens()


async def test_a_retirement_that_was_killed_is_recorded_after_the_next_rotation_too(keys: Keys) -> None:
    await keys.rotation().rotate_root(keys.root())
    keys.clock.at += 2 * GRACE
    with pytest.raises(Crash):
        await keys.rotation(crash_at("root_retiring")).retire_root(keys.root())
    with pytest.raises(Crash):
        await keys.rotation(crash_at("root_made")).rotate_root(keys.root())
    assert await keys.rotation().retire_root(keys.root()) == 0
    await keys.rotation().rotate_root(keys.root())
    assert await keys.rotation().retire_root(keys.root()) == 1
    assert keys.root().generations() == [2, 3]
    assert [each.number for each in keys.told if each.step is Step.RETIRED] == [1]
    await keys.assert_all_opens()


NOTES = """
SELECT i.version, i.algorithm, n.phone_index FROM shop_index_key i JOIN note n USING (shop_id)
WHERE i.shop_id = 's1' LIMIT 1
"""


async def remake(conn: Connection, renewed: RenewedIndex) -> int:
    """What a user of the index does: it is all made again."""
    values = [each.digest("note", "phone", "13800138000") for each in (renewed.new, renewed.old)]
    remade = "UPDATE note SET phone_index = %s WHERE shop_id = 's1' AND phone_index = %s"
    return (await conn.execute(remade, values)).rowcount


async def found(keys: Keys, ring: KeyRing) -> int:
    async with keys.transaction() as conn:
        digest = (await ring.blind_index(conn, "s1")).digest("note", "phone", "13800138000")
        rows = await conn.execute("SELECT FROM note WHERE shop_id = 's1' AND phone_index = %s", [digest])
        return rows.rowcount


async def test_an_index_key_is_renewed_under_running_processes_and_the_old_one_is_gone(keys: Keys) -> None:
    running = keys.ring()
    assert await found(keys, running) == 5
    [(_, _, before)] = await keys.rows(NOTES)
    assert await keys.rotation().rotate_index("s1", remake) == 5
    [(version, algorithm, after)] = await keys.rows(NOTES)
    assert (version, algorithm, before == after) == (2, "hmac-sha256", False)
    assert await found(keys, running) == 5
    assert [each.step for each in keys.told] == [Step.STARTED, Step.ADVANCED, Step.FINISHED]
    assert await keys.rows("SELECT layer, moved, finished_at IS NULL FROM key_rotation") == [("index", 5, False)]


async def test_a_renewed_index_key_is_of_the_algorithm_that_is_set_now(keys: Keys) -> None:
    rotation = Rotation(keys.transaction, keys.ring(Suite.SM4_GCM), keys.clock, keys.report)
    await rotation.rotate_index("s1", remake)
    assert (await keys.rows(NOTES))[0][:2] == (2, "hmac-sm3")
    assert await found(keys, keys.ring()) == 5


async def test_a_renewal_of_an_index_key_that_was_killed_has_done_nothing(keys: Keys) -> None:
    running, before = keys.ring(), await keys.rows(NOTES)
    with pytest.raises(Crash):
        await keys.rotation(crash_at("index_remade")).rotate_index("s1", remake)
    assert (await keys.rows(NOTES), await found(keys, running)) == (before, 5)
    assert await keys.rows("SELECT count(*) FROM key_rotation") == [(0,)]
    assert await keys.rotation().rotate_index("s1", remake) == 5


async def test_a_shop_without_an_index_key_gets_none_by_renewing(keys: Keys) -> None:
    assert await keys.rotation().rotate_index("none", remake) == 0
    assert keys.told == []
    assert await keys.rows("SELECT count(*) FROM shop_index_key WHERE shop_id = 'none'") == [(0,)]


async def test_an_index_key_in_use_is_renewed_after_it(keys: Keys) -> None:
    """Who has asked for it writes what it made, and the renewal finds that, too."""
    ring = keys.ring()
    async with keys.transaction() as conn:
        digest = (await ring.blind_index(conn, "s1")).digest("note", "phone", "13800138000")
        rotating = asyncio.create_task(keys.rotation().rotate_index("s1", remake))
        async with keys.transaction() as watching:
            waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not (await watching.execute(waits)).rowcount:
                assert not rotating.done()
        await conn.execute("INSERT INTO note VALUES ('s1', %s, %s, NULL, %s)", [uuid4(), uuid4(), digest])
    assert await rotating == 6
    assert await found(keys, ring) == 6


async def test_two_that_retire_at_once_record_it_once(keys: Keys) -> None:
    await keys.rotation().rotate_root(keys.root())
    keys.clock.at += 2 * GRACE
    with pytest.raises(Crash):
        await keys.rotation(crash_at("root_retiring")).retire_root(keys.root())
    both = [keys.rotation().retire_root(keys.root()) for _ in range(2)]
    assert sorted(await asyncio.gather(*both)) == [0, 1]
    assert [each.number for each in keys.told if each.step is Step.RETIRED] == [1]


async def test_a_root_is_not_retired_while_it_alone_opens_something(keys: Keys) -> None:
    old = keys.root()
    stale = old.wrap(b"k" * 32, b"x")
    assert old.unwrap(stale, b"x")
    with pytest.raises(Crash):
        await keys.rotation(crash_at("root_made")).rotate_root(keys.root())
    keys.clock.at += 2 * GRACE
    assert await keys.rotation().retire_root(keys.root()) == 0
    await keys.assert_all_opens()


async def test_old_backups_open_nothing_once_the_root_is_retired(keys: Keys) -> None:
    backup = await keys.rows("SELECT shop_id, epoch, wrapped FROM shop_kek")
    await keys.rotation().rotate_root(keys.root())
    keys.clock.at += 2 * GRACE
    await keys.rotation().retire_root(keys.root())
    root = keys.root()
    for _, _, wrapped in backup:
        with pytest.raises(CiphertextRefused):
            root.unwrap(bytes(wrapped), b"whatever")
    async with keys.transaction() as conn:
        for shop, epoch, wrapped in backup:
            await conn.execute(
                "UPDATE shop_kek SET wrapped = %s WHERE shop_id = %s AND epoch = %s", [wrapped, shop, epoch]
            )
        (shop, subject), _ = next(iter(keys.sealed.items()))
        with pytest.raises(CiphertextRefused):
            await keys.ring().keys(conn, shop, subject)


async def test_renewed_subjects_seal_under_their_new_key_and_open_what_is_old(keys: Keys) -> None:
    assert await keys.subjects().renew("s1", timedelta(days=365)) == 0
    keys.clock.at += timedelta(days=366)
    assert await keys.subjects().renew("s1", timedelta(days=365)) == 5
    assert await keys.subjects().renew("s1", timedelta(days=365)) == 0
    await keys.assert_all_opens()
    versions = await keys.rows("SELECT version, count(*) FROM subject_dek WHERE shop_id = 's1' GROUP BY 1 ORDER BY 1")
    assert versions == [(1, 5), (2, 5)]


@pytest.mark.parametrize("step", ["subjects_renewed", "fields_resealed", "versions_retired"])
async def test_a_renewal_killed_anywhere_goes_on_and_no_field_is_lost(keys: Keys, step: str) -> None:
    async def all_of_it(failpoint: Failpoint = lambda _: None) -> None:
        work = keys.subjects(failpoint)
        await work.retire("s1")
        await work.renew("s1", timedelta(days=300))
        await work.reseal("s1")

    keys.clock.at += timedelta(days=366)
    if step == "versions_retired":
        await all_of_it()
        keys.clock.at += 2 * GRACE
    with pytest.raises(Crash):
        await all_of_it(crash_at(step))
    await keys.assert_all_opens()
    await all_of_it()
    keys.clock.at += 2 * GRACE
    await all_of_it()
    await keys.assert_all_opens()
    living = "SELECT count(*) FROM subject_dek WHERE shop_id = 's1' AND wrapped IS NOT NULL"
    assert await keys.rows(living) == [(5,)]


async def test_an_older_version_stays_while_anything_stands_under_it_or_the_grace_lasts(keys: Keys) -> None:
    keys.clock.at += timedelta(days=366)
    await keys.subjects().renew("s1", timedelta(days=365))
    keys.clock.at += 2 * GRACE
    assert await keys.subjects().retire("s1") == 0
    assert await keys.subjects().reseal("s1") == 5
    keys.clock.at -= 2 * GRACE
    assert await keys.subjects().retire("s1") == 0
    keys.clock.at += 2 * GRACE
    assert await keys.subjects().retire("s1") == 5
    await keys.assert_all_opens()


async def test_a_commitment_is_known_again_until_the_version_it_was_made_with_goes(keys: Keys) -> None:
    (shop, subject), _ = next(iter(keys.sealed.items()))
    async with keys.transaction() as conn:
        before = (await keys.ring().keys(conn, shop, subject)).commit("phone", "13800138000")
    keys.clock.at += timedelta(days=366)
    await keys.subjects().renew(shop, timedelta(days=365))
    async with keys.transaction() as conn:
        renewed = await keys.ring().keys(conn, shop, subject)
    assert renewed.commit("phone", "13800138000") == before


async def test_a_destroyed_subject_gets_no_new_key(keys: Keys) -> None:
    (shop, subject), _ = next(iter(keys.sealed.items()))
    ring = keys.ring()
    async with keys.transaction() as conn:
        await ring.destroy_subject(conn, shop, subject)
        with pytest.raises(KeysUnavailable):
            await ring.add_version(conn, shop, subject)


async def test_an_erased_subject_stays_unreadable_from_a_whole_backup_restored_after_the_rotation(keys: Keys) -> None:
    """The subject's key and the shop's are put back as they were, and the root key is the same still."""
    (shop, subject), _ = next(iter(keys.sealed.items()))
    values = {"shop": shop, "subject": subject}
    async with keys.transaction() as conn:
        dek = await (await conn.execute("SELECT * FROM subject_dek WHERE subject_id = %(subject)s", values)).fetchone()
        kek = await (await conn.execute("SELECT * FROM shop_kek WHERE shop_id = %(shop)s", values)).fetchone()
        await keys.ring().destroy_subject(conn, shop, subject, [CLEARING])
        index = await conn.execute("SELECT count(phone_index) FROM note WHERE subject_id = %(subject)s", values)
        assert await index.fetchone() == (0,)
    await keys.rotation().rotate_shop(shop)
    assert dek is not None
    assert kek is not None
    async with await psycopg.AsyncConnection.connect(keys.owner_url, autocommit=True) as conn:
        for table in ("subject_dek", "shop_kek"):
            await conn.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY".encode())
        await conn.execute("DELETE FROM subject_dek WHERE subject_id = %(subject)s", values)
        await conn.execute("INSERT INTO shop_kek VALUES (%s, %s, %s, %s, %s)", kek)
        await conn.execute("INSERT INTO subject_dek VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", dek)
    async with keys.transaction() as conn:
        with pytest.raises(EpochGone):
            await keys.ring().keys(conn, shop, subject)
    del keys.sealed[shop, subject]
    await keys.assert_all_opens()


async def test_readers_and_writers_work_while_every_layer_rotates(keys: Keys) -> None:
    """Each with a ring of its own, as processes have, and each always new to what it reads."""
    rotated = asyncio.Event()
    rounds = 0

    async def read_and_write() -> int:
        count = 0
        while not rotated.is_set():
            await keys.assert_all_opens()
            async with keys.transaction() as conn:
                subject, row = uuid4(), uuid4()
                made = await keys.ring().create_subject(conn, "s1", subject)
                sealed = made.seal("note", "sealed", row, b"meanwhile")
                await conn.execute("INSERT INTO note VALUES ('s1', %s, %s, %s)", [row, subject, sealed])
            keys.sealed["s1", subject] = (row, b"meanwhile")
            count += 1
        return count

    at_work = asyncio.create_task(read_and_write())
    for _ in range(3):
        await keys.rotation().rotate_shop("s1")
        await keys.subjects().renew("s1", timedelta(0))
        await keys.subjects().reseal("s1")
        rounds += 1
    await keys.rotation().rotate_root(keys.root())
    rotated.set()
    assert await at_work > 0
    assert rounds == 3
    await keys.assert_all_opens()


KILLED = """
import asyncio, os, random, signal, sys
from datetime import timedelta
from pathlib import Path
from tests.security.crypto.test_rotation import Keys

url, folder, seed = sys.argv[1:]
chance = random.Random(seed)

def failpoint(step):
    if chance.random() < 0.15:
        os.kill(os.getpid(), signal.SIGKILL)

async def rotate():
    keys = Keys(url, Path(folder))
    rotation = keys.rotation(failpoint)
    await rotation.rotate_root(keys.root())
    subjects = keys.subjects(failpoint)
    for shop in ("s1", "s2"):
        await rotation.rotate_shop(shop)
        await subjects.renew(shop, timedelta(0))
        await subjects.reseal(shop)

asyncio.run(rotate())
"""


async def test_killed_at_random_again_and_again_it_ends_and_nothing_is_lost(keys: Keys, tmp_path: Path) -> None:
    ends = []
    for seed in range(40):
        command = [sys.executable, "-c", KILLED, keys.url, str(tmp_path), str(seed)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        ended = await asyncio.to_thread(subprocess.run, command, timeout=60, check=False, env=environment)
        ends.append(ended.returncode)
        assert ended.returncode in (0, -signal.SIGKILL)
        await keys.assert_all_opens()
        if ended.returncode == 0:
            break
    else:
        pytest.fail("forty rotations were all killed")
    assert -signal.SIGKILL in ends
    assert await keys.rows("SELECT count(*) FROM key_rotation WHERE finished_at IS NULL") == [(0,)]
    assert await keys.rows("SELECT DISTINCT shop_id FROM shop_kek") == [("s1",), ("s2",)]


async def test_a_restored_archive_that_tells_of_an_older_rotation_begins_no_older_generation(keys: Keys) -> None:
    """Keys of today beside the tables of an archive in the middle of a rotation: what ``restore --keys-of`` leaves."""
    for _ in range(3):
        await keys.rotation().rotate_root(keys.root())
        keys.clock.at += 2 * GRACE
        await keys.rotation().retire_root(keys.root())
    assert keys.root().generations() == [4]
    async with keys.transaction() as conn:
        row = {"rotation_id": uuid4(), "layer": "root", "place": "", "target": 2, "now": keys.clock.at}
        await conn.execute(SQL["begin_rotation"], row)
    await keys.rotation().rotate_root(keys.root())
    assert (keys.root().generations(), await keys.rotation().is_under_way(Layer.ROOT)) == ([4], False)
