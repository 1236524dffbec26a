"""Days and hours. 11/21 may be a fraction: it is a day if both parts have two figures, or a word beside says so."""

import re
from typing import Final

from models.tts.reading.numbers import cardinal, spelled
from models.tts.reading.words import ALONE, COUNTED, WORDS, Rule, any_of, rule

_YEAR: Final = r"(?:19|20)\d\d"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_TIME: Final = r"(?:[01]?\d|2[0-4])[:：][0-5]\d"
_OF_DAY: Final = {"a": "上午", "p": "下午"}
_BEFORE: Final = r"(?<=[于在从自到至])"
_THEN: Final = (
    "前|起|之前|以前|之后|以后|后|当天|晚|早|上午|下午|中午|凌晨|发货|发出|送达|签收|到货|到期|截止|开始|结束|至|到|-|~"
)
_BEHIND: Final = rf"(?=\s*(?:{_THEN})|\s+{_TIME})"
_DATED: Final = r"(?=\s*(?:前|之前|以前|之后|以后|起|当天|截止|到期|到货|发货|发出|寄出|送达|签收))"
_NO_SPAN: Final = rf"(?![\d%-]|\s*(?:{COUNTED}|[个日月号]))"
"""于1-3个工作日 is no third of January."""
_SPAN: Final = r"\s*(?:-{1,2}|~|—{1,2}|–|至|到)\s*"


def _month_and_day(month: str, day: str) -> str:
    return f"{cardinal(month)}月{cardinal(day)}日"


def _date(match: re.Match[str]) -> str:
    return f"{spelled(match['year'])}年{_month_and_day(match['month'], match['day'])}"


def _short_date(match: re.Match[str]) -> str:
    return _month_and_day(match[1], match[2])


def _sale(match: re.Match[str]) -> str:
    return WORDS.sales.get(match[0]) or _short_date(match)


def _time(match: re.Match[str]) -> str:
    half = _OF_DAY[match["half"][0].lower()] if match["half"] else ""
    return f"{half}{cardinal(match['hour'], counts=True)}点{_minutes(match['minute'])}{_seconds(match['second'])}"


def _minutes(minutes: str) -> str:
    if minutes == "00":
        return ""
    return f"零{cardinal(minutes)}分" if minutes.startswith("0") else f"{cardinal(minutes)}分"


def _seconds(seconds: str | None) -> str:
    return f"{cardinal(seconds)}秒" if seconds and seconds != "00" else ""


RULES: Final[tuple[Rule, ...]] = (
    # Fractions of a second and the zone are for machines.
    rule(r"(?<=\d)T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?(?!\d)", lambda match: f" {match[1]}"),
    rule(
        rf"(?<![0-9A-Za-z.])(?P<year>{_YEAR})(?P<line>[-/.])(?P<month>{_MONTH})(?P=line)(?P<day>{_DAY})(?!\d)",
        _date,
    ),
    rule(
        rf"(?<![\d/.])(?P<day>1[3-9]|2\d|3[01])/(?P<month>{_MONTH})/(?P<year>{_YEAR})(?![\d/])",
        _date,
    ),
    rule(rf"(?<![\d/.])(?P<month>{_MONTH})/(?P<day>{_DAY})/(?P<year>{_YEAR})(?![\d/])", _date),
    rule(rf"(?<!\d)({_YEAR})-(0[1-9]|1[0-2])(?![\d-])", lambda match: f"{spelled(match[1])}年{cardinal(match[2])}月"),
    rule(rf"(?<!\d)({_YEAR}){_SPAN}({_YEAR})(?=年)", lambda match: f"{spelled(match[1])}到{spelled(match[2])}"),
    rule(rf"(?<!\d)({_YEAR})(?=[年款版届春夏秋冬])", lambda match: spelled(match[1])),
    rule(r"(?<!\d)(\d\d)年(?=\d{1,2}月)", lambda match: f"{spelled(match[1])}年"),
    rule(r"(?<![\d/.])(1[0-2]|0[1-9])/(0[1-9]|[12]\d|3[01])(?![\d/%])", _short_date),
    rule(rf"{_BEFORE}({_MONTH})/({_DAY})(?![\d/%])", _short_date),
    rule(rf"(?<![\d/.])({_MONTH})/({_DAY})(?![\d/%]){_BEHIND}", _short_date),
    rule(r"(?<![\d.-])(0[1-9])-(0[1-9]|[12]\d|3[01])(?![\d-])", _short_date),
    rule(rf"(?<![\d.-])({_MONTH})-({_DAY})(?=\s+{_TIME})", _short_date),
    rule(rf"(?<![\d.-])({_MONTH})-(0[1-9]|[12]\d|3[01])(?![\d-]){_DATED}", _short_date),
    rule(rf"(?<![\d.-])({_MONTH})-({_DAY})(?=[至到~]{_MONTH}-{_DAY}{_NO_SPAN})", _short_date),
    rule(rf"(?:(?<=于)|(?<=期至)|(?<=日[至到~]))({_MONTH})-({_DAY}){_NO_SPAN}", _short_date),
    rule(rf"{ALONE}({_MONTH})\.({_DAY})(?=\s?(?:{any_of(WORDS.sale_behind)})(?!价))", _sale),
    rule(r"(?<!\d)0(\d)(?=[月日号])", lambda match: match[1]),
    rule(
        r"(?<![\d:：.])(?P<hour>[01]?\d|2[0-4])[:：](?P<minute>[0-5]\d)(?:[:：](?P<second>[0-5]\d))?(?![\d:：])"
        r"(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?",
        _time,
    ),
    rule(
        r"(?<![\d:.])(1[0-2]|[1-9])\s?([AaPp])\.?[Mm]\b\.?",
        lambda match: f"{_OF_DAY[match[2].lower()]}{cardinal(match[1], counts=True)}点",
    ),
    rule(r"(?<=点)0(\d)(?=分|\D|$)", lambda match: f"零{cardinal(match[1])}"),
    rule(rf"(?<=[日月点分秒半]){_SPAN}(?=[零一二两三四五六七八九十\d上下中凌今明后])", lambda _: "到"),
)
