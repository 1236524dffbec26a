"""Orders without goods being named: by time, state, position, or as the other one."""

import re
from collections.abc import Callable

from models.commands import Context, Flow, KnownOrder
from models.compact import goods, when
from models.compact.resolution import positions
from models.compact.resolution.model import SUITABLE, Resolved
from models.compact.resolution.named import WHOLE, narrow
from models.compact.resolution.statuses import status_words

POINTS = re.compile(r"[那这](?:一)?[个件双条台款箱套单只瓶盒包]|那边|订单|包裹|这单|那单|的单|[个件]")
_ITEM = re.compile(
    r"[那这](?:一)?[个件双条台款箱套只瓶盒包把张本]|(?:买|收到|到|拍|订|下单)的(?!那?个?(?:订单|单|货|东西))[\u4e00-\u9fff]{2}"
)
_SHOWN = re.compile(r"[\u4e00-\u9fff][那这]一?[个件双条台款套只瓶盒包把张顶](?!单)")
"""墨绿那双: told by what it is like, without its name."""
_ORDER_WORD = re.compile(r"(?:那|这|的|一|个|上|昨天|的那)单|订单|单子|包裹")
_THIS = re.compile(r"[那这]一?[单个件双条台]")


def by_pointing(
    text: str, orders: tuple[KnownOrder, ...], context: Context, flow: Flow | None, *, weak: bool
) -> Resolved:
    current = str(context.slots.get("order", ""))
    pool = list(orders)
    told = positions.says_other(text) and len(pool) > 1 and bool(current)
    if told:
        pool = [o for o in pool if o.order_id != current]
    for test in (when.pointed_at(text, context.now), _has_status(text)):
        if test and any(test(o) for o in pool):
            pool, told = [o for o in pool if test(o)], True
    suitable = SUITABLE.get(flow) if flow else None
    if told and suitable:
        pool = narrow(pool, lambda o: o.status in suitable)
    if not told and weak and (at := positions.position(text, len(pool))) is not None:
        return Resolved(order=pool[at].order_id, sure=0.9)
    if found := positions.by_turn(text, pool):
        pool, told = [found], True
    if not told and (weak or _SHOWN.search(text)):
        fitting = narrow(pool, lambda o: o.status in suitable) if suitable else pool
        if described := _by_attributes(text, pool if weak else fitting):
            return described
    if (weak or POINTS.search(text)) and (found := positions.newest(text, pool)):
        pool, told = [found], True
    told = told or (len(pool) == 1 and (weak or bool(_THIS.search(text))))
    if not told or len(pool) != 1:
        return Resolved(sure=0.9)
    return Resolved(order=pool[0].order_id, lines=_lines(text, pool[0]), sure=0.9)


def _by_attributes(text: str, pool: list[KnownOrder]) -> Resolved | None:
    """紫色那个: the one line of all that has it."""
    scored = [(goods.attribute_score(text, line.title), order, line) for order in pool for line in order.lines]
    top = max((score for score, _, _ in scored), default=0)
    best = [(order, line) for score, order, line in scored if score == top]
    if not top or len(best) != 1:
        return None
    order, line = best[0]
    return Resolved(order=order.order_id, lines=(line.line_id,), named=True, sure=0.85)


def _has_status(text: str) -> Callable[[KnownOrder], bool] | None:
    statuses = status_words(text)
    return (lambda order: order.status in statuses) if statuses else None


def _lines(text: str, order: KnownOrder) -> tuple[str, ...]:
    if len(order.lines) == 1 and _ITEM.search(text) and not _ORDER_WORD.search(text):
        return (order.lines[0].line_id,)
    return tuple(line.line_id for line in order.lines) if WHOLE.search(text) else ()
