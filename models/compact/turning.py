"""Turned to something else while a slot is awaited: instead of what runs, or behind the answer to it."""

import re

from models.commands import Context, Flow, SetSlot, StartFlow
from models.compact import clauses as cut
from models.compact.answers import answer
from models.compact.judge import Judge
from models.compact.normalise import Text, normalise
from models.compact.requests import Reading, read

_RATHER = re.compile(
    r"^(?:唉|哎|那|哦|等等|算了)?[，, ]?(?:我)?(?:不(?:想)?[退换修改补]了|别[退换修改补]了)[^，,。]{0,4}[，, ]+"
    r"(?:我|那)?(?:直接|干脆|还是|就|要|给我|帮我)*(?P<act>退(?:货|掉|了)?|换(?:货|一个|个新的?)?|修(?:修|一下|一修)?|取消(?:订单)?)(?:掉|了)?(?:吧|得了|好了|呗|算了|就成|就行|就好)?$"
)
_MEANT = re.compile(
    r"我?(?:说|要|想要|申请)的?是(?:要)?(?P<act>退货|换货|取消订单|[退换修])(?:了|的)?"
    r"[，, ]?(?:不是|又不是|没说)(?:要)?(?:退|换|修|补|取消)"
)
"""我说的是换货，不是退货: what runs was never meant."""
_ACT_WORDS = {
    **dict.fromkeys(("退", "退货", "退掉", "退了"), Flow.RETURN_REFUND),
    **dict.fromkeys(("换", "换货", "换一个", "换个新", "换个新的"), Flow.EXCHANGE),
    **dict.fromkeys(("取消", "取消订单"), Flow.CANCEL_ORDER),
    **dict.fromkeys(("修", "修修", "修一下", "修一修"), Flow.REPAIR),
}
_ASKS = re.compile(r"[吗么呢？?]|怎么|咋|能不能|行不行|不$")


def instead(text: Text, plain: str, context: Context, judge: Judge) -> Reading | None:
    """不换了，退吧: the one that runs is given up for another."""
    match = _RATHER.search(plain) or _MEANT.search(plain)
    flow = _ACT_WORDS[match["act"]] if match else None
    if match is None or flow is None or flow is context.flow or _ASKS.search(plain):
        return None
    found = read(text, plain, context, judge).commands
    starts = [c for c in found if isinstance(c, StartFlow)]
    rest = found[1:] if starts and found[0] is starts[0] and starts[0].flow is flow else ()
    held = context.slots
    new = [c for c in rest if isinstance(c, SetSlot) and held.get(c.slot.value) != c.value]
    return Reading((StartFlow(flow=flow), *new), 0.85)


def answer_and_request(text: Text, plain: str, context: Context, judge: Judge) -> Reading | None:
    """29码，另外我要张发票: the answer, and behind 另外, 还有, 顺便 another request."""
    joined = next((section for section in cut.sections(plain) if section.is_joined and section.start), None)
    if joined is None:
        return None
    first = text.raw[: joined.start].rstrip(" ，,。；;")
    given = answer(normalise(first), plain[: len(first)], context, judge)
    rest = read(text, "□" * joined.start + plain[joined.start :], context, judge).commands
    is_new = isinstance(rest[0], StartFlow) and rest[0].flow is not context.flow
    return Reading((*given, *rest), 0.8) if given and is_new else None
