"""Which order and which lines of the customer's own a message means. Where two fit equally, none is chosen."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from models.commands import Context, Flow, KnownOrder
from models.compact import goods, when
from models.compact.asides import ACTS
from models.compact.clauses import spans
from models.compact.goods import Mention, Place
from models.compact.numerals import digit_runs, digits, parse

RECEIVED = frozenset({"delivered", "completed"})
OPEN = frozenset({"unpaid", "paid"})
SUITABLE: dict[Flow, frozenset[str]] = {
    Flow.RETURN_REFUND: RECEIVED,
    Flow.EXCHANGE: RECEIVED,
    Flow.REPAIR: RECEIVED,
    Flow.RESEND: RECEIVED,
    Flow.REFUND_ONLY: RECEIVED | {"shipped"},
    Flow.CANCEL_ORDER: OPEN,
    Flow.CHANGE_ADDRESS: OPEN,
    Flow.CHANGE_SPEC: OPEN,
    Flow.URGE_SHIPMENT: frozenset({"paid"}),
    Flow.TRACK_PARCEL: frozenset({"shipped"}),
    Flow.ORDER_STATUS: OPEN | {"shipped"},
    Flow.PRICE_PROTECTION: RECEIVED | {"paid", "shipped"},
    Flow.INVOICE: RECEIVED,
    Flow.REFUND_PROGRESS: RECEIVED | {"cancelled"},
}
LINE_FLOWS = frozenset(
    {
        Flow.RETURN_REFUND,
        Flow.REFUND_ONLY,
        Flow.EXCHANGE,
        Flow.RESEND,
        Flow.REPAIR,
        Flow.PRICE_PROTECTION,
        Flow.CHANGE_SPEC,
    }
)
_KEPT = re.compile(
    r"[^，。,！!；;\s]{0,12}?(?:留着|不退|不动|不用退|不换|没问题|挺好|还行)(?=[，。,！!；;\s]|$)"
    r"|(?<!是)不是[^，。,！!？?；;\s]{1,12}?(?=[，。,！!？?；;\s]|是)"
)
_TAIL = re.compile(
    r"(?:尾号|尾数|后四位|末四位|后[四4]位|末尾|尾|单号后面|结尾)\D{0,3}?([0-9零〇一二三四五六七八九幺两洞拐勾]{2,8})"
)
_STATUS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(r"[没未](?:有)?(?:付|给)(?:过|了)?(?:钱|款)|待付款|没付的|还没付|没给钱|没支付|未支付"),
        frozenset({"unpaid"}),
    ),
    (
        re.compile(
            r"(?:[没未不]|还没有?|没有|一直没|迟迟不|怎么不|别)(?:给我)?发(?:货|出|的|$|[，。,！!？?啊呢\s])|没寄|不发货|先别发|别发了|还在仓库|待发货"
        ),
        frozenset({"paid"}),
    ),
    (re.compile(r"付了(?:钱|款)的|已付款|付过款"), frozenset({"paid"})),
    (
        re.compile(
            r"在路上|运输中|没收到|没到(?!账)|还没来|没送到|没见着|没影|派送中|(?:另外|那)个?(?:包裹|快递)|丢件|物流不动|已?发货了的|发了货的"
        ),
        frozenset({"shipped"}),
    ),
    (re.compile(r"收到了|到了的|收到的|签收了|已签收|到货的|已经到|送到的|刚到"), RECEIVED),
)
_OTHER = re.compile(r"另外?一?[单件个双条台]|另外那|别的那|另一边|其他那|换一单")
_ORDINAL = re.compile(
    r"(?:第(?P<n>[一二三四五六1-6])(?P<what>[个单件双条台款样行]))|(?P<last>最后(?:那|一)?[个单件]?|最下面|倒数第一)"
)
_FIRST = re.compile(r"上面(?:那|这)?[一]?[个单件双]|最上面|前面那[个单件]|前一[个单件]|前者")
_BY_TURN = re.compile(
    r"(?:(?P<first>最?[先早]|第一次|头一回)|最?[后晚]|后来|第二次)(?P<what>[到收签]|[买下拍订])(?!架|班|午|次)"
)
"""The one that came, or was bought, earlier or later: 先到的那单."""
_NEWEST = re.compile(r"最近|最新|刚下|刚买|刚拍|刚才?(?:那个|那单|下的|买的|拍的)|刚刚")
_POINTS = re.compile(r"[那这](?:一)?[个件双条台款箱套单只瓶盒包]|那边|订单|包裹|这单|那单|的单|[个件]")
_ITEM = re.compile(
    r"[那这](?:一)?[个件双条台款箱套只瓶盒包把张本]|(?:买|收到|到|拍|订|下单)的(?!那?个?(?:订单|单|货|东西))[\u4e00-\u9fff]{2}"
)
_ORDER_WORD = re.compile(r"(?:那|这|的|一|个|上|昨天|的那)单|订单|单子|包裹")
_JOINED = re.compile(
    r"^\s*(?:和|跟|与|、|还有|以及|加|外加|,|，|都|及)\s*(?:那[个件双条台]|这[个件双条台]|我的)?\S{0,6}?$"
)
_EXCEPT = re.compile(r"除(?:了|开|去)?([^，。,！!]{1,12}?)(?:以外|之外|外)?[，, ]?(?:其[他它余]|别的|剩下|都|全)")
_WHOLE = re.compile(r"整单|全部|全都|都(?:不?要|退|换|取消)|[两三](?:样|件|个)都|通通|一起退|全退|一整单|所有")


class Resolved(msgspec.Struct, frozen=True):
    order: str | None = None
    lines: tuple[str, ...] = ()
    named: bool = False
    """The words name goods, not only an order."""
    sure: float = 1.0


def drop_kept(plain: str) -> str:
    """Without the parts that say what is *not* meant (T恤留着, 不是这双); same length."""
    return _KEPT.sub(lambda m: "□" * len(m[0]), plain)


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


def status_words(plain: str) -> frozenset[str] | None:
    for pattern, statuses in _STATUS:
        if pattern.search(plain):
            return statuses
    return None


_T = TypeVar("_T")


def _narrow(items: list[_T], *tests: Callable[[_T], bool] | None) -> list[_T]:
    """Each test filters only where something is left."""
    for test in tests:
        if test is not None and len(items) > 1:
            items = [i for i in items if test(i)] or items
    return items


def _by_attributes(plain: str, places: list[Place], orders: tuple[KnownOrder, ...]) -> list[Place]:
    scored = [(goods.attribute_score(plain, orders[i].lines[j].title), (i, j)) for i, j in places]
    top = max((s for s, _ in scored), default=0)
    return [p for s, p in scored if s == top]


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
    if _names_another(text, context.orders):
        return Resolved()
    if found := _by_goods(text, orders, context, flow):
        return found
    return _by_pointing(text, orders, context, flow, weak=weak)


def _names_another(text: str, orders: tuple[KnownOrder, ...]) -> bool:
    """A number or tail that fits none of the customer's orders: nothing else may stand in for it."""
    lengths = {len(order.order_id) for order in orders}
    if any(len(figures) in lengths for _, _, figures in digit_runs(text, 10)):
        return True
    match = _TAIL.search(text)
    return bool(match) and not any(o.order_id.endswith(digits(match[1])) for o in orders if match)


