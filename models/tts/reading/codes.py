"""Numbers that are names: telephones, orders, parcels, cases, models. They are called out, 幺 for 1, never counted."""

import re
from typing import Final

from models.tts.reading.numbers import PAUSE, called_out, cardinal, decimal, in_groups, spelled
from models.tts.reading.words import ALONE, COUNTED, WORDS, Rule, any_of, rule

_MANY: Final = 8
"""So many figures without a unit are no count: they are a number of something."""
_PIECE: Final = re.compile(r"[A-Za-z]+|\d+")
_AFTER: Final = any_of(WORDS.called_out_after)
_DIALLED: Final = any_of(WORDS.dialled_after)
_SERVICE: Final = any_of(WORDS.service_numbers)
_SHORT: Final = any_of(WORDS.short_numbers)
_MEASURED: Final = rf"(?:\d{{1,5}}(?:{any_of(WORDS.units)})?-){{0,2}}\d{{1,5}}{any_of(WORDS.units)}(?![0-9A-Za-z])"
"""Three ends at most: a chain of a thousand numbers is looked at once, not from each of them anew."""
_COUNTED_SPAN: Final = rf"\d{{1,6}}-\d{{1,6}}\s?(?:{COUNTED}|K(?![0-9A-Za-z]))"
"""10000-20000元, 3000-6500K."""
_GROUPS: Final = rf"(?:[A-Za-z]{{1,4}} )?\d{{3,6}}(?: \d{{2,8}}){{1,5}}(?![0-9A-Za-z.]|\s*{COUNTED})"
"""7310 5568 9902: written as it is told."""
_NO_SPAN: Final = rf"(?!{_MEASURED}|{_COUNTED_SPAN})"
_NOT_COUNTED: Final = rf"(?![0-9A-Za-z%‰]|[.:]\d|\s*[-~到至]\s*\d|\s*{COUNTED})"


def code(written: str) -> str:
    """``SF1234567`` is ``S F，幺二三，四五六七``."""
    pieces = _PIECE.findall(written)
    return PAUSE.join(" ".join(piece.upper()) if piece.isalpha() else in_groups(piece) for piece in pieces)


def _set_off(match: re.Match[str], said: str) -> str:
    """With a pause behind it, if it was long and words go on at once."""
    rest = match.string[match.end() : match.end() + 1]
    return said + (PAUSE if PAUSE in said and rest and rest.isalnum() else "")


def _code(match: re.Match[str]) -> str:
    return _set_off(match, code(match[0]))


def _telephone(match: re.Match[str]) -> str:
    """In the pieces that the pattern names; an extension is put through."""
    *pieces, extension = match.groups()
    said = PAUSE.join(called_out(piece) for piece in pieces if piece)
    return _set_off(match, said + (f"{PAUSE}转{called_out(extension)}" if extension else ""))


def _model(match: re.Match[str]) -> str:
    """``RTX4090``, ``A4``, ``5G``: up to two figures are a number, more are spelled; ``256G`` counts."""
    figures = match[0].lstrip("-")
    if "." in figures:
        return decimal(figures)
    is_short = len(figures) <= (4 if match.re is _BEFORE_ONE_LETTER else 2)
    return cardinal(figures) if is_short and not figures.startswith("0") else spelled(figures)


_EXTENSION: Final = r"(?:(?:转|-|ext\.?)\s?(\d{1,6}))?(?!\d)"

TELEPHONES: Final[tuple[Rule, ...]] = (
    rule(rf"(?<![0-9A-Za-z.])(?:\+?86[ -]?)?(1[3-9]\d)[ -]?(\d{{4}})[ -]?(\d{{4}}){_EXTENSION}", _telephone),
    rule(rf"(?<![0-9A-Za-z.])\(?(0(?:10|2\d))[) -]{{0,2}}(\d{{4}})[ -]?(\d{{4}}){_EXTENSION}", _telephone),
    rule(rf"(?<![0-9A-Za-z.])\(?(0[3-9]\d\d)[) -]{{0,2}}(\d{{3,4}})[ -]?(\d{{4}}){_EXTENSION}", _telephone),
    rule(r"(?<![0-9A-Za-z.])([48]00)-(\d{3,4})-(\d{3,5})()(?!\d)", _telephone),
    rule(rf"(?<![0-9A-Za-z.])([48]00)[ -]?(\d{{3}})[ -]?(\d{{4}}){_EXTENSION}", _telephone),
)

