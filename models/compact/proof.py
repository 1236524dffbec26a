"""Proof of identity: an order number and the tail of a phone, told apart however they are written or spoken.

``3026 1114 0000 01`` is one number spoken in groups; in ``30261114000001 8000`` the last four are a tail of their own.
"""

import re
from itertools import accumulate

from models.commands import Command, SetSlot, Slot
from models.compact import contact
from models.compact.numerals import Group, grouped_runs

_GROUP = 4
"""As many digits has the tail of a phone, and as many are said in one breath."""
_LONG = 8
"""No order number is shorter; none that stands beside a tail with only a space between is shorter than _WHOLE."""
_WHOLE = 12
_PAUSE = re.compile(r"[\n,，、]")
_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")


def prove(plain: str, raw: str) -> list[Command]:
    """While ``verify`` is awaited: numbers are proof, whether or not they are right."""
    figures = [number for run in grouped_runs(plain) for number in _numbers(run)]
    orders = [f for f in figures if len(f) >= _LONG and not _MOBILE.fullmatch(f)]
    mobiles = [f for f in figures if _MOBILE.fullmatch(f)]
    tails = [f for f in figures if _GROUP <= len(f) < _LONG]
    found: list[Command] = []
    if orders:
        found.append(SetSlot(slot=Slot.ORDER, value=orders[-1]))
    phone = contact.phone(raw, plain) or (mobiles[-1] if mobiles else None)
    if phone is not None:
        found.append(SetSlot(slot=Slot.PHONE, value=phone if phone.startswith("⟨") else phone[-_GROUP:]))
    elif tails:
        found.append(SetSlot(slot=Slot.PHONE, value=tails[-1]))
    return found


def _numbers(run: tuple[Group, ...]) -> list[str]:
    """The run as one number, or cut where an order number and a phone meet."""
    whole = "".join(g.figures for g in run)
    if _MOBILE.fullmatch(whole):
        return [whole]
    for at in list(accumulate(len(g.figures) for g in run))[:-1]:
        before, after = whole[:at], whole[at:]
        if (len(before) >= _LONG and _MOBILE.fullmatch(after)) or (_MOBILE.fullmatch(before) and len(after) >= _LONG):
            return [before, after]
    if len(run) > 1 and _is_tail(run[-1], run[-1].separator, run[:-1], run[-2]):
        return [whole[:-_GROUP], whole[-_GROUP:]]
    if len(run) > 1 and _is_tail(run[0], run[1].separator, run[1:], run[1]):
        return [whole[:_GROUP], whole[_GROUP:]]
    return [whole]


def _is_tail(tail: Group, separator: str, rest: tuple[Group, ...], neighbour: Group) -> bool:
    """Four digits apart from a long number: by a pause that the number itself has not, or by what stands next to them.

    A number that is said in groups of four all along goes on in four digits; one in a piece, or ended by a shorter
    group, does not.
    """
    size = sum(len(g.figures) for g in rest)
    if len(tail.figures) != _GROUP or size < _LONG:
        return False
    is_paused = bool(_PAUSE.search(separator)) and not any(_PAUSE.search(g.separator) for g in rest[1:])
    is_whole = size >= _WHOLE and len(neighbour.figures) != _GROUP and "-" not in separator
    return is_paused or is_whole
