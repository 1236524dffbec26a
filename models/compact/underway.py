"""What was agreed to before and is under way: how far it is, and where the goods are to be sent.

换货进度 holds the word of a request and asks for none: nothing is exchanged a second time.
"""

import re

from models.commands import Flow
from models.compact.labels import Act
from models.compact.normalise import AROUND

_SERVICE = r"(?:换货|换新|维修|返修|送修|寄修|补发|退换货?|售后)"
_DONE = r"(?:换|补|补发|修|返修|送修|寄修)的(?:那?[个双件台条套]|货|东西|[^，,。的]{1,6})"
_HOW_FAR = re.compile(
    rf"{_SERVICE}的?(?:进度|进展|(?:处理|现在)?的?情况|(?:处理|走|审核)?到(?:哪|什么))"
    rf"|{_DONE}[^，,。]{{0,4}}(?:发|寄|发出|寄出|修好|修完|弄好|寄回)(?:了|来)?[没吗么]"
    rf"|{_DONE}(?:什么时候|啥时候?|几时|多久|何时)(?:才|能)*(?:寄|发|送|还|到)"
    r"|^[^，,。换补]{0,6}(?:修|换|补)(?:好|完)了?[没吗么](?:有)?$"
    r"|补发[^，,。]{0,4}(?:发货|寄出|发出)(?:来|去)?了?[没吗么]"
)
_WHERE_TO = re.compile(
    r"(?:退货|换货|寄修|返修|退回去?|寄回去?|该|要|把)[^，,。]{0,6}(?:寄|退)?(?:到|给|去|回)?(?:寄|退)(?:到|给|去|回)?(?:哪里|哪儿|什么地方|哪个地址|谁|哪$)(?!了)"
    r"|(?:退货|换货|寄修|返修|退回去?|寄回去?)的?(?:收货)?(?:地址|收件人)(?:是|在|发|给|告诉|有|呢|$)"
)
_WANTS = re.compile(
    r"(?:我要|要求|我想|想要?|能不能|可不可以|可以|给我|帮我|申请)(?:给我|帮我)?(?:换|修|补)(?!的)|不想要|没法用|坏了|破了"
)
_MAY_BE: frozenset[str] = frozenset(
    {
        *(Flow.EXCHANGE, Flow.REPAIR, Flow.RESEND, Flow.RETURN_REFUND, Flow.REFUND_PROGRESS),
        *(Flow.TRACK_PARCEL, Flow.ORDER_STATUS, Flow.URGE_SHIPMENT, Flow.CHANGE_ADDRESS),
        *(Act.QUESTION, Act.INFORM, Act.NOTHING, Act.FAULT_UNCLEAR, Act.MONEY_UNCLEAR, Act.CHANGE_UNCLEAR),
    }
)


def asks_how_far(plain: str, label: str) -> bool:
    """``label``: what the words were taken for."""
    return label in _MAY_BE and bool(_HOW_FAR.search(plain)) and not _WANTS.search(plain)


def asks_where_to(plain: str) -> bool:
    """A question, whatever stands beside it: the case that waits for the goods answers it."""
    return bool(_WHERE_TO.search(plain.strip(AROUND))) and not _WANTS.search(plain)
