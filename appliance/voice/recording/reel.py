"""Both sides of a call on their way to the disk: held back until nothing that is said later can concern them. Pure.

Of the caller only what was understood is let through. Speech without a transcript may tell anything.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from appliance.voice.model import FRAME_MS
from appliance.voice.recording import timing
from appliance.voice.recording.model import Reason, Silence, Span, Utterance
from appliance.voice.recording.tape import Tape
from security.pii.retrospect import WITHIN_S

HELD_MS: Final = (WITHIN_S + 30) * 1000
"""What the next words may complete, and the time that their transcript takes."""
CHUNK_MS: Final = 10_000
MOST_RECENT: Final = 12
"""Utterances that may share a value: a message of the conversation may be several of them."""

_AROUND_WORD_MS: Final = 500
"""So far from a word that was understood nothing else was said, unless another utterance begins."""
_ONE_MARK_MS: Final = 400
"""So short a pause within what was silenced is none to whoever looks at it."""
_KEY_BEFORE_MS: Final = 500
_KEY_BEHIND_MS: Final = 300
"""A key's tone may be in the audio besides, and is told when it begins or when it ends."""


class Cut(NamedTuple):
    """So much of both sides, as it may be kept: codes of G.711, equally many."""

    caller: bytes
    bot: bytes
    silenced: tuple[Silence, ...] = ()
    """Where the caller could be heard before, and why he cannot."""


class _Understood(NamedTuple):
    """What may be heard: up to ``sure_ms`` whatever follows, from there on until a later utterance begins."""

    number: int
    start_ms: int
    sure_ms: int
    end_ms: int


class Reel:
    def __init__(self) -> None:
        self.silenced_ms: Counter[str] = Counter()
        """What could be heard before, by reason."""
        self._caller = Tape()
        self._bot = Tape()
        self._recent: list[Utterance] = []
        self._silences: list[Silence] = []
        self._understood: list[_Understood] = []
        self._began_ms: dict[int, int] = {}
        """By utterance, also of those that are never understood."""
        self._marks: list[Silence] = []
        """Of what could be heard, and is not released yet."""

    @property
    def released_ms(self) -> int:
        return self._caller.begin_ms

    def hear(self, at_ms: int, pcm: bytes) -> None:
        self._caller.add(at_ms, pcm)

    def speak(self, at_ms: int, pcm: bytes) -> None:
        self._bot.add(at_ms, pcm)

    def take_back(self, from_ms: int) -> None:
        """What the bot was to say after that was not played."""
        self._bot.take_back(from_ms)

    def press(self, at_ms: int) -> None:
        """Whatever is keyed in: the tones can be read from the audio."""
        self._keep_silent(Silence(at_ms - _KEY_BEFORE_MS, at_ms + _KEY_BEHIND_MS, Reason.KEY))

    def began(self, number: int, at_ms: int) -> None:
        """The caller speaks: what is told of the utterances before this one ends here."""
        self._began_ms.setdefault(number, at_ms)

    def recent(self, utterance: Utterance) -> tuple[Utterance, ...]:
        """What has to be read together now that this was said."""
        self._recent = [*(each for each in self._recent if each.end_ms > self.released_ms), utterance][-MOST_RECENT:]
        return tuple(self._recent)

    def was_told(self, recent: Sequence[Utterance]) -> bool:
        """Whether something is silenced in those before the last, other than keys."""
        spans = [timing.whole(utterance) for utterance in recent[:-1]]
        values = [silence for silence in self._silences if silence.why != Reason.KEY]
        return any(
            silence.start_ms < span.end_ms and span.start_ms < silence.end_ms for silence in values for span in spans
        )

    def take(self, utterance: Utterance, silences: Sequence[Silence]) -> None:
        """It was read: what of it nobody may hear, and that the rest may be heard."""
        for silence in silences:
            self._keep_silent(silence)
        self._understood += _around_words(utterance)

    def due(self) -> Iterator[Cut]:
        """What has been held back for long enough."""
        until = max(self._caller.end_ms, self._bot.end_ms) - HELD_MS
        while self.released_ms + CHUNK_MS <= until:
            yield self._cut(self.released_ms + CHUNK_MS)

    def rest(self) -> Iterator[Cut]:
        """All of it: the call is over."""
        end = max(self._caller.end_ms, self._bot.end_ms)
        while self.released_ms < end:
            yield self._cut(min(self.released_ms + CHUNK_MS, end))

    def wipe(self) -> None:
        self._caller.wipe()
        self._bot.wipe()
        self._recent.clear()
        self._silences.clear()
        self._understood.clear()
        self._began_ms.clear()
        self._marks.clear()

    def _keep_silent(self, silence: Silence) -> None:
        """Now, and what of it is still to come when it is released."""
        self._silences.append(silence)
        self._silence(silence)

    def _silence(self, silence: Silence) -> None:
        heard = self._caller.silence(silence.start_ms, silence.end_ms)
        self.silenced_ms[silence.why] += len(heard) * FRAME_MS
        self._marks += [Silence(at_ms, at_ms + FRAME_MS, silence.why) for at_ms in heard]

    def _cut(self, until_ms: int) -> Cut:
        for silence in self._silences:
            self._silence(silence)
        understood = [self._heard(each) for each in self._understood]
        for gap in _gaps(understood, self.released_ms, until_ms):
            self._silence(Silence(gap.start_ms, gap.end_ms, Reason.UNHEARD))
        self._silences = [silence for silence in self._silences if silence.end_ms > until_ms]
        self._understood = [each for each in self._understood if each.end_ms > until_ms]
        marks = [mark for mark in self._marks if mark.start_ms < until_ms]
        self._marks = [mark for mark in self._marks if mark.start_ms >= until_ms]
        return Cut(self._caller.release(until_ms), self._bot.release(until_ms), tuple(_joined(marks)))

    def _heard(self, understood: _Understood) -> Span:
        next_ms = min((ms for number, ms in self._began_ms.items() if number > understood.number), default=None)
        end_ms = understood.end_ms if next_ms is None else min(understood.end_ms, max(understood.sure_ms, next_ms))
        return Span(understood.start_ms, end_ms)


def _joined(marks: Sequence[Silence]) -> Iterator[Silence]:
    """Frames as stretches: what lies close together was taken out in one."""
    last: Silence | None = None
    for mark in sorted(marks):
        if last is not None and last.why == mark.why and mark.start_ms <= last.end_ms + _ONE_MARK_MS:
            last = last._replace(end_ms=max(last.end_ms, mark.end_ms))
            continue
        if last is not None:
            yield last
        last = mark
    if last is not None:
        yield last


def _around_words(utterance: Utterance) -> list[_Understood]:
    """Without times nothing is sure: its end is where its transcript came, and more may have been said by then."""
    number = utterance.number
    if not timing.has_times(utterance):
        start_ms, end_ms = timing.whole(utterance)
        return [_Understood(number, start_ms, start_ms, end_ms)] if utterance.text else []
    return [
        _Understood(number, word.start_ms - _AROUND_WORD_MS, word.end_ms, word.end_ms + _AROUND_WORD_MS)
        for word in utterance.words
    ]


def _gaps(spans: Sequence[Span], start_ms: int, end_ms: int) -> Iterator[Span]:
    """What none of them covers."""
    for span in sorted(spans):
        if span.start_ms > start_ms:
            yield Span(start_ms, min(span.start_ms, end_ms))
        start_ms = max(start_ms, span.end_ms)
        if start_ms >= end_ms:
            return
    yield Span(start_ms, end_ms)
