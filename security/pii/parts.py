"""Parts of a value that stood in clear before the rest of it came, found again in whatever was made of those words.

"0013" was nobody's number, so it went its way: into a slot, a command, a question. Found exact or in another spelling.
"""

from collections.abc import Iterable
from typing import Any

from security.pii.known import occurrences, squeezed
from security.pii.mask import Part, placeholder_places
from security.pii.view import view_of

_LEAST = 4
"""A shorter part is looked for as a whole value only: "138" is an amount, too."""
_LEAST_WHOLE = 3
_LEAST_OF_OWN_WORDS = 2


class Parts:
    def __init__(self, parts: Iterable[Part]) -> None:
        keys = {squeezed(view_of(part.written))[0]: part.placeholder for part in parts}
        self._parts = sorted(keys.items(), key=lambda part: -len(part[0]))

    def replaced(self, text: str, *, is_own: bool = False) -> str:
        """``is_own``: these are the speaker's words, so shorter parts count too."""
        for key, placeholder in self._parts:
            text = _replaced(text, key, placeholder, _LEAST_OF_OWN_WORDS if is_own else _LEAST)
        return text

    def replaced_in(self, tree: Any, *, is_own: bool = False) -> Any:
        """In every text of a JSON value; names of fields are ours and stay."""
        match tree:
            case str():
                return self.replaced(tree, is_own=is_own)
            case list():
                return [self.replaced_in(each, is_own=is_own) for each in tree]
            case dict():
                return {name: self.replaced_in(each, is_own=is_own) for name, each in tree.items()}
        return tree


def _replaced(text: str, key: str, placeholder: str, least: int) -> str:
    """Between the placeholders that stand in the text already."""
    taken = placeholder_places(text)
    if not taken:
        return _replaced_between(text, key, placeholder, least)
    out, done = [], 0
    for start, end in taken:
        out += [_replaced_between(text[done:start], key, placeholder, least), text[start:end]]
        done = end
    return "".join([*out, _replaced_between(text[done:], key, placeholder, least)])


def _replaced_between(text: str, key: str, placeholder: str, least: int) -> str:
    view = view_of(text)
    letters, places = squeezed(view)
    if letters == key and len(key) >= min(least, _LEAST_WHOLE):
        return placeholder
    if len(key) < least:
        return text
    out, done = [], 0
    for place in occurrences(letters, key):
        start, end = view.starts[places[place]], view.ends[places[place + len(key) - 1]]
        if start >= done:
            out += [text[done:start], placeholder]
            done = end
    return "".join([*out, text[done:]])
