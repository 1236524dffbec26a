"""The keys of shops: one epoch after another, each wrapped by its epoch's own secret and then by the root key, each
wrapping the keys of subjects.

A key that the running transaction itself has made is never cached: after a rollback it would live on in memory only,
and what it sealed could never be opened.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple, TypeVar

from psycopg.rows import class_row, tuple_row

from security.clock import Clock
from security.crypto.blind_index import BlindIndex, IndexAlgorithm
from security.crypto.cache import ExpiringCache
from security.crypto.encoding import length_prefixed
from security.crypto.root import RootKey
from security.crypto.suites import Suite
from security.crypto.wrapping import unwrap_key, wrap_key
from security.errors import EpochGone, KeysUnavailable
from security.sql import Connection, Queries

SQL = Queries.beside(__file__)

KEY_BYTES = 32
Read = TypeVar("Read")
_MAX_SHOPS = 256
_LIFETIME = timedelta(minutes=5)
"""How long a process may go on wrapping under an epoch that another one has closed."""


class ShopKey(NamedTuple):
    epoch: int
    secret: bytes


class WrappedKek(NamedTuple):
    epoch: int
    wrapped: bytes
    is_ours: bool


class RenewedIndex(NamedTuple):
    """Of one shop, inside the transaction that renews it."""

    old: BlindIndex
    new: BlindIndex


class _IndexRow(NamedTuple):
    version: int
    algorithm: str
    kek_epoch: int
    wrapped: bytes
    kek_wrapped: bytes
    is_ours: bool


async def again_if_closed(read: Callable[[], Awaitable[Read]]) -> Read:
    """An epoch may be closed between the statement that reads what it wraps and the opening: then all has moved on."""
    try:
        return await read()
    except EpochGone:
        return await read()


class ShopKeys:
    def __init__(self, root: RootKey, suite: Suite, clock: Clock) -> None:
        self._root = root
        self._suite = suite
        self._clock = clock
        self._current: ExpiringCache[str, ShopKey] = ExpiringCache(_MAX_SHOPS, _LIFETIME, clock)
        self._indexes: ExpiringCache[str, BlindIndex] = ExpiringCache(_MAX_SHOPS, _LIFETIME, clock)

    async def current(self, conn: Connection, shop_id: str) -> ShopKey:
        """The key that new subjects are wrapped under; the first one is made here."""
        cached = self._current.get(shop_id)
        if cached is not None:
            return cached
        key, is_ours = await again_if_closed(lambda: self._newest(conn, shop_id))
        if not is_ours:
            self._current.put(shop_id, key)
        return key

    async def open_epoch(self, conn: Connection, shop_id: str) -> WrappedKek:
        """Begin the next epoch. When two begin it at once, both go on with the one that won."""
        latest = await self._latest(conn, shop_id)
        epoch = latest.epoch + 1 if latest else 1
        sealed = self._root.epochs.seal(shop_id, epoch, self._root.random(KEY_BYTES))
        wrapped = self._root.wrap(sealed, kek_context(shop_id, epoch))
        values = {"shop_id": shop_id, "epoch": epoch, "wrapped": wrapped, "now": self._clock.now()}
        await conn.execute(SQL["insert_kek"], values)
        self.forget(shop_id)
        row = await self._latest(conn, shop_id)
        if row is None:
            raise KeysUnavailable(f"the key of shop {shop_id} was not kept; is the transaction inside another shop?")
        return row

    def unwrap(self, shop_id: str, epoch: int, wrapped: bytes) -> bytes:
        """EpochGone where the epoch's own secret is not here."""
        sealed = self._root.unwrap(wrapped, kek_context(shop_id, epoch))
        if len(sealed) == KEY_BYTES:  # of an epoch begun before epochs had a secret: the next rotation ends it
            return sealed
        return self._root.epochs.open(shop_id, epoch, sealed)

    def destroy_before(self, shop_id: str, epoch: int) -> int:
        return self._root.epochs.destroy_before(shop_id, epoch)

    def forget(self, shop_id: str) -> None:
        self._current.drop(shop_id)

    async def blind_index(self, conn: Connection, shop_id: str) -> BlindIndex:
        """It is not renewed before the transaction ends: ask for it ahead of the rows that it is compared with."""
        await conn.execute(SQL["share_index"], {"shop_id": shop_id})
        cached = self._indexes.get(shop_id)
        if cached is not None and cached.version == await self._index_version(conn, shop_id):
            return cached
        index, is_ours = await again_if_closed(lambda: self._opened_index(conn, shop_id))
        if not is_ours:
            self._indexes.put(shop_id, index)
        return index

    async def rewrap_index_key(self, conn: Connection, shop_id: str) -> None:
        row = await self._index_row(conn, shop_id)
        if row is None:
            return
        current = await self.current(conn, shop_id)
        context = _index_context(shop_id, row.version)
        secret = unwrap_key(self.unwrap(shop_id, row.kek_epoch, row.kek_wrapped), row.wrapped, context)
        wrapped = wrap_key(self._suite, current.secret, secret, context)
        values = {"shop_id": shop_id, "version": row.version, "epoch": current.epoch, "wrapped": wrapped}
        await conn.execute(SQL["rewrap_index_key"], values)

    async def renew_index(self, conn: Connection, shop_id: str) -> RenewedIndex | None:
        """A new index key in the old one's place, of the algorithm that is set now; None where the shop has none.

        The caller makes again what the old one made, in this transaction. Nobody else has either until it ends.
        """
        await conn.execute(SQL["hold_index"], {"shop_id": shop_id})
        if await self._index_version(conn, shop_id) is None:
            return None
        old, _ = await again_if_closed(lambda: self._opened_index(conn, shop_id))
        await self._create_index_key(conn, shop_id, old.version + 1)
        new, _ = await self._opened_index(conn, shop_id)
        await conn.execute(SQL["delete_index_keys_before"], {"shop_id": shop_id, "version": new.version})
        return RenewedIndex(old, new)

    async def _create_index_key(self, conn: Connection, shop_id: str, version: int) -> None:
        for _ in range(2):
            kek = await self.current(conn, shop_id)
            secret = self._root.random(KEY_BYTES)
            values = {
                "shop_id": shop_id,
                "version": version,
                "algorithm": str(IndexAlgorithm.of(self._suite)),
                "epoch": kek.epoch,
                "wrapped": wrap_key(self._suite, kek.secret, secret, _index_context(shop_id, version)),
                "now": self._clock.now(),
            }
            await conn.execute(SQL["insert_index_key"], values)
            if await self._index_version(conn, shop_id) == version:
                return
            self.forget(shop_id)  # the epoch was closed meanwhile; the next look finds its successor
        raise KeysUnavailable(f"the key of shop {shop_id} has just changed; try again")

    async def _newest(self, conn: Connection, shop_id: str) -> tuple[ShopKey, bool]:
        row = await self._latest(conn, shop_id) or await self.open_epoch(conn, shop_id)
        return ShopKey(row.epoch, self.unwrap(shop_id, row.epoch, row.wrapped)), row.is_ours

    async def _opened_index(self, conn: Connection, shop_id: str) -> tuple[BlindIndex, bool]:
        row = await self._index_row(conn, shop_id)
        if row is None:
            await self._create_index_key(conn, shop_id, 1)
            row = await self._index_row(conn, shop_id)
        if row is None:
            raise KeysUnavailable(f"the index key of shop {shop_id} was not kept")
        kek = self.unwrap(shop_id, row.kek_epoch, row.kek_wrapped)
        secret = unwrap_key(kek, row.wrapped, _index_context(shop_id, row.version))
        return BlindIndex(row.version, secret, IndexAlgorithm(row.algorithm)), row.is_ours

    async def _latest(self, conn: Connection, shop_id: str) -> WrappedKek | None:
        cursor = conn.cursor(row_factory=class_row(WrappedKek))
        return await (await cursor.execute(SQL["latest_kek"], {"shop_id": shop_id})).fetchone()

    async def _index_version(self, conn: Connection, shop_id: str) -> int | None:
        cursor = conn.cursor(row_factory=tuple_row)
        row = await (await cursor.execute(SQL["index_version"], {"shop_id": shop_id})).fetchone()
        return row[0] if row else None

    async def _index_row(self, conn: Connection, shop_id: str) -> _IndexRow | None:
        cursor = conn.cursor(row_factory=class_row(_IndexRow))
        return await (await cursor.execute(SQL["select_index_key"], {"shop_id": shop_id})).fetchone()


def kek_context(shop_id: str, epoch: int) -> bytes:
    return length_prefixed("shop-kek", shop_id, str(epoch))


def _index_context(shop_id: str, version: int) -> bytes:
    return length_prefixed("shop-index-key", shop_id, str(version))
