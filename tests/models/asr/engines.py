"""An engine without models: what it hears is what a test put in, so that calls are tested without FunASR."""

import os
from collections.abc import Sequence
from pathlib import Path

from models.asr.heard import Word
from models.asr.spoken import Pass


class ScriptedEars:
    streams = False
    finds_pauses = False

    def __init__(self, *finals: Pass, partials: Sequence[str] = (), online: Sequence[str] = ()) -> None:
        self._finals, self._partials, self._online = list(finals), list(partials), list(online)
        self.streams = bool(online)
        self.passed: list[tuple[int, tuple[str, ...], bool]] = []
        """Bytes, hotwords and whether figures are wanted, of every second pass."""
        self.chunks: list[int] = []
        self.forgotten: list[int] = []

    async def partial(self, pcm: bytes) -> str:
        self.chunks.append(len(pcm))
        return self._partials.pop(0) if self._partials else ""

    async def online(self, _call: int, pcm: bytes, _is_last: bool) -> str:
        self.chunks.append(len(pcm))
        return self._online.pop(0) if self._online else ""

    async def pause(self, _call: int, _pcm: bytes) -> bool:
        raise AssertionError("loudness tells the pauses here")

    async def final(self, pcm: bytes, hotwords: Sequence[str], wants_figures: bool) -> Pass:
        self.passed.append((len(pcm), tuple(hotwords), wants_figures))
        return self._finals.pop(0)

    async def forget(self, call: int) -> None:
        self.forgotten.append(call)


class EchoEngine:
    """For the processes of a pool: says how much it was given; ends its process when it is told so."""

    def partial(self, pcm: bytes) -> str:
        return "听" * (len(pcm) // 9600)

    def final(self, _pcm: bytes, hotwords: Sequence[str], _wants_figures: bool) -> Pass:
        if "退出" in hotwords:
            os._exit(3)
        if "出错" in hotwords:
            raise RuntimeError("shape mismatch")
        text = "听到" + "".join(hotwords)
        return Pass(text, tuple(Word(c, 100 * n, 100 * n + 100) for n, c in enumerate(text)))


class WaitingEngine:
    """Its second pass takes until somebody says through ``go`` what was heard."""

    def __init__(self, go: Path) -> None:
        self._go = go

    def final(self, _pcm: bytes, _hotwords: Sequence[str], _wants_figures: bool) -> Pass:
        return Pass(self._go.read_text(encoding="utf-8"))


class FollowingEngine:
    """Counts the chunks of each call; ends its process for one that is the last."""

    LAST = 99

    def __init__(self) -> None:
        self._chunks: dict[int, int] = {}

    def online(self, call: int, _pcm: bytes, _is_last: bool) -> str:
        if call == self.LAST:
            os._exit(3)
        self._chunks[call] = self._chunks.get(call, 0) + 1
        return f"听{self._chunks[call]}"

    def forget(self, call: int) -> None:
        self._chunks.pop(call, None)


class DeadEngine:
    def __init__(self) -> None:
        raise RuntimeError("no weights")
