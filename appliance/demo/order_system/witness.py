"""What was written, in the words of the suites, so that a runner can compare it with what it expected. Pure."""

from typing import Any

import msgspec

from appliance.demo.order_system import vocabulary as words
from appliance.demo.order_system.notation import fen
from appliance.demo.order_system.requests import (
    ChangeReceiver,
    ChangeSku,
    CloseTrade,
    IssueInvoice,
    Items,
    NoteParcel,
    OpenService,
    RevokeService,
    Urge,
    Write,
)

_BODIES: dict[str, type[Write]] = {
    body.__name__: body
    for body in (OpenService, CloseTrade, ChangeReceiver, ChangeSku, Urge, NoteParcel, RevokeService, IssueInvoice)
}


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    line_id: str
    quantity: int


class Case(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    order_id: str
    customer_id: str
    reason: str | None = None
    refund_fen: int = 0
    freight_payer: str = "none"
    lines: tuple[CaseLine, ...] = ()
    target_sku: str | None = None
    address: str | None = None
    phone: str | None = None
    invoice_title: str | None = None
    tax_id: str | None = None
    returned: str | None = None
    """Of a parcel: the service that it comes back for."""
    carrier: str | None = None
    tracking_no: str | None = None
    withdrawn: str | None = None
    """The service that the member takes back."""
    note: str | None = None


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One write: as it was received, and as a case of the suites."""

    seq: int
    idempotency_key: str
    operation: str
    order_id: str
    accepted_at: str
    body: dict[str, Any]
    case: Case


def written(row: tuple[Any, ...]) -> Written:
    seq, request_no, operation, trade_no, encoded, accepted = row
    return Written(
        seq=seq,
        idempotency_key=request_no,
        operation=operation,
        order_id=trade_no,
        accepted_at=accepted,
        body=msgspec.json.decode(encoded),
        case=case_of(trade_no, msgspec.json.decode(encoded, type=_BODIES[operation])),
    )


def case_of(trade_no: str, body: Write) -> Case:
    base = Case(kind="", order_id=trade_no, customer_id=body.member_no)
    match body:
        case OpenService():
            return msgspec.structs.replace(
                base,
                kind=words.suite_word(words.CASE_KIND, body.type),
                reason=words.suite_word(words.REASON, body.reason_code) if body.reason_code else None,
                refund_fen=fen(body.refund_amount),
                freight_payer=words.suite_word(words.FREIGHT_PAYER, body.postage_by),
                lines=_lines(body.items),
                target_sku=body.swap_sku,
                note=body.remark,
            )
        case CloseTrade():
            return msgspec.structs.replace(
                base,
                kind="cancel_order",
                reason=words.suite_word(words.REASON, body.reason_code) if body.reason_code else None,
                refund_fen=fen(body.refund_amount),
                lines=_lines(body.items),
                note=body.remark,
            )
        case ChangeReceiver():
            return msgspec.structs.replace(base, kind="change_address", address=body.detail, phone=body.mobile)
        case ChangeSku():
            return msgspec.structs.replace(base, kind="change_spec", lines=_lines(body.items), target_sku=body.sku_code)
        case Urge():
            return msgspec.structs.replace(base, kind="urge_shipment", note=body.remark)
        case NoteParcel():
            return msgspec.structs.replace(
                base, kind="return_parcel", carrier=body.express, tracking_no=body.waybill, returned=body.service_no
            )
        case RevokeService():
            return msgspec.structs.replace(base, kind="withdraw_case", withdrawn=body.service_no)
        case IssueInvoice():
            return msgspec.structs.replace(base, kind="invoice", invoice_title=body.title_name, tax_id=body.tax_no)


def _lines(items: Items) -> tuple[CaseLine, ...]:
    return tuple(CaseLine(line_id=each.item_no, quantity=each.num) for each in items)
