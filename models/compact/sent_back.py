"""A parcel on its way back, told of without being asked for: 寄出去了，顺丰SF…; 回寄单号是….

Told, not asked about: 快递SF…到哪了 looks for a parcel, 怎么寄 asks how.
"""

import re

from models.commands import Command, Context, Flow, SetSlot, Slot, StartFlow
from models.compact import parcel

_CARRIERS = r"(?:顺丰|中通|圆通|申通|韵达|极兔|京东|邮政|ems|德邦)"
_SENT = re.compile(
    r"(?:寄|邮|发)(?:出|回|走|过)(?:去|来)?(?:了|的|啦)|寄的(?=是|[，,。\s]|$)"
    r"|(?:已经?|刚刚?|我|昨天|今天|都|货|东西)[^，,。]{0,6}(?:寄|邮)(?:了|啦|好了|掉了)"
    rf"|(?:用|走|发|叫|找)(?:的|了)?是?{_CARRIERS}[^，,。]{{0,4}}(?:寄|邮|发)|{_CARRIERS}(?:快递|速运)?(?:寄|发)(?:的|出|回)"
    r"|(?:寄回|回寄|退回|退货|退件|寄件|换货|返修|寄修)[^，,。？?]{0,4}(?:单号|运单|快递)"
    r"|(?:单号|运单号?)[^，,。]{0,4}(?:写错|填错|报错|说错|发错|更正)"
)
_BARE = re.compile(r"(?:快递|物流|运单|单号|是|的|号|我|这个|那个|[\W_])*")
_ASKS = re.compile(r"[吗么呢？?]|到哪|哪[里儿了]|怎么|咋|如何|多久|几天|什么时候|没收到|没到|查|催")
_THEIRS = re.compile(r"(?:你们?|商家|卖家|店家|仓库)[^，,。]{0,4}(?:寄|发|邮)")
_ELSEWHERE = frozenset(
    ["verify", "order", "address", "phone", "invoice_title", "tax_id", "message", "callback_time", "spec", "evidence"]
)
"""While one of these is awaited a long number may be the answer: then he must say that he sent something."""
_VERBATIM = frozenset(["verify", "address", "invoice_title", "tax_id", "message", "return_tracking_no", "carrier"])
_SENDS_BACK = frozenset({Flow.RETURN_REFUND, Flow.EXCHANGE, Flow.REPAIR})


_STILL_HERE = re.compile(
    r"(?:还|都|暂时|目前|暂)?没(?:有)?(?:来得及|空|时间|顾上|去)?(?:去)?(?:寄|邮|发|打包|下单)(?!错|完)|(?:今|明|后)天[^，,。]{0,5}(?:去)?(?:寄|邮|发出?)|(?:周末|下班|下午|晚上|过两天|改天|回头|待会|等下)[^，,。]{0,5}(?:去)?(?:寄|邮)"
    r"|(?:单号|运单号?)[^，,。]{0,2}(?:还没|没有|没出|晚点|等下|待会|稍后|回头)|(?:晚点|等下|待会|稍后|回头|寄了)[^，,。]{0,6}(?:给你|告诉|发你)|还没上门"
)


def is_still_here(plain: str) -> bool:
    """还没寄，明天去: there is no number to tell yet, and nothing is asked."""
    return (
        bool(_STILL_HERE.search(plain))
        and not _ASKS.search(plain.replace("呢", ""))
        and parcel.tracking_no(plain) is None
    )


def hear(plain: str, context: Context) -> tuple[Command, ...]:
    """Empty where nothing of the kind is told."""
    if context.awaiting in _VERBATIM or _ASKS.search(plain) or _THEIRS.search(plain):
        return ()
    number = parcel.tracking_no(plain)
    if number is None or _is_order(number, context):
        return ()
    if not _SENT.search(plain) and not _is_bare(plain, context):
        return ()
    carrier = parcel.carrier(plain)
    found: list[Command] = [SetSlot(slot=Slot.RETURN_TRACKING_NO, value=number)]
    if carrier:
        found.append(SetSlot(slot=Slot.CARRIER, value=carrier))
    return (StartFlow(flow=Flow.RETURN_REFUND), *found)


def _is_bare(plain: str, context: Context) -> bool:
    """Nothing but a number that is called a parcel's, where something of his can be on its way back."""
    if context.awaiting in _ELSEWHERE or not any(order.delivered_at for order in context.orders):
        return False
    if context.flow is not None and context.flow not in _SENDS_BACK:
        return False
    is_called = "单号" in plain or "快递" in plain or parcel.carrier(plain) is not None
    return is_called and _BARE.fullmatch(parcel.without(plain)) is not None


def _is_order(number: str, context: Context) -> bool:
    return any(number in (order.order_id, order.order_id[-len(number) :]) for order in context.orders)
