"""What looks like a name at a place, for each degree of certainty that one is there."""

import re
from enum import IntEnum

from security.pii.addresses.gazetteer import is_place_name
from security.pii.names.lexicon import (
    COMPOUND,
    acts,
    dotted_end,
    goes_on,
    is_a_word,
    is_common_in_names,
    is_doubtful,
    is_given,
    is_latin_word,
    is_only_a_town,
    is_titled,
    may_be_given,
    minority_end,
    surname_length,
)

_HAN = re.compile("[\u3400-\u9fff]{1,8}")
_DOTTED = re.compile("[\u3400-\u9fff]{2,7}(?:[·•・‧](?P<last>[\u3400-\u9fff]{1,8})){1,3}")
_SPACED = re.compile("[\u3400-\u9fff]{1,2}(?: [\u3400-\u9fff]){1,2}(?![\u3400-\u9fff])")

_APART = re.compile("[\u3400-\u9fff]{1,2} (?P<given>[\u3400-\u9fff]{2})(?![\u3400-\u9fff])")
CAPITALS = "A-Z\u00c0-\u00de"
LETTERS = "A-Za-z\u00c0-\u024f"
_LATIN_PART = f"[{CAPITALS}][{LETTERS}'’]{{1,20}}"
LATIN = re.compile(rf"{_LATIN_PART}(?:[ ·/-](?:[{CAPITALS}]\.|{_LATIN_PART})){{1,3}}(?![{LETTERS}])")
_LATIN_ALONE = re.compile(f"[{CAPITALS}][a-z\u00df-\u024f]{{2,14}}(?![{LETTERS}0-9])")
_LATIN_SMALL = re.compile(f"[{LETTERS}]{{2,15}}(?:[ -][{LETTERS}]{{2,15}}){{0,2}}(?![{LETTERS}0-9@._-])")
_BEFORE_NAMES = frozenset("给找叫让是和跟与把由转请问诉用拿凭为替帮以从人对系位写填印")


class Said(IntEnum):
    """How plainly the text says that a name follows."""

    MAYBE = 0
    """找, 给, 改成: the name must be beyond doubt, and end where a word ends."""
    TOLD = 1
    """我叫, 司机."""
    LABELLED = 2
    """收件, 联系, without anything between."""
    LABELLED_PERSON = 3
    """收件人, without anything between: it may also be called like a town, if nothing else is said of it."""
    STATED = 4
    """收件人是: even a word is a name then."""
    SPELLED = 5
    """收件人：, 收件人叫: even with a surname that nobody knows."""


def name_end(text: str, start: int, said: Said) -> int | None:
    """Where the name ends that begins there, None if none does."""
    if said >= Said.TOLD:
        if dotted := _DOTTED.match(text, start):
            return dotted_end(text, dotted.start("last"), dotted.end())
        found = _latin(text, start)
        if found is None and said >= Said.LABELLED and surname_length(text, start):
            found = _SPACED.match(text, start) or _apart(text, start)
        end = found.end() if found else minority_end(text, start, is_stated=said >= Said.LABELLED)
        if end is not None:
            return end
    return _chinese_end(text, start, said)


def _apart(text: str, start: int) -> re.Match[str] | None:
    """王 秀英: a surname, and nothing behind it but a given name of two characters that is no title."""
    found = _APART.match(text, start)
    if found is None or found.start("given") - start - 1 != surname_length(text, start):
        return None
    given = found["given"]
    is_name = text[start : start + 2] in COMPOUND or is_given(given)
    is_other = is_titled(text, found.start("given")) or is_place_name(given)
    return found if is_name and not is_other and all(map(may_be_given, given)) else None


def small_latin_end(text: str, start: int) -> int | None:
    """Of a name that somebody typed without capitals."""
    found = _LATIN_SMALL.match(text, start)
    return None if found is None or is_latin_word(found[0]) else found.end()


def _latin(text: str, start: int) -> re.Match[str] | None:
    found = LATIN.match(text, start) or _LATIN_ALONE.match(text, start)
    return None if found is None or is_latin_word(found[0]) else found


def name_start(text: str, end: int, *, is_bounded: bool) -> int | None:
    """Where the name begins that ends there. `is_bounded`: only where nothing but a boundary stands before it."""
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or not _is_whole_name(text[start:end]):
            continue
        if is_a_word(text, start, length) or not is_given(text[end - 1]):
            continue
        is_free = start == 0 or not _HAN.match(text[start - 1]) or text[start - 1] in _BEFORE_NAMES
        if is_free or not (is_bounded or is_doubtful(text[start])):
            return start
    return None


def _is_whole_name(chars: str) -> bool:
    size = surname_length(chars, 0)
    given = chars[size:]
    return size > 0 and 1 <= len(given) <= 2 and all(map(may_be_given, given)) and bool(_HAN.fullmatch(given))


def _chinese_end(text: str, start: int, said: Said) -> int | None:
    size = surname_length(text, start)
    run = _HAN.match(text, start)
    if run is None:
        return None
    if not size:
        return _unknown_end(text, start, run[0]) if said is Said.SPELLED else None
    if said <= Said.TOLD and is_titled(text, start + size):
        return None
    given = run[0][size:]
    length = _given_length(text, start + size, given)
    end = start + size + length
    if not length:
        return None
    if (
        said < Said.STATED
        and is_a_word(text, start, size + length)
        and not _is_called_like_a_town(text, start, end, said)
    ):
        return None
    if said <= Said.TOLD and not _is_beyond_doubt(text, start, size, end, said):
        return None
    return end


def _is_called_like_a_town(text: str, start: int, end: int, said: Said) -> bool:
    """收件人和田: nothing of a sentence stands behind it, and it is no word besides."""
    return said is Said.LABELLED_PERSON and is_only_a_town(text[start:end]) and not _HAN.match(text, end)


def _unknown_end(text: str, start: int, run: str) -> int | None:
    """Where the text states a name and nothing else stands, a surname nobody knows is one."""
    if 2 <= len(run) <= 4 and is_given(run) and all(map(may_be_given, run)) and not is_a_word(text, start, len(run)):
        return start + len(run)
    return None


def _given_length(text: str, start: int, given: str) -> int:
    if not given or not may_be_given(given[0]):
        return 0
    if len(given) == 1 or not may_be_given(given[1]):
        return 1
    if len(given) == 2:
        return 2
    ends_behind = goes_on(text, start + 2)
    if goes_on(text, start + 1) and not (ends_behind and is_common_in_names(given[1])):
        return 1
    return 2 if ends_behind or is_given(given[1]) else 1


def _is_beyond_doubt(text: str, start: int, size: int, end: int, said: Said) -> bool:
    given = text[start + size : end]
    is_end = not _HAN.match(text, end) or goes_on(text, end)
    is_long = end - start > 2
    if is_doubtful(text[start : start + size]):
        return said is Said.TOLD and is_long and is_end and all(map(is_common_in_names, given))
    if not is_given(given):
        return False
    if said is Said.TOLD:
        return is_end or is_long
    return not _HAN.match(text, end) or (is_end and is_long) or acts(text, end)
