"""Orders by their number, whole or by its end, in figures or spoken."""

import re
from collections.abc import Iterable

from models.commands import KnownOrder
from models.compact.numerals import digit_runs, digits

_TAIL = re.compile(
    r"(?:尾号|尾数|后四位|末四位|后[四4]位|末尾|尾|单号后面|结尾)\D{0,3}?([0-9零〇一二三四五六七八九幺两洞拐勾]{2,8})"
)


def by_number(plain: str, orders: Iterable[KnownOrder], *, bare: bool) -> KnownOrder | None:
    """By the whole order number or its tail; a bare short number counts only where an order is awaited."""
    orders = tuple(orders)
    for _, _, figures in digit_runs(plain, 6):
        whole = [o for o in orders if o.order_id == figures or (len(figures) >= 10 and figures in o.order_id)]
        if len(whole) == 1:
            return whole[0]
    tails = [digits(match[1])] if (match := _TAIL.search(plain)) else []
    if bare and not tails:
        tails = [f for _, _, f in digit_runs(plain, 3) if len(f) <= 8]
    for tail in tails:
        ending = [o for o in orders if o.order_id.endswith(tail)]
        if len(ending) == 1:
            return ending[0]
    return None


def names_another(text: str, orders: tuple[KnownOrder, ...]) -> bool:
    """A number or tail that fits none of the customer's orders: nothing else may stand in for it."""
    lengths = {len(order.order_id) for order in orders}
    if any(len(figures) in lengths for _, _, figures in digit_runs(text, 10)):
        return True
    match = _TAIL.search(text)
    return bool(match) and not any(o.order_id.endswith(digits(match[1])) for o in orders if match)
