"""What is only supposed: asked about beforehand, threatened for a day to come, or said of how one is to be reached.

``要是不合适能换吗`` asks what holds; ``周五前不到就不要了`` wants the parcel and calls nothing off yet.
"""

import re

from models.commands import AskKnowledge, Context, Flow, Nothing, SetSlot, Slot, StartFlow
from models.compact.normalise import Text
from models.compact.requests import Reading, question_of
from models.compact.resolution.resolve import resolve

_DONE = r"(?:退|换|修|调|补|赔)"
_SUPPOSED = re.compile(
    rf"^(?:那|我想问|请问|问下|问一下|想问下?)*[，, ]?(?:要是|如果|万一|假如|若是|倘若|假设)[^。！!]{{1,16}}?"
    rf"(?:(?:能|可以|给|包|让|支持)[^，,。]{{0,5}}{_DONE}[^，,。]{{0,6}}(?:吗|么|嘛|不|呢|[？?])|(?:能不能|可不可以|给不给|让不让)[^，,。]{{0,5}}{_DONE}[^，,。]{{0,3}})[？?]?$"
    rf"|^[^，,。]{{0,4}}不?(?:合适|合身|喜欢|满意|对版)[^，,。]{{0,2}}(?:包|支持){_DONE}(?:货|换|码)?(?:吗|么|嘛|不)[？?]?$"
)
_NOT_WANTED = rf"^(?:我|又|也|可)*(?:不是(?:要|来|想)?|没(?:有)?(?:说|想)?要?|不(?:是|想|要)?){_DONE}(?!了)"
_ONLY_ASKS = re.compile(
    rf"{_NOT_WANTED}[^，,。]{{0,8}}[，,。 ]+我?(?:就|只|只是|就是|是|想|单纯)+想?"
    "(?:问|打听|了解|咨询|请教)(?:问|下|一下|一嘴)*"
)
"""我不退货，就问问尺码: what is not wanted is said for clearness."""
_HERE = re.compile(r"收到|到了|到手|昨天|今天|刚[买到收]|已经")
"""Who has it before him does not suppose."""
_DAY = r"(?:[天号日]|之?前|以前|周[一二三四五六日末天]|星期[一二三四五六日天]|礼拜[一二三四五六日天]|月底|年底|周末|点)"
_ULTIMATUM = re.compile(
    rf"{_DAY}[^，,。！!]{{0,5}}(?:不到|到不了|没到|不来|收不到|没收到|拿不到|不发货?|发不(?:出|了)|送不到|没消息|没动静)[^，,。！!]{{0,4}}"
    r"[，, ]?(?:的话)?[，, ]?(?:那)?(?:我|咱|俺)?(?:可|真)?就(?:不要|不等|不买|退|取消|算了)"
)
_NOW = re.compile(r"现在|直接|马上|立刻|这就|别等")
_NO_CALLS = re.compile(
    r"(?:别|不要|不用|甭|少|不许|不想(?:你们)?)(?:再|老|总|随便|一直)*(?:给我|跟我)?(?:打|来|拨)(?:我)?(?:的)?(?:电话|手机|语音)|(?:不方便|不想|不能|没法)接(?:听)?电话|打电话不方便"
)
_RESIGNED = re.compile(
    rf"(?<=.{{3}})[，,。；;\s]+(?:(?:要是|如果)?(?:不能|不行|不可以|不让|不给)[^，,。]{{0,3}}?(?:的话)?[，,]?(?:我|那)?就?(?:算了|拉倒|罢了|留着(?:吧|用|穿)?|不{_DONE}了|作罢)|不行(?:我)?(?:就|的话))[吧呗啊了。！!]*$"
)


def hear(text: Text, plain: str, context: Context) -> Reading | None:
    """None where what is said is meant as it is said."""
    if _SUPPOSED.search(plain) and not _HERE.search(plain):
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    if (match := _ONLY_ASKS.match(plain)) and not plain[match.end() :].strip(" ，,。！!吧呢啊"):
        return Reading((Nothing(),), 0.8)
    if _ULTIMATUM.search(plain) and not _NOW.search(plain):
        found = resolve(plain, context, Flow.URGE_SHIPMENT)
        order = (SetSlot(slot=Slot.ORDER, value=found.order),) if found.order else ()
        return Reading((StartFlow(flow=Flow.URGE_SHIPMENT), *order), 0.75)
    if context.flow is not Flow.LEAVE_MESSAGE and _NO_CALLS.search(plain) and not _asks_more(plain):
        return Reading((Nothing(),), 0.8)
    return None


def without_beside(plain: str) -> str:
    """能退不，不能就算了; 我不退货，就问问尺码: without what he makes of a no or does not want, same length."""
    for beside in (_RESIGNED, _ONLY_ASKS):
        plain = beside.sub(lambda match: "□" * len(match[0]), plain)
    return plain


def _asks_more(plain: str) -> bool:
    rest = _NO_CALLS.sub("", plain)
    return bool(re.search(rf"{_DONE}|取消|催|查|投诉|[吗么？?]", rest))
