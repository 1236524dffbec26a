"""The key ring: makes, finds, re-wraps and destroys the keys of subjects. Holds a bounded number of them in memory."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from psycopg.rows import class_row, tuple_row

from security.clock import Clock
from security.crypto.blind_index import BlindIndex
from security.crypto.cache import ExpiringCache
from security.crypto.encoding import length_prefixed
from security.crypto.root import RootKey
from security.crypto.shop_keys import KEY_BYTES, SQL, RenewedIndex, ShopKey, ShopKeys, again_if_closed
from security.crypto.subject import DataKey, SubjectKeys
from security.crypto.suites import Suite
from security.crypto.wrapping import unwrap_key, wrap_key
from security.errors import KeysUnavailable, SubjectErased
from security.sql import Connection

_MAX_SUBJECTS = 10_000
_LIFETIME = timedelta(seconds=60)
"""An erasure elsewhere is obeyed here after this long even if its notification was lost."""


class _DekRow(NamedTuple):
    version: int
    dek_id: UUID
    suite: int
    kek_epoch: int | None
    wrapped: bytes | None
    kek_wrapped: bytes | None
    is_ours: bool


class _OldRow(NamedTuple):
    subject_id: UUID
    version: int
    dek_id: UUID
    kek_epoch: int
    wrapped: bytes
    kek_wrapped: bytes


class KeyRing:
    def __init__(self, root: RootKey, suite: Suite, clock: Clock, *, capacity: int = _MAX_SUBJECTS) -> None:
        self._root = root
        self._suite = suite
        self._clock = clock
        self._shops = ShopKeys(root, suite, clock)
        self._subjects: ExpiringCache[tuple[str, UUID], SubjectKeys] = ExpiringCache(capacity, _LIFETIME, clock)

    async def create_subject(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys:
        """Keys for a new subject, one statement. Use them inside this transaction; afterwards ask `keys`."""
        key = DataKey(uuid4(), 1, self._suite, self._root.random(KEY_BYTES))
        for _ in range(2):
            kek = await self._shops.current(conn, shop_id)
            if await self._insert(conn, shop_id, subject_id, key, kek):
                return SubjectKeys(shop_id, subject_id, [key])
            self._shops.forget(shop_id)  # the epoch was closed meanwhile; the next look finds its successor
        raise KeysUnavailable(f"shop {shop_id} has no key to wrap a subject's key with")

    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys:
        """The subject's keys, without a statement while they are in memory. SubjectErased once they were destroyed."""
        cached = self._subjects.get((shop_id, subject_id))
        if cached is not None:
            return cached
        rows, versions = await again_if_closed(lambda: self._versions(conn, shop_id, subject_id))
        if not versions:
            if rows:
                raise SubjectErased("the keys of this subject were destroyed")
            raise KeysUnavailable("this shop has no such subject")
        keys = SubjectKeys(shop_id, subject_id, versions)
        if not any(row.is_ours for row in rows):
            self._subjects.put((shop_id, subject_id), keys)
        return keys

    async def add_version(self, conn: Connection, shop_id: str, subject_id: UUID) -> None:
        """The subject's next key: it seals from now on, the older ones still open. Other processes are told."""
        cursor = conn.cursor(row_factory=tuple_row)
        values = {"shop_id": shop_id, "subject_id": subject_id}
        row = await (await cursor.execute(SQL["newest_version"], values)).fetchone()
        if row is None or row[0] is None:
            raise KeysUnavailable("this shop has no such subject, or its keys were destroyed")
        key = DataKey(uuid4(), row[0] + 1, self._suite, self._root.random(KEY_BYTES))
        if not await self._insert(conn, shop_id, subject_id, key, await self._shops.current(conn, shop_id)):
            self._shops.forget(shop_id)
            raise KeysUnavailable("the shop's key has just changed; try again")
        await self.tell_changed(conn, shop_id, subject_id)

    async def tell_changed(self, conn: Connection, shop_id: str, subject_id: UUID) -> None:
        """Every process drops what it holds of the subject's keys, and reads them again."""
        await conn.execute(SQL["tell_subject_changed"], {"shop_id": shop_id, "subject_id": subject_id})
        self.forget(shop_id, subject_id)

    async def destroy_subject(
        self, conn: Connection, shop_id: str, subject_id: UUID, clearing: Sequence[bytes] = ()
    ) -> None:
        """Erase: nothing sealed for the subject opens again once this transaction commits. Other processes are told.

        `clearing`: statements, given ``shop_id`` and ``subject_id``, that empty the subject's blind indexes and other
        digests: those hang on the shop's key, and would still find what cannot be read. Backups open nothing of the
        subject once the shop's epoch has been rotated.
        """
        values = {"shop_id": shop_id, "subject_id": subject_id, "now": self._clock.now()}
        for statement in clearing:
            await conn.execute(statement, values)
        await conn.execute(SQL["destroy_deks"], values)
        self.forget(shop_id, subject_id)

    def forget(self, shop_id: str, subject_id: UUID) -> None:
        """Drop what is in memory; for whoever hears ``subject_destroyed`` (payload ``shop/subject``)."""
        self._subjects.drop((shop_id, subject_id))

    async def blind_index(self, conn: Connection, shop_id: str) -> BlindIndex:
        return await self._shops.blind_index(conn, shop_id)

    async def renew_index(self, conn: Connection, shop_id: str) -> RenewedIndex | None:
        return await self._shops.renew_index(conn, shop_id)

    async def open_epoch(self, conn: Connection, shop_id: str) -> int:
        """Begin the shop's next key; from now on new subjects are wrapped under it."""
        return (await self._shops.open_epoch(conn, shop_id)).epoch

    async def rewrap(self, conn: Connection, shop_id: str, limit: int = 500) -> int:
        """Move up to `limit` subjects' keys of older epochs to the current one; how many there were. Resumable."""
        current = await self._shops.current(conn, shop_id)
        await self._shops.rewrap_index_key(conn, shop_id)
        cursor = conn.cursor(row_factory=class_row(_OldRow))
        values = {"shop_id": shop_id, "epoch": current.epoch, "limit": limit}
        rows = await (await cursor.execute(SQL["deks_of_older_epochs"], values)).fetchall()
        if rows:
            moved = [self._rewrapped(shop_id, row, current) for row in rows]
            await cursor.executemany(SQL["rewrap_dek"], moved)
        return len(rows)

    async def close_epochs(self, conn: Connection, shop_id: str) -> int:
        """Delete the keys of older epochs that wrap nothing any more; how many. `destroy_epochs` follows the commit."""
        current = await self._shops.current(conn, shop_id)
        values = {"shop_id": shop_id, "epoch": current.epoch}
        return (await conn.execute(SQL["delete_spent_keks"], values)).rowcount

    def destroy_epochs(self, shop_id: str, before: int) -> int:
        """Destroy what older epochs hung on; how many. Backups from before then open nothing, ever.

        Only once it is committed that no such epoch wraps anything.
        """
        return self._shops.destroy_before(shop_id, before)

    async def _versions(self, conn: Connection, shop_id: str, subject_id: UUID) -> tuple[list[_DekRow], list[DataKey]]:
        cursor = conn.cursor(row_factory=class_row(_DekRow))
        values = {"shop_id": shop_id, "subject_id": subject_id}
        rows = await (await cursor.execute(SQL["select_deks"], values)).fetchall()
        return rows, [key for row in rows if (key := self._unwrapped(shop_id, subject_id, row))]

    async def _insert(self, conn: Connection, shop_id: str, subject_id: UUID, key: DataKey, kek: ShopKey) -> bool:
        context = _dek_context(shop_id, subject_id, key.version, key.dek_id)
        values = {
            "shop_id": shop_id,
            "subject_id": subject_id,
            "version": key.version,
            "dek_id": key.dek_id,
            "suite": int(key.suite),
            "epoch": kek.epoch,
            "wrapped": wrap_key(self._suite, kek.secret, key.secret, context),
            "now": self._clock.now(),
        }
        return (await conn.execute(SQL["insert_dek"], values)).rowcount == 1

    def _unwrapped(self, shop_id: str, subject_id: UUID, row: _DekRow) -> DataKey | None:
        if row.wrapped is None or row.kek_wrapped is None or row.kek_epoch is None:
            return None
        kek = self._shops.unwrap(shop_id, row.kek_epoch, row.kek_wrapped)
        secret = unwrap_key(kek, row.wrapped, _dek_context(shop_id, subject_id, row.version, row.dek_id))
        return DataKey(row.dek_id, row.version, Suite(row.suite), secret)

    def _rewrapped(self, shop_id: str, row: _OldRow, current: ShopKey) -> dict[str, object]:
        context = _dek_context(shop_id, row.subject_id, row.version, row.dek_id)
        secret = unwrap_key(self._shops.unwrap(shop_id, row.kek_epoch, row.kek_wrapped), row.wrapped, context)
        return {
            "shop_id": shop_id,
            "subject_id": row.subject_id,
            "version": row.version,
            "epoch": current.epoch,
            "wrapped": wrap_key(self._suite, current.secret, secret, context),
        }


def _dek_context(shop_id: str, subject_id: UUID, version: int, dek_id: UUID) -> bytes:
    return length_prefixed("subject-dek", shop_id, str(subject_id), str(version), str(dek_id))
