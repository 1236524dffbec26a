"""Open requests: which flows a message asks for, each with its slots; else a question, small talk, or unclear."""

import re

import msgspec

from models.commands import (
    AskKnowledge,
    Chitchat,
    Clarify,
    Command,
    Context,
    Flow,
    Handoff,
    HandoffReason,
    KnownOrder,
    Nothing,
    Reason,
    StartFlow,
)
from models.compact import asides, contact, goods, terms, underway
from models.compact import clauses as cut
from models.compact.judge import Judge
from models.compact.labels import Act
from models.compact.normalise import Text, say
from models.compact.resolution.resolve import resolve
from models.compact.slots import Request

_UNCLEAR: dict[str, tuple[Flow, ...]] = {
    Act.FAULT_UNCLEAR: (Flow.RETURN_REFUND, Flow.EXCHANGE),
    Act.MONEY_UNCLEAR: (Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.CANCEL_ORDER),
    Act.CHANGE_UNCLEAR: (Flow.CHANGE_ADDRESS, Flow.CHANGE_SPEC),
}
_BY_REASON: dict[Reason, tuple[Flow, ...]] = {
    Reason.MISSING_ITEM: (Flow.RESEND, Flow.REFUND_ONLY),
    Reason.NOT_RECEIVED: (Flow.TRACK_PARCEL, Flow.REFUND_ONLY),
}
_NOTHING_TO_RETURN = frozenset({Reason.NOT_RECEIVED, Reason.MISSING_ITEM})
_KEEPS_GOODS = re.compile(
    r"(?:仅|只|单|光)退(?:款|钱)|退款不退货|不(?:用|要|想|必)?退货(?!了)|不(?:用|想|必|要|愿意?|方便|高兴|乐意)[^，。,！!？?\s]{0,4}寄|不寄(?:回|了|还)?|懒得[^，。,！!？?\s]{0,3}(?:寄|退货|跑)|没法(?:寄|退货)|寄(?:不了|不回|回去(?:也|干|还))|别(?:让|叫)我寄"
    r"|没(?:货|东西)(?:可以?)?(?:退|寄)|(?:扔|丢|倒)(?:掉|了)|货不退|退(?:款|钱)(?:就行|就好|就可以|就成|得了|即可)"
)
_MAY_I = re.compile(r"(?:能|可以|可不可以|能不能|给不给|给)(?:不能|给|帮我|我)*(?:退|换|修|保修|报修|取消|补)")
_GOES_BACK = re.compile(r"退掉|[这那][个件双条台套](?:我|给我|就)*(?:要|想)?退(?!差|[^，,。]{0,2}钱)")
"""隔壁便宜一半，这个我退了 asks for no difference."""
_LOOKS_UP = re.compile(r"^(?:帮我|我想|麻烦|给我|请)*(?:查|看|问)")
_UNSENT = re.compile(r"退单|撤单|不等了?|别发|没发|没出货|没有?货|取消|退订|关[掉了]|没(?:给钱|付)")
_MONEY_FIRST = re.compile(r"^(?:那|那么|我)*(?:我的|退的|那笔)*(?:钱|退款|款)(?!.*(?:快递|包裹|物流|货))")
"""那钱什么时候到 is about no parcel."""
_WISHES = re.compile(r"退|换|修|补|取消|撤|催|查|看看|开|改|投诉|哪|什么时候|啥时候|[吗没]$")
_USED = re.compile(r"[穿用试洗戴睡开]过|[穿弄]脏|拆(?:了|过|封)|剪了|开封|过了.{0,3}天")
"""What has been done with the goods: whether they may go back is a question."""
_REFUNDS = frozenset({Flow.RETURN_REFUND, Flow.REFUND_ONLY})
_ASIDE = frozenset({Flow.INVOICE, Flow.COUPON_QUERY, Flow.BALANCE_QUERY, Flow.MEMBER_BENEFITS})
_FAMILIES: tuple[frozenset[Flow], ...] = (
    frozenset({Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.EXCHANGE, Flow.RESEND, Flow.REPAIR, Flow.CANCEL_ORDER}),
    frozenset({Flow.ORDER_STATUS, Flow.TRACK_PARCEL, Flow.URGE_SHIPMENT, Flow.CANCEL_ORDER}),
    frozenset({Flow.CHANGE_ADDRESS, Flow.CHANGE_SPEC, Flow.ORDER_STATUS, Flow.EXCHANGE}),
    frozenset({Flow.COMPLAINT, Flow.URGE_SHIPMENT, Flow.LEAVE_MESSAGE, Flow.TRACK_PARCEL}),
    frozenset({Flow.REFUND_PROGRESS, Flow.TRACK_PARCEL, Flow.REFUND_ONLY, Flow.RETURN_REFUND}),
    frozenset({Flow.PRICE_PROTECTION, Flow.REFUND_ONLY, Flow.COUPON_QUERY}),
)
_MOVES_TO = re.compile(r"(?:改|换|寄|送).{0,12}⟨(?:地址|ADDRESS)|⟨(?:地址|ADDRESS)[^⟩]*⟩.{0,4}(?:改|换)")
"""As an address reads by the time it is understood: what stood there is a placeholder."""
_ACTED_ON = re.compile(r"[退腿换钱款还赔拿收寄]|不要|不想|不留|不喜欢|后悔|处理|售后|七天|7天|拉走|搬走|不买")
"""Where nothing of the kind is said a fault is told and nothing is asked for."""
_AT_LAST = re.compile(r"(?:[，,。！!\s]|一[块起并]儿?|都|全|我|就)(?P<act>[退换])(?:货|了|掉|吧|咯|呗)*[!！。~]*$")
"""夹脚，一块退: the wish is the last word."""
_COUPONS_LEFT = re.compile(
    r"^[^，,。]{0,6}(?:券|红包)我?(?:还|里|一共)*(?:剩下?|有)(?:多少|几张|几个)(?![^，,。]*(?:能|可以|用在))"
)
_ONCE_MORE = re.compile(r"再[^，,。]{0,3}[退换补修开][^，,。]{0,2}一?[遍次回]")
"""再给我退一遍 asks to return, and for no words again."""
_WORDLESS = frozenset({Act.INFORM, Act.NOTHING, Act.CHANGE_UNCLEAR})
_SURE = 0.55
_QUESTION_TAIL = re.compile(
    r"^(?:行吧|好的?|顺便|可以倒是可以|可以|嗯+|那个|那|不过|但是|对了|请问一?下?|我想问一?下?|想问一?下?|问一?下|确认|没问题|喂|你好|哎|嗯)[，,\s]*"
)
_ASKS = re.compile(
    r"[吗么呢？?]|谁|多少|多久|几|怎么|咋|什么|啥|哪|能不能|可不可以|有没有|(?<!不)是不是|要不要|会不会|能.{0,12}不$"
)


