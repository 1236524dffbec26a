"""Reads CTC probabilities: the best text with the time of every token, and the next best texts."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

_BEAM, _PER_FRAME = 6, 4
_UNLIKELY = -12.0


class Timed(NamedTuple):
    token: int
    start: int
    """In frames."""
    end: int


def best(scores: Any, blank: int) -> list[Timed]:
    """``scores`` are log-probabilities, frame by token. A token ends where the next begins, at most 3 frames later."""
    path = scores.argmax(-1).tolist()
    starts = [(t, at) for at, t in enumerate(path) if t != blank and (at == 0 or path[at - 1] != t)]
    nexts = [*(at for _, at in starts[1:]), len(path)]
    return [Timed(token, at, min(at + 3, after)) for (token, at), after in zip(starts, nexts, strict=False)]


def next_best(scores: Any, blank: int, many: int) -> list[tuple[int, ...]]:
    """Prefix beam search, the best first. Frames in which all is plain cost next to nothing."""
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    for frame in scores:
        likely = np.argpartition(frame, -_PER_FRAME)[-_PER_FRAME:]
        beams = _pruned(_extended(beams, [(int(t), float(frame[t])) for t in likely if frame[t] > _UNLIKELY], blank))
    ranked = sorted(beams, key=lambda prefix: -_both(*beams[prefix]))
    return ranked[:many]


def _extended(
    beams: dict[tuple[int, ...], tuple[float, float]], likely: Sequence[tuple[int, float]], blank: int
) -> dict[tuple[int, ...], tuple[float, float]]:
    """For every prefix the probability that it ends in a blank, and that it ends in its last token."""
    extended: dict[tuple[int, ...], tuple[float, float]] = defaultdict(lambda: (-math.inf, -math.inf))
    for prefix, (in_blank, in_token) in beams.items():
        for token, score in likely:
            if token == blank:
                at_blank, at_token = extended[prefix]
                extended[prefix] = (_both(at_blank, _both(in_blank, in_token) + score), at_token)
                continue
            is_again = bool(prefix) and prefix[-1] == token
            if is_again:
                at_blank, at_token = extended[prefix]
                extended[prefix] = (at_blank, _both(at_token, in_token + score))
            longer = (*prefix, token)
            at_blank, at_token = extended[longer]
            before = in_blank if is_again else _both(in_blank, in_token)
            extended[longer] = (at_blank, _both(at_token, before + score))
    return extended


def _pruned(beams: dict[tuple[int, ...], tuple[float, float]]) -> dict[tuple[int, ...], tuple[float, float]]:
    kept = sorted(beams.items(), key=lambda item: -_both(*item[1]))[:_BEAM]
    return dict(kept)


def _both(one: float, other: float) -> float:
    """The logarithm of the sum of two probabilities."""
    high, low = max(one, other), min(one, other)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))
