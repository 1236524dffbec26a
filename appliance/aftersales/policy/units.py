"""Which units of a line are free, which are refunded, and what price protection has paid for each.

A line's units are numbered. Refunds take them from the front, in the order of the cases. Price protection stands on
the first units that were neither refunded nor protected when it was made.
"""

from collections.abc import Iterable, Mapping

from appliance.aftersales.orders.model import CaseKind, CaseStatus, Line, Order, OrderCase, Record
from appliance.money import share
from models.commands import Flow

REFUNDING = frozenset({CaseKind.RETURN_REFUND, CaseKind.REFUND_ONLY, CaseKind.CANCEL_ORDER})
KEEPING = frozenset({CaseKind.EXCHANGE, CaseKind.RESEND, CaseKind.REPAIR})
"""Cases that hold units without refunding them."""


class LineUnits(Record, frozen=True):
    quantity: int
    refunded: int = 0
    kept: int = 0
    """Units in an exchange, a resend or an open repair."""
    protection: tuple[int | None, ...] = ()
    """What price protection paid for each unit, in fen; None where there was none."""
    case_ids: tuple[str, ...] = ()

    def free(self, flow: Flow) -> int:
        """Units that stand in no case that blocks this flow."""
        if flow is Flow.PRICE_PROTECTION:
            unprotected = sum(paid is None for paid in self.protection[self.refunded :])
            return max(0, unprotected - self.kept)
        return max(0, self.quantity - self.refunded - self.kept)


def standing(cases: Iterable[OrderCase]) -> list[OrderCase]:
    """The cases that count: withdrawn and rejected ones have freed their units and refund nothing."""
    return [case for case in cases if case.status in (CaseStatus.OPEN, CaseStatus.FINISHED)]


def units_of(order: Order, own_cases: Iterable[OrderCase], held: Mapping[str, int]) -> dict[str, LineUnits]:
    cases = standing((*order.cases, *own_cases))
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


def _replay(line: Line, cases: list[tuple[OrderCase, dict[str, int]]], held: int) -> LineUnits:
    refunded = kept = 0
    protection: list[int | None] = [None] * line.quantity
    case_ids = []
    for case, protected in cases:
        quantity = sum(part.quantity for part in case.lines if part.line_id == line.line_id)
        if quantity <= 0:
            continue
        if case.kind in REFUNDING:
            refunded = min(line.quantity, refunded + quantity)
        elif case.kind in KEEPING and not (case.kind is CaseKind.REPAIR and case.status is CaseStatus.FINISHED):
            kept += quantity
        elif case.kind is CaseKind.PRICE_PROTECTION:
            _protect(protection, refunded, share(protected[line.line_id], [1] * quantity))
        else:
            continue
        case_ids.append(case.case_id)
    return LineUnits(
        quantity=line.quantity,
        refunded=min(line.quantity, refunded + held),
        kept=kept,
        protection=tuple(protection),
        case_ids=tuple(case_ids),
    )


def _protect(protection: list[int | None], refunded: int, paid: list[int]) -> None:
    places = [at for at in range(refunded, len(protection)) if protection[at] is None]
    for at, fen in zip(places, paid, strict=False):
        protection[at] = fen


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
