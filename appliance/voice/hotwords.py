"""Words that a recogniser is told to listen for on one call: names of goods, and how the shop's order numbers begin.

Titles of goods are cut into what people say of them; what may be about a person is left out. Pure.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

MOST: Final = 100
"""Many words that are likely are as good as none."""
_SHORTEST, _LONGEST = 2, 10
_ASIDE: Final = re.compile(r"[【\[(（《<].*?[】\])）》>]")
"""【官方正品】 is said by nobody."""
_WORD: Final = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]{2,}[A-Za-z0-9]*")
_MASKED: Final = re.compile(r"⟨[^⟩]*⟩")
_LONGEST_PREFIX: Final = 6
_SPOKEN: Final = str.maketrans("0123456789", "零一二三四五六七八九")


def hotwords(
    own: Sequence[str],
    titles: Iterable[str],
    order_ids: Sequence[str],
    mask: Callable[[str], str],
    others: Sequence[str] = (),
) -> tuple[str, ...]:
    """``own``: the shop's words, as they stand in the settings. ``mask``: puts signs for what is personal. ``others``:
    what else its goods are called; they come last, and have what room is left."""
    found = (*own, *_prefixes(order_ids), *(word for title in titles for word in names(mask(title))), *others)
    return tuple(dict.fromkeys(found))[:MOST]


def names(title: str) -> Iterator[str]:
    """What people say of goods with this title, whose personal values are signs."""
    for word in _WORD.findall(_MASKED.sub(" ", _ASIDE.sub(" ", title))):
        if _SHORTEST <= len(word) <= _LONGEST:
            yield word


def _prefixes(order_ids: Sequence[str]) -> Iterator[str]:
    """How all of them begin, as it is said. One number alone tells nothing of the others."""
    if len(order_ids) < 2:
        return
    shared = ""
    for chars in zip(*order_ids, strict=False):
        if len(set(chars)) > 1 or len(shared) == _LONGEST_PREFIX:
            break
        shared += chars[0]
    if len(shared) >= _SHORTEST:
        yield shared.translate(_SPOKEN)
