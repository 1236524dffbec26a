"""What words need so that they can be followed on the phone: no screen to look at, no number of fourteen digits.

A caller hears a list once: three of it are named and the rest is counted. What he is to say yes to is the exception,
and is read whole.
"""

import re
from collections.abc import Sequence
from string import Formatter
from typing import Final

MOST_NAMED: Final = 3
READ_WHOLE: Final = frozenset({"lines", "breakdown"})
"""Lists that a yes is given to."""
TOO_LONG: Final = ("order_id", "tracking_no", "return_tracking_no", "case_id")
"""Numbers that nobody keeps in mind: their last four are spoken, as the fact with ``_tail`` at its end."""
TAIL: Final = 4
NOT_HEARD: Final = "handoff_summary"
"""Replies that begin so are for people at a screen."""
CHOICES: Final = "choices"
"""The place for what could be pressed, put in words."""
_SCREEN = re.compile(
    r"点击|点一下|点选|按钮|下[方面]|上方|如[图下]|卡片|图标|链接|网址|扫码|二维码|屏幕|页面?上?写|页面|界面|窗口|勾选|打字|看到|订单页"
    r"|回复(?!您)|发(?:给我|过来|图片|一张|在这里)|在(?:这里|对话里)|直接发图"
)


def screen_in(words: str) -> str | None:
    """The first words that presume a screen, or a chat to write in; None: they can be heard."""
    found = _SCREEN.search(words)
    return found.group() if found else None


def number_in(wording: str) -> str | None:
    """The first place of a wording that a long number would be read out in."""
    names = (name for _, name, _, _ in Formatter().parse(wording))
    return next((name for name in names if name in TOO_LONG), None)


def tail(number: str) -> str:
    return number[-TAIL:]


def named(items: Sequence[str]) -> tuple[list[str], int]:
    """What is named of a list, and how many are left."""
    return list(items[:MOST_NAMED]), max(0, len(items) - MOST_NAMED)
