"""E-mail addresses, with spaces or a line break around the @ and the dots, and spoken ones. Asks no suffix list."""

from security.pii.model import PiiType
from security.pii.recogniser import VALUE, Recogniser

_LABEL = r"[A-Za-z0-9][A-Za-z0-9\-]{0,62}"
_JOINED = r"(?:下划线|下劃線|底线|减号|横杠|横线|杠|点|點)"
_FIRST = r"(?-i:[A-Za-z0-9])(?<![A-Za-z0-9._%+\-].)"
_LOCAL = rf"{_FIRST}(?:[A-Za-z0-9._%+\-]|(?<=[A-Za-z0-9])\s?{_JOINED}\s?(?=[A-Za-z0-9])){{0,63}}(?: [0-9]{{1,8}})?"
_AT = r"\s?(?:@|艾特|圈a|[(\[]at[)\]]|(?<=\s)at(?=\s)|at(?=[A-Za-z0-9\-]{1,62}\s?点))\s?"
_NAMES = ("邮箱", "郵箱", "邮件", "郵件", "mail")
_NAMED = f"(?:{'|'.join(_NAMES)})(?:地址|号|[\\s:=是为為的]){{0,6}}"
_AT_BY_NAME = r"\s?在\s?"
"""An everyday word: at an address only right behind its name."""
_SPELLED = {
    "艾特": "@",
    "在": "@",
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
_DOMAIN = rf"(?:{_LABEL}{_DOT}){{1,4}}[A-Za-z]{{2,24}}(?![A-Za-z0-9])"


def _normalise(text: str) -> str:
    spelled = "".join(text.lower().split())
    for word, char in _SPELLED.items():
        spelled = spelled.replace(word, char)
    return spelled


RECOGNISER = Recogniser(
    type=PiiType.EMAIL,
    shapes=(
        f"{_LOCAL}{_AT}{_DOMAIN}",
        rf"{_NAMED}(?P<{VALUE}>{_LOCAL}{_AT_BY_NAME}{_DOMAIN})",
    ),
    must_hold=("@", "艾特", "at", "圈a", *_NAMES),
    worth=lambda _: 0.9,
    against=(),
    normalise=_normalise,
)