def _lines(text: str, orders: tuple[KnownOrder, ...], context: Context, flow: Flow | None) -> tuple[str, ...]:
    found = _by_goods(text, orders, context, flow)
    return found.lines if found else ()


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


def _by_goods(text: str, orders: tuple[KnownOrder, ...], context: Context, flow: Flow | None) -> Resolved | None:
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
        places = _narrow(
            places,
            (lambda p: fits(orders[p[0]])) if fits else None,
            (lambda p: orders[p[0]].status in statuses) if statuses else None,
            (lambda p: orders[p[0]].status in suitable) if suitable else None,
        )
        places = _ordinal(text, places)
        chosen.append(places)
    owners = {i for places in chosen for i, _ in places}
    if len(owners) != 1:
        sole = {places[0][0] for places in chosen if len(places) == 1}
        if len(sole) != 1:
            return Resolved(named=True, sure=0.8)
        owners = sole
    owner = next(iter(owners))
    lines = [p[0] for p in chosen if len(p) == 1 and p[0][0] == owner]
    if not lines and _WHOLE.search(text):
        lines = [p for places in chosen for p in places]
    ids = dict.fromkeys(orders[owner].lines[j].line_id for _, j in lines)
    return Resolved(order=orders[owner].order_id, lines=tuple(ids), named=True, sure=min(1.0, found[0].strength))


