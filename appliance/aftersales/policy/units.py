"""Which units of a line are free, which are refunded, and what price protection has paid for each.

A line's units are numbered. A refund takes the first that are free when it is made. A case that falls gives its units
back when it falls; of one whose end is not told nobody knows when, and it counts as never made. Price protection stands
on the first units that were neither refunded nor protected when it was made. Goodwill takes no unit: what it paid for
the first that were there lowers what a later refund of them pays.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from appliance.aftersales.orders.model import CaseKind, CaseStatus, Line, Order, OrderCase, Record
from appliance.ids import LineId
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
    goodwill: tuple[int, ...] = ()
    """What was paid back for each unit while its customer keeps it, in fen."""
    case_ids: tuple[str, ...] = ()

    @property
    def refunded(self) -> int:
        return self.quantity - len(self.left)

    def paid_back(self, place: int) -> int:
        """For a unit that is not refunded."""
        return (self.protection[place] or 0) + self.goodwill[place]

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
    coupons = coupons_of(order)
    replays = {line.line_id: _Replay(line, coupons[line.line_id]) for line in order.lines}
    for case in cases:
        touched = [(replays[part.line_id], part.quantity) for part in case.lines if part.line_id in replays]
        if case.kind is CaseKind.GOODWILL:
            _pay_goodwill(case, touched)
            continue
        protected = _protection_of(case, order)
        for line_id, replay in replays.items():
            replay.hear(case, sum(p.quantity for p in case.lines if p.line_id == line_id), protected.get(line_id, 0))
    return {line_id: replay.end(held.get(line_id, 0)) for line_id, replay in replays.items()}


def coupons_of(order: Order) -> dict[LineId, list[int]]:
    """What each unit of each line carries of the order's coupon, never more than its price."""
    if not order.lines:
        return {}
    shares = share(order.coupon_fen, [line.unit_price_fen * line.quantity for line in order.lines])
    return {
        line.line_id: [min(line.unit_price_fen, fen) for fen in share(whole, [1] * line.quantity)]
        for line, whole in zip(order.lines, shares, strict=True)
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


class _Replay:
    """One line's units while the order's cases are gone through."""

    def __init__(self, line: Line, coupons: list[int]) -> None:
        self._paid = [line.unit_price_fen - coupon for coupon in coupons]
        self._places = _Places(line.quantity)
        self._kept = 0
        self._protection: list[int | None] = [None] * line.quantity
        self._goodwill = [0] * line.quantity
        self._case_ids: list[str] = []

    def hear(self, case: OrderCase, quantity: int, protected: int) -> None:
        if quantity <= 0:
            return
        if case.created_at is not None:
            self._places.give_back(case.created_at)
        if not stands(case):
            if case.kind in REFUNDING and case.finished_at is not None:
                self._places.lend(quantity, case.finished_at)
            return
        if case.kind in REFUNDING:
            self._places.take(quantity)
        elif case.kind in KEEPING and not (case.kind is CaseKind.REPAIR and case.status is CaseStatus.FINISHED):
            self._kept += quantity
        elif case.kind is CaseKind.PRICE_PROTECTION:
            _protect(self._protection, self._places.left, share(protected, [1] * quantity))
        else:
            return
        self._case_ids.append(case.case_id)

    def first(self, quantity: int, at: datetime | None) -> list[int]:
        """The units that a case made then is about."""
        if at is not None:
            self._places.give_back(at)
        return self._places.left[:quantity]

    def owed(self, place: int) -> int:
        """What a refund of this unit would pay back now."""
        return max(0, self._paid[place] - (self._protection[place] or 0) - self._goodwill[place])

    def pay(self, places: list[int], paid_fen: int) -> None:
        for place, fen in zip(places, share(paid_fen, [self.owed(place) for place in places]), strict=True):
            self._goodwill[place] += fen

    def end(self, held: int) -> LineUnits:
        self._places.give_back()
        self._places.take(held)
        return LineUnits(
            quantity=len(self._paid),
            left=tuple(self._places.left),
            kept=self._kept,
            protection=tuple(self._protection),
            goodwill=tuple(self._goodwill),
            case_ids=tuple(self._case_ids),
        )


def _pay_goodwill(case: OrderCase, touched: list[tuple[_Replay, int]]) -> None:
    """Shared over lines and then over units in proportion to what is owed for them, as its quote was."""
    if not stands(case):
        return
    about = [(replay, replay.first(quantity, case.created_at)) for replay, quantity in touched]
    about = [(replay, places) for replay, places in about if places]
    if not about:
        return
    owed = [sum(replay.owed(place) for place in places) for replay, places in about]
    for (replay, places), fen in zip(about, share(case.refund_fen, owed), strict=True):
        replay.pay(places, fen)


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
