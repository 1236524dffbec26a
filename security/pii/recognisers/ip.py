"""Network addresses, private ones too: they tell of a customer's network. Versions look the same, and words decide."""

from ipaddress import ip_address

from security.pii.model import PiiType
from security.pii.recogniser import Recogniser

_DIGITS = "零〇一幺二两三四五六七八九"
_SPOKEN = dict(zip(_DIGITS, "0011223456789", strict=True))
_OCTET = rf"(?:[0-9]{{1,3}}|[{_DIGITS}]{{1,3}})"
_BY_ITSELF = r"(?:(?<![0-9A-Za-z.].)(?<![0-9A-Za-z]/.)|(?<=(?<![A-Za-z])ip.))"
_FIRST_OCTET = rf"[0-9{_DIGITS}]{_BY_ITSELF}(?:(?<=[0-9])[0-9]{{0,2}}|(?<=[{_DIGITS}])[{_DIGITS}]{{0,2}})"
"""What begins with a digit is looked for quickly."""


def _normalise(text: str) -> str:
    return "".join(_SPOKEN.get(char, char) for char in text).replace("点", ".").replace("點", ".").lower()


def _worth(value: str) -> float:
    try:
        ip_address(value)
    except ValueError:
        return 0.0
    return 0.6


RECOGNISER = Recogniser(
    type=PiiType.IP,
    shapes=(
        rf"{_FIRST_OCTET}(?:[.点點]{_OCTET}){{3}}(?![0-9]|[.点點][0-9{_DIGITS}])",
        r"(?-i:[0-9A-Fa-f:])(?<![0-9A-Za-z:].)(?=[0-9A-F:]{5,38}(?![0-9A-Za-z:]))"
        r"(?:(?<=:)|[0-9A-F]{0,3}:)[0-9A-F]{0,4}(?::[0-9A-F]{0,4}){2,6}",
    ),
    hint=r"[.点點:]",
    worth=_worth,
    against=("other", "versions"),
    normalise=_normalise,
)
