"""Engines, each in processes of its own; a call stays with the one that it was given.

What follows a voice while it speaks has another process than what passes over that which has ended: seconds of a
second pass hold up nobody's partial text (docs/decisions/0155).

A process that dies takes its calls with it and is made anew, with its models, for those that come after.
"""

import asyncio
import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Any, Final, Protocol

from models.asr.errors import EngineInvalid, RecogniserUnavailable
from models.asr.spoken import Pass

Make = Callable[[], Any]
"""Makes an engine, in the process that is to have it."""
_REST_S: Final = (1.0, 60.0)
"""Before models that could not be loaded again are tried once more, at first and at most."""
_engine: Any = None
_log = logging.getLogger(__name__)


class Ears(Protocol):
    """An engine as one call uses it."""

    @property
    def streams(self) -> bool: ...
    @property
    def finds_pauses(self) -> bool: ...
    async def partial(self, pcm: bytes, /) -> str: ...
    async def online(self, call: int, pcm: bytes, is_last: bool, /) -> str: ...
    async def pause(self, call: int, pcm: bytes, /) -> bool: ...
    async def final(self, pcm: bytes, hotwords: Sequence[str], wants_figures: bool, /) -> Pass: ...
    async def forget(self, call: int, /) -> None: ...


def _begin(make: Make) -> None:
    global _engine
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _engine = make()


def _end_with_parent() -> None:
    """However the worker ended, nobody asks this process any more: it would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ask(name: str, arguments: tuple[Any, ...]) -> Any:
    return getattr(_engine, name)(*arguments)


def _ready() -> bool:
    return _engine is not None


class Engines:
    def __init__(
        self, make: Make, many: int, *, follow: Make | None = None, streams: bool = False, finds_pauses: bool = False
    ) -> None:
        """``follow`` makes what streams, finds pauses, or both; None: ``make`` hears the piece anew instead."""
        self._places = [Place(make, follow, streams, finds_pauses) for _ in range(many)]

    async def start(self) -> None:
        """Returns when all are warm. EngineInvalid if one cannot load its models."""
        try:
            await asyncio.gather(*(place.start() for place in self._places))
        except RecogniserUnavailable as failed:
            raise EngineInvalid("an engine ended while it loaded its models; its own output above says why") from failed

    def least_asked(self) -> "Place":
        """Of those whose models are loaded, if there is one."""
        return min(self._places, key=lambda place: (not place.is_warm, place.calls))

    @property
    def many(self) -> int:
        return len(self._places)

    @property
    def warm(self) -> int:
        """So many have their models loaded."""
        return sum(place.is_warm for place in self._places)

    @property
    def waiting(self) -> int:
        """Questions put and not yet answered."""
        return sum(place.waiting for place in self._places)

    def stop(self) -> None:
        for place in self._places:
            place.stop()


class Place:
    """One engine: all the models of a language, as the calls that are with it ask them."""

    def __init__(self, make: Make, follow: Make | None, streams: bool, finds_pauses: bool) -> None:
        self.streams, self.finds_pauses = streams, finds_pauses
        self.calls = 0
        self._passing = _Process(make)
        self._following = None if follow is None else _Process(follow)

    @property
    def is_warm(self) -> bool:
        return all(process.is_warm for process in self._processes)

    @property
    def waiting(self) -> int:
        return sum(process.waiting for process in self._processes)

    @property
    def _processes(self) -> "tuple[_Process, ...]":
        return (self._passing,) if self._following is None else (self._passing, self._following)

    async def start(self) -> None:
        await asyncio.gather(*(process.start() for process in self._processes))

    async def partial(self, pcm: bytes) -> str:
        return str(await self._passing.ask(_ask, "partial", (pcm,)))

    async def final(self, pcm: bytes, hotwords: Sequence[str], wants_figures: bool) -> Pass:
        heard: Pass = await self._passing.ask(_ask, "final", (pcm, tuple(hotwords), wants_figures))
        return heard

    async def online(self, call: int, pcm: bytes, is_last: bool) -> str:
        return str(await self._follower.ask(_ask, "online", (call, pcm, is_last)))

    async def pause(self, call: int, pcm: bytes) -> bool:
        return bool(await self._follower.ask(_ask, "pause", (call, pcm)))

    async def forget(self, call: int) -> None:
        """Only what follows a call keeps anything of it."""
        if self._following is not None:
            await self._following.ask(_ask, "forget", (call,))

    @property
    def _follower(self) -> "_Process":
        if self._following is None:
            raise ValueError("there is no model that follows a call")
        return self._following

    def stop(self) -> None:
        for process in self._processes:
            process.stop()


class _Process:
    """One process with models, or the one that follows it."""

    def __init__(self, make: Make) -> None:
        self.waiting = 0
        self.is_warm = False
        self._make = make
        self._process = self._begun()
        self._loading: asyncio.Task[None] | None = None

    def _begun(self) -> ProcessPoolExecutor:
        spawned = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=spawned, initializer=_begin, initargs=(self._make,))

    async def start(self) -> None:
        self.is_warm = await self.ask(_ready)

    def _begin_anew(self) -> None:
        """Nobody has to ask for its models to be loaded."""
        self._process, self.is_warm = self._begun(), False
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._load())

    async def _load(self) -> None:
        rest_s, most_s = _REST_S
        while not self.is_warm:
            process = self._process
            try:
                self.is_warm = await asyncio.get_running_loop().run_in_executor(process, _ready)
            except BrokenExecutor:
                _log.error("an engine could not load its models again; its own output above says why")
                await asyncio.sleep(rest_s)
                rest_s = min(2 * rest_s, most_s)
                if self._process is process:
                    self._process = self._begun()

    async def ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """RecogniserUnavailable if the process ends meanwhile, or what it was asked fails in it."""
        process = self._process
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(process, question, *arguments)
        except BrokenExecutor as broken:
            if self._process is process:
                self._begin_anew()
            raise RecogniserUnavailable("the engine that heard this call has ended; a new one is starting") from broken
        except Exception as failed:
            _log.exception("an engine failed")
            raise RecogniserUnavailable(f"the engine could not hear this ({type(failed).__name__})") from failed
        finally:
            self.waiting -= 1

    def stop(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
        self._process.shutdown(wait=True, cancel_futures=True)
