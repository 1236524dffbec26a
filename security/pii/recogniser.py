"""How a type of personal data is recognised: what to look for, what it is worth, its one spelling.

Every type is a `Recogniser` in a file of ``recognisers/``. Most look for shapes: regular expressions over the
normalised text (`view`), which must be linear. What no expression can say (names, addresses) is a function.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from security.pii.model import PiiType

SEPARATOR = r"""[ \n\-.,()/\\_|*`~=+#&^;<>\[\]{}!?'"]?"""
"""What `view` leaves between two digits that belong together."""
GAP = r"(?:[\s\-.,，。、·•:()]|嗯|呃|啊|哦|额|就是|然后|那个){0,4}+"
"""What people put between the letters and the digits of one number."""
SAID = r"(?:\s?(?:空格|短?横[杠线]|中?划线|斜?杠|逗号|冒号|[:点@$%]|&nbsp;|<br\s?/?>)\s?)"
"""What stands between whole groups of digits and nowhere else: a sign by its name, or what a page left."""
VALUE = "value"
"""The group of a shape that is the value, where the shape says more than the value."""

NO_DIGIT_BEFORE = r"(?<![0-9])"
NO_DIGIT_AFTER = r"(?![0-9])"
NO_WORD_BEFORE = r"(?<![0-9A-Za-z])"
"""Not ``\b``: Chinese characters count as word characters."""
NO_WORD_AFTER = r"(?![0-9A-Za-z])"


class Place(NamedTuple):
    start: int
    end: int
    score: float


class Recogniser(msgspec.Struct, frozen=True, kw_only=True):
    type: PiiType
    normalise: Callable[[str], str]
    shapes: tuple[str, ...] = ()
    worth: Callable[[str], float] = lambda _: 0.0
    """What the normalised value alone deserves, from 0 to 1. At least `confidence.FOUND` needs no context."""
    places: Callable[[str], Iterable[Place]] | None = None
    """Instead of shapes; its scores already count the words around."""
    least_digits: int = 0
    """Fewer digits in the whole text, and it is not looked for."""
    must_hold: tuple[str, ...] = ()
    """None of these in the text, in lower case, and it is not looked for."""
    hint: str = ""
    """An expression that must be found in the text, or it is not looked for."""
    needs_name: bool = False
    """Not looked for unless a word in the text names it, or it was asked for."""
    with_context: float = 0.5
    """What a word nearby that names the type adds."""
    against: tuple[str, ...] = ("other", "carriers")
    """Groups of words in ``words.toml`` that name something else."""
    without: float = 0.5
    """What a word nearby that names something else takes away."""
    is_proven: Callable[[str, int], bool] | None = None
    """Whether what stands behind the value proves it, whatever the words before it name: the text, and its end."""


def digits(count: str) -> str:
    """Digits with separators between them: ``digits("{9}")``."""
    return f"(?:{SEPARATOR}[0-9]){count}"


def letters_and_digits(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isalnum()).upper()


def only_digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
