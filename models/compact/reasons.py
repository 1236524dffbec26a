"""Why a customer asks. What the words deny (不是质量问题, 没坏) is taken out before the classifier reads them."""

import re
import tomllib
from functools import cache
from pathlib import Path

import msgspec

from models.commands import Reason
from models.compact.goods import without_names
from models.compact.labels import NO_REASON
from models.compact.linear import Linear
from models.compact.normalise import say

_DENIED = re.compile(
    r"(?:并?不是|不属于|不算|没有?|无)(?:因为|什么|任何)?(?:质量问题|质量|问题|毛病|坏|破|破损|瑕疵|损坏|尺码问题|发错货?|假货|用过|穿过|拆(?:开|过|封)*(?:[用穿吃戴]过?)?)(?:，|,)?"
    r"|(?<!质量)有(?:点儿?|些)?(?:毛病|问题)|质量(?:挺好|没问题|还行|可以)|(?:东西|衣服|鞋子?)(?:挺好|没问题)"
    r"|[一二两三四五六七八九十几\d][个支件双包瓶袋盒罐][^，,。]{0,2}没[拆开动用吃喝](?:封|过)?的?"
    r"|少(?:啰嗦|废话|来这套|跟我|扯|糊弄|忽悠|逼逼|磨叽|装(?![了一二两三四五几\d]))"
    r"|不是(?!我|说|正|本|原|一|很|太|这|那|自|专)[^，。,！!？? ]{1,8}(?=[，。,！! ]|是)"
)
_NOTHING_ELSE = re.compile(r"没(?:有)?(?:啥|什么)?(?:别的|其[他它余])(?:的)?(?:原因|理由|毛病|问题|意思)?(?:了|啦)?")
_SOUND = re.compile(r"没坏|没(?:有|什么)?(?:质量)?(?:毛病|问题)|不是质量问题|质量(?:没|挺|还)|东西(?:是)?好的|好好的，")
_WANTS_LARGER = re.compile(
    r"(?:短|长|大|小|肥|瘦|宽|窄)了[^。！!？?]{0,12}[一个]?[件条双个]?(?:更|再)?(?:长|短|大|小|瘦|肥|窄|宽)(?:一?点|一?些)?的$"
)
"""短了，补一件长的: what is short is no piece of the goods."""
_SEVEN = re.compile(r"[七7]天(?:无理由|无条件)?|[七7]日|无理由|七无")
_CLAUSE = re.compile(
    r"[啊呀嘛呢](?=[\u4e00-\u9fff])|然后|就是|[它他]?那个|它(?=[\u4e00-\u9fff])|我(?=不?想|不?要|就想)|给我(?=退|换|补)|[，,。！!？?；;\n]+|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])"
)
SURE = 0.4
_TOO_CLOSE = 0.75
"""A second reason so nearly as likely makes the first a guess: policy may rule differently, so it is asked for."""
_DECISIVE = frozenset({Reason.COUNTERFEIT, Reason.WRONG_ITEM, Reason.DAMAGED})
"""Their words decide even against a wish that the classifier is sure of: 送错了，不要了."""
_FAULTS = frozenset({Reason.QUALITY, Reason.DAMAGED})
_FAULT_ALONE = 0.15
_WISH = re.compile(r"不(?:想)?要了|不喜欢了?|不想买了?")
_REQUEST = re.compile(
    rf"(?:我|就是|也|都|又)*(?:{_WISH.pattern})|(?:帮我|给我|我(?:想|要)?)*退(?:货|掉|了|款)?(?:吧|一下)?"
)
_POINTS = re.compile(r"就是|是|[这那][个件台条双款]?|我|买的")
"""At the most around a name."""
_HAPPENED = re.compile("[漏出掉坏破裂开断松歪脏臭霉锈死卡起脱烂碎瘪划缺少没不流洒撒跑串变缩响烫空]")
"""漏油 names no oil."""
_LATIN = re.compile("[a-z]{2}", re.IGNORECASE)
_SAYS = re.compile(r"[\u4e00-\u9fff]{2}")
_CIRCUMSTANCES = frozenset({Reason.DUPLICATE_ORDER, Reason.PRICE_DROP, Reason.LATE_DELIVERY})
"""Not about the goods: they outweigh a wish only where they are nearly as sure."""
_ABSENT = re.compile(
    r"[没未](?:有)?(?:收|拿|见|领|取|到|来|送到|送来|影|货)|(?:显示|写|说|系统|物流).{0,6}签收|丢|不见|冒领|找不|查无|弄没|影子|不是我"
)
_WISHES = frozenset({Reason.CHANGED_MIND, Reason.OTHER})
"""A fact about the goods outweighs them: 开胶了，不想要了 is quality."""
_DISLIKED = re.compile(
    r"不(?:太|怎么|是很)?(?:喜欢|中意|满意|合(?:心意|眼缘))|[看没]不?上眼?|没看上|不好看|难看|没感觉"
)
_PROMISED = re.compile(r"描述|详情|宣传|虚假|货不对板|标[的着注]|写[的着]|说是|说好|[成材]分|材质|面料|参数")
"""What a page promises and the goods are not outweighs a dislike; a picture that looked better does not."""


_TABLE = Path(__file__).with_name("tables") / "reason_words.toml"


@cache
def _words() -> tuple[tuple[Reason, re.Pattern[str]], ...]:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return tuple((Reason(w["reason"]), re.compile(w["pattern"])) for w in table["words"])


