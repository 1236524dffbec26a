"""The claim checker (law 2): free words may not say that something was done. Only receipts and facts may."""

import re

_DONE = r"(?:退款|退钱|退货|打款|取消|登记|提交|受理|办理|办妥|批准|通过|赔付|补发|补寄|换货|寄出|到账|开票)"
_CLAIM = re.compile(
    rf"(?:已经|已|刚刚|都)(?:帮|为|给|替)?(?:您|你|亲)?(?:成功|全额|全部|原路)?{_DONE}"
    rf"|{_DONE}(?:成功|完成|完毕|好了|已到|到位)"
    rf"|(?:保证|一定|肯定)(?:能|会|给)?(?:您|你)?.{{0,4}}(?:退|赔)"
)


_DONE_ENDS = str.maketrans(dict.fromkeys("啦咯喽嘞啰囖哒", "了"))
"""Endings that say in another tone that something is done: 退款啦."""
BLANK = "…"


def with_plain_ends(text: str) -> str:
    """The same text, as long, with 了 for what stands in its place."""
    return text.translate(_DONE_ENDS)


def without_claims(text: str) -> str:
    """Somebody's words, a title or a name, with what they claim blotted out."""
    kept, last = "", 0
    for match in _CLAIM.finditer(with_plain_ends(text)):
        kept, last = kept + text[last : match.start()] + BLANK, match.end()
    return kept + text[last:]


def claim_in(text: str) -> str | None:
    """The first claim of something done, or None."""
    return next(iter(claims_in(text)), None)


def claims_in(text: str) -> list[str]:
    return [match.group() for match in _CLAIM.finditer(with_plain_ends(text))]
