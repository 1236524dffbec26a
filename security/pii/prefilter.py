"""Whether a text can hold anything at all. Most messages of a chat end here, after a microsecond or two."""

import re

from security.pii.addresses.finder import HINT as ADDRESSES
from security.pii.names.finder import HINT as NAMES
from security.pii.view import ANY_DIGIT
from security.pii.vocabulary import tables, words

_HINTS = "|".join(map(re.escape, words(tables(__file__, "spoken.toml")["hints"])))
_THREE_DIGITS = f"{ANY_DIGIT}[^@]*?{ANY_DIGIT}[^@]*?{ANY_DIGIT}"
_NUMBERS = re.compile(f"{_THREE_DIGITS}|[@＠]|{_HINTS}", re.IGNORECASE)
_NAMES = re.compile(NAMES)
_ADDRESSES = re.compile(ADDRESSES)


def may_hold(text: str) -> bool:
    return bool(_NUMBERS.search(text) or _ADDRESSES.search(text) or _NAMES.search(text))
