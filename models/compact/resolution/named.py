"""Lines by the goods that a message names, told apart by colour, time, state and position."""

import re
from collections.abc import Callable
from typing import TypeVar

from models.commands import Context, Flow, KnownOrder
from models.compact import goods, when
from models.compact.asides import ACTS
from models.compact.clauses import spans
from models.compact.goods import Mention, Place
from models.compact.resolution.model import SUITABLE, Resolved
from models.compact.resolution.positions import position
from models.compact.resolution.statuses import status_words

_JOINED = re.compile(
    r"^\s*(?:(?:和|跟|与|、|还有|以及|加|外加|,|，|都|及)\s*(?:那[个件双条台]|这[个件双条台]|我的)?\S{0,6}?)?$"
)
_EXCEPT = re.compile(r"除(?:了|开|去)?([^，。,！!]{1,12}?)(?:以外|之外|外)?[，, ]?(?:其[他它余]|别的|剩下|都|全)")
WHOLE = re.compile(
    r"整单|全部|全都|都(?:不?要|退|换|取消)|[两三](?:样|件|个)都"
    r"|通通|一[起块并]儿?(?:退|换|取消)|两个?(?:颜色|色儿?|款|种)|全退|一整单|所有"
)


_T = TypeVar("_T")


def narrow(items: list[_T], *tests: Callable[[_T], bool] | None) -> list[_T]:
    """Each test filters only where something is left."""
    for test in tests:
        if test is not None and len(items) > 1:
            items = [i for i in items if test(i)] or items
    return items


def _by_attributes(plain: str, places: list[Place], orders: tuple[KnownOrder, ...]) -> list[Place]:
    scored = [(goods.attribute_score(plain, orders[i].lines[j].title), (i, j)) for i, j in places]
    top = max((s for s, _ in scored), default=0)
    return [p for s, p in scored if s == top]


def _targets(text: str, found: tuple[Mention, ...]) -> list[Mention]:
    """The strongest mention about which something is to be done, and those joined to it by 和, 跟, 、."""
    strong = sorted((m for m in found if m.strength >= 1.0), key=lambda m: m.start)
    acting = [(a, b) for a, b in spans(text) if ACTS.search(text[a:b])]
    acted = [m for m in found if m.strength >= 1.0 and any(a <= m.start < b for a, b in acting)]
    best = acted[0] if acted else found[0]
    if best not in strong:
        return [best]
    chosen = [best]
    at = strong.index(best)
    for step in (1, -1):
        here = best
        for other in strong[at + 1 :] if step == 1 else reversed(strong[:at]):
            first, second = (here, other) if step == 1 else (other, here)
            between = text[first.end : second.start]
            is_apart = bool(acted) and other not in acted and bool(re.search(r"[，,\s]", between))
            if is_apart or not _JOINED.match(between):
                break
            chosen.append(other)
            here = other
    return sorted(chosen, key=lambda m: m.start)


def _all_but(text: str, orders: tuple[KnownOrder, ...]) -> Resolved | None:
    """除了袜子其他都退: every line of the order but those."""
    match = _EXCEPT.search(text)
    if match is None:
        return None
    kept = {p for m in goods.mentions(match[1], orders) if m.strength >= 1.0 for p in m.places}
    owners = {i for i, _ in kept}
    if len(owners) != 1:
        return None
    owner = orders[owners.pop()]
    lines = tuple(x.line_id for j, x in enumerate(owner.lines) if (orders.index(owner), j) not in kept)
    return Resolved(order=owner.order_id, lines=lines, named=True) if lines else None


def by_goods(text: str, orders: tuple[KnownOrder, ...], context: Context, flow: Flow | None) -> Resolved | None:
    if found_rest := _all_but(text, orders):
        return found_rest
    found = goods.mentions(text, orders)
    if not found or found[0].strength < 0.6:
        return None
    fits = when.pointed_at(text, context.now)
    statuses = status_words(text)
    suitable = SUITABLE.get(flow) if flow else None
    chosen: list[list[Place]] = []
    for mention in _targets(text, found):
        near = text[max(0, mention.start - 12) : mention.end + 8]
        places = _by_attributes(near if len(found) > 1 else text, list(mention.places), orders)
        places = narrow(
            places,
            (lambda p: fits(orders[p[0]])) if fits else None,
            (lambda p: orders[p[0]].status in statuses) if statuses else None,
            (lambda p: orders[p[0]].status in suitable) if suitable else None,
        )
        places = _at_position(text, places)
        chosen.append(places)
    owners = {i for places in chosen for i, _ in places}
    if len(owners) != 1:
        sole = {places[0][0] for places in chosen if len(places) == 1}
        if len(sole) != 1:
            return Resolved(named=True, sure=0.8)
        owners = sole
    owner = next(iter(owners))
    lines = [p[0] for p in chosen if len(p) == 1 and p[0][0] == owner]
    if not lines and WHOLE.search(text):
        lines = [p for places in chosen for p in places]
    ids = dict.fromkeys(orders[owner].lines[j].line_id for _, j in lines)
    return Resolved(order=orders[owner].order_id, lines=tuple(ids), named=True, sure=min(1.0, found[0].strength))


def _at_position(text: str, places: list[Place]) -> list[Place]:
    at = position(text, len(places)) if len(places) > 1 else None
    return places if at is None else [places[at]]
