"""E-mail addresses, with spaces or a line break around the @ and the dots, and spoken ones. Asks no suffix list."""

from security.pii.model import PiiType
from security.pii.recogniser import Recogniser

_LABEL = r"[A-Za-z0-9][A-Za-z0-9\-]{0,62}"
_JOINED = r"(?:下划线|下劃線|底线|减号|横杠|横线|杠|点|點)"
_LOCAL = rf"[A-Za-z0-9](?:[A-Za-z0-9._%+\-]|(?<=[A-Za-z0-9])\s?{_JOINED}\s?(?=[A-Za-z0-9])){{0,63}}(?: [0-9]{{1,8}})?"
_AT = r"\s?(?:@|艾特|圈a|[(\[]at[)\]]|(?<=\s)at(?=\s)|at(?=[A-Za-z0-9\-]{1,62}\s?点))\s?"
_SPELLED = {
    "艾特": "@",
    "圈a": "@",
    "(at)": "@",
    "[at]": "@",
    "下划线": "_",
    "下劃線": "_",
    "底线": "_",
    "减号": "-",
    "横杠": "-",
    "横线": "-",
    "杠": "-",
    "点": ".",
    "點": ".",
}
_DOT = r"\s?(?:\.|点|點|(?<=\s)dot(?=\s))\s?"


def _normalise(text: str) -> str:
    spelled = "".join(text.lower().split())
    for word, char in _SPELLED.items():
        spelled = spelled.replace(word, char)
    return spelled


RECOGNISER = Recogniser(
    type=PiiType.EMAIL,
    shapes=(rf"(?<![A-Za-z0-9._%+\-]){_LOCAL}{_AT}(?:{_LABEL}{_DOT}){{1,4}}[A-Za-z]{{2,24}}(?![A-Za-z0-9])",),
    must_hold=("@", "艾特", "at", "圈a"),
    worth=lambda _: 0.9,
    normalise=_normalise,
)
