"""A yes that names again what it agrees to: 确认退卫衣; 对，就退那两双. Named otherwise than quoted it is none."""

import re

from models.commands import Context, Flow, KnownOrder
from models.compact import clauses as cut
from models.compact import goods, quantity
from models.compact.answers import held_lines, owned_order, owned_units
from models.compact.numerals import MEASURES
from models.compact.plain import is_yes, restates
from models.compact.resolution.named import WHOLE
from models.compact.resolution.resolve import resolve

_YES_PART = re.compile(r"确认|好的?|行|可以|没问题|同意|嗯|对|没错|提交|是的?|中|成|ok|没毛病|办")
_RIGHT = re.compile(r"(?:没错|没问题|无误)(?=$)")
_ONE_UNIT = re.compile(f"一[{MEASURES}]")


def agrees(plain: str, context: Context) -> bool:
    """While ``confirm`` is awaited: wholly a yes, and of goods and numbers no others than are quoted."""
    if context.flow is None or not any(is_yes(part) for part in _beginnings(plain)):
        return False
    if _counts_otherwise(plain, context) or _names_other_goods(plain, context):
        return False
    return restates(goods.without(plain, context.orders), context.flow)


def names_the_same(plain: str, context: Context) -> bool:
    """Corrected to what is quoted already: 不对，要退的是卫衣, where it is the one."""
    found = resolve(plain, context, context.flow)
    is_same = found.order is not None and found.order == context.slots.get("order")
    return is_same and found.named and (not found.lines or set(held_lines(context)) <= set(found.lines))


def _beginnings(plain: str) -> list[str]:
    """The first clause, and what a yes may be at its head or end, where no comma parts them: 对就退它; 地址没错."""
    first = next(iter(cut.clauses(plain)), "")
    return [first, *(m[0] for m in (_YES_PART.match(first), _RIGHT.search(first)) if m)]


def _counts_otherwise(plain: str, context: Context) -> bool:
    """Another number is said than is quoted: that is no yes to the quote."""
    count = quantity.answered(plain, None) if quantity.is_counted(plain) else None
    lines = len(held_lines(context))
    quoted = {int(context.slots["quantity"])} if "quantity" in context.slots else {owned_units(context), lines, None}
    return count is not None and count not in quoted


def _names_other_goods(plain: str, context: Context) -> bool:
    is_named = goods.without(plain, context.orders) != plain
    order = owned_order(context) or (context.orders[0] if len(context.orders) == 1 else None)
    if context.flow is Flow.CANCEL_ORDER:
        return _is_part(plain, order, is_named=is_named)
    if order is None or not is_named:
        return False
    found = resolve(plain, context, context.flow)
    lines = held_lines(context) or [line.line_id for line in order.lines]
    return found.order != order.order_id or (bool(found.lines) and set(found.lines) != set(lines))


def _is_part(plain: str, order: KnownOrder | None, *, is_named: bool) -> bool:
    """An order is cancelled whole: who names one of several goods, or one piece, does not say yes to that."""
    if WHOLE.search(plain):
        return False
    if order is None:
        return is_named
    units = sum(line.quantity for line in order.lines)
    return (is_named and len(order.lines) > 1) or (units > 1 and bool(_ONE_UNIT.search(plain)))
