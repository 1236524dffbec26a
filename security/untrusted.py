"""Words of strangers, made harmless before anything reads them: a person's screen, a log, a model. Pure.

Nothing that cannot be seen stays in, and nothing that a chat template, a terminal or a page would take for its own.
What is visible stays visible: the fence never turns words into other words, and never makes a text longer.

Removed, because nobody sees them and they only split or reorder what is seen: control characters but tab and line feed,
format characters (zero-width, bidi, tags, soft hyphens; the joiner of emoji too), invisible letters, variation
selectors behind ASCII. Made visible: any other way to end a line becomes a line feed, half a surrogate pair U+FFFD.
Exchanged: ``<`` and ``>`` in every width for ‹ and ›, and for 〔 and 〕 the square brackets of words like ``[INST]``,
``[|user|]`` and ``[UNUSED_TOKEN_146]``, and those of ``]~b]`` and its kind, in whatever letters they are written.
All special tokens of the chat templates that we know stand in one of these, and no normalisation turns ours back.
"""

import re
import unicodedata
from typing import Final

REPLACEMENT: Final = "\ufffd"

_ANGLES: Final = {"<": "‹", ">": "›", "＜": "‹", "＞": "›", "﹤": "‹", "﹥": "›"}
_LINE_ENDS: Final = frozenset("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_INVISIBLE_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")

_RETURN: Final = re.compile("\r\n")
_SELECTOR: Final = re.compile("(?<=[\x00-\x7f‹›\uff00-\uffef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+(?!\u20e3)")
_BRACKETED: Final = re.compile(r"[\[［﹇]([^\s\[\]［］﹇﹈]{1,40})[\]］﹈]")
_WORD: Final = re.compile(r"/?[A-Za-z_][A-Za-z0-9_]+|\|/?[A-Za-z_][A-Za-z0-9_]+\|")
_BETWEEN: Final = re.compile(r"[\[\]［］﹇﹈](?=([^\s\[\]［］﹇﹈]{1,4})[\[\]［］﹇﹈])")
_TILDED: Final = re.compile(r"(?=[^~]*~)[!~A-Za-z]{2,}")
_TORTOISE: Final = str.maketrans("[]［］﹇﹈", "〔〕〔〕〔〕")
_PLAIN: Final = re.compile("[\n\t !-;=?-Z\\\\^-~\u3001\u3002\u3400-\u9fff\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]*")
"""Text of these alone is as it should be: most of what is ever said."""


def fenced(text: str) -> str:
    """The text as it may be kept, shown and read by a model. Fencing twice changes nothing more."""
    if _PLAIN.fullmatch(text):
        return text
    visible = _RETURN.sub("\n", text).translate(_FENCE)
    return _BETWEEN.sub(_without_tilded, _BRACKETED.sub(_without_word, _SELECTOR.sub("", visible)))


def one_line(text: str) -> str:
    """For a log, a reason, a terminal: fenced, and nothing begins a line of its own."""
    return " ".join(fenced(text).split())


def _without_word(bracketed: re.Match[str]) -> str:
    return _exchanged(bracketed, _WORD)


def _without_tilded(bracket: re.Match[str]) -> str:
    """Only the first bracket: the second may begin the next one."""
    return _exchanged(bracket, _TILDED)


def _exchanged(found: re.Match[str], token: re.Pattern[str]) -> str:
    is_token = token.fullmatch(unicodedata.normalize("NFKC", found[1]))
    return found[0].translate(_TORTOISE) if is_token else found[0]


class _Fence(dict[int, str]):
    """What each code point becomes; filled as they are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        found = _becomes(char)
        if len(self) < _MOST:
            self[code] = found
        return found


def _becomes(char: str) -> str:
    if char in "\n\t":
        return char
    if char in _LINE_ENDS:
        return "\n"
    kind = unicodedata.category(char)
    if kind in ("Cc", "Cf") or char in _INVISIBLE_LETTERS:
        return ""
    return REPLACEMENT if kind == "Cs" else _ANGLES.get(char, char)


_MOST: Final = 100_000
_FENCE: Final = _Fence()
