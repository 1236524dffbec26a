"""Days as they are spelled: 1990年3月7号, 一九九〇年三月七日. Pure."""

import re

SMALL = "[0-9零〇一二两三四五六七八九十]"
"""A character of a month or a day. Years are digits already where a text was normalised."""
MONTH_AND_DAY = f" ?年 ?{SMALL}{{1,3}} ?月 ?{SMALL}{{1,3}} ?[日号號]?"
_NUMBER = re.compile(f"{SMALL}+")
_VALUES = dict(zip("零〇一二两三四五六七八九", "001223456789", strict=True))


def eight_digits(spelled: str) -> str:
    """Of a year, a month and a day, whatever stands between them."""
    year, month, day = _NUMBER.findall(spelled)
    return f"{year}{_number(month):02}{_number(day):02}"


def _number(said: str) -> int:
    """ "07", "七", "十一", "二十五"."""
    if said.isdigit() and said.isascii():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    value = int("".join(_VALUES.get(char, char) for char in ones) or "0")
    return value + (10 * int(_VALUES.get(tens, tens) or "1") if ten else 0)
