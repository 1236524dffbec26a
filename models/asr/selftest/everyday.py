"""Words of everyday Chinese, from the dictionary that comes with jieba: they tell apart what sounds alike.

A recogniser that knows a shop's sentences only writes any other sentence with their characters.
"""

import re
from itertools import islice

import jieba

_MOST = 8000
_WORD = re.compile("[\u4e00-\u9fa5]{1,4}")
_NAMES = ("nr", "ns", "nt", "nz")
"""Persons, places, bodies and other proper names, as jieba marks them."""


def everyday_words() -> dict[str, float]:
    """The most frequent ones, each with its weight: the root of how often it comes, so that rare ones come too."""
    rows = (line.decode("utf-8").split() for line in jieba.get_dict_file())
    words = [(word, int(many)) for word, many, kind in rows if _WORD.fullmatch(word) and not kind.startswith(_NAMES)]
    ordered = sorted(words, key=lambda row: (-row[1], row[0]))
    return {word: many**0.5 for word, many in islice(ordered, _MOST)}
