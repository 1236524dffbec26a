"""Numbers as customers write and speak them: 两, 十二, 二十三, 幺九零二, １２."""

import re

import msgspec

DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "幺": 1, "两": 2, "洞": 0, "拐": 7, "勾": 9}
_UNIT = {"十": 10, "百": 100, "千": 1000, "万": 10000}
MEASURES = "个双件条瓶包盒袋箱只台支罐套块片张本册把提串桶枚枝根对副盆斤份听板卷床顶辆盏朵组捆"
"""Words that goods are counted by."""
NUMBER = r"(?:\d+|[一二三四五六七八九十两百零俩仨]+)"
_FIGURE = r"[零〇一二三四五六七八九幺两洞拐勾\d]+"
SEPARATOR = r"[\s\-,，.、]*"
_SPOKEN = re.compile(rf"{_FIGURE}(?:{SEPARATOR}{_FIGURE})*")
_GROUPED = re.compile(rf"({SEPARATOR})({_FIGURE})")


class Group(msgspec.Struct, frozen=True):
    """Digits without a break, and what stood between them and the group before."""

    separator: str
    figures: str


def parse(word: str) -> int | None:
    """``十二`` is 12, ``两`` 2, ``3`` 3; None for what is no number."""
    if word.isascii() and word.isdigit():
        return int(word)
    word = word.replace("俩", "两").replace("仨", "三")
    if not word or any(c not in DIGIT and c not in _UNIT for c in word):
        return None
    if not any(c in _UNIT for c in word):
        return int("".join(str(DIGIT[c]) for c in word))
    total = section = 0
    for character in word:
        if character in DIGIT:
            section = DIGIT[character]
        else:
            total += (section or 1) * _UNIT[character]
            section = 0
    return total + section


def digits(word: str) -> str:
    """The digits that are written or spoken in ``word``, in order: ``幺九零二`` is ``1902``."""
    return "".join(str(DIGIT[c]) if c in DIGIT else c for c in word if c in DIGIT or (c.isascii() and c.isdigit()))


def digit_runs(text: str, least: int) -> list[tuple[int, int, str]]:
    """(start, end, digits) of every run of at least ``least`` written or spoken digits; separators inside allowed."""
    runs = []
    for match in _SPOKEN.finditer(text):
        figures = digits(match[0])
        if len(figures) >= least:
            runs.append((match.start(), match.end(), figures))
    return runs


def grouped_runs(text: str) -> list[tuple[Group, ...]]:
    """Every run of written or spoken digits, in the groups in which it was given."""
    return [
        tuple(Group(separator=m[1], figures=digits(m[2])) for m in _GROUPED.finditer(match[0]))
        for match in _SPOKEN.finditer(text)
    ]
