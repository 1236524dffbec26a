"""手机号: eleven digits from 13 to 19, with or without +86. Segments change too often to be asked."""

import re

from security.pii.model import PiiType
from security.pii.names.shape import Said, name_end
from security.pii.recogniser import NO_DIGIT_AFTER, NO_DIGIT_BEFORE, SAID, SEPARATOR, Recogniser, digits, only_digits

_BEHIND_ONE = f"{SEPARATOR}[3-9]{digits('{9}')}"
_OF_COUNTRY = rf"(?:(?<=\()(?:\+|00)?8|(?<=\+)8|(?<=0)08|(?<=8))6\)?{SEPARATOR}1"
"""The rest of +86, (0086) or 86, and the first digit of the number."""
_FIRST = rf"[(+018](?<![0-9].)(?<!(?<![0-9])\+.)(?:(?<=1)|{_OF_COUNTRY})"
"""What begins with a digit or a sign is looked for quickly."""
_RECIPIENT = re.compile("[ ,，、]{0,2}(?=[\u3400-\u9fff]{2,4}[代签亲]?收(?![\u3400-\u9fff]))")
_PLAIN = "1[3-9][0-9]{9}"
_ID_CARD = r"[1-9][0-9]{16}[0-9x]"


def _worth(value: str) -> float:
    return 0.65 if len(value) == 11 else 0.0


def _is_a_recipients(text: str, end: int) -> bool:
    """ "13912345678 张三收": beside whoever receives it stands how to reach them, not a number of the shop's."""
    behind = _RECIPIENT.match(text, end)
    return behind is not None and name_end(text, behind.end(), Said.MAYBE) is not None


def _normalise(text: str) -> str:
    return only_digits(text)[-11:]


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
    ),
    least_digits=11,
    worth=_worth,
    against=("other",),
    is_proven=_is_a_recipients,
    normalise=_normalise,
)
