"""Where something stands among others: 第二个, 中间那件, 先到的那单, 最近买的, 另外那单."""

import re

from models.commands import KnownOrder
from models.compact.numerals import parse

_ORDINAL = re.compile(r"(?P<back>倒数)?第(?P<n>[一二三四五六1-6])(?:[个单件双条台款样行]|那)")
_LAST = re.compile(r"最后(?:那|一)?[个单件]?|最下面|下面那?[个单件双条]|后面那[个单件双条]|后者")
_FIRST = re.compile(r"上面(?:那|这)?一?[个单件双条]|最上面|前面那[个单件双条]|前一[个单件]|前者|头一[个单件双条]")
_MIDDLE = re.compile(r"中间(?:那|这|的)")
_OTHER = re.compile(r"另外?一?[单件个双条台]|另外那|别的那|另一边|其他那|换一单")
_BY_TURN = re.compile(
    r"(?:(?P<first>最?[先早]|第一次|头一回)|最?[后晚]|后来|第二次)(?P<what>[到收签]|[买下拍订])(?!架|班|午|次)"
)
"""The one that came, or was bought, earlier or later: 先到的那单."""
_NEWEST = re.compile(
    r"(?:最近|最新|刚刚|刚(?=[下买拍到收签送]))(?P<came>才?(?:到|收|签|送))?|刚才(?:那个|那单|下的|买的|拍的)"
)


def says_position(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_ORDINAL, _LAST, _FIRST, _MIDDLE))


def position(text: str, count: int) -> int | None:
    """The index among ``count`` that the words name; None where they name none of them."""
    if match := _ORDINAL.search(text):
        number = parse(match["n"]) or 1
        at = count - number if match["back"] else number - 1
    elif _LAST.search(text):
        at = count - 1
    elif _FIRST.search(text):
        at = 0
    elif _MIDDLE.search(text) and count % 2:
        at = count // 2
    else:
        return None
    return at if 0 <= at < count else None


def says_other(text: str) -> bool:
    return bool(_OTHER.search(text))


def by_turn(text: str, orders: list[KnownOrder]) -> KnownOrder | None:
    match = _BY_TURN.search(text)
    if match is None or len(orders) < 2:
        return None
    if match["what"] in "到收签":
        orders = [o for o in orders if o.delivered_at] or orders
    ordered = sorted(orders, key=_arrived if match["what"] in "到收签" else _started)
    return ordered[0] if match["first"] else ordered[-1]


def newest(text: str, orders: list[KnownOrder]) -> KnownOrder | None:
    """The one bought last; of those that have come the one that came last, where 到 or 收 is said of it."""
    match = _NEWEST.search(text)
    if match is None or len(orders) < 2:
        return None
    came = [o for o in orders if o.delivered_at]
    if match["came"] and came:
        return max(came, key=_arrived)
    return max(orders, key=_started)


def _started(order: KnownOrder) -> float:
    moment = order.paid_at or order.created_at or order.shipped_at or order.delivered_at
    return moment.timestamp() if moment else float("inf")


def _arrived(order: KnownOrder) -> float:
    return order.delivered_at.timestamp() if order.delivered_at else float("inf")