NAMED: Final[tuple[Rule, ...]] = (
    rule(
        rf"({_AFTER}(?:[为是:：\s]|分别)*)(?!\d{{1,2}}\s*{COUNTED})(?=[A-Za-z -]*\d)"
        rf"({_GROUPS}|(?=[A-Za-z-]*\d)[0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)*)(?!\.\d)",
        lambda match: match[1] + _set_off(match, code(match[2])),
    ),
    rule(
        rf"{ALONE}(?<![¥￥$€£])(?:95\d{{3}}|96\d{{3,4}}|{_SERVICE}){_NOT_COUNTED}", lambda match: called_out(match[0])
    ),
    rule(rf"({_DIALLED}\s?)({_SHORT}|\d{{5,6}}){_NOT_COUNTED}", lambda match: match[1] + called_out(match[2])),
    rule(r"(?<![0-9A-Za-z.-])\d{3,4}(?=室|号房|房间)", lambda match: called_out(match[0])),
    rule(rf"(?<=\d)#(\d{{3,4}}){_NOT_COUNTED}", lambda match: f"号，{called_out(match[1])}"),
    # A座1203: behind the part of a house it is a room.
    rule(
        rf"([0-9A-Za-z一二三四五六七八九十](?:座|栋|幢|单元|号?楼)\s?)(\d{{3,4}}){_NOT_COUNTED}(?!\s?[年平㎡])",
        lambda match: match[1] + called_out(match[2]),
    ),
    # 175/92A: height and girth of who wears it.
    rule(
        r"(?<![0-9A-Za-z./])(\d{2,3})/(\d{2,3})(?=[A-Y](?![0-9A-Za-z]))",
        lambda match: f"{spelled(match[1])}{PAUSE}{spelled(match[2])}",
    ),
)

CODES: Final[tuple[Rule, ...]] = (
    # Six figures or more with letters among them; figures joined by lines that are no span of numbers. No unit behind.
    rule(
        rf"(?<![0-9A-Za-z]){_NO_SPAN}(?=[0-9-]*[A-Za-z])(?=(?:[A-Za-z-]*\d){{6}})[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*",
        _code,
    ),
    rule(
        rf"(?<![0-9A-Za-z.-]){_NO_SPAN}(?:\d+(?:-\d+){{2,}}|\d{{5,}}-\d+|\d+-\d{{5,}}|\d+-0\d{{2,}})"
        r"(?![0-9A-Za-z]|\.\d)",
        _code,
    ),
)

LONG: Final[tuple[Rule, ...]] = (
    # 6222 0212 3456 7890: a card's, whatever stands before it.
    rule(
        rf"{ALONE}(?<![¥￥$€£])(\d{{4}})((?: \d{{4}}){{2,}}(?: \d{{1,3}})?)(?![0-9A-Za-z]|[.:]\d|\s*{COUNTED})",
        lambda match: _set_off(match, in_groups(match[0].replace(" ", ""))),
    ),
    rule(rf"(?<![0-9.])\d{{{_MANY},}}(?!\.\d)", _code),
)

_BEFORE_ONE_LETTER: Final = re.compile(r"(?<![0-9.])\d+(?=[A-Za-z](?![0-9A-Za-z]))")

MODELS: Final[tuple[Rule, ...]] = (
    Rule(_BEFORE_ONE_LETTER, _model),
    rule(r"(?<=[A-Za-z])-?\d+(?:\.\d+)?", _model),
    rule(r"(?<![0-9.])\d+(?=-?[A-Za-z])", _model),
)
