"""What is counted and measured: units, percentages, discounts, spans, fractions, and every number that is left."""

import re
from typing import Final

from models.tts.reading.numbers import cardinal, decimal, spelled
from models.tts.reading.words import ALONE, COUNTED, HAN, NUMBER, WORDS, Rule, any_of, rule

_UNIT: Final = any_of(WORDS.units)
_LINE: Final = r"\s*(?:-{1,2}|~|—{1,2}|–)\s*"
_MEASURE: Final = rf"(?P<number>{NUMBER})\s?(?P<unit>{_UNIT})(?!(?<=\d)\d)"
"""A unit that ends in a figure ends there: 10m20cm is no 10m2."""
_MEASURES: Final = re.sub(r"\?P<\w+>", "?:", _MEASURE)
_OFF: Final = r"(?:\d\.\d|[1-9][1-9]|\d)"
_SIDE: Final = rf"{NUMBER}(?:{_UNIT})?"
_MINUS: Final = rf"(?<![0-9A-Za-z{HAN}])-"
_LEAST_PARTS_OF_A_VERSION: Final = 3
_SIZE: Final = r"(?:\d?X{0,4}[SL]|M)"
_COUNTS: Final = "[\\d一二三四五六七八九十百千万亿零两半几毫公平]"
_OF_A_NAME: Final = re.compile(rf"(?:[A-Za-z]\s?|{any_of(WORDS.brands)}\s?)$")
_MODEL_BEHIND: Final = re.compile(rf"\s?{any_of(WORDS.behind_a_model)}")


def _sides(match: re.Match[str]) -> str:
    return re.sub(r"\s?[x×X*]\s?", "乘", match[0])


def _times(match: re.Match[str]) -> str:
    """马克杯 x2 and 杯子X2 are two pieces; vivo X100, 荣耀X50 and x100手机 are names."""
    before, behind = match.string[: match.start()], match.string[match.end() :]
    is_name = match[0][0] == "X" and _OF_A_NAME.search(before)
    if is_name or (match[0][0] in "xX" and _MODEL_BEHIND.match(behind)):
        return match[0]
    return f"，{cardinal(match[1], counts=True)}件"


def _measured(match: re.Match[str]) -> str:
    """1h30min is 一小时三十分钟."""
    said = re.sub(_MEASURE, _one_measure, match["measures"])
    return f"{'零下' if said.endswith('度') else '负'}{said}" if match["minus"] else said


def _one_measure(match: re.Match[str]) -> str:
    unit = WORDS.units[match["unit"]]
    return f"{decimal(match['number'], counts='B' not in unit)}{unit}"


def _per_hundred(match: re.Match[str]) -> str:
    whole = "百" if match["sign"] == "%" else "千"
    sign = {"-": "负", "+": "正"}.get(match["plus"] or "", "")
    if match["from"]:
        return f"{sign}{_part_of(whole, match['from'])}到{_part_of(whole, match['number'])}"
    return f"{sign}{_part_of(whole, match['number'])}"


def _part_of(whole: str, number: str) -> str:
    return f"{whole}分之{'百' if number == '100' else decimal(number)}"


def _discount(match: re.Match[str]) -> str:
    """8.5折 is 八五折, and so is 85折."""
    least = f"{spelled(match['from'].replace('.', ''))}到" if match["from"] else ""
    return f"{least}{spelled(match['to'].replace('.', ''))}折"


def _dotted(match: re.Match[str]) -> str:
    """192.168.1.10 figure by figure, a version part by part."""
    parts = match["parts"].split(".")
    read = spelled if len(parts) > _LEAST_PARTS_OF_A_VERSION else cardinal
    return (match["v"] or "").upper() + "点".join(map(read, parts))


def _fraction(match: re.Match[str]) -> str:
    part, whole = match[1], match[2]
    if int(part[:9]) < int(whole[:9]) and len(part) <= len(whole):
        return f"{cardinal(whole)}分之{cardinal(part)}"
    return f"{decimal(part)}，{decimal(whole)}"


def _ordinal(match: re.Match[str]) -> str:
    return f"第{cardinal(match[1])}"


