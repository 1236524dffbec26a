"""One write on an order that somebody has marked for it, its repeat, and the look for it. Nothing else is touched."""

from typing import Final

from msgspec.structs import replace

from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseReceipt, CaseRequest, Order
from appliance.aftersales.orders.operations import ReadName
from appliance.aftersales.orders.port import CannotWrite, OrderSystem, OrderSystemRefused, OutcomeUnknown
from appliance.aftersales.orders.trial import Tried
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import OperationId, OrderId, uuid7
from models.commands import Reason

MARK: Final = "appliance-test"
"""Stands in the seller's or buyer's note of an order that may be written on."""

TRIED_KINDS: Final = tuple(kind for kind in CaseKind if kind not in (CaseKind.RETURN_PARCEL, CaseKind.WITHDRAW_CASE))
"""What is written on an order as it stands. The other two are written on a case, which a test order has none of."""

_TROUBLE = (CannotWrite, OrderSystemRefused, OrderSystemUnavailable, NotFound)
_WITH_LINES: Final = (
    CaseKind.RETURN_REFUND,
    CaseKind.REFUND_ONLY,
    CaseKind.EXCHANGE,
    CaseKind.RESEND,
    CaseKind.REPAIR,
    CaseKind.PRICE_PROTECTION,
    CaseKind.GOODWILL,
    CaseKind.CHANGE_SPEC,
)


class WriteTrial:
    def __init__(self, system: OrderSystem, *, repeats_safely: bool, cannot: frozenset[str] = frozenset()) -> None:
        """``repeats_safely``: whether the mapping promises that a repeat is the same write; else none is sent.

        ``cannot``: what the mapping says its system cannot do; a search for the operation is not tried then.
        """
        self._system = system
        self._cannot = cannot
        self._repeats_safely = repeats_safely
        self.tried: list[Tried] = []

    async def run(self, order_id: str, kind: CaseKind) -> list[Tried]:
        try:
            order = await self._system.order(OrderId(order_id))
        except _TROUBLE as error:
            self._note("order", False, error.detail)
            return self.tried
        if MARK not in f"{order.seller_note} {order.buyer_note}":
            self._note("order", False, f"no note of it says {MARK}: nothing was written; mark a test order so")
            return self.tried
        if not order.lines:
            self._note("order", False, "it has no lines: nothing was written; mark a test order that has some")
            return self.tried
        await self._write(_request(order, kind))
        return self.tried

    async def _write(self, request: CaseRequest) -> None:
        try:
            receipt = await self._system.execute(request)
        except OutcomeUnknown as error:
            self._note("write", False, f"unknown whether it was written: {error.detail}")
            await self._find(request.operation_id, None)
            return
        except _TROUBLE as error:
            self._note("write", False, f"not written: {error.detail}")
            return
        self._note("write", receipt.kind is request.kind, f"{receipt.kind}, case {receipt.case_id}, {receipt.status}")
        await self._repeat(request, receipt)
        await self._find(request.operation_id, receipt)

    async def _repeat(self, request: CaseRequest, receipt: CaseReceipt) -> None:
        if not self._repeats_safely:
            self._note("repeat", True, "not tried: the mapping does not promise that a repeat is the same write")
            return
        try:
            again = await self._system.execute(request)
        except _TROUBLE as error:
            self._note("repeat", False, f"the same write once more is not answered as before: {error.detail}")
            return
        is_same = again.case_id == receipt.case_id
        self._note("repeat", is_same, "the same case" if is_same else f"a second case, {again.case_id}: not idempotent")

    async def _find(self, operation_id: OperationId, receipt: CaseReceipt | None) -> None:
        if ReadName.FIND_OPERATION in self._cannot:
            self._note("find_operation", True, "not tried: the mapping says that it cannot")
            return
        try:
            found = await self._system.find_operation(operation_id)
        except _TROUBLE as error:
            self._note("find_operation", False, error.detail)
            return
        if found is None:
            self._note("find_operation", receipt is None, "not found by its id")
            return
        is_same = receipt is None or _facts(found) == _facts(receipt)
        self._note("find_operation", is_same, "found by its id" if is_same else "found with another receipt")

    def _note(self, operation: str, is_good: bool, detail: str) -> None:
        self.tried.append(Tried(operation=operation, is_good=is_good, detail=detail))


def _facts(receipt: CaseReceipt) -> CaseReceipt:
    """What must be the same however it was asked for; the answer as it came need not."""
    return replace(receipt, raw={}, created_at=receipt.created_at.replace(microsecond=0))


def _request(order: Order, kind: CaseKind) -> CaseRequest:
    """The least of its kind: one unit, no money, what stands there already."""
    line = order.lines[0]
    return CaseRequest(
        operation_id=OperationId(uuid7()),
        kind=kind,
        order_id=order.order_id,
        customer_id=order.customer_id,
        lines=(CaseLine(line_id=line.line_id, quantity=1),) if kind in _WITH_LINES else (),
        reason=Reason.OTHER,
        target_sku=line.sku if kind in (CaseKind.EXCHANGE, CaseKind.RESEND, CaseKind.CHANGE_SPEC) else None,
        address=order.address.text if kind is CaseKind.CHANGE_ADDRESS and order.address else None,
        phone=order.address.phone if kind is CaseKind.CHANGE_ADDRESS and order.address else None,
        invoice_title=MARK if kind is CaseKind.INVOICE else None,
        note=MARK,
    )
