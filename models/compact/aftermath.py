"""What is said right after something was done or looked up: about the money, the courier, or the same order again."""

import re

from models.commands import AskKnowledge, Command, Context, Flow, SetSlot, Slot, StartFlow
from models.compact.normalise import Text
from models.compact.requests import Reading, question_of
from models.compact.resolution.model import LINE_FLOWS, OPEN, SUITABLE

_MONEY_WHEN = re.compile(
    r"(?:钱|款).{0,6}(?:什么时候|啥时候?|多会儿?|几时|几号|几天|哪天|多久|何时)|(?:多久|几天|什么时候|啥时候?|何时|几时|多会儿?).{0,3}(?:到账|到我|退给我|打给我|退回来|到卡)"
    r"|(?:退|取消)(?:成功|好|掉)?了(?:是吧|对吧|吗|没|吧|是不是)"
)
_COMES = re.compile(
    r"(?:快递员?|小哥|师傅|取件员?|人).{0,4}(?:什么时候|啥时候?|几点|几时|哪天|多会儿?|今天|明天).{0,4}(?:来|到|上门|取|拿|收)|上门.{0,3}(?:时间|几点|吗)"
)
_NEW_WHEN = re.compile(r"(?:新的?|换的|补的|修好的?).{0,6}(?:什么时候|啥时候?|几天|多久|几时|哪天)")
_SENDS_NEW = frozenset({Flow.EXCHANGE, Flow.RESEND, Flow.REPAIR})
_GIVES_MONEY = frozenset({Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.CANCEL_ORDER, Flow.PRICE_PROTECTION})
_LOOKED_UP = frozenset({Flow.TRACK_PARCEL, Flow.ORDER_STATUS, Flow.REFUND_PROGRESS, Flow.URGE_SHIPMENT})
_THIS = re.compile(r"这[个单笔件]|那[单笔](?!的)")
_POINTS = re.compile(rf"{_THIS.pattern}|那[个件](?!的)|^那?(?:就|怎么|咋|还没|我)|别发|不等")


def hear(text: Text, plain: str, context: Context) -> Reading | None:
    """While a receipt is awaited: the money is that of what was done, whoever comes is no parcel."""
    if context.flow in _GIVES_MONEY and _MONEY_WHEN.search(plain):
        return Reading((StartFlow(flow=Flow.REFUND_PROGRESS),), 0.85)
    if _COMES.search(plain) or (context.flow in _SENDS_NEW and _NEW_WHEN.search(plain)):
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    return None


def carried(reading: Reading, plain: str, context: Context) -> Reading:
    """那这个我不等了，取消: what is asked next without naming an order is about the one just looked up."""
    order = next((o for o in context.orders if o.order_id == context.slots.get("order")), None)
    is_over = context.awaiting is None and context.flow in _LOOKED_UP
    if not is_over or order is None or not (_POINTS.search(plain) or _hastens(reading)):
        return reading
    kept: list[Command] = []
    for at, command in enumerate(_fitting(reading.commands, order.status)):
        kept.append(command)
        if (
            isinstance(command, StartFlow)
            and _lacks_order(reading.commands[at + 1 :])
            and (_THIS.search(plain) or order.status in SUITABLE.get(command.flow, ()))
        ):
            kept.append(SetSlot(slot=Slot.ORDER, value=order.order_id))
            if command.flow in LINE_FLOWS and len(order.lines) == 1:
                kept.append(SetSlot(slot=Slot.LINE, value=order.lines[0].line_id))
    return Reading(tuple(kept), reading.confidence)


def _fitting(commands: tuple[Command, ...], status: str) -> tuple[Command, ...]:
    """Before goods are sent another spec is a change of the order, not an exchange."""
    if status not in OPEN:
        return commands
    changed = StartFlow(flow=Flow.CHANGE_SPEC)
    return tuple(changed if c == StartFlow(flow=Flow.EXCHANGE) else c for c in commands)


def _hastens(reading: Reading) -> bool:
    return any(isinstance(c, StartFlow) and c.flow is Flow.URGE_SHIPMENT for c in reading.commands)


def _lacks_order(behind: tuple[Command, ...]) -> bool:
    """None is named until the next request."""
    for command in behind:
        if isinstance(command, StartFlow):
            break
        if isinstance(command, SetSlot) and command.slot in (Slot.ORDER, Slot.LINE):
            return False
    return True
