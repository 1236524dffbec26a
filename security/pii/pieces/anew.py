"""Digits that correct a number which is masked already: "手机⟨手机1⟩", then "后四位错了，是6084"."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from security.pii.confidence import distance_of_name
from security.pii.engine import Hit
from security.pii.model import MaskedNumber, PiiType
from security.pii.pieces.corrections import told_anew
from security.pii.pieces.grammar import Piece, pieces_in
from security.pii.recogniser import Recogniser
from security.pii.recognisers import bank_card, id_card, phone
from security.pii.view import View

_TOLD_IN_DIGITS: dict[PiiType, Recogniser] = {
    each.type: each for each in (id_card.RECOGNISER, bank_card.RECOGNISER, phone.RECOGNISER)
}
_SURE = 0.9
_MOST_TIMES = 4


def told_anew_of(view: View, numbers: Sequence[MaskedNumber]) -> Iterator[Hit]:
    """Of the last such number, or of the one that is named last. Masked ones in order."""
    pieces = list(pieces_in(view.text))
    end = max((bisect_left(view.ends, each.end) + 1 for each in numbers), default=0)
    hits = [_hit(view, each, end) for each in numbers if each.type in _TOLD_IN_DIGITS]
    told = [anew for hit in reversed(hits) if (anew := list(told_anew(view.text, hit, _behind(pieces, hit))))]
    yield from min(told, key=lambda anew: distance_of_name(anew[0].recogniser, view.text, anew[0].start), default=[])


def _hit(view: View, number: MaskedNumber, end: int) -> Hit:
    """As if it stood where the last one does: what is said behind that is said of any of them."""
    start = bisect_left(view.starts, number.start)
    return Hit(_TOLD_IN_DIGITS[number.type], start, end, _SURE, number.normalised)


def _behind(pieces: Sequence[Piece], hit: Hit) -> Sequence[Piece]:
    place = bisect_left(pieces, hit.end, key=lambda piece: piece.start)
    return pieces[place : place + _MOST_TIMES]
