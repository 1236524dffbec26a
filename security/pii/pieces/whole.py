"""What the expressions found, and the pieces of numbers around it."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from security.pii.engine import Hit
from security.pii.model import NEVER_KEPT, PiiType
from security.pii.pieces.corrections import corrected_parts
from security.pii.pieces.finder import numbers_in_pieces
from security.pii.pieces.grammar import Piece, pieces_in

_OF_AN_ISSUER = 0.7
_TOLD_BY_THE_TAIL = {PiiType.ID_CARD, PiiType.BANK_CARD}
_LEAST_WHOLE = 13
_SURE_OF_THEIR_DIGITS = NEVER_KEPT | {
    PiiType.ID_CARD,
    PiiType.BANK_CARD,
    PiiType.PHONE,
    PiiType.WECHAT,
    PiiType.QQ,
    PiiType.IP,
    PiiType.USCC,
}


def with_pieces(text: str, hits: list[Hit], without_overlaps: Callable[[list[Hit]], list[Hit]]) -> list[Hit]:
    """Hits in order, without overlaps, before and after."""
    pieces = list(pieces_in(text))
    if not pieces:
        return hits
    told = list(numbers_in_pieces(text, _free(text, pieces, filter(_is_whole, hits))))
    hits = without_overlaps([*hits, *told]) if told else hits
    corrected = list(corrected_parts(text, hits, _free(text, pieces, hits)))
    return without_overlaps([*hits, *corrected]) if corrected else hits


def _is_whole(hit: Hit) -> bool:
    """A card that is none by its issuer may be the beginning of a longer one; behind a tail may come the rest."""
    if hit.recogniser.type in _TOLD_BY_THE_TAIL and hit.end - hit.start < _LEAST_WHOLE:
        return False
    return hit.recogniser.type is not PiiType.BANK_CARD or hit.score >= _OF_AN_ISSUER


def _free(text: str, pieces: Sequence[Piece], hits: Iterable[Hit]) -> list[Piece]:
    """Those that belong to nothing yet that is sure of its digits; of those that go on behind one the rest."""
    taken = [hit for hit in hits if hit.recogniser.type in _SURE_OF_THEIR_DIGITS]
    starts = [hit.start for hit in taken]
    return [free for piece in pieces for free in _what_is_free(text, piece, taken, starts)]


def _what_is_free(text: str, piece: Piece, taken: Sequence[Hit], starts: Sequence[int]) -> list[Piece]:
    place = bisect_right(starts, piece.end - 1)
    if place == 0 or taken[place - 1].end <= piece.start:
        return [piece]
    return list(pieces_in(text, taken[place - 1].end, piece.end))
