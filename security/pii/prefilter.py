"""Whether a text can hold anything at all. Most messages of a chat end here, after a microsecond or two."""

import re
from itertools import chain

from security.pii.addresses.finder import HINT as ADDRESSES
from security.pii.digits import ANY_DIGIT
from security.pii.names.anchors import HINTS as NAMES
from security.pii.numerals import IN_ENGLISH
from security.pii.vocabulary import one_of, tables, words

_GIVEN = words(tables(__file__, "spoken.toml")["hints"])
_THREE_DIGITS = re.compile(f"{ANY_DIGIT}.*?{ANY_DIGIT}.*?{ANY_DIGIT}", re.DOTALL).search
_THREE_WORDS = re.compile(f"{IN_ENGLISH}.*?{IN_ENGLISH}.*?{IN_ENGLISH}", re.DOTALL).search
_LETTERS = re.compile("[A-Za-z]{3}").search
_IN_CAPITALS = map(str.upper, _GIVEN), map(str.capitalize, _GIVEN), ("WeChat", "WeiXin", "MiMa")
_HINT = re.compile(one_of({"@", "＠", *_GIVEN, *chain(*_IN_CAPITALS)})).search
_ADDRESS = re.compile(ADDRESSES).search
_NAME, _PERHAPS_NAME, _SIGN = (re.compile(hint).search for hint in NAMES)


def may_hold(text: str) -> bool:
    """Whatever the analyzer would find anything in; not all of this holds something."""
    found = _ADDRESS(text) or _THREE_DIGITS(text) or _HINT(text) or _NAME(text) or _PERHAPS_NAME(text) or _SIGN(text)
    return found is not None or (_LETTERS(text) is not None and _THREE_WORDS(text) is not None)
