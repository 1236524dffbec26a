"""Whether somebody wants to talk to a person: not who praises one, refuses one, or speaks of 人工皮草 and 真人秀."""

import re

from models.compact import clauses as cut
from models.compact.judge import Judge
from models.compact.labels import Act

_PERSON = re.compile(
    r"人工|真人|活人|客服|坐席|专员|经理|主管|领导|老板|负责人|接线|[找叫让接给].{0,4}店长|店长的?(?:电话|微信)|同事|喘气|管事|领班|当官|主事|组长|头儿|主任|人.{0,2}[来说接跟管讲谈]|转|机器|"
    r"human|个人(?=说|聊|谈|来)"
)
_CALLS_FOR = re.compile(
    r"(?:叫|让|喊|请)(?:你们|一下|个)?(?:的)?(?:店长|经理|主管|老板|领导|负责人|组长|管事的)"
    r"(?:给我)?(?:出来|过来|来|听(?:电话)?|接(?:电话)?|说话|跟我|和我)(?!电|个?电话|消息)"
)
"""叫店长听电话: now, and not by a call later."""
_PLAINLY_A_PERSON = re.compile(
    r"(?:请|麻烦|快|赶紧|帮我|给我|我要|我想|直接|还是|就)*(?:转|找|接|叫|换|要)(?:一下|下|到|个)?"
    r"(?:人工|真人|活人)(?:客服|服务)?(?:吧|啊|呀|谢谢)*|人工(?:客服|服务)?"
)
"""As a clause of its own it counts whatever else is said: 转人工，我的电话是…"""
_NO_PERSON = re.compile(
    r"(?:别|不要|不用|不想|不需要|甭|无需|莫)(?:再|给我|帮我|跟|和|你们的?)*(?:转|找|叫|接|联系|喊)*(?:给|到|个|一下)*(?:人工|真人|活人)(?:客服|服务)?"
)
"""别转人工, also where nothing else is said."""
_FETCHES = re.compile(
    r"(?:派|叫|安排|让|喊|找|要)(?:个|你们的?)?(?:人|师傅|快递员?|小哥|工人)(?:来|上门|过来)*(?:取|拿|收|搬|装|修(?!改)|提|拖)"
)
"""派人来取 asks for a courier, and for nobody to talk to."""
_PRAISES = re.compile(r"(?:真|挺|很|特别|还挺)(?:不错|好|棒|热情|客气|实在|耐心|专业)(?!像)")
"""你们老板人真不错 asks for nobody."""
_NO_CLERK = re.compile(
    r"人工(?=[皮草毛革钻宝水晶珍珠石棉绒羽丝布花树植降增授呼养育合色香甜味]|智能|费|成本|制作|缝制?|雕|刻|湖|泪|关节|耳蜗)"
    r"|真人(?=[秀版大cC试穿模实出上同发照拍演]|尺寸|比例|图|效果|示范|视频|直播|口播|配音|头发|模特)"
)
"""Made by hand, or shown on somebody: words of goods."""


def without_goods(plain: str) -> str:
    return _NO_CLERK.sub("□□", plain)


def is_plainly_wanted(plain: str) -> bool:
    """A clause of its own says nothing else."""
    return any(map(_PLAINLY_A_PERSON.fullmatch, cut.clauses(_NO_PERSON.sub("", plain))))


def is_called_for(plain: str) -> bool:
    return bool(_CALLS_FOR.search(plain))


def is_wanted(plain: str) -> bool:
    """A person to talk to stands in it, and is neither refused nor praised."""
    return bool(_PERSON.search(_without_others(plain))) and not _PRAISES.search(plain)


def wanted_in_a_clause(plain: str, judge: Judge) -> float | None:
    """How sure it is of one clause that it asks for somebody."""
    for part in cut.clauses(_without_others(plain)):
        verdict = judge.intent(part)
        if verdict.label == Act.HUMAN and verdict.probability > 0.85 and _PERSON.search(part):
            return verdict.probability
    return None


def _without_others(plain: str) -> str:
    return without_goods(_FETCHES.sub("", _NO_PERSON.sub("", plain)))
