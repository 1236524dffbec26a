"""固话: area code and number, with extension. Without an area code it needs a word. Hotlines have neither."""

from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, SEPARATOR, Recogniser, digits, only_digits

_BY_ITSELF = r"(?:(?<![0-9A-Za-z+].)(?<![0-9][ \-.].)|(?<=tel.|fax.))"
"""Behind its first character: what begins with a digit or a sign is looked for quickly."""
_COUNTRY = rf"[(+0](?<![0-9A-Za-z].)(?:(?<=\()(?:\+|00)|(?<=\+)|(?<=0)0)86\)?{SEPARATOR}"
_AREA = r"(?:10|2[0-57-9]|[3-9][0-9][0-9])"
_WITH_ZERO = rf"[(0]{_BY_ITSELF}(?:(?<=0)|(?<=\()0){_AREA}\)?"
_REST = digits("{6,7}")
_EXTENSION = rf"(?:(?:\s?(?:转|轉|分机号?|分機號?|ext\.?|x)\s?|\s?[\-#－—]\s?)[0-9]{{1,6}})?{NO_WORD_AFTER}"


def _worth(value: str) -> float:
    return 0.6 if value.startswith("0") else 0.15


def _normalise(text: str) -> str:
    number = only_digits(text.replace("+86", "0").removeprefix("0086"))
    return number.replace("00", "0", 1) if number.startswith("00") else number


RECOGNISER = Recogniser(
    type=PiiType.LANDLINE,
    shapes=(
        f"{_WITH_ZERO}[ \\-.]{{0,2}}[2-8]{_REST}{_EXTENSION}",
        f"{_COUNTRY}\\(?0?{_AREA}\\)?{SEPARATOR}[2-8]{_REST}{_EXTENSION}",
        f"[2-8]{_BY_ITSELF}{_REST}{_EXTENSION}",
    ),
    least_digits=7,
    worth=_worth,
    normalise=_normalise,
)
