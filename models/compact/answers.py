"""The answer to what the bot waits for: the value of the awaited slot, and others said along with it."""

import re

from models.commands import Command, Context, CorrectSlot, Deny, Flow, KnownOrder, Reason, SetSlot, Slot
from models.compact import callback, contact, goods, invoicing, parcel, quantity, reasons, spec
from models.compact.judge import Judge
from models.compact.labels import Act
from models.compact.normalise import Text
from models.compact.numerals import digit_runs
from models.compact.resolution.kept import drop_kept
from models.compact.resolution.model import LINE_FLOWS, Resolved
from models.compact.resolution.numbers import by_number
from models.compact.resolution.resolve import line_of, resolve

CORRECTS = re.compile(
    r"不对|错了|弄错|说错|搞错|写错|填错|记错|抄错|打错|不是.{1,16}是|是.{1,12}不是|应该是|改成|换成|改一下|更正|其实是|重新"
)
_NO_PHOTO = re.compile(
    r"哪(?:里|儿)?(?:还)?[来有]得?的?.{0,3}(?:照片|图|拍)|(?:扔|丢|倒)(?:了|掉|进|在|垃圾桶|垃圾)+[^，,。？?]{0,6}(?:没|拍不)|(?:没有?|拿不出|提供不了|拍不了|发不了|没法|没拍|不能拍|不会|不方便|没办法).{0,6}(?:照片|图|照|拍|视频|证据|凭证)|拍不了|(?:怎么|咋)拍得|没照片|没拍|拍不到|没图"
    r"|(?:照片|图|相片)[^，。,！!]{0,4}(?:删|丢|没了|找不到|没存|清空|清理|清掉|覆盖)"
)
_LACKS = re.compile(r"[没不无]|扔|删|丢|早就|哪[来有]|拍啥|拍什么")
"""A picture is refused with one of these; without, it may be on its way."""
_OTHER = re.compile(r"其[他它](?!.{0,4}(?:没|退|不))|别的原因|(?:都|全)不(?:是|对|沾)|没有(?:符合|合适)的")
_ASKS_HOW = re.compile(r"(?:怎么|咋|如何)(?:去|给你|才)?(?:拍|录|照|传|发|证明)(?!不|都|得)")
_LATER = re.compile(r"等|待会|晚点|回头|马上|稍后|一会|这就|正在")
_HAVE_SPECS = frozenset({Flow.EXCHANGE, Flow.CHANGE_SPEC})
_SAYS_ANOTHER = re.compile(r"还是|不对|不是|换成?|改成?|算了|等等|等一下")
_ANY = re.compile(r"随便|都行|都可以|你定|你看着")


def owned_order(context: Context) -> KnownOrder | None:
    wanted = context.slots.get("order")
    return next((o for o in context.orders if o.order_id == wanted), None)


def held_lines(context: Context) -> list[str]:
    """The lines that are being worked on; a slot holds several in one text."""
    return str(context.slots.get("line", "")).replace(",", " ").split()


def owned_units(context: Context, lines: tuple[str, ...] = ()) -> int | None:
    order = owned_order(context)
    wanted = set(lines) or set(held_lines(context))
    if order is None:
        return None
    chosen = [x for x in order.lines if x.line_id in wanted] or (list(order.lines) if len(order.lines) == 1 else [])
    return chosen[0].quantity if len(chosen) == 1 else None


def put(slot: Slot, value: str | int, context: Context, *, corrects: bool) -> Command:
    """``correct_slot`` where the slot is filled with another value or the words say so."""
    held = context.slots.get(slot.value)
    if corrects or (held is not None and held != value):
        return CorrectSlot(slot=slot, value=value)
    return SetSlot(slot=slot, value=value)


def values(text: Text, plain: str, context: Context, judge: Judge, awaited: str) -> list[tuple[Slot, str | int]]:
    """What the words give for the awaited slot, and what else they surely give."""
    match awaited:
        case "order":
            return _order(plain, context)
        case "line":
            return _line(plain, context, judge)
        case "quantity":
            count = quantity.answered(plain, owned_units(context))
            return [(Slot.QUANTITY, count)] if count else []
        case "reason":
            changed = _changed_spec(text, plain, context)
            if _OTHER.search(plain):
                return [(Slot.REASON, Reason.OTHER.value)]
            found = reasons.find(plain, judge.reason, 0.3)
            return [*changed, (Slot.REASON, found.reason.value)] if found else changed
        case "spec":
            words = spec.answered(text.raw, plain, context.specs)
            return [(Slot.SPEC, words)] if words else []
        case "address":
            return _contact(text, plain, awaited_address=True)
        case "phone":
            return _contact(text, plain, awaited_address=False)
        case "return_tracking_no" | "carrier":
            return _parcel(plain)
        case "invoice_title" | "tax_id":
            return _invoice(text, plain, awaited)
        case "callback_time" | "message":
            moment = callback.find(plain, context.now)
            told = contact.phone(text.raw, plain)
            times = [(Slot.CALLBACK_TIME, moment)] if moment else []
            return [*times, (Slot.PHONE, told)] if told else list(times)
        case _:
            return []


