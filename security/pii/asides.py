"""What somebody says between two parts of a value: "138", "等一下，我看看", "0013", "8000". Pure."""

import re
from collections.abc import Sequence

from security.pii.digits import ANY_DIGIT

_COUNTED = re.compile(f"{ANY_DIGIT}{{1,4}}(?:分钟|分鐘|秒|个|個|件|元|块|塊|点|點|天|次|遍|张|張|句|会儿|下)")
_ORDER = re.compile(f"[订訂单單](?:[单單]?[号號]?(?:码|碼|编号)?)(?:[\\s:：]|是|为){{0,3}}{ANY_DIGIT}{{12,24}}")
_DIGIT = re.compile(ANY_DIGIT)
_LEAST = 2


def without_asides(texts: Sequence[str]) -> list[int]:
    """Which messages are left without those that stand between two with digits and hold no number but an order's."""
    with_digits = [place for place, text in enumerate(texts) if _holds_digits(text)]
    if len(with_digits) < 2:
        return list(range(len(texts)))
    first, last = with_digits[0], with_digits[-1]
    return [p for p in range(len(texts)) if not first < p < last or p in with_digits]


def _holds_digits(text: str) -> bool:
    return len(_DIGIT.findall(_COUNTED.sub("", _ORDER.sub("", text)))) >= _LEAST