_MAY_STILL = re.compile(
    r"^[那这我]?[^，,。]{0,8}还(?:能|可以)(?:退|换)货?[吗么不](?:$|[？?])|(?:[穿用试洗弄拆剪开].{0,6}|过了.{0,4}天)还(?:能|给|可以|让)[^，,。]{0,4}(?:退|换)[^，,。]{0,3}[不吗么](?:$|[？?])"
)
"""洗过一水还能退不 asks what is allowed."""


class Reading(msgspec.Struct, frozen=True):
    commands: tuple[Command, ...]
    confidence: float


def _alike(a: Flow, b: Flow) -> bool:
    return a is b or any(a in family and b in family for family in _FAMILIES)


def _flow_scores(plain: str, judge: Judge) -> dict[str, float]:
    """Labels scored by the whole text, flows also by their clearest clause."""
    whole = judge.intent(plain)
    scores = dict(whole.all)
    parts = cut.clauses(plain)
    if len(parts) > 1:
        for part in parts:
            verdict = judge.intent(part)
            if verdict.flow and verdict.probability > 0.5:
                scores[verdict.label] = max(scores[verdict.label], 0.0) + 0.6 * verdict.probability
            elif verdict.label in (Act.QUESTION, *_UNCLEAR) and verdict.probability > 0.6:
                scores[verdict.label] += 0.3 * verdict.probability
    return scores


