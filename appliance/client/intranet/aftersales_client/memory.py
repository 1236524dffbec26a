"""What was read last, by address, with its ETag: what has not changed is not sent again."""

from collections import OrderedDict
from threading import Lock
from typing import Any, NamedTuple


class Known(NamedTuple):
    etag: str
    content: Any


class Memory:
    """Of the addresses that were read last. An answer that has not changed is the very object that was given before."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Known] = OrderedDict()
        self._lock = Lock()

    def of(self, address: str) -> Known | None:
        with self._lock:
            return self._kept.get(address)

    def keep(self, address: str, known: Known) -> None:
        with self._lock:
            self._kept[address] = known
            self._kept.move_to_end(address)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
