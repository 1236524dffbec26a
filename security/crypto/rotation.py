"""Rotates the root key and the keys of shops while everything runs: each step commits alone, and is gone on with.

The successor is made first, then all is moved under it, then the predecessor goes: at no moment is anything readable by
nobody. What was begun stands in ``key_rotation``, so that a rotation killed anywhere is ended by the next call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID, uuid4

from psycopg.errors import LockNotAvailable
from psycopg.rows import class_row, tuple_row

from security.clock import Clock
from security.crypto.keyring import KeyRing
from security.crypto.root import RootKey
from security.crypto.shop_keys import SQL, RenewedIndex, kek_context
from security.errors import CiphertextRefused, KeysUnavailable
from security.sql import Connection

Transaction = Callable[[], AbstractAsyncContextManager[Connection]]
"""Each call is one transaction over all shops."""

GRACE = timedelta(days=1)
"""How long a predecessor outlives its successor: longer than anything that may still be using it."""
_BATCH = 200
_TRIES = 100
_PAUSE_S = 0.05


class Layer(StrEnum):
    ROOT = "root"
    SHOP = "shop"
    SUBJECT = "subject"
    OLD_ROOT = "old_root"
    """Generations of the root that go, where the successor has long been there."""
    INDEX = "index"
    """What blind indexes and other keyed digests are made with."""


class Step(StrEnum):
    STARTED = "started"
    RESUMED = "resumed"
    ADVANCED = "advanced"
    FINISHED = "finished"
    RETIRED = "retired"


class Progress(NamedTuple):
    layer: Layer
    place: str
    """The shop; empty for the root, which is for all."""
    step: Step
    number: int = 0
    """Of keys, versions or fields, as the step says."""


Report = Callable[[Connection, Progress], Awaitable[None]]
"""Says it in the transaction that does it."""

Failpoint = Callable[[str], None]
"""Called between two steps that a crash may part; tests crash in it."""


Remake = Callable[[Connection, RenewedIndex], Awaitable[int]]
"""Makes again what the old index key has made, and says how many rows that were; it asks for the locks it needs."""


class RotatableRoot(RootKey, Protocol):
    """A root with generations: the newest wraps, each opens what it wrapped."""

    def generations(self) -> list[int]: ...

    def begin(self, generation: int) -> None: ...

    def is_newest(self, wrapped: bytes, context: bytes) -> bool: ...

    def newest_since(self) -> datetime: ...

    def retire_before(self, generation: int) -> int: ...


class _UnderWay(NamedTuple):
    rotation_id: UUID
    target: int
    moved: int


class _Kek(NamedTuple):
    shop_id: str
    epoch: int
    wrapped: bytes


class Rotation:
    def __init__(
        self,
        transaction: Transaction,
        ring: KeyRing,
        clock: Clock,
        report: Report,
        failpoint: Failpoint = lambda _: None,
    ) -> None:
        self._transaction = transaction
        self._ring = ring
        self._clock = clock
        self._report = report
        self._failpoint = failpoint

    async def shops(self) -> list[str]:
        """Every place that has keys, in order."""
        async with self._transaction() as conn:
            cursor = conn.cursor(row_factory=tuple_row)
            return [row[0] for row in await (await cursor.execute(SQL["shops_with_keys"])).fetchall()]

    async def is_under_way(self, layer: Layer, place: str = "") -> bool:
        async with self._transaction() as conn:
            return await self._found(conn, layer, place) is not None

    async def rotate_shop(self, shop_id: str) -> int:
        """The shop's next epoch: every living key moves under it, then the older epochs are destroyed. How many moved.

        From then on the wrapped keys in a backup from before open nothing; the root key may be the same.
        """
        async with self._transaction() as conn:
            under_way = await self._under_way(conn, Layer.SHOP, shop_id)
            if under_way is None:
                target = await self._ring.open_epoch(conn, shop_id)
                under_way = await self._begin(conn, Layer.SHOP, shop_id, target)
        self._failpoint("shop_begun")
        for _ in range(_TRIES):
            while await self._move_subjects(shop_id, under_way):
                self._failpoint("shop_moved")
            if await self._close_shop(shop_id, under_way):
                return await self._destroy_epochs(shop_id, under_way)
            await asyncio.sleep(_PAUSE_S)  # another transaction holds a key, or is just using the old epoch
        raise KeysUnavailable(f"keys of shop {shop_id} are in use; rotate again to go on")

    async def rotate_index(self, place: str, remake: Remake) -> int:
        """A new key for the digests of that place; how many were made again. Killed anywhere, nothing has happened.

        Whoever needs the key waits for the end. Where somebody else holds a row for long, it gives way and tries again.
        """
        for _ in range(_TRIES):
            with suppress(LockNotAvailable):
                return await self._renew_index(place, remake)
            await asyncio.sleep(_PAUSE_S)
        raise KeysUnavailable(f"what hangs on the index key of {place} is in use; rotate again")

    async def _renew_index(self, place: str, remake: Remake) -> int:
        async with self._transaction() as conn:
            await conn.execute(SQL["wait_briefly"])
            renewed = await self._ring.renew_index(conn, place)
            if renewed is None:
                return 0
            under_way = await self._begin(conn, Layer.INDEX, place, renewed.new.version)
            moved = await remake(conn, renewed)
            await self._advance(conn, Layer.INDEX, place, under_way, moved)
            self._failpoint("index_remade")
            await self._finish(conn, Layer.INDEX, place, under_way)
        return moved

    async def rotate_root(self, root: RotatableRoot) -> int:
        """A new root key wraps every shop's key; how many moved. The old one goes by `retire_root`, after the grace."""
        async with self._transaction() as conn:
            under_way = await self._under_way(conn, Layer.ROOT, "")
            if under_way is None:
                under_way = await self._begin(conn, Layer.ROOT, "", root.generations()[-1] + 1)
        self._failpoint("root_begun")
        # A restored archive may tell of a rotation to a generation that the keys have long passed.
        root.begin(max(under_way.target, root.generations()[-1]))
        self._failpoint("root_made")
        while await self._move_keks(root, under_way):
            self._failpoint("root_moved")
        async with self._transaction() as conn:
            await self._finish(conn, Layer.ROOT, "", under_way)
        return await self._moved(under_way)

    async def retire_root(self, root: RotatableRoot) -> int:
        """Destroy the root keys that wrap nothing any more; how many. Nothing before the grace is over.

        No transaction takes a key file back. So it is written down before they go and recorded when they are gone: one
        that was killed between is ended, and recorded once, by the next call.
        """
        async with self._transaction() as conn:
            if await self._found(conn, Layer.OLD_ROOT, "") is None:
                if not await self._may_retire(conn, root):
                    return 0
                *older, newest = root.generations()
                retiring = await self._write_down(conn, Layer.OLD_ROOT, "", newest)
                await self._count(conn, retiring, len(older))
        self._failpoint("root_retiring")
        async with self._transaction() as conn:
            found = await self._found(conn, Layer.OLD_ROOT, "")
            if found is None or not await self._retired(conn, root, found.target):
                return 0
            self._failpoint("root_retired")
            await self._end(conn, found)
            await self._report(conn, Progress(Layer.ROOT, "", Step.RETIRED, found.moved))
        self._failpoint("root_recorded")
        return found.moved

    async def _may_retire(self, conn: Connection, root: RotatableRoot) -> bool:
        if len(root.generations()) < 2 or self._clock.now() - root.newest_since() < GRACE:
            return False
        return await self._is_moved(conn, root)

    async def _retired(self, conn: Connection, root: RotatableRoot, newest: int) -> bool:
        """Whether all before it are gone. They stay while anything needs them again: a restored database may."""
        if root.generations()[0] < newest and await self._is_moved(conn, root):
            root.retire_before(newest)
        return root.generations()[0] >= newest

    async def _is_moved(self, conn: Connection, root: RotatableRoot) -> bool:
        """Whether the newest root wraps everything."""
        return not (await self._found(conn, Layer.ROOT, "") or await self._not_under_newest(conn, root))

    async def _move_subjects(self, shop_id: str, under_way: _UnderWay) -> int:
        async with self._transaction() as conn:
            moved = await self._ring.rewrap(conn, shop_id, _BATCH)
            await self._advance(conn, Layer.SHOP, shop_id, under_way, moved)
        return moved

    async def _close_shop(self, shop_id: str, under_way: _UnderWay) -> bool:
        async with self._transaction() as conn:
            await self._ring.close_epochs(conn, shop_id)
            cursor = conn.cursor(row_factory=tuple_row)
            values = {"shop_id": shop_id, "epoch": under_way.target}
            row = await (await cursor.execute(SQL["older_epochs"], values)).fetchone()
            self._failpoint("shop_closing")
        return row == (0,)

    async def _destroy_epochs(self, shop_id: str, under_way: _UnderWay) -> int:
        """After the commit: before it, another transaction might still wrap under an epoch whose secret is gone."""
        self._failpoint("shop_closed")
        self._ring.destroy_epochs(shop_id, under_way.target)
        self._failpoint("epochs_destroyed")
        async with self._transaction() as conn:
            await self._finish(conn, Layer.SHOP, shop_id, under_way)
        return await self._moved(under_way)

    async def _move_keks(self, root: RotatableRoot, under_way: _UnderWay) -> int:
        async with self._transaction() as conn:
            behind = (await self._not_under_newest(conn, root))[:_BATCH]
            for kek in behind:
                context = kek_context(kek.shop_id, kek.epoch)
                wrapped = root.wrap(root.unwrap(kek.wrapped, context), context)
                if not root.is_newest(wrapped, context):
                    raise CiphertextRefused("a key did not move under the new root")
                await conn.execute(SQL["replace_kek"], {**kek._asdict(), "wrapped": wrapped})
            await self._advance(conn, Layer.ROOT, "", under_way, len(behind))
        return len(behind)

    async def _not_under_newest(self, conn: Connection, root: RotatableRoot) -> list[_Kek]:
        cursor = conn.cursor(row_factory=class_row(_Kek))
        keks = await (await cursor.execute(SQL["all_keks"])).fetchall()
        return [kek for kek in keks if not root.is_newest(kek.wrapped, kek_context(kek.shop_id, kek.epoch))]

    async def _found(self, conn: Connection, layer: Layer, place: str) -> _UnderWay | None:
        cursor = conn.cursor(row_factory=class_row(_UnderWay))
        values = {"layer": str(layer), "place": place}
        return await (await cursor.execute(SQL["rotation_under_way"], values)).fetchone()

    async def _under_way(self, conn: Connection, layer: Layer, place: str) -> _UnderWay | None:
        found = await self._found(conn, layer, place)
        if found is not None:
            await self._report(conn, Progress(layer, place, Step.RESUMED, found.moved))
        return found

    async def _begin(self, conn: Connection, layer: Layer, place: str, target: int) -> _UnderWay:
        under_way = await self._write_down(conn, layer, place, target)
        await self._report(conn, Progress(layer, place, Step.STARTED))
        return under_way

    async def _advance(self, conn: Connection, layer: Layer, place: str, under_way: _UnderWay, moved: int) -> None:
        if moved:
            await self._count(conn, under_way, moved)
            await self._report(conn, Progress(layer, place, Step.ADVANCED, moved))

    async def _finish(self, conn: Connection, layer: Layer, place: str, under_way: _UnderWay) -> None:
        await self._end(conn, under_way)
        await self._report(conn, Progress(layer, place, Step.FINISHED))

    async def _write_down(self, conn: Connection, layer: Layer, place: str, target: int) -> _UnderWay:
        under_way = _UnderWay(uuid4(), target, 0)
        values = {"rotation_id": under_way.rotation_id, "layer": str(layer), "place": place, "target": target}
        await conn.execute(SQL["begin_rotation"], {**values, "now": self._clock.now()})
        return under_way

    async def _count(self, conn: Connection, under_way: _UnderWay, moved: int) -> None:
        await conn.execute(SQL["advance_rotation"], {"rotation_id": under_way.rotation_id, "moved": moved})

    async def _end(self, conn: Connection, under_way: _UnderWay) -> None:
        values = {"rotation_id": under_way.rotation_id, "now": self._clock.now()}
        await conn.execute(SQL["finish_rotation"], values)

    async def _moved(self, under_way: _UnderWay) -> int:
        async with self._transaction() as conn:
            cursor = conn.cursor(row_factory=tuple_row)
            values = {"rotation_id": under_way.rotation_id}
            row = await (await cursor.execute(SQL["rotation_moved"], values)).fetchone()
            return int(row[0]) if row else 0
