"""手机号: eleven digits from 13 to 19, with or without +86. Segments change too often to be asked."""

from security.pii.model import PiiType
from security.pii.recogniser import NO_DIGIT_AFTER, NO_DIGIT_BEFORE, SAID, SEPARATOR, Recogniser, digits, only_digits

_NUMBER = f"1{SEPARATOR}[3-9]{digits('{9}')}"
_COUNTRY = rf"(?:\(?(?:\+|00)?86\)?{SEPARATOR})"
_PLAIN = "1[3-9][0-9]{9}"
_ID_CARD = r"[1-9][0-9]{16}[0-9x]"


def _worth(value: str) -> float:
    return 0.65 if len(value) == 11 else 0.0


def _normalise(text: str) -> str:
    return only_digits(text)[-11:]


RECOGNISER = Recogniser(
    type=PiiType.PHONE,
    shapes=(
        rf"{NO_DIGIT_BEFORE}(?<!(?<![0-9])\+){_COUNTRY}?{_NUMBER}{NO_DIGIT_AFTER}",
        rf"\+86{SEPARATOR}{_NUMBER}{NO_DIGIT_AFTER}",
        f"1(?<![0-9].)[3-9][0-9](?:{SAID}[0-9]{{4}}){{2}}{NO_DIGIT_AFTER}",
        f"(?<={NO_DIGIT_BEFORE}{_ID_CARD}){_PLAIN}{NO_DIGIT_AFTER}",  # runs on behind an ID number
        f"{NO_DIGIT_BEFORE}{_PLAIN}(?={_ID_CARD}{NO_DIGIT_AFTER})",
        f"1(?<={NO_DIGIT_BEFORE}{_PLAIN}1)[3-9][0-9]{{9}}{NO_DIGIT_AFTER}",  # runs on behind another
        f"1(?<![0-9].)[3-9][0-9]{{9}}(?={_PLAIN}{NO_DIGIT_AFTER})",
    ),
    least_digits=11,
    worth=_worth,
    against=("other",),
    normalise=_normalise,
)