def _changed_spec(text: Text, plain: str, context: Context) -> list[tuple[Slot, str | int]]:
    """等等，还是L吧: said while something else is asked, and it is the goods that come."""
    if context.flow not in _HAVE_SPECS or "spec" not in context.slots or not _SAYS_ANOTHER.search(plain):
        return []
    words = spec.answered(text.raw, plain, context.specs)
    return [(Slot.SPEC, words)] if words and words != context.slots["spec"] else []


def _order(plain: str, context: Context) -> list[tuple[Slot, str | int]]:
    found = resolve(plain, context, context.flow, weak=True)
    if found.order is None:
        return []
    given: list[tuple[Slot, str | int]] = [(Slot.ORDER, found.order)]
    is_item = not re.search(r"单", plain) and context.flow in LINE_FLOWS and "line" not in context.slots
    if is_item and found.named:
        given.extend((Slot.LINE, line) for line in found.lines)
    return given


def _line(plain: str, context: Context, judge: Judge) -> list[tuple[Slot, str | int]]:
    order = owned_order(context)
    given: list[tuple[Slot, str | int]] = []
    lines: tuple[str, ...] = ()
    if order is not None:
        if other := other_order(plain, context):
            return [(Slot.ORDER, other.order or ""), *((Slot.LINE, x) for x in other.lines)]
        lines = line_of(plain, context, order)
    else:
        found = resolve(plain, context, context.flow, weak=True)
        if found.order:
            given.append((Slot.ORDER, found.order))
            lines = found.lines
    given.extend((Slot.LINE, line) for line in lines)
    if lines and context.flow in LINE_FLOWS:
        units = owned_units(context, lines) if len(lines) == 1 else None
        if len(lines) == 1 and (count := quantity.requested(plain, units)):
            given.append((Slot.QUANTITY, count))
    if "reason" not in context.slots and len(plain) > 8 and (reason := reasons.find(plain, judge.reason, 0.75)):
        given.append((Slot.REASON, reason.reason.value))
    return given


def other_order(plain: str, context: Context) -> Resolved | None:
    """The words point away from the order at hand: 不对，是另一单; goods that it does not hold."""
    current = owned_order(context)
    if current is None or len(context.orders) < 2:
        return None
    named = by_number(plain, context.orders, bare=False)
    if named is not None and named.order_id != current.order_id:
        return resolve(plain, context, context.flow)
    if re.search(r"另外?一?[单个]|另外那[个单]|别的那单|换一单|不是这[一个]?单", plain):
        others = tuple(o for o in context.orders if o.order_id != current.order_id)
        found = resolve(plain, context, context.flow)
        if found.order and found.order != current.order_id:
            return found
        return Resolved(order=others[0].order_id) if len(others) == 1 else None
    here = goods.mentions(drop_kept(plain), (current,))
    if here and here[0].strength >= 1.0:
        return None
    found = resolve(plain, context, context.flow)
    return found if found.named and found.order and found.order != current.order_id else None


def _contact(text: Text, plain: str, *, awaited_address: bool) -> list[tuple[Slot, str | int]]:
    address = contact.address(text.raw, plain, awaited=awaited_address)
    phone = contact.phone(text.raw, plain)
    found: list[tuple[Slot, str | None]] = [(Slot.ADDRESS, address), (Slot.PHONE, phone)]
    return [(slot, value) for slot, value in found if value]


def _parcel(plain: str) -> list[tuple[Slot, str | int]]:
    found = [(Slot.CARRIER, parcel.carrier(plain)), (Slot.RETURN_TRACKING_NO, parcel.tracking_no(plain))]
    return [(slot, value) for slot, value in found if value]


