"""Digits that were taken back, and what takes their place: "1395712，不对，13957146048", "…不对，末四位改成8882".

What was wrong is as personal as what is right, a beginning as much as an end.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from security.pii.checks import is_province
from security.pii.confidence import is_called_otherwise
from security.pii.engine import Hit
from security.pii.model import PiiType
from security.pii.pieces.grammar import (
    Gap,
    Piece,
    gap_between,
    is_about_the_head,
    is_short,
    is_taken_back_behind,
    tells_pieces,
)

_SPELLED_IN_DIGITS = frozenset({PiiType.ID_CARD, PiiType.BANK_CARD, PiiType.PHONE, PiiType.OTP, PiiType.CVV})
_LEAST = 3
_LONGEST = 19
_ALIKE = 4
"""So many digits alike are no chance."""
_MOST_TIMES = 4
"""So often somebody begins anew."""


def corrected_parts(text: str, hits: Sequence[Hit], pieces: Sequence[Piece]) -> Iterator[Hit]:
    """Further hits, each of the type of the hit beside it. Both in order, without overlaps."""
    ends = [piece.end for piece in pieces]
    for hit in hits:
        if hit.recogniser.type in _SPELLED_IN_DIGITS:
            place = bisect_left(ends, hit.start)
            yield from _taken_back(text, hit, pieces[max(place - _MOST_TIMES, 0) : place])
            place = bisect_left(ends, hit.end + 1)
            yield from _told_anew(text, hit, pieces[place : place + _MOST_TIMES])


def _taken_back(text: str, hit: Hit, before: Sequence[Piece]) -> Iterator[Hit]:
    start, whole, is_taken_back = hit.start, _spelled(text, hit), False
    for piece in reversed(before):
        gap = gap_between(text, piece.end, start)
        is_of_it = gap is Gap.CORRECTION or (gap is Gap.LINK and is_taken_back) or _is_alike(text, piece, start, whole)
        if not is_of_it or not _may_begin(text, hit, whole, piece):
            return
        yield Hit(hit.recogniser, piece.start, piece.end, hit.score, whole)
        start, is_taken_back = piece.start, True


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


def _told_anew(text: str, hit: Hit, behind: Sequence[Piece]) -> Iterator[Hit]:
    end, whole = hit.end, _spelled(text, hit)
    for piece in behind:
        is_right = _is_told_anew(text, end, piece) and len(piece.digits) >= _LEAST
        if not is_right or is_called_otherwise(hit.recogniser, text, piece.start, piece.end):
            return
        whole = _with(whole, piece.digits, is_head=is_about_the_head(text[end : piece.start]))
        yield Hit(hit.recogniser, piece.start, piece.end, hit.score, whole)
        end = piece.end


def _is_told_anew(text: str, end: int, piece: Piece) -> bool:
    gap = gap_between(text, end, piece.start)
    is_behind = gap is Gap.LINK and tells_pieces(text, end, piece.start) and is_taken_back_behind(text, piece.end)
    return gap is Gap.CORRECTION or is_behind


def _with(whole: str, digits: str, *, is_head: bool) -> str:
    if len(digits) >= len(whole):
        return digits
    return digits + whole[len(digits) :] if is_head else whole[: -len(digits)] + digits


def _spelled(text: str, hit: Hit) -> str:
    return hit.recogniser.normalise(hit.whole or text[hit.start : hit.end])
