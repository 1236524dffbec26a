"""Digits that are pressed, gathered until ``#`` or a pause. ``*`` erases them; pressed alone it is passed on."""

ERASE = "*"
_ENTER = "#"


class Keypad:
    def __init__(self, pause_ms: int) -> None:
        self._pause_ms = pause_ms
        self._digits = ""
        self._last_ms = 0

    @property
    def is_open(self) -> bool:
        return bool(self._digits)

    def press(self, key: str, at_ms: int) -> str:
        """The digits, if this key was their end."""
        self._last_ms = at_ms
        if key == _ENTER:
            return self.take()
        if key == ERASE and not self._digits:
            return key
        self._digits = "" if key == ERASE else self._digits + key
        return ""

    def tick(self, at_ms: int) -> str:
        """The digits, if nothing more was pressed for the pause."""
        return self.take() if self._digits and at_ms - self._last_ms >= self._pause_ms else ""

    def take(self) -> str:
        digits, self._digits = self._digits, ""
        return digits
