"""Digits that were taken back, and what takes their place: "1395712，不对，13957146048", "…不对，末四位改成8882".

What was wrong is as personal as what is right, a beginning as much as an end.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from security.pii.checks import is_province
from security.pii.confidence import is_called_otherwise
from security.pii.engine import Hit
from security.pii.model import PiiType
from security.pii.pieces.digit import one_digit_told_anew
from security.pii.pieces.grammar import (
    Gap,
    Piece,
    gap_between,
    is_about_the_head,
    is_counted,
    is_short,
    is_taken_back_behind,
    says_nothing_else,
    tells_pieces,
)

_SPELLED_IN_DIGITS = frozenset({PiiType.ID_CARD, PiiType.BANK_CARD, PiiType.PHONE, PiiType.OTP, PiiType.CVV})
_LEAST = 3
_LEAST_COUNTED = 2
_LONGEST = 19
_ALL_THAT_IS_KEPT = 5
"""Of some numbers the last four digits are."""
_LONG = 7
"""So many digits behind "不对" are the number, whatever else is said."""
_ALIKE = 4
"""So many digits alike are no chance."""
_MOST_TIMES = 4
"""So often somebody begins anew."""


def corrected_parts(text: str, hits: Sequence[Hit], pieces: Sequence[Piece]) -> Iterator[Hit]:
    """Further hits, each of the type of the hit beside it. Both in order, without overlaps."""
    ends = [piece.end for piece in pieces]
    for hit in hits:
        if hit.recogniser.type in _SPELLED_IN_DIGITS or _is_password_of_digits(text, hit):
            place = bisect_left(ends, hit.start)
            yield from _taken_back(text, hit, pieces[max(place - _MOST_TIMES, 0) : place])
            place = bisect_left(ends, hit.end + 1)
            yield from told_anew(text, hit, pieces[place : place + _MOST_TIMES])


def _is_password_of_digits(text: str, hit: Hit) -> bool:
    return hit.recogniser.type is PiiType.PASSWORD and text[hit.start : hit.end].isdecimal()


def _taken_back(text: str, hit: Hit, before: Sequence[Piece]) -> Iterator[Hit]:
    start, whole, is_taken_back, end = hit.start, _spelled(text, hit), False, ""
    for piece in reversed(before):
        gap = gap_between(text, piece.end, start)
        is_of_it = gap is Gap.CORRECTION or (gap is Gap.LINK and is_taken_back) or _is_alike(text, piece, start, whole)
        end = _end_told(piece, whole, end) if gap is not Gap.OTHER else ""
        if not (end or (is_of_it and _may_begin(text, hit, whole, piece))):
            return
        yield Hit(hit.recogniser, piece.start, piece.end, hit.score, whole)
        start, is_taken_back = piece.start, True


def _end_told(piece: Piece, whole: str, told: str) -> str:
    """ "后四位是6084，整个是15209936084": its end, told before it, and what was told in the place of that."""
    if told:
        return told if len(piece.digits) == len(told) else ""
    return piece.digits if len(piece.digits) >= _ALIKE and whole.endswith(piece.digits) else ""


def _is_alike(text: str, piece: Piece, start: int, whole: str) -> bool:
    """It begins as the whole does, a few characters before it."""
    return piece.digits[:_ALIKE] == whole[: max(len(piece.digits[:_ALIKE]), _LEAST)] and is_short(
        text, piece.end, start
    )


def _may_begin(text: str, hit: Hit, whole: str, piece: Piece) -> bool:
    """Whether it may be the beginning of such a number, mistaken or not."""
    digits, type_ = piece.digits, hit.recogniser.type
    if len(digits) < _LEAST or is_called_otherwise(hit.recogniser, text, piece.start, piece.end):
        return False
    if digits[:2] == whole[:2]:
        return True
    is_mobile = type_ is PiiType.PHONE and digits[0] == "1" and digits[1] in "3456789"
    return is_mobile or (type_ is PiiType.ID_CARD and is_province(digits)) or len(digits) > _LONGEST // 2


def told_anew(text: str, hit: Hit, behind: Sequence[Piece]) -> Iterator[Hit]:
    """What takes the place of digits of the hit, or names them to take them back. Pieces behind it, in order."""
    end, whole, is_corrected, old = hit.end, _spelled(text, hit), False, ""
    if told := list(one_digit_told_anew(text, hit, whole)):
        yield from told
        return
    for piece in behind:
        is_old = _is_taken_back_by_name(text, end, piece, whole)
        if not is_old and not _is_told_anew(text, end, piece, is_corrected=is_corrected):
            return
        if is_called_otherwise(hit.recogniser, text, piece.start, piece.end):
            return
        if not is_old:
            whole = _with(whole, piece.digits, old, is_head=is_about_the_head(text[end : piece.start]))
        yield Hit(hit.recogniser, piece.start, piece.end, hit.score, whole)
        end, is_corrected, old = piece.end, True, piece.digits if is_old else ""


def _is_told_anew(text: str, end: int, piece: Piece, *, is_corrected: bool) -> bool:
    start, gap = piece.start, gap_between(text, end, piece.start)
    if gap is Gap.OTHER or len(piece.digits) < (_LEAST_COUNTED if _says_how_many(text, end, start, gap) else _LEAST):
        return False
    if gap is Gap.LINK:
        return is_corrected or (tells_pieces(text, end, start) and is_taken_back_behind(text, piece.end))
    is_of_it = tells_pieces(text, end, piece.end, before=0) or says_nothing_else(text, end, start)
    return is_corrected or is_of_it or len(piece.digits) >= _LONG


def _says_how_many(text: str, start: int, end: int, gap: Gap) -> bool:
    """ "最后两位错了，是86", and "不对，末尾是86", where nothing else is said."""
    is_of_it = gap is Gap.CORRECTION and tells_pieces(text, start, end, before=0)
    return is_counted(text, start, end) or (is_of_it and says_nothing_else(text, start, end))


def _is_taken_back_by_name(text: str, end: int, piece: Piece, whole: str) -> bool:
    """ "把7168改成7186", "7168那里错了", "中间那个0993应该是0939"."""
    digits = piece.digits
    is_there = whole.startswith(digits) or whole.endswith(digits) or (len(digits) >= _ALIKE and digits in whole)
    is_part = is_there and _LEAST <= len(digits) < max(len(whole), _ALL_THAT_IS_KEPT)
    return is_part and is_short(text, end, piece.start) and is_taken_back_behind(text, piece.end)


def _with(whole: str, digits: str, old: str, *, is_head: bool) -> str:
    """With the digits in the place of the old ones, if those were named and are as many."""
    if len(digits) >= len(whole):
        return digits
    if len(old) == len(digits):
        before, _, behind = whole.rpartition(old)
        return before + digits + behind
    return digits + whole[len(digits) :] if is_head else whole[: -len(digits)] + digits


def _spelled(text: str, hit: Hit) -> str:
    return hit.recogniser.normalise(hit.whole or text[hit.start : hit.end])
