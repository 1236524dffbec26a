"""Goods that are only mentioned: what is kept, what has not come yet, while something is done about other goods.

``伞还没到，先把雨衣退了`` is about the raincoat. Only a clause of closed words is an aside; a question never is.
"""

import re

from models.commands import KnownOrder
from models.compact import goods
from models.compact.clauses import spans

ACTS = re.compile(
    r"(?<![不别甭])(?<!不[用要想])(?<!别给我)(?:退(?!休)|换(?!季)|修(?!身|长|复|护)|补(?!水|品|贴|脑)|取消|撤)"
)
_KEPT = re.compile(
    r"留(?:着|下|给|了|在)|自己(?:留|穿|用|戴|吃)|先放|放着|我?要(?:了|的)$|不(?:用|要|想)?(?:退|换|动|修)|别(?:给我)?(?:退|换|动)"
    r"|没(?:有)?(?:什么|啥)?(?:问题|毛病)|挺好|还行|可以的?$|满意|喜欢(?!不)|合适(?!不)"
)
_NOT_HERE = re.compile(r"(?:没|没有|未|还在)(?:收到|收着|到|送到|来|寄到|发|路上)|在路上|在途")
_REST = re.compile(r"其[他它余]|别的|剩下|另外(?:的|那)|余下")
_ASKS = re.compile(r"哪|什么|啥|多久|几|吗|么|查|看看|[？?]")
_DISLIKES = re.compile(r"不(?:太|怎么)?(?:喜欢|满意|合适)|没那么")


def without(plain: str, orders: tuple[KnownOrder, ...]) -> str:
    """The message without its asides, same length; as it is where nothing is done about other goods."""
    parts = spans(plain)
    if len(parts) < 2 or not ACTS.search(plain):
        return plain
    found = [m for m in goods.mentions(plain, orders) if m.strength >= 1.0]
    named = [(a, b) for a, b in parts if any(a <= m.start < b for m in found)]
    acted = [(a, b) for a, b in named if ACTS.search(plain[a:b])]
    rest = [(a, b) for a, b in parts if (a, b) not in named and _REST.search(plain[a:b])]
    for a, b in (*(named if acted else ()), *rest):
        if (a, b) not in acted and not ACTS.search(plain[a:b]) and _is_aside(plain[a:b]):
            plain = plain[:a] + "□" * (b - a) + plain[b:]
    return plain


def _is_aside(clause: str) -> bool:
    if _ASKS.search(clause) or _DISLIKES.search(clause):
        return False
    return bool(_KEPT.search(clause) or _NOT_HERE.search(clause))
