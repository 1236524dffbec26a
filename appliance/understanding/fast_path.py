"""What needs no model: closed lists only. A sentence that says anything more goes to the models.

A yes counts at a confirmation only when it is plain: no question, no condition, no value.
"""

import re

import msgspec

from appliance.understanding.model import FAST_PATH, Understood
from models.commands import (
    Affirm,
    Chitchat,
    Command,
    Context,
    Deny,
    Handoff,
    HandoffReason,
    Nothing,
    Repeat,
    SetSlot,
    Slot,
)
from models.compact.guard import is_self_harm, is_threat
from models.compact.normalise import normalise
from models.compact.numerals import MEASURES, NUMBER, parse
from models.compact.plain import is_no, is_thanks, is_yes

_DROPPED = re.compile(r"[\s，,。．.!！~～…、？?：:；;]+")
_WORDS = re.compile(r"[\u4e00-\u9fffA-Za-z0-9⟨]")
_WHO = r"(?:人工(?:客服|服务|坐席|台)?|真人(?:客服)?|活人|客服(?:人员|专员)?|坐席|专员|人工人工|人)"
_HUMAN = re.compile(
    rf"(?:你好|您好|喂|亲|麻烦|请|快|赶紧|马上|立刻|我说|那|帮我|给我|我要|我想|我需要|能不能|可不可以|可以|能)*"
    rf"(?:(?:转|找|接|叫|换|要|呼叫|转接|接通|联系|转到|喊)(?:一下|下|个|一个|到|你们的?|你们家)*)+{_WHO}"
    r"(?:来|吧|啊|呀|哈|谢谢|吗|行吗|可以吗|好吗|快点|接|服务|说|跟我说|处理|一下)*"
)
_HUMAN_ALONE = re.compile(r"(?:人工(?:客服|服务)?|真人(?:客服)?|活人|转人工|我要人工)+(?:谢谢|吧|啊|快|服务|客服)?")
_REPEAT = re.compile(
    r"(?:你|请|麻烦|能|可以|帮我|不好意思|抱歉|刚才|我)*(?:没听清|没听清楚|没听见|没看清)?(?:楚)?(?:你|请|麻烦)*"
    r"(?:再|重新|重)(?:说|讲|念|来|发)(?:一遍|一次|一下|遍|一回)?(?:吧|吗|好吗|可以吗|谢谢|呗|呢)?"
    r"|(?:请|麻烦)?重复(?:一下|一遍|下)?(?:吧|谢谢|刚才的)?|(?:不好意思|抱歉|我)?没听清(?:楚)?(?:呢|啊|哦)?"
)
_COUNT = re.compile(rf"(?P<n>{NUMBER})(?:[{MEASURES}])?(?:吧|就行|啊|呀|哈)?")
_LONGEST = 40
_DECIDING = frozenset({"confirm", "offer", "resume"})


def understand(text: str, context: Context) -> Understood | None:
    """None where the models have to look."""
    return _with_words(_understand(text, context), text)


def _understand(text: str, context: Context) -> Understood | None:
    words = normalise(text)
    if not _WORDS.search(words.spoken):
        return _surely(Nothing())
    if is_self_harm(words.plain) or is_threat(words.plain):
        return None
    bare = _DROPPED.sub("", words.spoken)
    if _HUMAN.fullmatch(bare) or _HUMAN_ALONE.fullmatch(bare):
        return _surely(Handoff(reason=HandoffReason.CUSTOMER_ASKED))
    if _REPEAT.fullmatch(bare):
        return _surely(Repeat())
    if context.awaiting is None and is_thanks(text):
        return _surely(Chitchat())
    if context.awaiting in _DECIDING:
        confirming = context.flow if context.awaiting == "confirm" else None
        if is_yes(text, confirming):
            return _surely(Affirm())
        if is_no(text, confirming):
            return _surely(Deny())
    if context.awaiting == "quantity" and (match := _COUNT.fullmatch(_DROPPED.sub("", words.plain))):
        count = parse(match["n"])
        if count:
            return _surely(SetSlot(slot=Slot.QUANTITY, value=count))
    return None


def _with_words(understood: Understood | None, text: str) -> Understood | None:
    """All of it is what the command rests on."""
    if understood is None or isinstance(understood.commands[0], Nothing):
        return understood
    words = msgspec.structs.replace(understood.commands[0], evidence=text.strip()[:_LONGEST])
    return msgspec.structs.replace(understood, commands=(words,))


def _surely(command: Command) -> Understood:
    return Understood(commands=(command,), confidence=1.0, source=FAST_PATH)
