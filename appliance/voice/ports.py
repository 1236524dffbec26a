"""What a call needs of others: a line, engines that hear and speak, and a conversation."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from appliance.voice.events import BotIsDone, BotLeaves, BotSays, BotStillWorks, LeaveCall, WasHeard, WordsExpected
from appliance.voice.model import Caller, Spoken
from models.asr.heard import Heard


class Hearing(Protocol):
    """Of one call."""

    async def feed(self, pcm: bytes) -> None:
        """16 kHz, any length."""
        ...

    async def end_utterance(self) -> None:
        """The caller has come to the end of a turn: one final follows, empty if nothing was said."""
        ...

    def expect(self, hotwords: Sequence[str]) -> None:
        """From the next turn on."""
        ...

    def results(self) -> AsyncIterator[Heard]:
        """Partials, each with the whole text of the utterance so far, and finals."""
        ...


class Recogniser(Protocol):
    def listen(self, *, hotwords: Sequence[str] = ()) -> AbstractAsyncContextManager[Hearing]: ...


class Speaker(Protocol):
    @property
    def rate_hz(self) -> int: ...

    def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        """The text as it stands on a screen; audio of any lengths, as it comes."""
        ...


class Talk(Protocol):
    """The conversation that is held on the line."""

    async def pass_on(self, spoken: Spoken) -> None:
        """It is kept when this returns; the answer comes by ``said``."""
        ...

    def said(self) -> AsyncIterator[BotSays | BotIsDone | BotStillWorks | BotLeaves | WordsExpected]:
        """From the first words on, as long as the call lasts."""
        ...

    async def heard(self, account: WasHeard) -> None: ...


class Audio(msgspec.Struct, frozen=True):
    """At the line's own rate, any length."""

    pcm: bytes


class Key(msgspec.Struct, frozen=True):
    key: str
    is_whole: bool = False
    """Nothing follows it: a button of its own."""


class Reached(msgspec.Struct, frozen=True):
    """All that was played before this mark has left the line for the caller."""

    mark: str


class Line(Protocol):
    """One call of a switchboard. Whoever paces the audio, it is the line's affair."""

    @property
    def caller(self) -> Caller: ...

    @property
    def rate_hz(self) -> int: ...

    def events(self) -> AsyncIterator[Audio | Key | Reached]:
        """Until the line ends."""
        ...

    async def play(self, frame: bytes) -> None:
        """A frame of 20 ms. Returns when the next one may come."""
        ...

    async def mark(self, mark: str) -> None: ...

    async def flush(self) -> None:
        """What was played and is not on its way yet is thrown away, with its marks."""
        ...

    async def leave(self, leave: LeaveCall) -> None:
        """The switchboard has the call back, and is told what to do with it. Harmless on a line that has ended."""
        ...
