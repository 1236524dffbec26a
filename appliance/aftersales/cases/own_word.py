"""What is in a person's hands and the order system turns out to have done: ended by its own word, once.

An order that is read anew is its word. Only what it shows under our key, or under the number that it has given the
case, is believed to be ours: what looks alike may be somebody else's.
"""

from datetime import datetime

from appliance.aftersales.cases import settlement, store
from appliance.aftersales.cases.model import OperationState, StandingCase
from appliance.aftersales.cases.port import Transactions
from appliance.aftersales.cases.settlement import LeaseLost, Settlements
from appliance.aftersales.orders.model import CaseKind, CaseReceipt, CaseStatus, Order, OrderStatus
from appliance.clock import Clock
from appliance.ids import ShopId


class OwnWord:
    def __init__(self, db: Transactions, settlements: Settlements, clock: Clock) -> None:
        self._db = db
        self._settlements = settlements
        self._clock = clock

    async def heard(self, shop: ShopId, order: Order) -> int:
        """How many operations the order's own word has ended. What somebody else ends meanwhile is left to him."""
        async with self._db.transaction(shop) as conn:
            cases = await store.cases_of_order(conn, shop, order.order_id)
        in_hand = [case for case in cases if case.operation_state is OperationState.HANDED_OVER]
        return sum([await self._end(shop, case, order) for case in in_hand])

    async def _end(self, shop: ShopId, case: StandingCase, order: Order) -> bool:
        receipt = receipt_in(order, case, self._clock.now())
        if receipt is None:
            return False
        async with self._db.transaction(shop) as conn:
            claimed = await store.take_up(conn, shop, case.operation_id)
        if claimed is None:
            return False
        try:
            await self._settlements.end(claimed, settlement.succeeded(claimed, receipt))
        except LeaseLost:
            return False
        return True


def receipt_in(order: Order, case: StandingCase, now: datetime) -> CaseReceipt | None:
    """The order system's word that the case is there; None: the order does not say so.

    That an unpaid order is cancelled is word enough of its cancellation: no money hangs on it.
    """
    key = str(case.operation_id)
    shown = next((each for each in order.cases if each.operation_id == key), None)
    if shown is not None and shown.status in (CaseStatus.OPEN, CaseStatus.FINISHED):
        return CaseReceipt(
            case_id=shown.case_id,
            operation_id=case.operation_id,
            kind=case.kind,
            status=shown.status,
            refund_fen=shown.refund_fen,
            created_at=shown.created_at or now,
        )
    is_cancelled = case.kind is CaseKind.CANCEL_ORDER and order.status is OrderStatus.CANCELLED
    if shown is not None or not is_cancelled or case.refund_fen:
        return None
    return CaseReceipt(
        case_id=order.order_id,
        operation_id=case.operation_id,
        kind=case.kind,
        status=CaseStatus.FINISHED,
        refund_fen=0,
        created_at=now,
    )