def _invoice(text: Text, plain: str, awaited: str) -> list[tuple[Slot, str | int]]:
    tax = invoicing.tax_id(text.raw, plain)
    title = None
    if awaited == "invoice_title" or "抬头" in plain:
        title = invoicing.title(text.raw, plain, awaited=True)
    elif invoicing.says_personal(plain):
        title = "个人"
    found = [(Slot.INVOICE_TITLE, title), (Slot.TAX_ID, tax)]
    return [(slot, value) for slot, value in found if value]


def answer(text: Text, plain: str, context: Context, judge: Judge) -> list[Command]:
    """Commands for the awaited slot; empty where the message is no answer."""
    awaited = context.awaiting or ""
    if awaited == "evidence" and not _ASKS_HOW.search(plain):
        is_refusal = judge.intent(plain).of(Act.NO_PROOF) > 0.5 and _LACKS.search(plain) and not _LATER.search(plain)
        if is_refusal or _NO_PHOTO.search(plain):
            return [Deny()]
    if awaited in callback.AGREED and (agreed := callback.agreement(text.plain, awaited)):
        return [agreed]
    corrects = bool(CORRECTS.search(plain))
    given = values(text, plain, context, judge, awaited)
    if not given and awaited == "reason" and _ANY.search(plain):
        given = [(Slot.REASON, Reason.OTHER.value)]
    given = [(s, v) for s, v in given if s.value == awaited or context.slots.get(s.value) != v]
    if not given and awaited == "tax_id" and invoicing.says_no_tax(plain):
        return [Deny()]
    return [put(s, v, context, corrects=corrects and s.value in context.slots) for s, v in given]


def corrections(text: Text, plain: str, context: Context, judge: Judge) -> list[Command]:
    """Slots already filled for which the words give another value."""
    if context.flow is None:
        return []
    held, found = context.slots, list[tuple[Slot, str | int]]()
    says_so = bool(CORRECTS.search(plain))
    if other := other_order(plain, context):
        found.append((Slot.ORDER, other.order or ""))
        found.extend((Slot.LINE, line) for line in other.lines)
    elif "line" in held and (order := owned_order(context)) and len(order.lines) > 1:
        means_units = quantity.is_all(plain) and (owned_units(context) or 1) > 1 and "整单" not in plain
        lines = () if means_units else line_of(plain, context, order)
        if lines and (says_so or re.search(r"要|是|退|换", plain)):
            found.extend((Slot.LINE, line) for line in lines)
    if "quantity" in held or (says_so or re.search(r"退|换|补", plain)):
        owned = owned_units(context)
        count = quantity.answered(plain, owned) if quantity.is_counted(plain) else None
        if count and (owned is None or owned > 1):
            found.append((Slot.QUANTITY, count))
    if (
        all(slot is Slot.QUANTITY for slot, _ in found)
        and "reason" in held
        and (says_so or "原因" in plain)
        and (reason := reasons.find(plain, judge.reason, 0.7))
    ):
        found.append((Slot.REASON, reason.reason.value))
    found.extend(_details(text, plain, context, says_so=says_so))
    several = sum(slot is Slot.LINE for slot, _ in found) > 1
    moved = several or any(slot is Slot.ORDER and held.get("order") != value for slot, value in found)
    return [
        CorrectSlot(slot=slot, value=value)
        for slot, value in dict.fromkeys(found)
        if held.get(slot.value) != value or (moved and slot is Slot.LINE)
    ]


def _details(text: Text, plain: str, context: Context, *, says_so: bool) -> list[tuple[Slot, str | int]]:
    found: list[tuple[Slot, str | int]] = []
    match context.flow:
        case Flow.CHANGE_ADDRESS:
            found.extend(_contact(text, plain, awaited_address=says_so))
        case Flow.INVOICE if says_so or "抬头" in plain or "税号" in plain or digit_runs(plain, 6):
            found.extend(_invoice(text, plain, "invoice_title" if "抬头" in plain else ""))
        case Flow.EXCHANGE | Flow.CHANGE_SPEC:
            words = spec.target(text.raw, plain)
            value = words[0] if words else spec.settled(text.raw, plain)
            if value is None and says_so:
                value = spec.answered(text.raw, plain)
            found.extend([(Slot.SPEC, value)] if value else [])
        case Flow.LEAVE_MESSAGE:
            moment = callback.find(plain, context.now)
            found.extend([(Slot.CALLBACK_TIME, moment)] if moment else [])
        case Flow.RETURN_REFUND if digit_runs(plain, 9):
            found.extend(_parcel(plain))
        case _:
            pass
    return found
