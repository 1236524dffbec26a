"""What looks like a name at a place, for each degree of certainty that one is there."""

import re
from enum import IntEnum

from security.pii.names.lexicon import goes_on, is_a_word, is_doubtful, is_given, may_be_given, minority_end, surname_length

_HAN = re.compile("[\u3400-\u9fff]{1,8}")
_DOTTED = re.compile("[\u3400-\u9fff]{2,7}(?:[·•・‧][\u3400-\u9fff]{1,8}){1,3}")
_SPACED = re.compile("[\u3400-\u9fff]{1,2}(?: [\u3400-\u9fff]){1,2}(?![\u3400-\u9fff])")
_LATIN = re.compile(r"[A-Z][A-Za-z'’]{1,20}(?:[ ·/-](?:[A-Z]\.|[A-Z][A-Za-z'’]{1,20})){1,3}(?![A-Za-z])")


class Said(IntEnum):
    """How plainly the text says that a name follows."""

    MAYBE = 0
    """找, 给, 改成: the name must be beyond doubt, and end where a word ends."""
    TOLD = 1
    """我叫, 司机."""
    LABELLED = 2
    """收件人, without anything between."""
    STATED = 3
    """收件人：, 收件人就叫: even a word is a name then."""


def name_end(text: str, start: int, said: Said) -> int | None:
    """Where the name ends that begins there, None if none does."""
    if said >= Said.TOLD:
        for shape in (_DOTTED, _LATIN, *((_SPACED,) if said >= Said.LABELLED else ())):
            found = shape.match(text, start)
            if found and (shape is not _SPACED or surname_length(text, start)):
                return found.end()
        if (end := minority_end(text, start)) is not None:
            return end
    return _chinese_end(text, start, said)


def name_start(text: str, end: int, *, is_bounded: bool) -> int | None:
    """Where the name begins that ends there. `is_bounded`: only where nothing but a boundary stands before it."""
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or not _is_whole_name(text[start:end]):
            continue
        if is_a_word(text, start, length) or not is_given(text[end - 1]):
            continue
        is_free = start == 0 or not _HAN.match(text[start - 1])
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
    if not size or run is None:
        return None
    given = run[0][size:]
    length = _given_length(text, start + size, given)
    end = start + size + length
    if not length or (said < Said.STATED and is_a_word(text, start, size + length)):
        return None
    if said <= Said.TOLD and not _is_beyond_doubt(text, start, size, end, said):
        return None
    return end


def _given_length(text: str, start: int, given: str) -> int:
    if not given or not may_be_given(given[0]):
        return 0
    if len(given) == 1 or not may_be_given(given[1]):
        return 1
    if len(given) == 2 or not goes_on(text, start + 1):
        return 2 if len(given) == 2 or is_given(given[1]) or goes_on(text, start + 2) else 1
    return 1


def _is_beyond_doubt(text: str, start: int, size: int, end: int, said: Said) -> bool:
    if is_doubtful(text[start : start + size]) or not is_given(text[start + size : end]):
        return False
    is_end = not _HAN.match(text, end)
    return is_end or (goes_on(text, end) and (said is Said.TOLD or end - start > 2))
