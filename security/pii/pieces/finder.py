"""A number told in pieces with words between them: "139开头，中间5712，尾号6048", "110105，1990年3月7号，后面四位2914".

No expression over the text sees one number there: the pieces are put together and looked at like any other number. Pure
and linear: so many pieces make a chain, and no more. A piece that is taken back within it gives way to the next one.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from security.pii.checks import is_birth_date, is_card_issuer, is_province
from security.pii.confidence import is_called_otherwise, is_named
from security.pii.engine import Hit
from security.pii.pieces.grammar import Gap, Piece, gap_between, tells_pieces
from security.pii.recogniser import Recogniser
from security.pii.recognisers import bank_card, id_card, phone

_MOST_PIECES = 8
_SURE = 0.9
_LONGEST = 19
_MOST_READINGS = 40


class _Kind(NamedTuple):
    recogniser: Recogniser
    is_whole: Callable[[str], bool]
    needs_name: bool


def _is_mobile(digits: str) -> bool:
    return len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789" and digits.isdigit()


def _is_id_card(digits: str) -> bool:
    return len(digits) == 18 and digits[:17].isdigit() and is_province(digits) and is_birth_date(digits[6:14])


def _is_id_card_of_a_region_in_words(digits: str) -> bool:
    return len(digits) == 12 and digits[:11].isdigit() and is_birth_date(digits[:8])


def _is_bank_card(digits: str) -> bool:
    return 16 <= len(digits) <= 19 and digits.isdigit() and is_card_issuer(digits)


_KINDS = (
    _Kind(id_card.RECOGNISER, _is_id_card, needs_name=False),
    _Kind(phone.RECOGNISER, _is_mobile, needs_name=False),
    _Kind(bank_card.RECOGNISER, _is_bank_card, needs_name=True),
    _Kind(id_card.RECOGNISER, _is_id_card_of_a_region_in_words, needs_name=True),
)


class _Link(NamedTuple):
    piece: Piece
    before: Gap
    """What stands between it and the piece before."""


def numbers_in_pieces(text: str, pieces: Sequence[Piece]) -> Iterator[Hit]:
    """A hit for each piece of a number, with the whole of it. Pieces in order."""
    for chain in _chains(text, pieces):
        begin = 0
        while begin < len(chain) - 1:
            hits = _longest(text, chain[begin:])
            yield from hits
            begin += len(hits) or 1


def _chains(text: str, pieces: Sequence[Piece]) -> Iterator[list[_Link]]:
    chain = [_Link(piece, Gap.OTHER) for piece in pieces[:1]]
    for before, piece in pairwise(pieces):
        gap = gap_between(text, before.end, piece.start)
        if gap is Gap.OTHER or len(chain) == _MOST_PIECES:
            yield chain
            chain = []
        chain.append(_Link(piece, gap))
    yield chain


def _longest(text: str, chain: Sequence[_Link]) -> list[Hit]:
    """Of the numbers that begin with the first piece."""
    found: list[Hit] = []
    readings = [chain[0].piece.digits]
    for count, (piece, gap) in enumerate(chain[1:], start=2):
        readings = _read_on(readings, piece.digits, gap)
        told = [link.piece for link in chain[:count]]
        found = _number_of(text, told, [*readings, *_in_another_order(told)]) or found
    return found


def _read_on(readings: Sequence[str], digits: str, gap: Gap) -> list[str]:
    """What was told so far goes on; or all of it is taken back, or the end."""
    on = [reading + digits for reading in readings]
    if gap is Gap.CORRECTION:
        on = [reading[:kept] + digits for reading in readings for kept in range(len(reading) + 1)]
    return list(dict.fromkeys(reading for reading in on if len(reading) <= _LONGEST))[:_MOST_READINGS]


def _in_another_order(told: Sequence[Piece]) -> list[str]:
    """ "后四位8093，前面1367725"; "1990年3月7号生的，身份证前六位110105，后面2914"."""
    first, *rest = (block for piece in told for block in piece.blocks)
    return ["".join([*rest[:place], first, *rest[place:]]) for place in range(len(rest), 0, -1)]


def _number_of(text: str, told: Sequence[Piece], readings: Sequence[str]) -> list[Hit]:
    start, end = told[0].start, told[-1].end
    for recogniser, is_whole, needs_name in _KINDS:
        whole = next(filter(is_whole, readings), None)
        if whole is None or is_called_otherwise(recogniser, text, start, end, in_its_clause=True):
            continue
        if is_named(recogniser, text, start, end) or (not needs_name and tells_pieces(text, start, end)):
            return [Hit(recogniser, piece.start, piece.end, _SURE, whole) for piece in told]
    return []
