"""Both sides of a call on their way to the disk: held back until nothing that is said later can concern them. Pure.

Of the caller only what was understood is let through. Speech without a transcript may tell anything.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

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
"""So far from a word that was understood nothing else was said."""
_KEY_BEFORE_MS: Final = 500
_KEY_BEHIND_MS: Final = 300
"""A key's tone may be in the audio besides, and is told when it begins or when it ends."""


class Cut(NamedTuple):
    """So much of both sides, as it may be kept: codes of G.711, equally many."""

    caller: bytes
    bot: bytes


class Reel:
    def __init__(self) -> None:
        self.silenced_ms: Counter[str] = Counter()
        """What could be heard before, by reason."""
        self._caller = Tape()
        self._bot = Tape()
        self._recent: list[Utterance] = []
        self._silences: list[Silence] = []
        self._understood: list[Span] = []

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

    def _keep_silent(self, silence: Silence) -> None:
        """Now, and what of it is still to come when it is released."""
        self._silences.append(silence)
        self._silence(silence)

    def _silence(self, silence: Silence) -> None:
        self.silenced_ms[silence.why] += self._caller.silence(silence.start_ms, silence.end_ms)

    def _cut(self, until_ms: int) -> Cut:
        for silence in self._silences:
            self._silence(silence)
        for gap in _gaps(self._understood, self.released_ms, until_ms):
            self._silence(Silence(gap.start_ms, gap.end_ms, Reason.UNHEARD))
        self._silences = [silence for silence in self._silences if silence.end_ms > until_ms]
        self._understood = [span for span in self._understood if span.end_ms > until_ms]
        return Cut(self._caller.release(until_ms), self._bot.release(until_ms))


def _around_words(utterance: Utterance) -> list[Span]:
    if not timing.has_times(utterance):
        return [timing.whole(utterance)] if utterance.text else []
    return [Span(word.start_ms - _AROUND_WORD_MS, word.end_ms + _AROUND_WORD_MS) for word in utterance.words]


def _gaps(spans: Sequence[Span], start_ms: int, end_ms: int) -> Iterator[Span]:
    """What none of them covers."""
    for span in sorted(spans):
        if span.start_ms > start_ms:
            yield Span(start_ms, min(span.start_ms, end_ms))
        start_ms = max(start_ms, span.end_ms)
        if start_ms >= end_ms:
            return
    yield Span(start_ms, end_ms)
