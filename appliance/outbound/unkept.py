"""Wishes that the database did not take while they were said: one file each, until it does.

A file names an attempt, and nobody: number and account stay where they are.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Protocol, Self
from uuid import UUID

import msgspec

from appliance.config import Settings
from appliance.errors import ApplianceError
from appliance.ids import ShopId
from appliance.outbound.model import Attempt
from security.errors import SecurityError

_log = logging.getLogger(__name__)
_AGAIN_AFTER_S: Final = 10.0
_SUFFIX: Final = ".json"


class Unkept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    shop_id: ShopId
    attempt_id: UUID


class Desk(Protocol):
    async def refused_late(self, shop: ShopId, attempt_id: UUID) -> None: ...


class UnkeptWishes:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.state_path / "outbound")

    def leave(self, attempt: Attempt) -> None:
        """On disk when this returns. A repeat changes nothing."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / f"{attempt.attempt_id}{_SUFFIX}"
        scratch = file.with_suffix(".new")
        with scratch.open("wb") as writing:
            writing.write(msgspec.json.encode(Unkept(shop_id=attempt.shop_id, attempt_id=attempt.attempt_id)))
            writing.flush()
            os.fsync(writing.fileno())
        scratch.rename(file)

    async def settle(self, desk: Desk) -> int:
        """How many are kept now. The others stay for the next time."""
        return sum([await self._settle(desk, file) for file in sorted(self._folder.glob(f"*{_SUFFIX}"))])

    @asynccontextmanager
    async def running(self, desk: Desk) -> AsyncIterator[None]:
        """At once, for those of an earlier run, and every few seconds."""
        task = asyncio.create_task(self._run(desk))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, desk: Desk) -> None:
        while True:
            await self.settle(desk)
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _settle(self, desk: Desk, file: Path) -> bool:
        """Each by itself: one that goes wrong holds up no other."""
        try:
            unkept = await asyncio.to_thread(_read, file)
            await desk.refused_late(unkept.shop_id, unkept.attempt_id)
            await asyncio.to_thread(file.unlink)
        except (ApplianceError, SecurityError) as away:
            _log.warning("outbound.wish_waits", extra={"code": away.code})
            return False
        except Exception:
            _log.exception("outbound.wish_left")
            return False
        return True


def _read(file: Path) -> Unkept:
    return msgspec.json.decode(file.read_bytes(), type=Unkept)
