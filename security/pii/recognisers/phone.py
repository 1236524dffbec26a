"""手机号: eleven digits from 13 to 19, with or without +86. Segments change too often to be asked."""

import re

from security.pii.model import PiiType
from security.pii.names.shape import Said, name_end
from security.pii.recogniser import NO_DIGIT_AFTER, NO_DIGIT_BEFORE, SAID, SEPARATOR, Recogniser, digits, only_digits
from security.pii.recognisers.named import named
from security.pii.vocabulary import in_either_case

_BEHIND_ONE = f"{SEPARATOR}[3-9]{digits('{9}')}"
_OF_COUNTRY = rf"(?:(?<=\()(?:\+|00)?8|(?<=\+)8|(?<=0)08|(?<=8))6\)?{SEPARATOR}1"
"""The rest of +86, (0086) or 86, and the first digit of the number."""
_FIRST = rf"[(+018](?<![0-9].)(?<!(?<![0-9])\+.)(?:(?<=1)|(?<=0)1(?=[3-9][0-9]{{9}})|{_OF_COUNTRY})"
"""What begins with a digit or a sign is looked for quickly. A nought before the number was dialled once."""
_NAMES = f"(?-i:手机|手機|电话|電話|联系方式|聯繫方式|{in_either_case('m', 'obile')}|{in_either_case('p', 'hone')})"
_OFF_BY_ONE = (
    "1[3-9][0-9]{8}",
    "1[3-9][0-9]{10}",
    "1[3-9][0-9][ -][0-9]{4}[ -](?:[0-9]{3}|[0-9]{5})",
    "1[3-9][0-9][ -](?:[0-9]{3}|[0-9]{5})[ -][0-9]{4}",
)
"""Together, or in the groups of a number: 1399 1499 1599 are prices."""
_RECIPIENT = re.compile("[ ,，、]{0,2}(?=[\u3400-\u9fff]{2,4}[代签亲]?收(?![\u3400-\u9fff]))")
_LENGTH = 11
_PLAIN = "1[3-9][0-9]{9}"
_MOBILE = re.compile(_PLAIN).fullmatch
_ID_CARD = r"[1-9][0-9]{16}[0-9x]"


def _worth(value: str) -> float:
    if len(value) == _LENGTH:
        return 0.65
    return 0.2 if abs(len(value) - _LENGTH) == 1 else 0.0


def _is_a_recipients(text: str, end: int) -> bool:
    """ "13912345678 张三收": beside whoever receives it stands how to reach them, not a number of the shop's."""
    behind = _RECIPIENT.match(text, end)
    return behind is not None and name_end(text, behind.end(), Said.MAYBE) is not None


def _normalise(text: str) -> str:
    number = only_digits(text)
    is_too_long = len(number) == _LENGTH + 1 and number[0] == "1" and not _MOBILE(number[1:])
    return number if is_too_long else number[-_LENGTH:]


RECOGNISER = Recogniser(
    type=PiiType.PHONE,
    shapes=(
        f"{_FIRST}{_BEHIND_ONE}{NO_DIGIT_AFTER}",
        rf"\+86{SEPARATOR}1{_BEHIND_ONE}{NO_DIGIT_AFTER}",
        f"1(?<![0-9].)[3-9][0-9](?:{SAID}[0-9]{{4}}){{2}}{NO_DIGIT_AFTER}",
        f"1(?<={NO_DIGIT_BEFORE}{_ID_CARD}1)[3-9][0-9]{{9}}{NO_DIGIT_AFTER}",  # runs on behind an ID number
        f"1(?<![0-9].)[3-9][0-9]{{9}}(?={_ID_CARD}{NO_DIGIT_AFTER})",
        f"1(?<={NO_DIGIT_BEFORE}{_PLAIN}1)[3-9][0-9]{{9}}{NO_DIGIT_AFTER}",  # runs on behind another
        f"1(?<![0-9].)[3-9][0-9]{{9}}(?={_PLAIN}{NO_DIGIT_AFTER})",
        named(_NAMES, *_OFF_BY_ONE),
    ),
    least_digits=10,
    worth=_worth,
    against=("other",),
    is_proven=_is_a_recipients,
    normalise=_normalise,
)
