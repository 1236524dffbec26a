"""The claim checker (law 2): free words may not say that something was done. Only receipts and facts may."""

import re

_DONE = r"(?:退款|退钱|退货|打款|取消|登记|提交|受理|办理|办妥|批准|通过|赔付|补发|补寄|换货|寄出|到账|开票)"
_CLAIM = re.compile(
    rf"(?:已经|已|刚刚|都)(?:帮|为|给|替)?(?:您|你|亲)?(?:成功|全额|全部|原路)?{_DONE}"
    rf"|{_DONE}(?:成功|完成|完毕|好了|已到|到位)"
    rf"|(?:保证|一定|肯定)(?:能|会|给)?(?:您|你)?.{{0,4}}(?:退|赔)"
)


BLANK = "…"


def without_claims(text: str) -> str:
    """Somebody's words, a title or a name, with what they claim blotted out."""
    return _CLAIM.sub(BLANK, text)


def claim_in(text: str) -> str | None:
    """The first claim of something done, or None."""
    found = _CLAIM.search(text)
    return found.group() if found else None


def claims_in(text: str) -> list[str]:
    return [match.group() for match in _CLAIM.finditer(text)]
