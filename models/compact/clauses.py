"""A message cut into sections (what may be separate requests) and clauses, positions kept."""

import re

import msgspec

_CONNECTIVE = (
    r"(?:另外(?![那一]?[个单件双])|还有(?!没|啥|什么|多少|几|能|可|的)|顺便|顺带|对了|再就是|再(?=[查看问把退催补换开]|"
    r"帮我[查看])|再帮我|然后(?![就又才坏没是不我他它])|以及再|同时(?!下)|外加|还想|还要再|还要(?=开|改|查|退|换|投诉))"
)
_STRONG = re.compile(rf"[。；;\n！!？?]+|(?<=[^，,])(?={_CONNECTIVE})|[，,\s]+(?={_CONNECTIVE})")
_COMMA = re.compile(r"[，,、。；;\n！!？?~～…]+|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_STARTS = re.compile(rf"^\s*{_CONNECTIVE}")
_NEGATED = re.compile(
    r"(?:不用|用不着|犯不着|不要|别|甭|不想|无需|不需要|不是要?|不是|没说要?|不必|别让我|不打算|不走|"
    r"先不|暂时不)(?:再|给我|帮我|你们|跟我|我|说|叫|去|走|来)*"
    r"(?:(?:转|接|找|叫)?到?(?:人工|真人)(?:客服)?|补发|补寄|补了|补|退货|换货|退款|寄回去?|维修|修|"
    r"退换|取消|催|投诉|仅退款|[退换](?=了?[，,。\s]))(?:了)?(?!我|吗|不)"
    r"|不(?:想|打算|要)?换了?(?=[^，。！]{0,1}[，,\s]?[^，。！]{0,3}退)|不(?:想|打算|要)?退了?(?=[^，。！]{0,1}[，,\s]?[^，。！]{0,3}换)"
)


_DONE_WITH = re.compile(
    r"(?<=[退换消撤补]了)算了|(?<=[退换])算了|(?<=掉)算了|(?:(?<=取消)|(?<=[退换]货)|(?<=退款)|(?<=[撤退]单))算了"
)
"""退了算了 is to be done and done with, not given up."""
_PRESUMED = re.compile(
    r"^.{0,10}?(?:应该|好像)?(?:还没有?|没有?|未)(?:给我)?(?:发货?|寄|出库|发出去?)(?:的话|吧|呢吧|呢|对吧|是吧)?\s*$"
)


class Section(msgspec.Struct, frozen=True):
    start: int
    end: int
    text: str
    is_joined: bool
    """It begins with 另外, 还有, 顺便: a request of its own is likely."""


def _cut(plain: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    spans, at = [], 0
    for match in pattern.finditer(plain):
        if plain[at : match.start()].strip():
            spans.append((at, match.start()))
        at = match.end()
    if plain[at:].strip():
        spans.append((at, len(plain)))
    return spans


def sections(plain: str) -> list[Section]:
    return [
        Section(start=a, end=b, text=plain[a:b], is_joined=bool(_STARTS.match(plain[a:b])))
        for a, b in _cut(plain, _STRONG)
    ]


def is_joined(plain: str) -> bool:
    """Whether a part of it begins with 另外, 还有, 顺便."""
    return any(section.is_joined for section in sections(plain))


def spans(plain: str) -> list[tuple[int, int]]:
    """Where the clauses stand."""
    return _cut(plain, _COMMA)


def clauses(plain: str) -> list[str]:
    return [plain[a:b].strip() for a, b in spans(plain)]


def is_presumed(plain: str) -> bool:
    """还没发吧？ is what a request rests on, not one of its own."""
    return bool(_PRESUMED.match(plain.strip(" ？?，,")))


def without_presumed(plain: str) -> str:
    """Blank the clauses that a request rests on (还没发吧), where something else is left; same length."""
    text = plain
    for a, b in spans(plain):
        if is_presumed(plain[a:b]):
            text = text[:a] + "□" * (b - a) + text[b:]
    return text if text.strip("□，,。 ") else plain


def without_negated(plain: str) -> str:
    """Blank what is asked *not* to be done (不用补发, 别转人工), where something else is left; same length."""
    text = _NEGATED.sub(lambda m: "□" * len(m[0]), _DONE_WITH.sub("□□", plain))
    return text if re.search(r"[\u4e00-\u9fffa-z]{2}", text) else plain
