"""Words about the recording of a call, on that call: that it is not wanted, and the question whether there is one.

Pure. A clause has to be about nothing else: 我有录音为证 is evidence, 不要录音笔 an order, 客服让我别录音 a complaint.
What may be a thing that does not record is no refusal beside a fault: 不录音，质量问题.
"""

import re
from typing import Final, NamedTuple

from appliance.conversation.telephone import NO_RECORDING

_STOP: Final = r"\s，。！？；、,.!?;:：…~～"
_BEGINS: Final = rf"(?:(?<![^{_STOP}])|(?<=[了吧啊呀呢哦嗯吗货款音]))"
"""Where a clause may begin; a recogniser does not write every comma."""
_LEAD: Final = (
    "(?:我们|我的话|我说的话?|我的声音|我|本人|你们的|你们|您们|你|您|请|麻烦|那就|那|就|也|可不可以|可以不可以|可以"
    "|能不能|能|还是|但是|但|先|都|这个|这次|这通|这段|通话|电话|对话|现在|要求|希望|选择|选|[要想](?!不)"
    "|按(?:了|一下)?[0零〇]|跟你说|告诉你|不好意思|喂|嗯|呃|啊|哎|好的|好){0,8}+"
)
_DECLINED: Final = (
    "不同意|不愿意|不想要|不想|不要|不用|不必|不需要|不希望|不接受|不允许|不许|不准|没有?必要|无需|甭|拒绝|反对"
)
_UNWANTED: Final = f"(?:{_DECLINED}|不让|不给|别|停止|停下|取消|关闭|关掉|(?P<says_not>不))"
_OF_US: Final = "(?:你们|您们|你|您|再|继续|进行|给我|对我|被|把我|这个|这次|这通|通话|电话|的){0,4}+"
_NEXT: Final = "我你您请可行好别谢"
_NOTHING_MORE: Final = rf"(?=$|[{_STOP}]|[了吧啊呀哦吗嘛哈不{_NEXT}]|的(?:$|[{_STOP}]))"
_NO_QUESTION: Final = rf"(?=[了吧啊呀哦哈的]{{0,3}}(?:$|[{_STOP}{_NEXT}]))"
_RECORDED: Final = rf"(?:录我(?:的?音|的声音|说?的话)?|录音|录下来|录(?:通话|对话|电话)(?:内容)?|录){_NOTHING_MORE}"
_FORBIDDEN: Final = rf"(?<!我)(?<!我们)(?P<cannot>不能|不可以){_OF_US}{_RECORDED}(?!了?[吗嘛么])"
"""Of himself he says that he cannot."""
_NO_RIGHT: Final = (
    rf"(?:谁(?:让|叫|准|允许|同意)(?:你们|您们|你|您)|凭(?:什么|啥)|(?:没有?|无)(?:权利?|资格)"
    rf"|(?<!你)(?<!你们)(?<!您们)可?没有?(?:同意|允许|答应|授权)过?){_OF_US}{_RECORDED}"
)
_IT: Final = "录音(?:功能|文件|记录)?"
_WHOSE: Final = "(?:这个|这段|你们的?|刚才的?|之前的?|我的|通话的?|电话的?|所有的?|全部的?){0,3}+"
_FOR_ME: Final = "(?:我们?|你们?|请|麻烦|给我|帮我|就|都|也|先|要|必须|全部|直接|马上){0,4}+"
_ENDED: Final = "[关停删](?:掉|了|除|闭|止|下|一下)?|取消|销毁|清除|抹掉"
_SWITCHED_OFF: Final = (
    rf"(?<!我)(?:把{_WHOSE}{_IT}{_FOR_ME}(?:{_ENDED})(?:吗|嘛|{_NO_QUESTION})|(?:{_ENDED}){_WHOSE}{_IT}{_NOTHING_MORE})"
)
_IT_FIRST: Final = (
    rf"(?<!我){_IT}(?:{_FOR_ME}(?:{_DECLINED}|免了?|(?P<fails>不行|不可以|不能|[关停删]了)|{_ENDED}){_NO_QUESTION}"
    rf"|(?:能不能|可不可以|可以|能){_FOR_ME}(?:{_ENDED})(?=[吗嘛么]|{_NO_QUESTION}))"
)
_TAIL: Final = r"(?:了|啊|吧|呀|哦|哈|吗|嘛|的|可以|行不行|行|好不好|好|谢谢)*+"
_REFUSES: Final = re.compile(
    rf"{_BEGINS}{_LEAD}(?:{_UNWANTED}{_OF_US}{_RECORDED}|{_FORBIDDEN}|{_NO_RIGHT}|{_SWITCHED_OFF}|{_IT_FIRST}){_TAIL}"
)
_OF_A_CALL: Final = re.compile("[我你您请按选]|通话|电话|这次|对话")
_RECORDER: Final = re.compile(
    rf"(?:录音[笔机棒器]|耳机|麦克风|话筒|摄像头|机器|设备|开机|按键|买回来|能录音)[^{_STOP}]*[{_STOP}]*$"
)
_FAULT: Final = re.compile(
    rf"[{_STOP}]*(?:这?就?是|属于|应该是|有|说明)?(?:机器|设备|它)?有?"
    "(?:质量|坏|故障|毛病|瑕疵|(?<=有)问题|没反应|没声音|用不了|[杂噪]音|听不清|不清)"
)

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
    return digits == NO_RECORDING or any(map(_is_meant, _REFUSES.finditer(text)))


def about_recording(text: str) -> AboutRecording:
    """``rest``: empty where nothing is left that says anything."""
    refusals = sum(map(_is_meant, _REFUSES.finditer(text)))
    without = _REFUSES.sub(lambda said: "" if _is_meant(said) else said[0], text)
    without, questions = _ASKS.subn("", without)
    rest = text if not refusals + questions else without if _WORD.search(without) else ""
    return AboutRecording(refuses=refusals > 0, asks=questions > 0, rest=rest)


def _is_meant(said: re.Match[str]) -> bool:
    """Of this call, and not of a recorder that does not work."""
    if not (said["says_not"] or said["cannot"] or said["fails"]) or _OF_A_CALL.search(said[0]):
        return True
    return not (_RECORDER.search(said.string, 0, said.start()) or _FAULT.match(said.string, said.end()))
