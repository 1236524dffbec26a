"""What a recogniser has heard."""

import msgspec


class Word(msgspec.Struct, frozen=True):
    """Times count from the beginning of the call's audio."""

    text: str
    start_ms: int
    end_ms: int

    def __repr__(self) -> str:
        """Without what was said: it is in clear."""
        return f"Word({self.start_ms}-{self.end_ms})"


class Heard(msgspec.Struct, frozen=True):
    """``text`` is the whole turn so far, as long as ``is_final`` is False. ``is_guess``, of a final: the recogniser did
    not keep up, and a part of it has not passed twice.

    ``turn`` counts the turns of a call from 0: a final that took long may come while a later one is under way.
    """

    text: str
    is_final: bool
    words: tuple[Word, ...] = ()
    alternatives: tuple[str, ...] = ()
    emotion: str | None = None
    turn: int = 0
    is_guess: bool = False
