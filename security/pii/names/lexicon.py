"""What Chinese names are made of, and the words that only look like names."""

import re

from security.pii.addresses.gazetteer import is_place_name
from security.pii.vocabulary import one_of, tables, words

_TABLES = tables(__file__, "words.toml")
AROUND = {name: words(text) for name, text in _TABLES["around"].items()}

_COMMON = frozenset("".join(_TABLES["surnames"]["common"].split()))
_DOUBTFUL = frozenset(_TABLES["surnames"]["doubtful"])
COMPOUND = words(_TABLES["surnames"]["compound"])
_GIVEN = frozenset("".join(_TABLES["given"]["chars"].split()))
_EVERYDAY = frozenset("".join(_TABLES["given"]["everyday"].split()))
_STOP = frozenset("".join(_TABLES["given"]["stop"].split()))
_FRIENDS = words(_TABLES["friends"]["words"])
_LONGEST_FRIEND = max(map(len, _FRIENDS))
_WORDS_AFTER = re.compile(one_of(words(_TABLES["given"]["words_after"])))
_MINORITY = frozenset(_TABLES["minorities"]["chars"])
_FOREIGN = frozenset(_TABLES["foreign"]["chars"])
_SPELT = _MINORITY | _FOREIGN
_SOUNDS = re.compile(one_of(words(_TABLES["sounds"]["words"])))
_SMALL = frozenset(_TABLES["friends"]["small"])
_LATIN = words(_TABLES["friends"]["latin"])
_ALONE = re.compile(one_of(words(_TABLES["minorities"]["alone"])))
_MINORITY_BEGINNING = re.compile(one_of(words(_TABLES["minorities"]["beginnings"])))

_TITLE = re.compile(one_of(AROUND["titles"]))
_ACTS = re.compile(rf"\s?{one_of(AROUND['acts'])}|\s?[收拿取](?![\u3400-\u9fff])")

_BRANDS = re.compile(one_of(AROUND["brands"]))
_ROLES = tuple(AROUND["roles"])
_LONGEST_ROLE = max(map(len, _ROLES))
_LONGEST_SOUNDS = 8
_TOWN = 2

BEGINNINGS = "".join(sorted(_COMMON | {name[0] for name in COMPOUND}))
"""Every character that a surname begins with."""


def surname_length(text: str, start: int) -> int:
    """1, 2, or 0 where no surname stands."""
    if text[start : start + 2] in COMPOUND:
        return 2
    return int(text[start : start + 1] in _COMMON)


def is_doubtful(surname: str) -> bool:
    return surname in _DOUBTFUL


def may_be_given(char: str) -> bool:
    return char not in _STOP


def is_given(chars: str) -> bool:
    """Characters of given names, or too rare to be those of anything else."""
    return all(char in _GIVEN or char not in _EVERYDAY for char in chars)


def is_common_in_names(char: str) -> bool:
    return char in _GIVEN


def is_only_a_town(word: str) -> bool:
    """A place of two characters that is no word besides; what is larger or smaller says of itself what it is."""
    return len(word) == _TOWN and is_place_name(word) and word not in _FRIENDS


def is_a_word(text: str, start: int, length: int) -> bool:
    """Whether a known word or place stands there instead: as long as the name, longer, or all but its end.

    "韩国强" is a name although 韩国 is a word: the last character is one of names, and the sentence goes on behind it.
    """
    ahead = (text[start : start + size] for size in range(length, max(length, _LONGEST_FRIEND) + 1))
    if any(word in _FRIENDS or is_place_name(word) for word in ahead):
        return True
    end = start + length
    if length < 3 or text[start : end - 1] not in _FRIENDS:
        return False
    is_end = not text[end : end + 1] >= "\u3400" or goes_on(text, end)
    return not (is_end and text[end - 1] in _GIVEN)


def goes_on(text: str, start: int) -> bool:
    """Whether the sentence goes on there, as it does behind a name."""
    return text[start : start + 1] in _STOP or _WORDS_AFTER.match(text, start) is not None


def is_titled(text: str, start: int) -> bool:
    """Whether a title stands there: of "我是张女士" the surname alone is the name."""
    return _TITLE.match(text, start) is not None


def acts(text: str, start: int) -> bool:
    """Whether it says there what somebody does with a parcel."""
    return _ACTS.match(text, start) is not None


def minority_end(text: str, start: int, *, is_stated: bool = False) -> int | None:
    """The end of a name that is written by its sound (巴特尔, 扎西顿珠), if one begins there.

    `is_stated`: it need not begin like one that is known, if nothing but its sounds stands there.
    """
    whole = _ALONE.match(text, start)
    if whole and (text[whole.end() : whole.end() + 1] < "\u3400" or goes_on(text, whole.end())):
        return whole.end()
    beginning = _MINORITY_BEGINNING.match(text, start)
    is_known = beginning is not None
    if not is_known and not is_stated:
        return None
    end = beginning.end() if beginning else start
    while end < len(text) and end < start + _LONGEST_SOUNDS and _is_foreign(text[end]) and not goes_on(text, end):
        end += 1
    is_end = text[end : end + 1] < "\u3400" or goes_on(text, end)
    return end if end - start >= (3 if is_known else 4) and (is_known or is_end) else None


def sounds_foreign(chars: str) -> bool:
    """Nothing but what names are written with by their sound: 买买提 too, which begins with a word."""
    rest = _SOUNDS.sub("", chars)
    return len(chars) > 1 and all(_is_sound(c) and may_be_given(c) for c in rest)


def is_brand_behind(text: str, start: int) -> bool:
    """大姐牌, 达斯联名."""
    return _BRANDS.match(text, start) is not None


def is_latin_word(name: str) -> bool:
    """Whether there is a word of shops in it that is nobody's name."""
    return any(part in _LATIN for part in name.lower().split())


def is_small_thing(surname: str) -> bool:
    """小米, 小包: with 小 before it no surname."""
    return surname in _SMALL


def follows_role(text: str, place: int) -> bool:
    """门卫孙大爷, 保安老李."""
    return text.endswith(_ROLES, max(place - _LONGEST_ROLE, 0), place)


def dotted_end(text: str, start: int, end: int) -> int:
    """Where the last part of a name with dots ends that may run on into the sentence; two characters at least."""
    sounds = {place for word in _SOUNDS.finditer(text, start, end) for place in range(*word.span())}
    places = (place for place in range(start + 2, end) if place not in sounds and text[place] not in _SPELT)
    return next((place for place in places if goes_on(text, place)), end)


def _is_sound(char: str) -> bool:
    return _is_foreign(char) or char in _FOREIGN


def begins_foreign(chars: str) -> bool:
    return _MINORITY_BEGINNING.match(chars) is not None


def _is_foreign(char: str) -> bool:
    return char in _MINORITY or (char >= "\u3400" and char not in _GIVEN and char not in _EVERYDAY)
