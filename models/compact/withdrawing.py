"""A request of before that is taken back, where nothing is being worked on: 撤销退货申请; 那个退货我不退了; 不换了.

Taken back, not asked about, and not given up for something else: 不退了，换一个 begins an exchange.
"""

import re

from models.commands import Affirm, CancelFlow, Command, Context, Deny, SetSlot, Slot

_WHAT = r"(?:退货退款|退货|退款|换货|维修|返修|报修|补发|补寄|价保|保价|退差价|售后)"
_PAPER = r"(?:的?(?:申请|服务|售后单|工单|单子|单)(?!号)|(?=$|[，,。！!～~\s了吧啊呗]))"
_BEFORE = r"(?:刚才|刚刚|之前|前面|上午|昨天|前天|那个|已经)"
_TAKES_BACK = re.compile(
    rf"{_BEFORE}[^，,。]{{0,8}}(?:{_WHAT}|申请)[^。]{{0,10}}(?:不[退换修]了|不想[退换修]了|撤销|撤回|撤了|撤掉|取消)"
    rf"|(?:撤销|撤回|撤掉|撤下)[^，,。]{{0,26}}?{_WHAT}{_PAPER}"
    r"|(?:撤销|撤回|撤掉|取消)(?:我的|那个|这个|刚才的|之前的)?申请"
    rf"|取消(?:掉|一下)?(?:我的|那个|这个|刚才的|之前的|昨天的)?(?:退货退款|退货|换货|维修|返修|报修|售后){_PAPER}"
    rf"|取消(?:掉|一下)?(?:我的|那个|这个|刚才的|之前的|昨天的)?(?:退款|价保|补发|补寄)(?:申请|单)(?!号)"
    rf"|{_WHAT}(?:申请|服务|单)?[^，,。？?]{{0,6}}(?:撤销|撤回|撤了|撤掉|撤下|取消(?:掉|了|吧|一下))"
    rf"|(?:把|将)[^，,。]{{0,10}}{_WHAT}[^，,。]{{0,4}}(?:撤|取消)(?:了|掉|回|销|吧)"
)
_NO_MORE = re.compile(r"(?:我|还是|算了|那|先|就|东西)*不(?:想|用)?[退换修](?:货|了)了?(?:啊|啦|吧|哦|呗)?")
_KEEPS = re.compile(r"(?:我|东西|就|还是|自己)*(?:留着|凑合)(?:用|穿|吧|了)*|算了|麻烦(?:了|你了)?|谢谢|不好意思")
_TAKE = r"撤(?:销|回|掉|了)?(?:申请|它|这个)?(?:了|掉|吧|呗)*"
_YES = re.compile(
    rf"(?:确认|确定|就|那就|请|麻烦|帮我|是的?|好的?|嗯|对)*(?:{_TAKE})|(?:确认|确定|对的?|是的?|嗯+|好的?|行|可以|没错)了?"
)
_NO = re.compile(
    r"(?:不|别|先不|先别|不用)(?:要)?撤|(?:还是|继续|照常|接着)(?:想|要)?[退换修]|(?:还|仍)(?:想|要)[退换修]"
)
_THANKS = re.compile(r"麻烦(?:了|你了)?|谢谢|谢了")
_PARTS = re.compile(r"[，,。！!～~\s]+")
_ASKS = re.compile(r"[吗么呢？?]|谁|怎么|咋|什么|啥|哪|为何|为什么|能不能|可不可以|可以不|重新|再(?:申请|退|换|来)")


def hear(plain: str, context: Context) -> tuple[Command, ...]:
    """Empty where nothing of the kind is said. An own order that is named goes with it."""
    if context.flow is not None or _ASKS.search(plain):
        return ()
    if not _TAKES_BACK.search(plain) and not _wants_no_more(plain):
        return ()
    named = (SetSlot(slot=Slot.ORDER, value=order.order_id) for order in context.orders if order.order_id in plain)
    return (CancelFlow(), *named)


def answer(plain: str, context: Context) -> tuple[Command, ...]:
    """Where the yes to it is awaited: 确认撤销 and 对，不退了 are one, 不撤了 and 还是退吧 are none. Else empty."""
    if context.awaiting != "confirm" or "withdrawal" not in context.slots or _ASKS.search(plain):
        return ()
    if _NO.search(plain):
        return (Deny(),)
    parts = [part for part in _PARTS.split(plain) if part]
    is_yes = any(_YES.fullmatch(part) for part in parts)
    is_plain = all(_YES.fullmatch(part) or _NO_MORE.fullmatch(part) or _THANKS.fullmatch(part) for part in parts)
    return (Affirm(),) if is_yes and is_plain else ()


def _wants_no_more(plain: str) -> bool:
    """Nothing but that it is not to be returned any more: with anything else beside it the rest decides."""
    parts = [part for part in _PARTS.split(plain) if part]
    return any(_NO_MORE.fullmatch(part) for part in parts) and all(
        _NO_MORE.fullmatch(part) or _KEEPS.fullmatch(part) for part in parts
    )
