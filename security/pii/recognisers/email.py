"""E-mail addresses, with spaces or a line break around the @ and the dots, and spoken ones. Asks no suffix list."""

import re

from security.pii.model import PiiType
from security.pii.recogniser import VALUE, Recogniser

_LABEL = r"[A-Za-z0-9][A-Za-z0-9\-]{0,62}"
_JOINED = r"(?:下划线|下劃線|底线|减号|横杠|横线|杠|点|點)"
_FIRST = r"(?-i:[A-Za-z0-9])(?<![A-Za-z0-9._%+\-].)"
_LOCAL = rf"{_FIRST}(?:[A-Za-z0-9._%+\-]|(?<=[A-Za-z0-9])\s?{_JOINED}\s?(?=[A-Za-z0-9])){{0,63}}(?: [0-9]{{1,8}})?"
_OPEN, _CLOSE = r"[(\[{<【「]", r"[)\]}>】」]"
_HOSTS = "(?:qq|vip|163|126|139|189|gmail|outlook|hotmail|live|yahoo|foxmail|sina|sohu|yeah|icloud|aliyun)"
_HASH = rf"#(?={_HOSTS}\s?(?:[.点點]|{_OPEN}))"
"""Where people put another sign so that no program sees the address."""
_AT_IN_BRACKETS = rf"{_OPEN}\s?(?:@|at|a|艾特|圈a)\s?{_CLOSE}"
_AT = rf"\s?(?:@|艾特|圈a|{_AT_IN_BRACKETS}|{_HASH}|(?<=\s)at(?=\s)|at(?=[A-Za-z0-9\-]{{1,62}}\s?点))\s?"
_NAMES = ("邮箱", "郵箱", "邮件", "郵件", "mail")
_NAMED = f"(?:{'|'.join(_NAMES)})(?:地址|号|[\\s:=是为為的]){{0,6}}"
_AT_BY_NAME = r"\s?在\s?"
"""An everyday word: at an address only right behind its name."""
_SPELLED = {
    "艾特": "@",
    "在": "@",
    "圈a": "@",
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
_BRACKETED = re.compile(f"{_OPEN}(@|at|a|艾特|圈a|[.点點]|dot){_CLOSE}")
_IN_BRACKETS = {"at": "@", "a": "@", "dot": "."}
_DOT_IN_BRACKETS = rf"{_OPEN}\s?(?:[.点點]|dot)\s?{_CLOSE}"
_MISTYPED = r"[,，。](?=(?:com|cn|net|org)(?![A-Za-z]))"
_DOT = rf"\s?(?:[.点點]|(?<=\s)dot(?=\s)|{_DOT_IN_BRACKETS}|{_MISTYPED})\s?"
_DOMAIN = rf"(?:{_LABEL}{_DOT}){{1,4}}[A-Za-z]{{2,24}}(?![A-Za-z0-9])"
_OTHER_SIGNS = ((re.compile(f"#(?={_HOSTS}[.])"), "@"), (re.compile(_MISTYPED), "."))


def _normalise(text: str) -> str:
    spelled = _BRACKETED.sub(lambda sign: _IN_BRACKETS.get(sign[1], sign[1]), "".join(text.lower().split()))
    for word, char in _SPELLED.items():
        spelled = spelled.replace(word, char)
    for sign, char in _OTHER_SIGNS:
        spelled = sign.sub(char, spelled)
    return spelled


RECOGNISER = Recogniser(
    type=PiiType.EMAIL,
    shapes=(
        f"{_LOCAL}{_AT}{_DOMAIN}",
        rf"{_NAMED}(?P<{VALUE}>{_LOCAL}{_AT_BY_NAME}{_DOMAIN})",
    ),
    must_hold=("@", "艾特", "at", "圈a", "(a", "[a", "#", *_NAMES),
    worth=lambda _: 0.9,
    against=(),
    normalise=_normalise,
)
