"""Numbers as they are spoken, in figures: 三百二十块 is 320块, 百分之五十 50%, 六月十八号 6月18号, 二零二六 2026.

For recognisers that write what they hear, as Paraformer does; one that writes figures itself is left as it is. Sayings
and guesses (十七八块, 几十块, 一块退, 千万别) stay in words, and so does what would be written in part (一万三千块).
"""

import re
from typing import Final

import msgspec

_DIGITS: Final = {figure: str(number) for number, figure in enumerate("零一二三四五六七八九")} | {"〇": "0", "幺": "1"}
_VALUES: Final = {c: int(n) for c, n in _DIGITS.items() if c != "幺"} | {"两": 2}
_PLACES: Final = {"十": 10, "百": 100, "千": 1000}
_ALL: Final = "".join((*_VALUES, *_PLACES))
_D: Final = "[一二两三四五六七八九]"
_PART: Final = "零〇一二三四五六七八九"
_EXACT: Final = re.compile(rf"(?:{_D}千)?(?:零|{_D}百)?(?:零|零?{_D}?十)?{_D}?")
_CUT_SHORT: Final = re.compile(rf"{_D}([百千]){_D}$")
"""三百八块 is 380."""
_CHANGE: Final = rf"(?!{_D}(?:[毛角的吧吗呢啊了钱退]|包邮|\W|$))"
"""Behind 块 no 五: 三块五."""
_COUNTED: Final = (
    rf"[块元]{_CHANGE}|码|寸|英寸|毫升|升|克|千克|公斤|斤|厘米|毫米|公分|米|毫安|瓦|度|折|岁|"
    "分钟|小时|钟头|个小时|天(?![半八猫])|个月|个工作日|年(?!八)|月|号|日"
)
"""Before these a number of ten and more is written in figures. Of goods that are counted (十二件) both read alike."""
_MEASURES: Final = r"英寸|寸|毫升|升|千克|克|公斤|斤|厘米|毫米|米|码|折|瓦|度"
_CLOCK: Final = rf"点(?![{_ALL}]{{0,6}}(?:{_MEASURES}))"
_O_CLOCK: Final = "点钟|点半(?!点)|点一刻|点三刻"
_YUAN: Final = rf"元(?![旦宵里桥]){_CHANGE}"
_SMALL: Final = (
    rf"[二三四五六七八九](?=月|日|块{_CHANGE}|{_YUAN}|折(?![叠伞断])|{_O_CLOCK})"
    "|(?<![大小])[二三四五六七八九](?=号(?!码))"
    rf"|两(?=块{_CHANGE}|{_YUAN}|{_O_CLOCK})"
    rf"|一(?=块钱|月[{_ALL}份底初\d]|{_YUAN}|{_O_CLOCK})"
    "|(?<=月)一(?=日)|(?<![大小了])一(?=号(?!码))|(?<=打)一(?=折)"
)
"""A single digit that is one. 一块 (together), 大一号, 一折就断 and 等了两月 are other words, or no date."""
_ALONE: Final = rf"(?<![{_ALL}万亿几数第点双周拜])(?<!星期)"
"""Not the end of a longer number (几十, 一万三千), of a name (双十一) or of a day and a time (周三十点)."""
_BEFORE_THE_HOUR: Final = rf"差[{_ALL}]{{1,3}}(?:分钟?|刻钟?)(?:就|到|不到)?[{_ALL}]{{1,3}}点"
"""差五分十点 is one time, and stays as it was said."""
_SPOKEN: Final = re.compile(
    rf"(?P<run>[{''.join(_DIGITS)}]{{4,}})"
    rf"|{_BEFORE_THE_HOUR}"
    rf"|百分之(?P<percent>百|[{_ALL}]{{1,7}}+)(?![几万亿])(?:点(?P<percent_part>[{_PART}]{{1,4}}))?"
    rf"|(?<![{_ALL}万亿几数])(?P<whole>[{_ALL}]{{1,7}})点(?P<part>[{_PART}]{{1,4}})(?={_MEASURES})"
    rf"|{_ALONE}(?P<counted>十{_D}?|{_D}[{_ALL}]{{1,6}})(?=多?(?:{_COUNTED}|{_CLOCK}))"
    rf"|(?<=[周期拜][一二三四五六])(?P<after_day>十[一二]?)(?={_CLOCK})"
    rf"|{_ALONE}(?P<small>{_SMALL})"
    r"|(?:(?<=午)|(?<=[早晚马]上))(?P<hour>[两三四五六七八九])(?=点)"
)


class Span(msgspec.Struct, frozen=True):
    """Where it stood in the words, and what stands there now."""

    start: int
    end: int
    text: str


def spans(text: str) -> tuple[Span, ...]:
    """What is to be written in figures, in order."""
    found = []
    for match in _SPOKEN.finditer(text):
        figures = _written(match)
        if figures is not None:
            found.append(Span(match.start(), match.end(), figures))
    return tuple(found)


def with_figures(text: str) -> str:
    for span in reversed(spans(text)):
        text = text[: span.start] + span.text + text[span.end :]
    return text


def _written(match: re.Match[str]) -> str | None:
    if match["run"]:
        return "".join(_DIGITS[c] for c in match["run"])
    if match["percent"]:
        whole = 100 if match["percent"] == "百" else _value(match["percent"])
        part = match["percent_part"]
        return None if whole is None else f"{whole}{'.' + _digit_by_digit(part) if part else ''}%"
    if match["whole"]:
        whole = _value(match["whole"])
        return None if whole is None else f"{whole}.{_digit_by_digit(match['part'])}"
    words = match["counted"] or match["after_day"] or match["small"] or match["hour"]
    value = _value(words) if words else None
    return None if value is None else str(value)


def _digit_by_digit(words: str) -> str:
    return "".join(str(_VALUES[c]) for c in words)


def _value(words: str) -> int | None:
    """None for what is no one number: 两三百, 十七八."""
    if words in ("零", "〇"):
        return 0
    if not _EXACT.fullmatch(words):
        return None
    total = digit = 0
    for c in words:
        if c in _PLACES:
            total, digit = total + (digit or 1) * _PLACES[c], 0
        else:
            digit = _VALUES[c]
    if cut := _CUT_SHORT.search(words):
        return total + digit * _PLACES[cut[1]] // 10
    return total + digit
