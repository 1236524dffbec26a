"""车牌: province, letter and five places, six for electric cars; police, trainers, trailers and border crossers too."""

import re

from security.pii.model import PiiType
from security.pii.recogniser import GAP, NO_WORD_AFTER, Recogniser

_PROVINCE = "[京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊]"
_DIGITS = dict(zip("零〇洞一幺二两三四五六七拐八九勾", "0001122345677899", strict=True))
_PLACE = f"[A-HJ-NP-Z0-9{''.join(_DIGITS)}]"
_NO_PHONE = r"(?!(?<![0-9A-Za-z])(?:\+?86[ -]?|0)?1[3-9](?:[ -]?[0-9]){9}(?![0-9]))"
"""What stands apart behind it may be whom to call."""
_PLACES = f"(?=(?P<places>{_PLACE}(?:{GAP}{_NO_PHONE}{_PLACE}){{3,5}}))(?P=places)"
"""All there are, never fewer. Written as ``{3,5}+`` around the gap, Python 3.11.2 takes the gap behind them too."""
_REAL = re.compile(
    r".[A-Z](?:[A-Z0-9]{5}|[A-HJK][A-Z0-9][0-9]{4}|[0-9]{5}[A-HJK]|[A-Z0-9]{4}[警学學挂掛港澳领領使试試超])"
)


def _worth(value: str) -> float:
    if not _REAL.fullmatch(value) or sum(map(str.isdigit, value)) < 2 or value[1] == "V":
        return 0.0
    return 0.65


def _normalise(text: str) -> str:
    spelled = "".join(_DIGITS.get(char, char) for char in text)
    return "".join(char for char in spelled if char.isalnum() and char not in "嗯呃啊哦额就是然后那个").upper()


RECOGNISER = Recogniser(
    type=PiiType.PLATE,
    shapes=(f"{_PROVINCE}{GAP}[A-Z]{GAP}{_PLACES}(?:[警学學挂掛港澳领領使试試超])?{NO_WORD_AFTER}",),
    hint=_PROVINCE,
    worth=_worth,
    against=("other",),
    normalise=_normalise,
)
