"""What somebody was just asked for, and what that says of the answer. Pure.

"验证码是多少" makes a code of the six digits that follow, "密码是多少" a password of a word by itself: neither is kept.
"""

import re

from security.pii.confidence import OTHER_NUMBER
from security.pii.model import PiiType
from security.pii.vocabulary import one_of, tables

ONLY_OTHERS = frozenset({OTHER_NUMBER})
"""Expected types that make nothing personal of what is not so by itself."""

_ASKED = tables(__file__, "asked.toml")
_NAMES = {PiiType(type_): re.compile(one_of(words)).search for type_, words in _ASKED["names"].items()}
_WARNS = re.compile(one_of(_ASKED["warnings"]["words"])).search
_SENTENCE = re.compile("[。！!；;\\n]")


def secrets_asked_for(words: str) -> frozenset[PiiType]:
    """Which of the types that are never kept these words ask for. "请勿把验证码告诉任何人" asks for none."""
    sentences = [sentence for sentence in _SENTENCE.split(words.lower()) if not _WARNS(sentence)]
    return frozenset(type_ for type_, names in _NAMES.items() if any(map(names, sentences)))
