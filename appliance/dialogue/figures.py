"""Figures in a sentence, whatever script they are written in, each with what it counts: 三百八十元 is 380 元."""

import re
import unicodedata

import msgspec

from models.compact.numerals import DIGIT as SPOKEN

_FORMAL = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億兩〇", "一二二三三四五六六七八九十百千万亿两零")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_CODE = re.compile(r"[a-z0-9]*[a-z][a-z0-9]*")
DIGIT = {c: n for c, n in SPOKEN.items() if c not in "洞拐勾"}
"""As they are written: 破洞 and 勾选 count nothing."""
_ZERO = "零〇"
_MYRIAD = 10_000
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": _MYRIAD, "亿": _MYRIAD * _MYRIAD}
_CHINESE = "".join(DIGIT) + "十百千万亿半俩仨廿卅"
_CUT_SHORT = re.compile(rf"[百千万亿][{''.join(DIGIT)}]$")
"""三百八 is 380, not 308."""
_IN_WORDS = re.compile(rf"[{''.join(c for c in DIGIT if c not in _ZERO)}十百千][{''.join(DIGIT)}十百千万亿]*")
_ROUND = re.compile(r"[1-9]\d*[万亿]")
_UNITS = {
    "元": "元|块钱?|圆",
    "分钱": "分钱|角|毛",
    "工作日": "个?工作日",
    "小时": "个?小时|个?钟头",
    "分钟": "分钟",
    "秒": "秒",
    "天": "天",
    "日": "[日号]",
    "周": "周|个?星期|个?礼拜",
    "个月": "个月",
    "月": "月",
    "年": "年",
    "%": "%|个百分点",
    "折": "折",
    "件": "件",
    "张": "张",
    "次": "次",
    "位": "位",
    "倍": "倍",
}
_UNIT = "|".join(f"(?P<u{number}>{words})" for number, words in enumerate(_UNITS.values()))
_NAMES = tuple(_UNITS)
_FIGURE = re.compile(rf"(?P<before>[¥$])?(?P<figure>[\d{_CHINESE}]+(?:[.点][\d{_CHINESE}]+)?)(?:{_UNIT})?")


class Figure(msgspec.Struct, frozen=True):
    """``value`` in plain digits where it can be read; ``unit`` empty where it counts nothing we know."""

    value: str
    unit: str = ""


def level(text: str) -> str:
    """Half-width, lower case, digits of every script as 0 to 9, formal numerals as plain ones."""
    narrow = unicodedata.normalize("NFKC", _THOUSANDS.sub("", text)).lower()
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in narrow).translate(_FORMAL)


def codes(levelled: str) -> list[str]:
    """Runs with a Latin letter in them: numbers of parcels, article codes, and foreign words."""
    return _CODE.findall(levelled)


def figures(levelled: str) -> list[Figure]:
    """In their order; runs with letters are none."""
    return [_figure(match) for match in _FIGURE.finditer(_CODE.sub("□", levelled))]


def without_figures(levelled: str, kept: re.Pattern[str]) -> str:
    """The text with a blank for each figure, but for the words ``kept``, which count nothing."""
    found, last = "", 0
    for word in kept.finditer(levelled):
        found += _FIGURE.sub("□", levelled[last : word.start()]) + word[0]
        last = word.end()
    return found + _FIGURE.sub("□", levelled[last:])


def _figure(match: re.Match[str]) -> Figure:
    found = next((_NAMES[n] for n in range(len(_NAMES)) if match[f"u{n}"]), "")
    return Figure(value=_value(match["figure"]), unit="元" if match["before"] else found)


def _value(written: str) -> str:
    whole, _, part = written.replace("点", ".").partition(".")
    decimals = "".join(str(DIGIT.get(c, c)) for c in part).rstrip("0")
    return _whole(whole) + (f".{decimals}" if decimals else "")


def _whole(written: str) -> str:
    """Plain digits; as it is written where it is no number that we read (半, 一万二, 2百02)."""
    plain = written.replace("俩", "两").replace("仨", "三")
    if all(c in DIGIT or c.isdigit() for c in plain):
        return "".join(str(DIGIT.get(c, c)) for c in plain)
    is_read = bool(_IN_WORDS.fullmatch(plain) or _ROUND.fullmatch(plain))
    return str(_by_places(plain)) if is_read and not _CUT_SHORT.search(plain) else written


def _by_places(written: str) -> int:
    total = section = digit = 0
    for character in written:
        place = _PLACES.get(character)
        if place is None:
            digit = digit * 10 + int(DIGIT.get(character, character))
        elif place < _MYRIAD:
            section += (digit or 1) * place
            digit = 0
        else:
            total = (total + section + digit or 1) * place
            section = digit = 0
    return total + section + digit
