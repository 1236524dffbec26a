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
    """``text`` is the whole turn so far, as long as ``is_final`` is False."""

    text: str
    is_final: bool
    words: tuple[Word, ...] = ()
    alternatives: tuple[str, ...] = ()
    emotion: str | None = None