def _split(plain: str, orders: tuple[KnownOrder, ...], judge: Judge) -> list[tuple[int, int]]:
    """Spans of what are separate requests; one span where there is one."""
    groups: list[tuple[int, int, Flow | None]] = []
    for section in cut.sections(plain):
        verdict = judge.intent(cut.without_negated(section.text))
        flow = verdict.flow if verdict.probability >= _SURE and not cut.is_presumed(section.text) else None
        if flow is None and _MOVES_TO.search(section.text):
            flow = Flow.CHANGE_ADDRESS
        if not groups:
            groups.append((section.start, section.end, flow))
            continue
        start, _, before = groups[-1]
        is_new = flow is not None and before is not None and flow is not before
        if is_new and flow and before and _alike(flow, before) and not section.is_joined:
            is_new = verdict.probability >= 0.7 and _other_goods(plain[start : section.start], section.text)
        if is_new:
            groups.append((section.start, section.end, flow))
        else:
            groups[-1] = (start, section.end, before or flow)
    if len(groups) == 1:
        return _split_goods(plain, orders, judge) or _split_aside(plain, judge)
    return [(a, b) for a, b, _ in groups]


def _other_goods(before: str, after: str) -> bool:
    return bool(re.search(r"^[再还也]|[那这的]", after)) and len(after) > 5 and len(before) > 3


def _split_goods(plain: str, orders: tuple[KnownOrder, ...], judge: Judge) -> list[tuple[int, int]] | None:
    """炸锅取消，养生壶催一下: two clauses that name different goods and ask different things of them."""
    found: list[tuple[int, Flow, frozenset[goods.Place]]] = []
    for start, end in cut.spans(plain):
        part = plain[start:end]
        verdict = judge.intent(cut.without_negated(part))
        named = next((m for m in goods.mentions(part, orders) if m.strength >= 1.0), None)
        if named and verdict.flow and verdict.probability >= _SURE and _WISHES.search(part):
            found.append((start, verdict.flow, frozenset(named.places)))
    if len(found) != 2:
        return None
    (_, first, ones), (border, second, others) = found
    return [(0, border), (border, len(plain))] if first is not second and not ones & others else None


def _split_aside(plain: str, judge: Judge) -> list[tuple[int, int]]:
    """``A，发票也开一下``: a clause about something else entirely, without a connective."""
    spans: list[tuple[int, int, Flow | None]] = []
    at = 0
    for part in cut.clauses(plain):
        start = plain.index(part, at)
        at = start + len(part)
        verdict = judge.intent(cut.without_negated(part))
        is_request = verdict.probability >= 0.8 and not cut.is_presumed(part) and len(part) > 3
        spans.append((start, at, verdict.flow if is_request else None))
    flows = [f for _, _, f in spans if f]
    if len(set(flows)) == 2 and sum(f in _ASIDE for f in set(flows)) >= 1 and not _alike(*dict.fromkeys(flows)):
        second = list(dict.fromkeys(flows))[1]
        border = next(a for a, _, f in spans if f is second)
        return [(0, border), (border, len(plain))]
    return [(0, len(plain))]


def question_of(text: Text, start: int = 0) -> str:
    """The question as it stands, without the yes or the greeting before it."""
    words = text.raw[start:].strip()
    for _ in range(3):
        words = _QUESTION_TAIL.sub("", words)
    parts = [p for p in re.split(r"(?<=[？?。！!])|[，,](?=没问题|我就|不然)", words) if p.strip()]
    asked = [p for p in parts if _ASKS.search(p)]
    return (asked[0] if asked else words).strip(" ，,。？?！!") or text.raw.strip()


