"""Amounts: exact to the fen, as a cashier says them. 12.05元 is 十二元零五分, 0.5元 五角."""

import re
from decimal import Decimal
from typing import Final

from models.tts.reading.numbers import cardinal, decimal
from models.tts.reading.words import ALONE, COUNTED, NUMBER, WORDS, Rule, any_of, rule

_SIGNS: Final = any_of(sign for sign in WORDS.currencies if sign != "元")
_LARGE: Final = "[千百]?[万亿]|[千百]"
_YUAN: Final = "元|块钱|块"


def yuan(figures: str, unit: str = "元") -> str:
    """More than two decimals are no amount in fen: then it is read as a number."""
    whole, _, part = figures.partition(".")
    if len(part.rstrip("0")) > 2 and set(part) - {"0"}:
        return f"{decimal(figures)}{unit}"
    jiao, fen = (part + "0")[:1], (part + "00")[1:2]
    if jiao == fen == "0":
        return f"{cardinal(whole, counts=True)}{unit}"
    return _with_yuan(whole, unit[0]) + _jiao_and_fen(jiao, fen, stands_alone=not whole.strip("0"))


def _with_yuan(whole: str, unit: str) -> str:
    return f"{cardinal(whole, counts=True)}{unit}" if whole.strip("0") else ""


def _jiao_and_fen(jiao: str, fen: str, *, stands_alone: bool) -> str:
    tens = f"{cardinal(jiao, counts=stands_alone)}角" if jiao != "0" else "" if stands_alone else "零"
    return tens + (f"{cardinal(fen, counts=stands_alone and jiao == '0')}分" if fen != "0" else "")


def amount(figures: str, large: str | None, unit: str) -> str:
    """``large``: 万 and the like, in which the figures are."""
    if large:
        return f"{decimal(figures, counts=True)}{large}{unit}"
    if unit[0] in _YUAN:
        return yuan(figures, unit)
    return f"{decimal(figures, counts=True)}{unit}"


def _signed(match: re.Match[str]) -> str:
    minus = "负" if "-" in (match["before"], match["behind"]) else ""
    unit = WORDS.currencies[match["sign"]]
    if match["to"]:
        return f"{minus}{_both(match['from'], match['to'], match['large'], unit)}"
    return f"{minus}{amount(match['from'], match['large'], unit)}"


def _both(least: str, most: str, large: str | None, unit: str) -> str:
    """Of a span only the second end has its unit, unless one of them has fen."""
    if not large and ("." in least or "." in most):
        return f"{amount(least, large, unit)}到{amount(most, large, unit)}"
    return f"{decimal(least, counts=True)}到{amount(most, large, unit)}"


def _yuan(match: re.Match[str]) -> str:
    minus = "负" if match["minus"] else ""
    if match["from"]:
        return f"{minus}{_both(match['from'], match['to'], match['large'], match['unit'])}"
    return f"{minus}{amount(match['to'], match['large'], match['unit'])}"


_MINUS: Final = r"(?<![0-9A-Za-z一-鿿])-"
_TO: Final = r"\s*(?:-|~|—{1,2}|–|到|至)\s*"


def _thousands(match: re.Match[str]) -> str:
    return f"{int(Decimal(match[1]) * 1000)}"


_MYRIAD: Final = rf"({NUMBER})[wW]"
_OF_YUAN: Final = r"\s?(?:元|块钱|块(?![件头]))"
LETTERS: Final[tuple[Rule, ...]] = (
    # 100w元 is no power; 65w and 65W are. Of a span only the second end has its unit.
    rule(rf"{ALONE}{_MYRIAD}(?={_TO}{NUMBER}[wW]{_OF_YUAN})", lambda match: match[1]),
    rule(rf"{ALONE}{_MYRIAD}(?={_OF_YUAN}|[多余])", lambda match: f"{match[1]}万"),
    rule(rf"(?<=[¥￥]){_MYRIAD}(?![0-9A-Za-z])", lambda match: f"{match[1]}万"),
    rule(rf"{ALONE}({NUMBER})w(?=\+(?!\d)|[件单粉])", lambda match: f"{match[1]}万"),
    rule(rf"{ALONE}(\d+(?:\.\d{{1,3}})?)[kK](?={_OF_YUAN})", _thousands),
)

RULES: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?P<before>-|\+)?(?<![A-Za-z])(?P<sign>{_SIGNS})\s*(?P<behind>-)?(?P<from>{NUMBER})"
        rf"(?:{_TO}(?:{_SIGNS})?(?P<to>{NUMBER}))?\s*(?P<large>{_LARGE})?(?:元|块)?(?!\d)",
        _signed,
    ),
    rule(
        rf"(?P<minus>{_MINUS})?(?<![0-9A-Za-z.])(?:(?P<from>{NUMBER}){_TO})?(?P<to>{NUMBER})\s*(?P<large>{_LARGE})?"
        rf"(?P<unit>{_YUAN})(?![件头])",
        _yuan,
    ),
    rule(r"(?<=[元角分])\s*(?:-|~|—{1,2}|–)\s*(?=[零一二两三四五六七八九十])", lambda _: "到"),
    rule(
        rf"(?<=[元角分])\s?/\s?({COUNTED}|月|日|晚|平方米|kg|km|g|L)",
        lambda match: f"每{WORDS.units.get(match[1], match[1])}",
    ),
)
