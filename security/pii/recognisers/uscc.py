"""统一社会信用代码 (GB 32100-2015), the tax number too. A sole trader's (92…) is personal; all are treated alike."""

import re

from security.pii.checks import is_uscc_checksum
from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, SEPARATOR, Recogniser, letters_and_digits

_NO_PLACE = re.compile("[IOSVZ]")
_SPOKEN = str.maketrans("零〇洞一幺二两三四五六七拐八九勾", "0001122345677899")
_PLACE = f"(?-i:[0-9A-Za-z{''.join(map(chr, _SPOKEN))}])"
"""Letters that no code has (I, O, S, V, Z) are met where people mistype; a digit alone between letters is left as it is
spoken."""


def _worth(value: str) -> float:
    if _NO_PLACE.search(value):
        return 0.2
    if not value.isdigit():
        return 0.95 if is_uscc_checksum(value) else 0.7
    return 0.3 if is_uscc_checksum(value) else 0.1


RECOGNISER = Recogniser(
    type=PiiType.USCC,
    shapes=(
        f"(?-i:[159ANYany])(?<![0-9A-Za-z].){SEPARATOR}[1-59A]{SEPARATOR}[0-9](?:{SEPARATOR}[0-9]){{5}}(?:{SEPARATOR}{_PLACE}){{10}}"
        f"{NO_WORD_AFTER}",
    ),
    least_digits=7,
    worth=_worth,
    normalise=lambda text: letters_and_digits(text.translate(_SPOKEN)),
    without=0.3,
)