_HUE = "[黑白灰红粉蓝绿黄紫棕咖橙银金青驼杏褐]"
_ANOTHER_CAME = re.compile(
    rf"(?:送|寄|发|收到|到手|来).{{0,12}}不是{_HUE}色?的?[，,]?(?:而)?是{_HUE}|(?:拍|买|订|选)的?(?:是)?[^，,。]{{1,8}}[，,]?[^，,。]{{0,4}}(?:到手|收到|打开|寄来|发来|送来|来)的?(?:却|竟|居然)?(?:是|变成)"
    rf"|(?:拍|买|订|点|选)的?(?:是)?[^，,。]{{0,4}}{_HUE}色?的?[，,]?[^，,。]{{0,4}}(?:给|发|来|寄|送|到)[^，,。]{{0,4}}{_HUE}"
)
"""我拍的棕色，到手是黑色: what was ordered, and what came."""


class Found(msgspec.Struct, frozen=True):
    reason: Reason
    probability: float


def find(plain: str, model: Linear, sure: float = SURE, *, allowed: frozenset[Reason] | None = None) -> Found | None:
    """The reason that the words decide, among the allowed ones; or None."""
    if _ANOTHER_CAME.search(plain) and (allowed is None or Reason.WRONG_ITEM in allowed):
        return Found(reason=Reason.WRONG_ITEM, probability=0.9)
    if _WANTS_LARGER.search(plain):
        return Found(reason=Reason.SIZE, probability=0.9) if allowed is None or Reason.SIZE in allowed else None
    if _SOUND.search(plain):
        allowed = (allowed or frozenset(Reason)) - {Reason.QUALITY, Reason.DAMAGED}
    text = _DENIED.sub(" ", _NOTHING_ELSE.sub(" ", plain.replace("□", "")))
    if not text.strip() or _names_only(text):
        return None
    scores = {r: p for r, p in _scores(text, model).items() if allowed is None or r in allowed}
    best = _weigh(scores, text) if scores else None
    if best and (best.probability < sure or (sure >= SURE and _is_guess(scores, best.reason))):
        best = None
    if best and best.reason not in _WISHES and _is_only_wish(text, best.reason, model):
        best = Found(reason=Reason.CHANGED_MIND, probability=0.7)
    is_open = allowed is None or Reason.SEVEN_DAY in allowed
    if is_open and (best is None or best.reason is Reason.CHANGED_MIND) and _SEVEN.search(text):
        return Found(reason=Reason.SEVEN_DAY, probability=0.95)
    told = _by_words(text, allowed)
    is_wish = best is None or best.reason in _WISHES
    return told if told and is_wish and (best is None or told.reason in _DECISIVE) else best


def _is_only_wish(text: str, reason: Reason, model: Linear) -> bool:
    """不想要了，没拆开用: beside the wish no such fault is told, or nothing but what is returned."""
    rest = _REQUEST.sub(" ", text)
    if not _WISH.search(text) or any(r is reason and pattern.search(rest) for r, pattern in _words()):
        return False
    if _names_only(rest) or not (_SAYS.search(rest) or _LATIN.search(rest)):
        return True
    return reason in _FAULTS and _probabilities(say(rest), model)[reason] < _FAULT_ALONE


def _names_only(text: str) -> bool:
    """就是台灯: faults are told of goods of every kind, so that to a classifier their names sound like one."""
    unnamed = without_names(text)
    rest = _POINTS.sub("", unnamed)
    return unnamed != text and not (_SAYS.search(rest) or _HAPPENED.search(rest) or _LATIN.search(rest))


def _is_guess(scores: dict[Reason, float], reason: Reason) -> bool:
    rivals = [p for r, p in scores.items() if r is not reason and r not in _WISHES]
    return reason not in _WISHES and max(rivals, default=0.0) > _TOO_CLOSE * scores[reason]


def says_absent(plain: str) -> bool:
    """Whether the words themselves say that something did not come; what has arrived is not lost by a guess."""
    return bool(_ABSENT.search(plain))


def _scores(text: str, model: Linear) -> dict[Reason, float]:
    """Each reason by the text as a whole and by its clearest clause, in equal parts.

    A clause alone lacks what stands around it (没拆过 is no fault), the whole drowns a reason in what else is said.
    """
    parts = [spoken for clause in _CLAUSE.split(text) if len(spoken := say(clause).strip()) >= 2]
    whole = _probabilities(say(text), model)
    if len(parts) < 2:
        return whole
    clearest = [_probabilities(part, model) for part in parts]
    return {r: (whole[r] + max(p[r] for p in clearest)) / 2 for r in whole}


def _probabilities(spoken: str, model: Linear) -> dict[Reason, float]:
    return {Reason(r): p for r, p in model.probabilities(spoken).items() if r != NO_REASON}


def _weigh(scores: dict[Reason, float], text: str) -> Found:
    best = max(scores, key=scores.__getitem__)
    if best in _WISHES:
        fact = max((r for r in scores if r not in _WISHES), key=scores.__getitem__, default=best)
        share = 0.75 if fact in _CIRCUMSTANCES else 0.5
        best = fact if scores[fact] >= max(SURE, share * scores[best]) else best
    if best is Reason.NOT_AS_DESCRIBED and _DISLIKED.search(text) and not _PROMISED.search(text):
        best = Reason.CHANGED_MIND if Reason.CHANGED_MIND in scores else best
        return Found(reason=best, probability=max(scores.values()))
    return Found(reason=best, probability=scores[best])


def _by_words(text: str, allowed: frozenset[Reason] | None) -> Found | None:
    for reason, pattern in _words():
        if (allowed is None or reason in allowed) and pattern.search(text):
            return Found(reason=reason, probability=0.6)
    return None
