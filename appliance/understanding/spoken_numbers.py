"""A number as it was heard, matched with the numbers that it could be: the customer's own, and no others.

Speech gives several hearings, the likeliest first, and mistakes some digits for others. What counts is which of the
customer's numbers is nearest, and whether any other is nearly as near. Pure.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from models.compact.numerals import DIGIT, SEPARATOR

LEAST: Final = 3
"""Digits that say which order is meant."""
WHOLE: Final = 8
"""So many are not the end of a number any more."""
LONG: Final = 10
"""So many are an order's number, whatever was asked for."""
_PER_DIGIT: Final = 0.125
_APART: Final = 0.4
_SURE: Final = 1.0
"""How far any other number must be from one that is taken without asking."""
_TABLE: Final = Path(__file__).with_name("spoken_numbers.toml")
_WHOLE_IN_FIGURES: Final = re.compile(rf"\d{{{LONG}}}")
_FIGURE = "".join(DIGIT) + r"\d"
_PAUSE = ",，、。;；"
_MOST_DENIED: Final = 24
_PAUSED = rf"(?<=[{_PAUSE}\s])"
_COUNTED = frozenset("年月日号天块元点时分秒个件双只条斤码米厘毫升克寸万千百")
"""Behind digits: they count or date something."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What a heard number means. ``number`` None: none of them, or more than one."""

    digits: str
    """As they were heard first."""
    number: str | None = None
    is_sure: bool = False
    """Every digit fits, and no other number is near."""


class _Reading(msgspec.Struct, frozen=True):
    digits: str
    cost: float


class _Costs(msgspec.Struct, frozen=True, kw_only=True):
    dropped: float
    doubled: float
    other: float
    later: float
    part: float
    sound: float
    confused: dict[str, float]
    sounds: dict[str, str]

    def of(self, heard: str, said: str) -> float:
        if heard == said:
            return 0.0
        return self.confused.get("".join(sorted((heard, said))), self.other)


@cache
def _costs() -> _Costs:
    return msgspec.convert(tomllib.loads(_TABLE.read_text(encoding="utf-8")), _Costs)


@cache
def _digits_of() -> dict[str, str]:
    """What each character of a number stands for, be it one that only sounds like it."""
    exact = {character: str(digit) for character, digit in DIGIT.items()} | {str(n): str(n) for n in range(10)}
    return {sound: digit for digit, sounds in _costs().sounds.items() for sound in sounds} | exact


@cache
def _run() -> re.Pattern[str]:
    """十分 and what begins ，是 are words."""
    sounds = "".join(_costs().sounds.values())
    return re.compile(rf"[{_FIGURE}](?:{SEPARATOR}(?!十分|{_PAUSED}是)[{_FIGURE}{sounds}])*")


@cache
def _denied() -> re.Pattern[str]:
    """不是3456是3465, 不是3456，3465 and 3465，不是3456. Left alone are 是不是3456, 不是3456吗 and 不是，3465."""
    sounds = "".join(_costs().sounds.values()).replace("是", "")
    number = rf"[{_FIGURE}](?:[\s\-,，、]{{0,3}}[{_FIGURE}{sounds}]){{{LEAST - 1},{_MOST_DENIED}}}"
    words, pause = rf"[^{_FIGURE}是不{_PAUSE}]{{0,4}}?", rf"[{_PAUSE}\s]{{0,3}}"
    denied = rf"(?<!是)不是{words}{number}(?![吗么])"
    then = rf"{words}{pause}(?:[而就应该]{{0,3}}是|(?<=[{_PAUSE}])){words}[{_FIGURE}]"
    return re.compile(rf"{denied}(?={then})|({number}{words}{pause}){denied}")


def in_figures(words: str) -> str:
    """The words with each whole number that is spelled, or said in pieces, in figures: 二零二六 1110 1234五六.

    What stands in figures already is left: behind 20261110123456 another number may follow.
    """
    return _run().sub(_figures, words)


