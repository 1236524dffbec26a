"""What goods of a shop are called, learnt from orders that pass through this process: for callers not known yet.

Words alone, counted by customers and kept in memory only. What fewer than two customers have bought is told to nobody:
it may have been made for one of them. Pure.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from appliance.voice.hotwords import names

MOST_SHOPS: Final = 256
MOST_WORDS: Final = 500
"""Of a shop; the one that was seen longest ago goes."""
MOST_TITLES: Final = 5_000
"""Whose words are remembered: to look for what is personal in one takes milliseconds, in the middle of calls."""
MOST_AT_ONCE: Final = 10
"""Titles of one customer's orders, the newest: to look into ten takes as long as a frame of sound lasts."""
MOST_TOLD: Final = 50
"""Half of what a recogniser is told on one call, so that there is room for the caller's own."""
_FEWEST: Final = 2


class _Word:
    __slots__ = ("customers", "last")

    def __init__(self) -> None:
        self.customers = 0
        self.last = 0


class Goods:
    def __init__(self, mask: Callable[[str], str]) -> None:
        """``mask``: puts signs for what is personal."""
        self._mask = mask
        self._cut: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._shops: OrderedDict[str, OrderedDict[str, _Word]] = OrderedDict()

    def seen(self, shop: str, customer: str, titles: Iterable[str]) -> None:
        """In the orders of one customer. That he is looked up again and again counts once, as long as no other was."""
        words = self._shops.setdefault(shop, OrderedDict())
        self._shops.move_to_end(shop)
        who = hash((shop, customer))
        newest = tuple(dict.fromkeys(titles))[:MOST_AT_ONCE]
        for name in dict.fromkeys(name for title in newest for name in self._words_of(title)):
            word = words.setdefault(name, _Word())
            words.move_to_end(name)
            if word.customers == 0 or word.last != who:
                word.customers += 1
                word.last = who
        while len(words) > MOST_WORDS:
            words.popitem(last=False)
        while len(self._shops) > MOST_SHOPS:
            self._shops.popitem(last=False)

    def _words_of(self, title: str) -> tuple[str, ...]:
        if title not in self._cut:
            self._cut[title] = tuple(names(self._mask(title)))
        self._cut.move_to_end(title)
        while len(self._cut) > MOST_TITLES:
            self._cut.popitem(last=False)
        return self._cut[title]

    def names(self, shop: str) -> tuple[str, ...]:
        """What most customers have bought comes first."""
        words = self._shops.get(shop, OrderedDict[str, _Word]())
        known = [(word.customers, name) for name, word in words.items() if word.customers >= _FEWEST]
        return tuple(name for _, name in sorted(known, key=lambda each: (-each[0], each[1])))[:MOST_TOLD]