def _number(match: re.Match[str]) -> str:
    minus = "负" if match["minus"] else ""
    figures = match["number"]
    if figures.startswith("0") and figures.isdigit() and len(figures) > 1:
        return minus + spelled(figures)
    return minus + decimal(figures, counts=match["counted"] is not None)


FIRST: Final[tuple[Rule, ...]] = (
    rule(rf"(?<![0-9A-Za-z])({any_of(WORDS.phrases)})(?![0-9A-Za-z.元])", lambda match: WORDS.phrases[match[1]]),
    # 1,234.50: whether it is a list, nobody can tell; commas between thousands are taken as such.
    rule(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])", lambda match: match[0].replace(",", "")),
    rule(r"(?<![0-9A-Za-z.])\.(?=\d)", lambda _: "0."),
    # 手环9 x2: a space before the sign only.
    rule(
        rf"(?<=[{HAN}A-Za-z]\d) [x×X*](\d{{1,2}})(?![0-9A-Za-z.]|\s*{COUNTED}|\s?[x×X*=])",
        lambda match: f"，{cardinal(match[1], counts=True)}件",
    ),
    rule(rf"(?<![0-9A-Za-z.])(?:{_SIDE}\s?[x×X*]\s?)+{_SIDE}(?![0-9A-Za-z]|\.\d)", _sides),
    rule(rf"(?<![0-9A-Za-z])({_SIZE})\s?[-~]\s?(?={_SIZE}(?![0-9A-Za-z]))", lambda match: f"{match[1]}到"),
)

MEASURED: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?P<plus>(?<![0-9A-Za-z{HAN}])[-+])?{ALONE}(?:(?P<from>{NUMBER})%?(?:{_LINE}|到|至))?(?P<number>{NUMBER})\s*(?P<sign>[%‰])",
        _per_hundred,
    ),
    rule(rf"(?<![\d.])(?:(?P<from>{_OFF})折?(?:{_LINE}|到|至))?(?P<to>{_OFF})折(?!叠)", _discount),
    rule(r"(?<![0-9A-Za-z.])(?P<v>[vV])?(?P<parts>\d+(?:\.\d+){2,})(?![0-9A-Za-z])", _dotted),
    # 3-5天, 10cm-20cm: what joins two numbers; 10×20cm; 5-3=2.
    rule(r"(?<=\d)\s*-\s*(?=\d+(?:\.\d+)?\s*=)", lambda _: "减"),
    rule(rf"((?<=\d)(?:{_UNIT}|{COUNTED}|月|日|号|楼|层|码)?){_LINE}(?=\d)", lambda match: f"{match[1]}到"),
    rule(rf"((?<=\d)(?:{_UNIT}|{COUNTED})?)\s*[x×X*]\s*(?=\d)", lambda match: f"{match[1]}乘"),
    rule(r"(?<=[元角分])\s*[x×X*]\s*(?=\d)", lambda _: "乘"),
    rule(rf"(?<![0-9A-Za-z])[x×X*]\s?(\d+)(?![0-9A-Za-z.]|\s*{COUNTED})", _times),
    rule(rf"(?P<minus>{_MINUS})?{ALONE}(?P<measures>(?:{_MEASURES})+)(?![A-Za-z])", _measured),
    rule(r"(?<![\d/.])(\d+)\s?/\s?(\d+)(?![\d/])", _fraction),
    rule(r"(?<=\d)\s?[:：]\s?(?=\d)", lambda _: "比"),
    # 1200转/分钟, 3次/天, 2粒/次
    rule(rf"(?<={_COUNTS}[转次片页里升克度粒袋包米字张帧件])\s?/\s?(?={any_of(WORDS.each)})", lambda _: "每"),
)

LEFT: Final[tuple[Rule, ...]] = (
    rule(r"第\s?(\d+)(?![.\d])", _ordinal),
    rule(r"(?:[Nn][Oo]\.|№|#)\s?(\d+)(?!\.?\d)", lambda match: f"{cardinal(match[1])}号"),
    rule(rf"(?<![.\d])2(?=(?:[到至或、]|或者)\d+(?:\.\d+)?\s?{COUNTED})", lambda _: "两"),
    rule(
        rf"(?P<minus>{_MINUS})?(?P<number>{NUMBER})(?P<counted>(?=\s?{COUNTED}))?",
        _number,
    ),
)