def _figures(found: re.Match[str]) -> str:
    if _WHOLE_IN_FIGURES.search(found[0]):
        return found[0]
    exact = _without_end(re.sub(SEPARATOR, "", found[0]))
    is_plain = all(each in DIGIT or each.isdigit() for each in exact)
    return "".join(_digits_of()[each] for each in exact) if is_plain and len(exact) >= LONG else found[0]


def match(hearings: Sequence[str], numbers: Iterable[str]) -> Match | None:
    """``hearings``: the words, likeliest first. None: they hold no number of three digits or more."""
    readings = [
        _Reading(each.digits, each.cost + _costs().later * rank)
        for rank, words in enumerate(hearings)
        for each in _readings(words)
    ]
    if not readings:
        return None
    ranked = sorted((min(_distance(each, number) for each in readings), number) for number in numbers)
    near = [(cost, number) for cost, number in ranked if cost <= _limit(readings)]
    first = readings[0].digits
    if not near or (len(near) > 1 and near[1][0] - near[0][0] < _APART):
        return Match(digits=first)
    cost, number = near[0]
    is_alone = len(ranked) < 2 or ranked[1][0] - cost >= _SURE
    return Match(digits=first, number=number, is_sure=cost == 0 and is_alone)


def _limit(readings: Sequence[_Reading]) -> float:
    return _PER_DIGIT * max(len(each.digits) for each in readings)


def _readings(words: str) -> Iterator[_Reading]:
    """Every way to read each run of digits: 五十六 is 56 or 546; what may be a particle at its end counts or not.

    Three of them must surely be digits. What he says that it is not is no reading.
    """
    words = _denied().sub(r"\1", words)
    for found in _run().finditer(words):
        if words[found.end() : found.end() + 1] in _COUNTED:
            continue
        run = re.sub(SEPARATOR, "", found[0])
        for characters in dict.fromkeys((_without_end(run), run, *_as_tens(run))):
            digits = "".join(_digits_of()[each] for each in characters)
            guessed = sum(each not in DIGIT and not each.isdigit() for each in characters)
            if len(digits) - guessed >= LEAST:
                yield _Reading(digits, _costs().sound * guessed)


def _as_tens(run: str) -> tuple[str, ...]:
    """五十六 is 56, 五十 is 50, 十六 is 16."""
    if "十" not in run:
        return ()
    tens = re.sub(rf"(?<=[{_FIGURE}])十(?=[{_FIGURE}])", "", run)
    tens = re.sub(rf"(?<=[{_FIGURE}])十", "零", tens)
    return (tens.replace("十", "一"),)


def _without_end(run: str) -> str:
    return run.rstrip("".join(_costs().sounds.values()))


def _distance(heard: _Reading, number: str) -> float:
    """From the whole number, from its end, or from digits inside it, whichever is nearest."""
    figures = "".join(c for c in number if c.isdigit())
    size = len(heard.digits)
    if size >= WHOLE:
        parts = [_edits(heard.digits, figures)]
    else:
        parts = [_edits(heard.digits, figures[-n:]) for n in (size - 1, size, size + 1) if n >= LEAST]
    if size > LEAST + 1 and heard.digits in figures:
        parts.append(0.0 if figures.endswith(heard.digits) else _costs().part)
    return heard.cost + min(parts)


def _edits(heard: str, said: str) -> float:
    """The cheapest way from one to the other: digits confused, dropped, doubled."""
    costs = _costs()
    row = [costs.dropped * n for n in range(len(said) + 1)]
    for i, here in enumerate(heard):
        is_twice = i > 0 and heard[i - 1] == here
        after = [row[0] + costs.dropped]
        for j, there in enumerate(said):
            extra = costs.doubled if is_twice else costs.dropped
            after.append(min(row[j] + costs.of(here, there), row[j + 1] + extra, after[j] + costs.dropped))
        row = after
    return row[-1]
