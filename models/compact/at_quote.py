"""What is said to a quote that is neither a yes nor a no to it (a reason, a door, haste), and a refusal."""

import re

from models.commands import Command, Context, CorrectSlot, Deny, Flow, Nothing, Reason, Slot
from models.compact import contact
from models.compact.answers import held_lines
from models.compact.judge import Judge
from models.compact.labels import Act

_REFUSES = re.compile(
    r"^我?(?:可以|行|好|同意|确认|成|中)(?:你)?个(?:锤子|屁|鬼|头|毛线?|大头鬼|西瓜|蛋)|^(?:我)?(?:不同意|不接受|不认可|不答应|不(?:退|换|取消|改|修|补)(?=[，,。！!]))(?![^，,。]{0,4}(?:吗|么|行不行|[？?]))"
)
"""不同意，凭啥我出邮费: refused, whatever is asked behind it."""
_ONLY_BECAUSE = re.compile(
    r"(?:^|[，,。 ])(?:我|其实|真的|哪有)*(?:就是|就|单纯|纯粹|只是|无非是?|不为别的)+[，,]?[^，,。？?]*"
    r"(?:不想要|不喜欢|看不上|没看上|用不[着上]|不需要)了?[^，,。？?]{0,2}$"
)
"""就是不想要了 at a quote is why it goes back: neither a yes nor a no."""
_HURRIES = re.compile(r"^[^，,。发货催单快递]{0,3}快[^，,。发货催单递]{0,4}$")
"""搞快点 at a quote hurries us, and is no yes."""
_DOOR = re.compile(
    r"(?:\d+|[零〇一二三四五六七八九十百幺]+)(?:号楼|号院|号|栋|幢|弄|单元|座|室|楼)[0-9A-Za-z零一二三四五六七八九十号栋幢弄单元座室楼\-]*"
    r"|(?<=[是成])\d{2,5}(?=$|[，,。！!\s室])"
    r"|(?<=[，,。])\d{3,5}(?=$|[，,。！!\s室])"
)
_NOT_THIS_DOOR = re.compile(rf"(?:不是|别写|不要|原来是)(?:{_DOOR.pattern})")
"""A part of an address: 不是30，是32号. The rest was not shown whole, so all of it is asked for again."""


_REASONED = frozenset({Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.CANCEL_ORDER})


def _why(plain: str, context: Context, judge: Judge) -> tuple[Command, ...] | None:
    """The reason told again where nothing but it is said; another one is a correction."""
    if context.flow not in _REASONED or not _ONLY_BECAUSE.search(plain):
        return None
    if context.slots.get("reason") == Reason.CHANGED_MIND or judge.intent(plain).label == Act.QUESTION:
        return (Nothing(),)
    return (CorrectSlot(slot=Slot.REASON, value=Reason.CHANGED_MIND.value),)


def hear(plain: str, context: Context, judge: Judge) -> tuple[Command, ...] | None:
    """A refusal, or the reason told once more; None where it is something else."""
    return (Deny(),) if _REFUSES.match(plain) else _why(plain, context, judge)


def door(plain: str, context: Context) -> Command | None:
    """楼号错了，是6栋: a part of the address that is being confirmed."""
    if context.flow is not Flow.CHANGE_ADDRESS or "⟨" in plain:
        return None
    if contact.address(plain, plain, awaited=False):
        return None
    doors = _DOOR.findall(_NOT_THIS_DOOR.sub("□", plain))
    return CorrectSlot(slot=Slot.ADDRESS, value=doors[-1]) if doors else None


_TOO = re.compile(
    r"也(?:一起|一块|一并|给我|帮我|要|想|都|跟着)*(?:退|换|修|补|加)|(?:一起|一块|一并)(?:退|换|修|补)|加上|加进|再加"
)
_INSTEAD = re.compile(r"不是|不[退换修补要]|别[退换修补]|只[退换修补要]|改成|换成(?!新)")
_WHERE_TO_REACH = "(?:电话|手机号?|号码|联系方式|地址|收货人|收件人|名字|姓名|卡号?|账号|支付宝)"
_OF_ONESELF = re.compile(
    rf"{_WHERE_TO_REACH}[^，,。]{{0,4}}(?:换|改|写错|错了|不对|变)|(?:换|改)(?:一?个|一下|成)?{_WHERE_TO_REACH}"
)
"""确认，电话换一个: a part of what was shown is to be another, and nobody agrees to that."""


def besides(plain: str, context: Context, corrected: list[Command]) -> list[Command]:
    """耳钉也一起退: the lines that are quoted stay, and those that are named come to them."""
    held = held_lines(context)
    named = [c.value for c in corrected if isinstance(c, CorrectSlot) and c.slot is Slot.LINE]
    stays = not any(isinstance(c, CorrectSlot) and c.slot is Slot.ORDER for c in corrected)
    if not (held and named and stays) or not _TOO.search(plain) or _INSTEAD.search(plain):
        return corrected
    lines = dict.fromkeys([*held, *named])
    others = [c for c in corrected if not (isinstance(c, CorrectSlot) and c.slot is Slot.LINE)]
    return [*(CorrectSlot(slot=Slot.LINE, value=line) for line in lines), *others]


def changes_oneself(plain: str, context: Context) -> bool:
    """Where to be reached or paid is not part of this quote, and to be another all the same."""
    return context.flow is not Flow.CHANGE_ADDRESS and bool(_OF_ONESELF.search(plain))


def hurries(plain: str) -> bool:
    return bool(_HURRIES.match(plain))
