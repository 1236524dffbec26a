"""The parcel that a customer sends back: carrier and tracking number."""

import re

from models.compact.numerals import digit_runs

_CARRIERS = {
    "顺丰": "顺丰", "sf": "顺丰", "中通": "中通", "圆通": "圆通", "申通": "申通", "韵达": "韵达", "极兔": "极兔",
    "京东": "京东", "邮政": "邮政", "ems": "EMS", "德邦": "德邦", "百世": "百世", "天天快递": "天天", "菜鸟": "菜鸟",
    "丹鸟": "丹鸟", "跨越": "跨越", "宅急送": "宅急送", "安能": "安能", "优速": "优速", "壹米滴答": "壹米滴答",
    "中铁": "中铁", "苏宁物流": "苏宁", "速尔": "速尔", "顺心捷达": "顺心捷达",
}  # fmt: skip
_WORDS = re.compile("|".join(sorted((w for w in _CARRIERS if w != "sf"), key=len, reverse=True)))
_LETTERED = re.compile(r"(?<![a-z0-9])([a-z]{1,4})\s?[-:]?\s?(\d[\d\s\-]{7,24}\d)\s?(cn)?(?![a-z0-9])")
_LETTERS_BEFORE = re.compile(r"(?<![a-z0-9])((?:[a-z]\s?){1,4})[-:]?\s?$")
_MISTAKEN = re.compile(r"(?:不是|写成|错成)\s*$")


def carrier(plain: str) -> str | None:
    """The last carrier that is not denied, by its usual name."""
    kept = [m[0] for m in _WORDS.finditer(plain) if not _MISTAKEN.search(plain[: m.start()])]
    if kept:
        return _CARRIERS[kept[-1]]
    return "顺丰" if re.search(r"(?<![a-z])sf\s?\d{8,}", plain) else None


def tracking_no(plain: str) -> str | None:
    """Letters in capitals, digits joined; nothing shorter than eight digits."""
    lettered = [m for m in _LETTERED.finditer(plain) if not _MISTAKEN.search(plain[: m.start()])]
    if lettered:
        return lettered[-1][1].upper() + re.sub(r"\D", "", lettered[-1][2]) + (lettered[-1][3] or "").upper()
    runs = [(start, f) for start, _, f in digit_runs(plain, 9) if not _MISTAKEN.search(plain[:start])]
    if not runs:
        return None
    start, figures = runs[-1]
    spelled = _LETTERS_BEFORE.search(plain[:start])
    return (re.sub(r"\s", "", spelled[1]).upper() if spelled else "") + figures


def without(plain: str) -> str:
    """What is said beside the carrier and the number."""
    kept = _WORDS.sub("", _LETTERED.sub("", plain))
    for start, end, _ in reversed(digit_runs(kept, 9)):
        kept = kept[:start] + kept[end:]
    return re.sub(r"[a-z]{1,3}\s*$", "", kept)