def _one(raw: str, plain: str, context: Context, judge: Judge) -> Reading | None:
    """One request, or None where the span asks for no flow."""
    cleared = cut.without_negated(plain)
    scores = _flow_scores(cleared, judge)
    label = max(scores, key=scores.__getitem__)
    total = sum(scores.values())
    confidence = scores[label] / total if total else 0.0
    is_about_money = label == Flow.TRACK_PARCEL and _MONEY_FIRST.match(plain)
    if is_about_money or (label == Act.MONEY_UNCLEAR and _LOOKS_UP.match(plain)):
        label = Flow.REFUND_PROGRESS
    if underway.asks_how_far(cleared, label):
        label = Flow.REFUND_PROGRESS
    if label == Act.MONEY_UNCLEAR:
        return _money_back(raw, plain, context, judge, confidence)
    if label == Flow.RETURN_REFUND and not _ACTED_ON.search(say(cleared)):
        label = Act.FAULT_UNCLEAR
    if label == Act.FAULT_UNCLEAR and (asked := _AT_LAST.search(cleared)):
        label = Flow.RETURN_REFUND if asked["act"] == "退" else Flow.EXCHANGE
    if label in _UNCLEAR:
        return _unclear(raw, plain, context, judge, label, confidence)
    verdict = judge.intent(cleared)
    if label in (Act.INFORM, Act.NOTHING) and verdict.of(*Flow) > (0.45 if context.awaiting else 0.12):
        label = max(Flow, key=lambda f: scores[f])
    if label == Act.QUESTION and _COUPONS_LEFT.search(cleared):
        label = Flow.COUPON_QUERY
    if label == Act.REPEAT and _ONCE_MORE.search(cleared):
        label = max(Flow, key=lambda f: scores[f])
    if label == Act.QUESTION and (wanted := _wanted(raw, plain, context, judge, scores)):
        label = wanted
    if label in _WORDLESS and contact.address(raw, plain, awaited=False):
        label = Flow.CHANGE_ADDRESS
    if label not in set(Flow):
        return None
    request = Request(raw, plain, context, Flow(label), judge)
    flow = request.flow or Flow(label)
    if flow in _REFUNDS and _is_bare_money(cleared, request):
        return Reading((Clarify(flows=_UNCLEAR[Act.MONEY_UNCLEAR]),), confidence * 0.8)
    redirected = _redirect(flow, request, cleared)
    if redirected is not flow:
        request = Request(raw, plain, context, redirected, judge)
    return Reading((StartFlow(flow=redirected), *request.commands()), confidence * request.sure)


def _wanted(raw: str, plain: str, context: Context, judge: Judge, scores: dict[str, float]) -> Flow | None:
    """桌腿晃得厉害，能保修不 asks for it: own goods, what is wrong with them, and whether something can be done."""
    if not _MAY_I.search(plain) or _USED.search(plain):
        return None
    flow = max(Flow, key=lambda f: scores[f])
    request = Request(raw, plain, context, flow, judge)
    return flow if scores[flow] > 0.1 and request.resolved.named and request.reason else None


def _is_bare_money(cleared: str, request: Request) -> bool:
    """Only money is asked for: no goods, no order, no reason, and neither 退货 nor 仅退款."""
    if request.resolved.order or request.resolved.named or request.reason or _KEEPS_GOODS.search(say(request.words)):
        return False
    return bool(re.search(r"钱|款", cleared)) and not re.search(r"退货|仅|只退|寄|退掉|退换", say(cleared))


def _redirect(flow: Flow, request: Request, cleared: str) -> Flow:
    """Return or refund only: goods that never came cannot be sent back; 退货 is no refund without a return."""
    reason = request.reason.reason if request.reason else None
    keeps, returns = _KEEPS_GOODS.search(say(request.words)), "退货" in cleared
    if flow is Flow.RETURN_REFUND and (keeps or (reason in _NOTHING_TO_RETURN and not returns)):
        return Flow.REFUND_ONLY
    if flow in _REFUNDS and reason is Reason.PRICE_DROP and not returns and not _GOES_BACK.search(cleared):
        return Flow.PRICE_PROTECTION
    if flow in _REFUNDS and not returns and request.is_open and _UNSENT.search(cleared):
        return Flow.CANCEL_ORDER
    if flow is Flow.REFUND_ONLY and not keeps and reason not in _NOTHING_TO_RETURN and request.is_received:
        return Flow.RETURN_REFUND
    return flow


