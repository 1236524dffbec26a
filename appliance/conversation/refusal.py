"""Words about the recording of a call, on that call: that it is not wanted, and the question whether there is one.

Pure. A clause has to be about nothing else: 我有录音为证 is evidence, 不要录音笔 an order, 客服让我别录音 a complaint.
"""

import re
from typing import Final, NamedTuple

from appliance.conversation.telephone import NO_RECORDING

_STOP: Final = r"\s，。！？；、,.!?;:：…~～"
_BEGINS: Final = rf"(?:(?<![^{_STOP}])|(?<=[了吧啊呀呢哦嗯吗货款音]))"
"""Where a clause may begin; a recogniser does not write every comma."""
_LEAD: Final = (
    "(?:我们|我|本人|你们|您们|你|您|请|麻烦|那就|那|就|也|可不可以|可以|能不能|能|还是|但是|但|先|都|这个|这次|这通"
    "|通话|电话|现在|要求|希望|跟你说|告诉你|不好意思|喂|嗯|呃|啊|哎|好的|好){0,8}+"
)
_UNWANTED: Final = (
    "(?:不同意|不愿意|不想要|不想|不要|不用|不必|不需要|不希望|不接受|不允许|不许|不准|不让|无需|甭|不|拒绝|反对|别"
    "|停止|停下|取消|关闭|关掉)"
)
_OF_US: Final = "(?:你们|您们|你|您|再|继续|进行|给我|对我|被|把我|这个|这次|这通|通话|电话|的){0,4}+"
_NOTHING_MORE: Final = rf"(?=$|[{_STOP}]|[了吧啊呀哦吗嘛哈我你您请可行好不别谢]|的(?:$|[{_STOP}]))"
_RECORDED: Final = rf"(?:录我的?音|录音|录下来|录我|录){_NOTHING_MORE}"
_SWITCHED_OFF: Final = "把(?:这个|你们的?)?录音(?:给我|都)?(?:关掉|停掉|关了|停了|停下|取消|关|停)"
_TAIL: Final = r"(?:了|啊|吧|呀|哦|哈|吗|嘛|的|可以|行|好不好|好|谢谢)*+"
_REFUSES: Final = re.compile(rf"{_BEGINS}{_LEAD}(?:{_UNWANTED}{_OF_US}{_RECORDED}|(?<!我){_SWITCHED_OFF}){_TAIL}")

_WHO: Final = (
    "(?:你们|您们|你|您|这边|这个|这次|这通|这|那|通话|电话|现在|请问|我们?的话?|我说的话?|我(?=被)|对话"
    "|是不是|有没有|会不会|该不会|在不在|不会|是|正在|正|在|有|会|还|也|都|被|要|给我|对我|喂|嗯|啊|说话){0,10}+"
)
_IS_IT: Final = rf"(?=[^{_STOP}]{{0,20}}(?:是不是|有没有|会不会|在不在))"
_ASKS: Final = re.compile(
    rf"{_BEGINS}(?:{_IS_IT}{_WHO}(?:录我的?音|录音)(?:着|中|了|的|呢|啊|呀)*+"
    rf"|{_WHO}(?:录我的?音|录音|(?<=在)录)(?:着|中|了|的|呢|啊|呀)*+(?:吗|嘛|么|没有?|不|(?=[?？])))(?=$|[{_STOP}])"
)
_WORD: Final = re.compile(r"\w")


class AboutRecording(NamedTuple):
    refuses: bool
    asks: bool
    rest: str
    """What else was said."""


def refuses_recording(text: str, digits: str = "") -> bool:
    """By words or by the key."""
    return digits == NO_RECORDING or _REFUSES.search(text) is not None


def about_recording(text: str) -> AboutRecording:
    """``rest``: empty where nothing is left that says anything."""
    without, refusals = _REFUSES.subn("", text)
    without, questions = _ASKS.subn("", without)
    rest = text if not refusals + questions else without if _WORD.search(without) else ""
    return AboutRecording(refuses=refusals > 0, asks=questions > 0, rest=rest)
