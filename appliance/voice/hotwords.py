"""Words that a recogniser is told to listen for on one call: names of goods, and how the shop's order numbers begin.

Titles of goods are cut into what people say of them; what may be about a person is left out. Pure.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import msgspec

from models.compact.numerals import MEASURES

MOST: Final = 100
"""Many words that are likely are as good as none."""
_SHORTEST, _LONGEST = 2, 6
"""Characters; what is longer is cut."""
_END: Final = 4
"""So many at the end of what is long say what it is, where no word in it is known."""
_TABLE: Final = Path(__file__).with_suffix(".toml")
_ASIDE: Final = re.compile(r"[【\[(（《<].*?[】\])）》>]")
"""【官方正品】 is said by nobody."""
_WORD: Final = re.compile(r"[Tt]恤|[Uu]盘|[\u4e00-\u9fff]+|[A-Za-z]{2,}[A-Za-z0-9]*")
_COUNTED: Final = re.compile(
    rf"\d(?:毫升|千克|公斤|厘米|英寸|[{MEASURES}层寸升克斤米匹色](?:[装套组]|(?=[^\u4e00-\u9fff]|$)))"
)
"""2件套, 10支装, 500克; 3条纹 is none."""
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
    for word in _WORD.findall(_COUNTED.sub(" ", _MASKED.sub(" ", _ASIDE.sub(" ", title)))):
        if word.isascii():
            yield from () if word.lower() in _vocabulary().units else (word,)
        else:
            yield from _cut(word)


def _cut(run: str) -> Iterator[str]:
    """Nobody says 男士秋冬加绒加厚束脚休闲运动裤: 运动裤 is what it is."""
    if len(run) <= _LONGEST:
        yield from (run,) if len(run) >= _SHORTEST else ()
        return
    for part in _vocabulary().parts(run):
        known = _vocabulary().known(part)
        if len(part) <= _LONGEST and (not known or part.endswith(known[-1])):
            yield part
        else:
            yield from known or (part[-_END:],)


class _Vocabulary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    goods: tuple[str, ...]
    about: tuple[str, ...]
    units: frozenset[str]

    def parts(self, run: str) -> list[str]:
        """Between the words that say how the goods are. Those of more than one character."""
        cut = self._any.sub(lambda found: found[0] if found.lastgroup == "goods" else " ", run)
        return [part for part in cut.split() if len(part) >= _SHORTEST]

    def known(self, part: str) -> list[str]:
        return [found[0] for found in self._any.finditer(part)]

    @cached_property
    def _any(self) -> re.Pattern[str]:
        """Goods before what is said of them: the 学习 of 学习机 is none."""
        longest = (sorted(words, key=len, reverse=True) for words in (self.goods, self.about))
        return re.compile("(?P<goods>{})|(?P<about>{})".format(*("|".join(map(re.escape, each)) for each in longest)))


@cache
def _vocabulary() -> _Vocabulary:
    return msgspec.convert(tomllib.loads(_TABLE.read_text(encoding="utf-8")), _Vocabulary)


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
