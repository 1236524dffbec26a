"""E-mail addresses, with spaces or a line break around the @ and the dots, and spoken ones. Asks no suffix list."""

from security.pii.model import PiiType
from security.pii.recogniser import Recogniser

_LABEL = r"[A-Za-z0-9][A-Za-z0-9\-]{0,62}"
_LOCAL = r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}(?: [0-9]{1,8})?"
_AT = r"\s?(?:@|艾特|at(?=[A-Za-z0-9\-]{1,62}\s?点))\s?"
_DOT = r"\s?(?:\.|点|點)\s?"


def _normalise(text: str) -> str:
    spelled = text.replace("艾特", "@").replace("点", ".").replace("點", ".")
    return "".join(spelled.split()).lower()


RECOGNISER = Recogniser(
    type=PiiType.EMAIL,
    shapes=(rf"(?<![A-Za-z0-9._%+\-]){_LOCAL}{_AT}(?:{_LABEL}{_DOT}){{1,4}}[A-Za-z]{{2,24}}(?![A-Za-z0-9])",),
    must_hold=("@", "艾特", "at"),
    worth=lambda _: 0.9,
    normalise=_normalise,
)