def _ordinal(text: str, places: list[Place]) -> list[Place]:
    match = _ORDINAL.search(text)
    if match is None or len(places) < 2:
        return places
    at = -1 if match["last"] else (parse(match["n"]) or 1) - 1
    return [places[at]] if at < len(places) else places


def _by_pointing(
    text: str, orders: tuple[KnownOrder, ...], context: Context, flow: Flow | None, *, weak: bool
) -> Resolved:
    """No goods named: time, status, position, the other one."""
    current = str(context.slots.get("order", ""))
    pool = list(orders)
    is_other = bool(_OTHER.search(text)) and len(pool) > 1 and bool(current)
    if is_other:
        pool = [o for o in pool if o.order_id != current]
    fits, statuses = when.pointed_at(text, context.now), status_words(text)
    suitable = SUITABLE.get(flow) if flow else None
    told = is_other
    if fits and any(fits(o) for o in pool):
        pool, told = [o for o in pool if fits(o)], True
    if statuses and any(o.status in statuses for o in pool):
        pool, told = [o for o in pool if o.status in statuses], True
    if told and suitable:
        pool = _narrow(pool, lambda o: o.status in suitable)
    if not told and weak and (match := _ORDINAL.search(text) or _FIRST.search(text)):
        at = 0 if match.re is _FIRST else (-1 if match["last"] else (parse(match["n"]) or 1) - 1)
        if at < len(pool):
            return Resolved(order=pool[at].order_id, sure=0.9)
    if (match := _BY_TURN.search(text)) and len(pool) > 1:
        arrived = match["what"] in "到收签"
        pool.sort(key=_arrived if arrived else _started)
        pool, told = [pool[0] if match["first"] else pool[-1]], True
    if _NEWEST.search(text) and len(pool) > 1 and (weak or _POINTS.search(text)):
        pool, told = [max(pool, key=_started)], True
    if not told and weak and len(pool) == 1:
        told = True
    if not told and len(pool) == 1 and re.search(r"[那这]一?[单个件双条台]", text):
        told = True
    if not told or len(pool) != 1:
        return Resolved(sure=0.9)
    order = pool[0]
    lines: tuple[str, ...] = ()
    if len(order.lines) == 1 and _ITEM.search(text) and not _ORDER_WORD.search(text):
        lines = (order.lines[0].line_id,)
    elif _WHOLE.search(text):
        lines = tuple(line.line_id for line in order.lines)
    return Resolved(order=order.order_id, lines=lines, sure=0.9)


def _started(order: KnownOrder) -> float:
    moment = order.paid_at or order.created_at or order.shipped_at or order.delivered_at
    return moment.timestamp() if moment else float("inf")


def _arrived(order: KnownOrder) -> float:
    return order.delivered_at.timestamp() if order.delivered_at else float("inf")


def line_of(plain: str, context: Context, order: KnownOrder) -> tuple[str, ...]:
    """The awaited line within a known order: goods, colour, position, all of them."""
    text = drop_kept(plain)
    found = _by_goods(text, (order,), context, None)
    if found and found.lines:
        return found.lines
    ids = tuple(line.line_id for line in order.lines)
    if _WHOLE.search(text) or re.search(r"(?:^|[，。 ])(?:都|全)(?:要|退|换)?(?:$|[，。 吧])", text):
        return ids
    if match := _ORDINAL.search(text):
        at = -1 if match["last"] else (parse(match["n"]) or 1) - 1
        return (ids[at],) if at < len(ids) else ()
    if _FIRST.search(text) and len(ids) > 1:
        return (ids[0],)
    if len(ids) == 1:
        return ids if _POINTS.search(text) or re.search(r"就|对|是|嗯", text) else ()
    scored = [(goods.attribute_score(text, line.title), line.line_id) for line in order.lines]
    top = max(s for s, _ in scored)
    best = [i for s, i in scored if s == top]
    return (best[0],) if top and len(best) == 1 else ()
