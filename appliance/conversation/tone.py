"""How something was said, where the wording of an answer hangs on it, and why a complaint goes to a person.

It chooses words and reasons, never deeds."""

import re

from appliance.dialogue.incoming import Tone
from models.compact.guard import is_raw_anger, is_self_harm, is_threat, without_injection
from models.compact.normalise import normalise

_GREETING = re.compile(
    r"(?:你|您)好(?:啊|呀|呢)?|哈喽|hello|hi|嗨|在吗|在不在|有人吗|在么|早上好|上午好|中午好|下午好|晚上好|早"
)
_THANKS = re.compile(
    r"(?:好的?|嗯+|行|可以|ok|知道了|明白了?|收到|那)*(?:谢谢|多谢|感谢|谢了|谢啦|辛苦了?|麻烦(?:你|您)?了|3q|thx|thanks)"
    r"(?:你|您|啊|啦|了|哈|亲|客服)*"
)
_GOODBYE = re.compile(
    r"(?:好的?|嗯+|行|那|先)*(?:拜拜|再见|晚安|88|先这样|就这样|没(?:有)?(?:别的|其他|其它)?(?:的)?(?:事|问题|需要)?了"
    r"|没事了?|不用了|算了|就这些)(?:吧|啊|啦|了|谢谢|哈)*"
)
_ACKNOWLEDGED = re.compile(
    r"(?:那|哦|噢)*(?:好+|嗯+|哦+|噢+|行|可以|成|okay|ok|知道|明白|了解|清楚|懂|收到|没问题)+"
    r"(?:的|滴|哒|嘞|吧|啊|呀|啦|了|哈|哦|呢)*"
)
_A_WHILE = r"(?:一?下|一?小?会儿?|几?分钟|片刻)"
_LOOKING = (
    rf"(?:我(?:先|去|来)*)?(?:(?:找|看|翻|想|拿){_A_WHILE}|找找|看看|翻翻|想想|拿)"
    r"(?:订单号?|订单编号|单号|号码|手机|小票)?"
)
_ASKS_TO_WAIT = re.compile(
    r"(?:好的?|嗯+|哦+|哎|诶|喂|那|呃|额|亲|你|您|请|麻烦|先|不好意思|抱歉)*"
    rf"(?:稍微?等{_A_WHILE}?|稍候|等等|等我?{_A_WHILE}|等我|慢着|别急|我{_LOOKING})"
    rf"(?:我|啊|呀|哈|哦|先|谢谢|马上|就好|可以吗|行吗|好吗|再说|再告诉[你您]|稍?等等?{_A_WHILE}?|别急|{_LOOKING})*"
)
_BARE = re.compile(r"[\s，,。．.!！~～…、？?：:；;]+")
_SMALL_TALK = (
    (_GREETING, Tone.GREETING),
    (_THANKS, Tone.THANKS),
    (_GOODBYE, Tone.GOODBYE),
    (_ACKNOWLEDGED, Tone.ACKNOWLEDGES),
    (_ASKS_TO_WAIT, Tone.ASKS_TO_WAIT),
)


def tone_of(text: str) -> Tone | None:
    """None for most of what is said."""
    words = normalise(text)
    if is_self_harm(words.plain):
        return Tone.SELF_HARM
    if without_injection(words.plain)[1]:
        return Tone.ORDERS_US
    if is_threat(words.plain):
        return Tone.THREATENS
    if is_raw_anger(words.plain):
        return Tone.ANGRY
    bare = _BARE.sub("", words.plain).lower()
    return next((tone for pattern, tone in _SMALL_TALK if pattern.fullmatch(bare)), None)
