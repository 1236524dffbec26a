"""Which of the specs on sale a customer's words mean. Pure; nothing is guessed: what fits several is all of them.

A name is read as its values: 白 42码 is a colour and a size. Words name some of them; what they leave open stays as it
is now, where such a spec exists. A value that no spec has makes the words mean none.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from appliance.aftersales.orders.model import Spec
from models.compact.normalise import fold
from models.compact.numerals import parse

_TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("spec_words.toml").read_text(encoding="utf-8"))
_FILLERS = re.compile("|".join(map(re.escape, sorted(_TABLE["fillers"], key=len, reverse=True))))
_SAME = re.compile("|".join(map(re.escape, sorted(_TABLE["same"], key=len, reverse=True))))
_UNIT = {word: words[0] for words in _TABLE["units"] for word in words}
_LADDER = [each["size"] for each in _TABLE["letters"]]
_LETTERS = {way: each["size"] for each in _TABLE["letters"] for way in each["said"]}
_COLOURS = {way: colour for colour, ways in _TABLE["colours"].items() for way in ways}

_SPOKEN_NUMBER = re.compile("[零〇一二三四五六七八九十百两]+")
_TWO_TENS = re.compile("(?<=十[一二三四五六七八九])(?=[二三四五六七八九]十)|(?<=十)(?=[二三四五六七八九]十)")
"""四十二四十三 is a size from 42 to 43."""
_POINT = re.compile(r"(?<=\d)点(?=\d)")
_HALF = re.compile(r"(\d)(码|号)半")
_METRES = re.compile(r"(\d)米(\d{1,2})(?![\d码号])")
_XS = re.compile(r"x{2,5}(?=l(?![a-z]))")
_UNITS = "|".join(map(re.escape, sorted(_UNIT, key=len, reverse=True)))
_VALUE = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?(?:[*x×/+-]\d+(?:\.\d+)?)*)(?P<unit>(?:{_UNITS})(?![a-z]))?(?P<tail>[a-z]{{0,3}})"
    r"|(?P<latin>[a-z]+\d*)|(?P<words>[\u3400-\u9fff]+)"
)
_RELATIVE = re.compile(r"(?P<way>[大小])(?:(?P<steps>\d|半)个?[码号]|个?[码号]|(?:一|1)?[点些])")
_JOINT = re.compile("[*x×/+-]")
_COLOUR_ENDING = "色"
_AS_IT_IS = "="


class Value(NamedTuple):
    """One value of a spec. ``unit`` is empty where none was said."""

    text: str
    unit: str = ""

    @property
    def number(self) -> float | None:
        return float(self.text) if re.fullmatch(r"\d+(?:\.\d+)?", self.text) else None

    def means(self, other: "Value") -> bool:
        return self.text == other.text and (self.unit == other.unit or not self.unit or not other.unit)


def meant(words: str, specs: Sequence[Spec], own: Spec | None) -> tuple[Spec, ...]:
    """None, the one, or all that the words fit. ``own`` is what was bought."""
    for spec in specs:
        if words in (spec.sku, spec.spec):
            return (spec,)
    text = _plain(words)
    named = _named(_RELATIVE.sub(" ", text), specs)
    step = 0.0 if any(_rank(value) is not None for value in named) else _step(text)
    fitting = [spec for spec in specs if all(_has(spec, value) for value in named)]
    found = _as_now(fitting, named, own) if named else (own,) if own and (step or _AS_IT_IS in text) else ()
    return _beside(step, specs, found[0]) if step and len(found) == 1 else found


def says_same(words: str) -> bool:
    """Only that it is to be the same."""
    text = _plain(words)
    return _AS_IT_IS in text and not _FILLERS.sub("", text.replace(_AS_IT_IS, "")).strip()


def _plain(words: str) -> str:
    """One spelling: numerals as figures, sizes by one name, and a mark for what is to stay."""
    text: str = _SAME.sub(f" {_AS_IT_IS} ", fold(words))
    text = _TWO_TENS.sub("-", text)
    text = _SPOKEN_NUMBER.sub(lambda m: m[0] if (number := parse(m[0])) is None else str(number), text)
    text = _HALF.sub(r"\1.5\2", text)
    text = _METRES.sub(r"\1.\2米", _POINT.sub(".", text))
    text = _XS.sub(lambda m: f"{len(m[0])}x", text)
    for way in sorted(_LETTERS, key=len, reverse=True):
        text = text.replace(way, f" {_LETTERS[way]} ")
    return text


def _values(text: str) -> Iterator[Value]:
    for match in _VALUE.finditer(text):
        if match["number"]:
            yield Value(f"{match['number']}{match['tail']}", _UNIT.get(match["unit"] or "", ""))
        elif match["latin"]:
            yield Value(match["latin"])
        else:
            yield Value(match["words"])


def _bare(words: str) -> str:
    """白色 is 白."""
    words = _FILLERS.sub("", words) or words
    words = words.removesuffix(_COLOUR_ENDING) or words
    named: str = _COLOURS.get(words, words)
    return named


def _own_values(spec: Spec) -> list[Value]:
    values = _values(_plain(spec.spec))
    return [Value(_bare(value.text)) if _is_word(value) else value for value in values]


def _is_chinese(text: str) -> bool:
    return text[:1] >= "\u3400"


def _is_word(value: Value) -> bool:
    return _is_chinese(value.text)


def _named(text: str, specs: Sequence[Spec]) -> list[Value]:
    """The values that the words name: those on sale wherever they stand, and what is left over as it stands."""
    known = sorted({value.text for spec in specs for value in _own_values(spec)}, key=len, reverse=True)
    named: list[Value] = []
    for value in _values(text):
        named += _parted(value, known) if _is_word(value) else [value]
    return named


def _parted(value: Value, known: Iterable[str]) -> Iterator[Value]:
    """白色直筒 said in one breath."""
    rest = value.text
    for text in known:
        if text in rest and _is_chinese(text):
            rest = rest.replace(text, " ")
            yield Value(text)
    for left in _FILLERS.sub(" ", rest).split():
        if left := left.strip(_COLOUR_ENDING):
            yield Value(_COLOURS.get(left, left))


def _has(spec: Spec, wanted: Value) -> bool:
    """Names it, or holds it as a part of a name: 蓝 of 雾霾蓝, 165 of 165/88A."""
    return any(value.means(wanted) or _is_part(wanted, value) for value in _own_values(spec))


def _is_part(wanted: Value, value: Value) -> bool:
    if _is_word(wanted):
        return wanted.text in value.text
    parts = _JOINT.split(value.text)
    return len(parts) > 1 and wanted.text in parts


def _as_now(fitting: Sequence[Spec], named: Sequence[Value], own: Spec | None) -> tuple[Spec, ...]:
    """Of several the one that is otherwise as what was bought."""
    exact = [spec for spec in fitting if _shared(spec, named) == len(named)]
    fitting = exact or fitting
    if len(fitting) < 2 or own is None:
        return tuple(fitting)
    kept = _own_values(own)
    changed = len(named) - _shared(own, named)
    best = [spec for spec in fitting if _shared(spec, kept) >= len(kept) - changed]
    return tuple(best) if len(best) == 1 else tuple(fitting)


def _shared(spec: Spec, kept: Sequence[Value]) -> int:
    values = _own_values(spec)
    return sum(any(value.means(each) for value in values) for each in kept)


def _step(text: str) -> float:
    """大一码 is 1, 小两码 is -2, 大半码 is a half; 0 where no such thing is said."""
    match = _RELATIVE.search(text)
    if match is None:
        return 0.0
    steps = match["steps"]
    size = 0.5 if steps == "半" else float(steps or 1)
    return size if match["way"] == "大" else -size


def _beside(step: float, specs: Sequence[Spec], own: Spec) -> tuple[Spec, ...]:
    """So many sizes up or down from what was bought, the rest unchanged."""
    here = _size(own)
    if here is None:
        return ()
    others = [value for value in _own_values(own) if _rank(value) is None]
    family = [spec for spec in specs if _shared(spec, others) == len(others)]
    alike = {size: spec for spec in family if (size := _size(spec)) is not None}
    if not step.is_integer():
        found = alike.get(here + step)
        return (found,) if found else ()
    ladder = sorted({*alike, here})
    at = ladder.index(here) + int(step)
    return (alike[ladder[at]],) if 0 <= at < len(ladder) and ladder[at] in alike else ()


def _size(spec: Spec) -> float | None:
    """The one value that can be larger or smaller."""
    ranks = [rank for value in _own_values(spec) if (rank := _rank(value)) is not None]
    return ranks[0] if len(ranks) == 1 else None


def _rank(value: Value) -> float | None:
    if value.text in _LADDER:
        return float(_LADDER.index(value.text))
    return value.number if value.unit in ("", _UNIT["码"]) else None