def _money_back(raw: str, plain: str, context: Context, judge: Judge, confidence: float) -> Reading:
    """退款 alone is unclear; with a reason or goods it is not."""
    request = Request(raw, plain, context, None, judge)
    reason = request.reason.reason if request.reason else None
    status = next((o.status for o in context.orders if o.order_id == request.resolved.order), None)
    is_open = status in ("paid", "unpaid", "shipped")
    if reason in _NOTHING_TO_RETURN or is_open or _KEEPS_GOODS.search(say(plain)):
        flow = Flow.REFUND_ONLY
    elif reason is not None or status is not None:
        flow = Flow.RETURN_REFUND
    else:
        return Reading((Clarify(flows=_UNCLEAR[Act.MONEY_UNCLEAR]),), confidence)
    request = Request(raw, plain, context, flow, judge)
    return Reading((StartFlow(flow=flow), *request.commands()), confidence * 0.9)


def _unclear(raw: str, plain: str, context: Context, judge: Judge, label: str, confidence: float) -> Reading:
    request = Request(raw, plain, context, None, judge)
    if label == Act.CHANGE_UNCLEAR:
        found = resolve(plain, context, Flow.CHANGE_ADDRESS)
        slots = [c for c in request.commands() if found.order and getattr(c, "slot", None) == "order"]
        return Reading((*slots, Clarify(flows=_UNCLEAR[label])), confidence)
    flows = _BY_REASON.get(request.reason.reason, _UNCLEAR[label]) if request.reason else _UNCLEAR[label]
    return Reading((*request.commands(), Clarify(flows=flows)), confidence)


def read(text: Text, plain: str, context: Context, judge: Judge) -> Reading:
    """``plain`` is the text's own, perhaps with parts blanked."""
    plain = asides.without(plain, context.orders)
    if _MAY_STILL.search(plain) or terms.asks(plain) or underway.asks_where_to(plain):
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    whole = judge.intent(cut.without_negated(plain))
    spans = _split(plain, context.orders, judge)
    readings = [r for a, b in spans if (r := _one(text.raw[a:b], plain[a:b], context, judge))]
    if len(readings) < len(spans) or not readings:
        single = _one(text.raw, plain, context, judge)
        readings = [single] if single else []
    if readings:
        commands = _merge([c for r in readings for c in r.commands])
        confidence = 1.0
        for reading in readings:
            confidence *= reading.confidence
        return Reading(commands, confidence)
    return _otherwise(text, plain, context, judge, whole.label, whole.probability)


def _merge(commands: list[Command]) -> tuple[Command, ...]:
    """The same flow twice is one request with more slots."""
    seen: set[Flow] = set()
    kept: list[Command] = []
    for command in commands:
        if isinstance(command, StartFlow):
            if command.flow in seen:
                continue
            seen.add(command.flow)
        kept.append(command)
    return tuple(kept)


def _otherwise(text: Text, plain: str, context: Context, judge: Judge, label: str, probability: float) -> Reading:
    if label == Act.QUESTION:
        return Reading((AskKnowledge(query=question_of(text)),), probability)
    if label == Act.CHITCHAT:
        return Reading((Chitchat(),), probability)
    if label == Act.INFORM and context.flow is None:
        request = Request(text.raw, plain, context, None, judge)
        if request.reason and request.reason.reason is not Reason.OTHER:
            flows = _BY_REASON.get(request.reason.reason, _UNCLEAR[Act.FAULT_UNCLEAR])
            return Reading((*request.commands(), Clarify(flows=flows)), probability * 0.7)
    if context.flow is None and judge.is_angry(plain, 0.25):
        return Reading((Handoff(reason=HandoffReason.EMOTION),), 0.5)
    return Reading((Nothing(),), probability)
