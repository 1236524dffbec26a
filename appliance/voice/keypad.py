"""Digits that are pressed, gathered until ``#`` or a pause. ``*`` erases them; pressed alone it is passed on.

A pause may come too early. Of a number that it ended a lone 0 is the rest, and no 0 by itself, until ``answered``.
"""

from typing import Final

ERASE = "*"
_ENTER = "#"
_GOES_ON: Final = "0"
"""What by itself means something else than as the end of a number."""
_LEAST: Final = 2
"""Digits of a number: one by itself is a choice."""


class Keypad:
    def __init__(self, pause_ms: int) -> None:
        self._pause_ms = pause_ms
        self._digits = ""
        self._last_ms = 0
        self._cut_off = ""
        """The number that a pause ended last, while more of it may come."""

    @property
    def is_open(self) -> bool:
        return bool(self._digits)

    def press(self, key: str, at_ms: int) -> str:
        """The digits, if this key was their end."""
        self._last_ms = at_ms
        if key == _ENTER:
            return self.take()
        if key == ERASE:
            self._cut_off = ""
            if not self._digits:
                return key
        self._digits = "" if key == ERASE else self._digits + key
        return ""

    def tick(self, at_ms: int) -> str:
        """The digits, if nothing more was pressed for the pause."""
        if not self._digits or at_ms - self._last_ms < self._pause_ms:
            return ""
        digits = self.take()
        self._cut_off = digits if len(digits) >= _LEAST else ""
        return digits

    def take(self) -> str:
        """With what came before them, where they are the rest of that."""
        digits, cut_off = self._digits, self._cut_off
        self._digits = self._cut_off = ""
        return cut_off + digits if digits == _GOES_ON else digits

    def answered(self) -> None:
        """The number that was pressed last is done with: what comes now is by itself."""
        self._cut_off = ""
