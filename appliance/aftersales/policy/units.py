"""Which units of a line are free, which are refunded, and what price protection has paid for each.

A line's units are numbered. A refund takes the first that are free when it is made. A case that falls gives its units
back when it falls; of one whose end is not told nobody knows when, and it counts as never made. Price protection stands
on the first units that were neither refunded nor protected when it was made.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from appliance.aftersales.orders.model import CaseKind, CaseStatus, Line, Order, OrderCase, Record
from appliance.money import share
from models.commands import Flow

REFUNDING = frozenset({CaseKind.RETURN_REFUND, CaseKind.REFUND_ONLY, CaseKind.CANCEL_ORDER})
KEEPING = frozenset({CaseKind.EXCHANGE, CaseKind.RESEND, CaseKind.REPAIR})
"""Cases that hold units without refunding them."""


class LineUnits(Record, frozen=True):
    quantity: int
    left: tuple[int, ...]
    """The numbers of the units that are not refunded, in the order in which they leave."""
    kept: int = 0
    """Units in an exchange, a resend or an open repair."""
    protection: tuple[int | None, ...] = ()
    """What price protection paid for each unit, in fen; None where there was none."""
    case_ids: tuple[str, ...] = ()

    @property
    def refunded(self) -> int:
        return self.quantity - len(self.left)

    def free(self, flow: Flow) -> int:
        """Units that stand in no case that blocks this flow."""
        if flow is Flow.PRICE_PROTECTION:
            unprotected = sum(self.protection[place] is None for place in self.left)
            return max(0, unprotected - self.kept)
        return max(0, len(self.left) - self.kept)


def stands(case: OrderCase) -> bool:
    """A withdrawn or rejected case has freed its units and refunds nothing."""
    return case.status in (CaseStatus.OPEN, CaseStatus.FINISHED)


def standing(cases: Iterable[OrderCase]) -> list[OrderCase]:
    """The cases that count."""
    return [case for case in cases if stands(case)]


def units_of(order: Order, own_cases: Iterable[OrderCase], held: Mapping[str, int]) -> dict[str, LineUnits]:
    cases = [case for case in (*order.cases, *own_cases) if stands(case) or case.finished_at is not None]
    protected = [_protection_of(case, order) for case in cases]
    return {
        line.line_id: _replay(line, list(zip(cases, protected, strict=True)), held.get(line.line_id, 0))
        for line in order.lines
    }


def free_units(
    order: Order, flow: Flow, own_cases: Iterable[OrderCase] = (), held: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Units by line id that may be asked for in this flow."""
    return {line_id: units.free(flow) for line_id, units in units_of(order, own_cases, held or {}).items()}


class _Places:
    """The units of a line that no refund has, by number, while its cases are gone through in their order."""

    def __init__(self, quantity: int) -> None:
        self.left = list(range(quantity))
        self._fallen: list[tuple[datetime, list[int]]] = []

    def take(self, quantity: int) -> list[int]:
        """The first that are left. What fell is there again at the latest when too few are."""
        if quantity > len(self.left):
            self.give_back()
        taken, self.left = self.left[:quantity], self.left[quantity:]
        return taken

    def lend(self, quantity: int, until: datetime) -> None:
        """To a case that has fallen since."""
        self._fallen.append((until, self.take(quantity)))

    def give_back(self, now: datetime | None = None) -> None:
        """What had fallen by then; without a time, everything."""
        back = [(until, places) for until, places in self._fallen if now is None or until <= now]
        self._fallen = [each for each in self._fallen if each not in back]
        self.left = sorted([*self.left, *(place for _, places in back for place in places)])


def _replay(line: Line, cases: list[tuple[OrderCase, dict[str, int]]], held: int) -> LineUnits:
    places, kept = _Places(line.quantity), 0
    protection: list[int | None] = [None] * line.quantity
    case_ids = []
    for case, protected in cases:
        quantity = sum(part.quantity for part in case.lines if part.line_id == line.line_id)
        if quantity <= 0:
            continue
        if case.created_at is not None:
            places.give_back(case.created_at)
        if not stands(case):
            if case.kind in REFUNDING and case.finished_at is not None:
                places.lend(quantity, case.finished_at)
            continue
        if case.kind in REFUNDING:
            places.take(quantity)
        elif case.kind in KEEPING and not (case.kind is CaseKind.REPAIR and case.status is CaseStatus.FINISHED):
            kept += quantity
        elif case.kind is CaseKind.PRICE_PROTECTION:
            _protect(protection, places.left, share(protected[line.line_id], [1] * quantity))
        else:
            continue
        case_ids.append(case.case_id)
    places.give_back()
    places.take(held)
    return LineUnits(
        quantity=line.quantity,
        left=tuple(places.left),
        kept=kept,
        protection=tuple(protection),
        case_ids=tuple(case_ids),
    )


def _protect(protection: list[int | None], left: list[int], paid: list[int]) -> None:
    unprotected = [place for place in left if protection[place] is None]
    for place, fen in zip(unprotected, paid, strict=False):
        protection[place] = fen


def _protection_of(case: OrderCase, order: Order) -> dict[str, int]:
    """What a price protection paid by line: shared over its lines in proportion to their price."""
    if case.kind is not CaseKind.PRICE_PROTECTION or not case.lines:
        return {}
    prices = {line.line_id: line.unit_price_fen for line in order.lines}
    weights = [prices.get(part.line_id, 0) * part.quantity for part in case.lines]
    paid: dict[str, int] = {}
    for part, fen in zip(case.lines, share(case.refund_fen, weights), strict=True):
        paid[part.line_id] = paid.get(part.line_id, 0) + fen
    return paid
