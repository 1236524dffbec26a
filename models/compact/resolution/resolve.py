"""The two questions that are asked of a message: what an open request is about, and which line answers a question."""

import re

from models.commands import Context, Flow, KnownOrder
from models.compact import goods
from models.compact.resolution.kept import drop_kept
from models.compact.resolution.model import Resolved
from models.compact.resolution.named import WHOLE, by_goods
from models.compact.resolution.numbers import by_number, names_another
from models.compact.resolution.pointed import POINTS, by_pointing
from models.compact.resolution.positions import position, says_position

_ALL = re.compile(r"(?:^|[，。 ])(?:都|全)(?:要|退|换)?(?:$|[，。 吧])")
_NOT_THIS = re.compile(r"不是(?:那|这)?[个件双条台款]?[^，,。！!是]{1,5}")
_AND = re.compile(r"[和跟与、]|还有|两[个件双条种款]")
_AGREES = re.compile(r"就|对|是|嗯")


def resolve(
    plain: str, context: Context, flow: Flow | None, *, within: str | None = None, weak: bool = False
) -> Resolved:
    """``within`` limits lines to one order; ``weak`` accepts bare positions and colours (the slot is awaited)."""
    text = drop_kept(plain)
    orders = tuple(o for o in context.orders if within is None or o.order_id == within)
    if not orders:
        return Resolved()
    numbered = by_number(text, orders, bare=weak and within is None)
    if numbered is not None:
        lines = _lines(text, (numbered,), context, flow)
        return Resolved(order=numbered.order_id, lines=lines, named=bool(lines))
    if names_another(text, context.orders):
        return Resolved()
    if found := by_goods(text, orders, context, flow):
        return found
    return by_pointing(text, orders, context, flow, weak=weak)


def _lines(text: str, orders: tuple[KnownOrder, ...], context: Context, flow: Flow | None) -> tuple[str, ...]:
    found = by_goods(text, orders, context, flow)
    return found.lines if found else ()


def line_of(plain: str, context: Context, order: KnownOrder) -> tuple[str, ...]:
    """The awaited line within a known order: goods, colour, position, all of them."""
    text = drop_kept(plain)
    if named := _lines(text, (order,), context, None):
        return named
    ids = tuple(line.line_id for line in order.lines)
    text = _NOT_THIS.sub(lambda m: "□" * len(m[0]), text)
    if told_apart := _each_by_attributes(text, order):
        return told_apart
    if WHOLE.search(text) or _ALL.search(text):
        return ids
    if says_position(text):
        at = position(text, len(ids))
        return () if at is None else (ids[at],)
    if len(ids) == 1:
        return ids if POINTS.search(text) or _AGREES.search(text) else ()
    return _by_attributes(text, order)


def _each_by_attributes(text: str, order: KnownOrder) -> tuple[str, ...]:
    """白的跟绿的都要: those that are told by what they are like, and not the whole order."""
    told = tuple(line.line_id for line in order.lines if goods.attribute_score(text, line.title))
    return told if len(told) > 1 and (WHOLE.search(text) or _ALL.search(text) or _AND.search(text)) else ()


def _by_attributes(text: str, order: KnownOrder) -> tuple[str, ...]:
    scored = [(goods.attribute_score(text, line.title), line.line_id) for line in order.lines]
    top = max(s for s, _ in scored)
    best = [i for s, i in scored if s == top]
    return (best[0],) if top and len(best) == 1 else ()
