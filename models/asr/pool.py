"""Engines, each in a process of its own; a call stays with the one that it was given.

A process that dies takes its calls with it and is made anew for those that come after.
"""

import asyncio
import logging
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Any, Protocol

from models.asr.errors import EngineInvalid, RecogniserUnavailable
from models.asr.spoken import Pass

Make = Callable[[], Any]
"""Makes an engine, in the process that is to have it."""
_engine: Any = None
_log = logging.getLogger(__name__)


class Ears(Protocol):
    """An engine as one call uses it."""

    @property
    def streams(self) -> bool: ...
    @property
    def finds_pauses(self) -> bool: ...
    async def partial(self, pcm: bytes, /) -> str: ...
    async def online(self, call: int, pcm: bytes, /) -> str: ...
    async def pause(self, call: int, pcm: bytes, /) -> bool: ...
    async def final(self, pcm: bytes, hotwords: Sequence[str], wants_figures: bool, /) -> Pass: ...
    async def forget(self, call: int, /) -> None: ...


def _begin(make: Make) -> None:
    global _engine
    _engine = make()


def _ask(name: str, arguments: tuple[Any, ...]) -> Any:
    return getattr(_engine, name)(*arguments)


def _ready() -> bool:
    return _engine is not None


class Engines:
    def __init__(self, make: Make, many: int, *, streams: bool, finds_pauses: bool) -> None:
        self._places = [_Place(make, streams, finds_pauses) for _ in range(many)]

    async def start(self) -> None:
        """Returns when all are warm. EngineInvalid if one cannot load its models."""
        try:
            await asyncio.gather(*(place.ask(_ready) for place in self._places))
        except RecogniserUnavailable as failed:
            raise EngineInvalid("an engine ended while it loaded its models; its own output above says why") from failed

    def least_asked(self) -> "_Place":
        return min(self._places, key=lambda place: place.calls)

    @property
    def waiting(self) -> int:
        """Questions put and not yet answered."""
        return sum(place.waiting for place in self._places)

    def stop(self) -> None:
        for place in self._places:
            place.stop()


class _Place:
    """One process, or the one that follows it."""

    def __init__(self, make: Make, streams: bool, finds_pauses: bool) -> None:
        self.streams, self.finds_pauses = streams, finds_pauses
        self.calls = self.waiting = 0
        self._make = make
        self._process = self._begun()

    def _begun(self) -> ProcessPoolExecutor:
        spawned = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=spawned, initializer=_begin, initargs=(self._make,))

    async def ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """RecogniserUnavailable if the process ends meanwhile, or what it was asked fails in it."""
        process = self._process
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(process, question, *arguments)
        except BrokenExecutor as broken:
            if self._process is process:
                self._process = self._begun()
            raise RecogniserUnavailable("the engine that heard this call has ended; a new one is starting") from broken
        except Exception as failed:
            _log.exception("an engine failed")
            raise RecogniserUnavailable(f"the engine could not hear this ({type(failed).__name__})") from failed
        finally:
            self.waiting -= 1

    async def partial(self, pcm: bytes) -> str:
        return str(await self.ask(_ask, "partial", (pcm,)))

    async def online(self, call: int, pcm: bytes) -> str:
        return str(await self.ask(_ask, "online", (call, pcm)))

    async def pause(self, call: int, pcm: bytes) -> bool:
        return bool(await self.ask(_ask, "pause", (call, pcm)))

    async def final(self, pcm: bytes, hotwords: Sequence[str], wants_figures: bool) -> Pass:
        heard: Pass = await self.ask(_ask, "final", (pcm, tuple(hotwords), wants_figures))
        return heard

    async def forget(self, call: int) -> None:
        await self.ask(_ask, "forget", (call,))

    def stop(self) -> None:
        self._process.shutdown(wait=True, cancel_futures=True)
