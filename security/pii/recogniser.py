"""How a type of personal data is recognised: shapes to look for, what a shape is worth, its one spelling.

Every type is a file in ``recognisers/`` with a `Recogniser` in it. Shapes are regular expressions over the normalised
text (`view`) and must be linear: Presidio drops a pattern that takes too long, and what it drops would leak.
"""

from collections.abc import Callable

import msgspec

from security.pii.model import PiiType

SEPARATOR = r"[ \-.,()/\\_|*`~]?"
"""What `view` leaves between two digits that belong together."""

NO_DIGIT_BEFORE = r"(?<![0-9])"
NO_DIGIT_AFTER = r"(?![0-9])"
NO_WORD_BEFORE = r"(?<![0-9A-Za-z])"
"""Not ``\b``: Chinese characters count as word characters."""
NO_WORD_AFTER = r"(?![0-9A-Za-z])"


class Recogniser(msgspec.Struct, frozen=True, kw_only=True):
    type: PiiType
    shapes: tuple[str, ...]
    worth: Callable[[str], float]
    """Confidence that the normalised value alone deserves, from 0 to 1. At least `sure.FOUND` needs no context."""
    normalise: Callable[[str], str]
    least_digits: int = 0
    """Fewer digits in the whole text, and it is not looked for."""
    must_hold: tuple[str, ...] = ()
    """None of these in the text, in lower case, and it is not looked for."""
    needs_name: bool = False
    """Not looked for unless a word in the text names it, or it was asked for."""
    with_context: float = 0.5
    """What a word nearby that names the type adds."""
    without: float = 0.5
    """What a word nearby that names something else takes away."""


def digits(count: str) -> str:
    """Digits with separators between them: ``digits("{9}")``."""
    return f"(?:{SEPARATOR}[0-9]){count}"


def only_digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
