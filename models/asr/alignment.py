"""Reads CTC probabilities: the best text with the time of every token, and the next best texts."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from models.asr.language import EDGE, LanguageModel

_BEAM, _PER_FRAME = 8, 6
_UNLIKELY = -10.0
_LANGUAGE_WEIGHT, _FOR_A_TOKEN = 0.5, 1.0
"""Of what the language says beside what the sound says; and what makes up for that every token costs."""
_LONGEST = 3
"""Frames of a token."""

Tokens = tuple[int, ...]


class Timed(NamedTuple):
    token: int
    start: int
    """In frames."""
    end: int


class _Prefix(NamedTuple):
    """Logarithms of the probability that the sound so far ends in a blank after it, and in its last token; and of it
    being said at all."""

    in_blank: float
    in_token: float
    said: float

    @property
    def heard(self) -> float:
        return _both(self.in_blank, self.in_token)

    @property
    def score(self) -> float:
        return self.heard + self.said


def best(scores: Any, blank: int) -> list[Timed]:
    """By the sound alone. ``scores`` are log-probabilities, frame by token. A token ends where the next begins, at most
    3 frames later."""
    path = scores.argmax(-1).tolist()
    return _timed([(t, at) for at, t in enumerate(path) if t != blank and (at == 0 or path[at - 1] != t)], len(path))


def aligned(scores: Any, tokens: Tokens, blank: int) -> list[Timed]:
    """Where these tokens are in the sound, by the most probable path through all of them (Viterbi).

    ValueError where there is none: fewer frames than the tokens need.
    """
    if not tokens:
        return []
    places = np.array([blank, *(each for token in tokens for each in (token, blank))])
    can_skip = np.zeros(len(places), dtype=bool)
    can_skip[3::2] = places[3::2] != places[1:-2:2]
    reached = np.full(len(places), -np.inf)
    reached[:2] = scores[0, places[:2]]
    came_from = np.zeros((len(scores), len(places)), dtype=np.int64)
    for at in range(1, len(scores)):
        one = np.concatenate(([-np.inf], reached[:-1]))
        two = np.where(can_skip, np.concatenate(([-np.inf, -np.inf], reached[:-2])), -np.inf)
        ways = np.stack((reached, one, two))
        came_from[at] = ways.argmax(0)
        reached = ways.max(0) + scores[at, places]
    place = int(len(places) - 1 if reached[-1] >= reached[-2] else len(places) - 2)
    if reached[place] == -np.inf:
        raise ValueError(f"{len(tokens)} tokens in {len(scores)} frames")
    starts: dict[int, int] = {}
    for at in range(len(scores) - 1, -1, -1):
        starts[place] = at
        place -= int(came_from[at, place])
    return _timed([(token, starts[2 * number + 1]) for number, token in enumerate(tokens)], len(scores))


def _timed(starts: Sequence[tuple[int, int]], frames: int) -> list[Timed]:
    nexts = [*(at for _, at in starts[1:]), frames]
    return [Timed(token, at, min(at + _LONGEST, after)) for (token, at), after in zip(starts, nexts, strict=False)]


def next_best(scores: Any, blank: int, many: int, language: LanguageModel | None = None) -> list[Tokens]:
    """Prefix beam search, the best first; by the sound, and by the language where it is known.

    Frames in which all is plain cost next to nothing.
    """
    beams: dict[Tokens, _Prefix] = {(): _Prefix(0.0, -math.inf, 0.0)}
    looked_at = min(_PER_FRAME, scores.shape[1])
    for frame in scores:
        likely = np.argpartition(frame, -looked_at)[-looked_at:]
        extended = _extended(beams, [(int(t), float(frame[t])) for t in likely if frame[t] > _UNLIKELY], blank)
        for prefix in extended.keys() - beams.keys():
            extended[prefix] = extended[prefix]._replace(said=beams[prefix[:-1]].said + _said(prefix, language))
        beams = dict(sorted(extended.items(), key=lambda item: -item[1].score)[:_BEAM])
    ends = {prefix: beam.score + _weighed(prefix, EDGE, language) for prefix, beam in beams.items()}
    return sorted(ends, key=lambda prefix: -ends[prefix])[:many]


def _said(prefix: Tokens, language: LanguageModel | None) -> float:
    """Of its last token."""
    return _weighed(prefix[:-1], prefix[-1], language) + (_FOR_A_TOKEN if language else 0.0)


def _weighed(before: Tokens, token: int, language: LanguageModel | None) -> float:
    return _LANGUAGE_WEIGHT * language.of_next(before, token) if language else 0.0


def _extended(beams: dict[Tokens, _Prefix], likely: Sequence[tuple[int, float]], blank: int) -> dict[Tokens, _Prefix]:
    """Of every prefix what the next frame makes of it. What is said of one that is new is not reckoned here."""
    extended: dict[Tokens, _Prefix] = defaultdict(lambda: _Prefix(-math.inf, -math.inf, 0.0))
    for prefix, beam in beams.items():
        extended[prefix] = extended[prefix]._replace(said=beam.said)
        for token, score in likely:
            if token == blank:
                there = extended[prefix]
                extended[prefix] = there._replace(in_blank=_both(there.in_blank, beam.heard + score))
                continue
            is_again = bool(prefix) and prefix[-1] == token
            if is_again:
                there = extended[prefix]
                extended[prefix] = there._replace(in_token=_both(there.in_token, beam.in_token + score))
            longer = (*prefix, token)
            there = extended[longer]
            before = beam.in_blank if is_again else beam.heard
            extended[longer] = there._replace(in_token=_both(there.in_token, before + score))
    return extended


def _both(one: float, other: float) -> float:
    """The logarithm of the sum of two probabilities."""
    high, low = max(one, other), min(one, other)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))
