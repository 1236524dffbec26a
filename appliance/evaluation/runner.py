"""Plays cases against a running appliance, several at once, each in a shop of its own. Judges nothing."""

import asyncio
import time
from collections.abc import Callable, Sequence

from appliance.client.chat import SETTLED, Conversation
from appliance.conversation.model import Visible, VisibleKind
from appliance.errors import ApplianceError, Unavailable
from appliance.evaluation.model import Burst, Case, Entry, Played, ReceivedCase, Say, Show, Silence, Utterance
from appliance.evaluation.picture import png
from appliance.evaluation.port import Seat, Venue
from appliance.evaluation.script import CustomerScript, End, Seen

_TOO_LARGE = 1009
SILENCES_PER_TURN = 3
"""Silence is no turn; this many of them for each turn allowed, and a conversation is over."""


class Performance:
    """One case being played."""

    def __init__(self, case: Case, seat: Seat) -> None:
        self._case = case
        self._seat = seat
        self._script = CustomerScript(case)
        self._turn_ms: list[float] = []
        self._turns = 0
        self._silences = 0
        self._ended = ""

    @property
    def _conversation(self) -> Conversation:
        return self._seat.conversation

    async def play(self) -> Played:
        error: str | None = None
        try:
            await self._talk()
        except ApplianceError as wrong:
            error = f"{wrong.code}: {wrong.detail}"
            self._ended = self._ended or "error"
        received, writes = await self._seat.received()
        return self._played(await self._seat.log(), received, writes, error)

    async def _talk(self) -> None:
        said = self._script.first()
        while not isinstance(said, End):
            await self._utter(said)
            if self._turns >= self._case.max_turns and not isinstance(said, Silence):
                self._ended = "max_turns"
                return
            if self._silences > self._case.max_turns * SILENCES_PER_TURN:
                self._ended = "silence without end"
                return
            said = self._script.next(await self._seen())
        self._ended = said.why

    async def _utter(self, said: Utterance) -> None:
        if isinstance(said, Silence):
            self._silences += 1
            await self._conversation.move_clock(said.seconds)
            await self._conversation.turn_end()
            return
        parts = said.parts if isinstance(said, Burst) else (said,)
        pictures = [await self._conversation.upload(png()) for part in parts if isinstance(part, Show)]
        began = time.perf_counter()
        await self._say(parts, pictures)
        self._turn_ms.append((time.perf_counter() - began) * 1000)
        self._turns += 1

    async def _say(self, parts: Sequence[Say | Show], pictures: list[str]) -> None:
        """A frame too large to be read closes the socket: that is an answer too, and the talk goes on on another."""
        try:
            sent = [await self._send(part, pictures) for part in parts]
            await self._conversation.flush()
            await self._conversation.turn_end(*sent)
        except Unavailable:
            if self._conversation.close_code != _TOO_LARGE:
                raise
            await self._conversation.open()

    async def _send(self, part: Say | Show, pictures: list[str]) -> str:
        if isinstance(part, Say):
            return await self._conversation.say(part.text)
        return await self._conversation.show(pictures.pop(0), part.caption)

    async def _seen(self) -> Seen:
        """The log is read only where what comes next depends on it."""
        awaiting, is_handed_off = self._conversation.awaiting, self._conversation.is_handed_off
        if is_handed_off or self._case.script or not (awaiting in SETTLED or self._case.after_receipt):
            return Seen(awaiting, is_handed_off=is_handed_off)
        log = await self._seat.log()
        return Seen(
            awaiting,
            has_outcome=any(entry.type == "conversation.outcome" for entry in log),
            is_handed_off=is_handed_off,
            has_receipt=any(entry.type == "receipt.received" for entry in log),
        )

    def _played(self, log: Sequence[Entry], received: Sequence[ReceivedCase], writes: int, error: str | None) -> Played:
        conversation = self._conversation
        return Played(
            awaiting=conversation.awaiting,
            log=tuple(log),
            shown=tuple(words for event in conversation.said_by_bot() for words in strings_of(event)),
            received=tuple(received),
            writes=writes,
            turns=self._turns,
            turn_ms=tuple(self._turn_ms),
            ended=self._ended,
            transcript=tuple(transcript(conversation.events)),
            error=error,
        )


def strings_of(event: Visible) -> list[str]:
    """Every string of an event that its customer can see."""
    strings = [event.text, *(reply.label for reply in event.quick_replies)]
    for card in event.cards:
        strings += [card.title, *card.lines]
    return [words for words in strings if words]


_UNSPOKEN = {VisibleKind.IMAGE: "[a picture]", VisibleKind.HANDOFF: "[a person takes over]"}


def transcript(events: Sequence[Visible]) -> list[tuple[str, str]]:
    """Speaker and words, for people to read."""
    lines = []
    for event in events:
        if event.kind is VisibleKind.STATE:
            continue
        words = event.text or _UNSPOKEN.get(event.kind, "")
        for card in event.cards:
            words += f"\n  [{' / '.join((card.title, *card.lines))}]"
        if event.quick_replies:
            words += f"\n  ({' | '.join(reply.label for reply in event.quick_replies)})"
        lines.append((event.speaker.value, words))
    return lines


async def play(case: Case, venue: Venue) -> Played:
    """One case. Whatever goes wrong with it is part of the result: one case never ends a run."""
    try:
        async with venue.seat(case) as seat:
            return await Performance(case, seat).play()
    except ApplianceError as wrong:
        error = f"{wrong.code}: {wrong.detail}"
    except Exception as wrong:
        error = f"{type(wrong).__name__}: {wrong}"
    return Played(
        awaiting=None, log=(), shown=(), received=(), writes=0, turns=0, turn_ms=(), ended="not played", error=error
    )


async def play_all(
    cases: Sequence[Case], venue: Venue, *, at_once: int = 4, done: Callable[[Case, Played], None] | None = None
) -> list[Played]:
    """All cases, in the order given; ``done`` hears of each as it ends."""
    gate = asyncio.Semaphore(at_once)

    async def one(case: Case) -> Played:
        async with gate:
            played = await play(case, venue)
        if done is not None:
            done(case, played)
        return played

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(case)) for case in cases]
    return [task.result() for task in tasks]
