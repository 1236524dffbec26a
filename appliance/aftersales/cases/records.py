"""What cases say to the audit log: the intent before anything is sent, the outcome once it is known. No words."""

import hashlib
from uuid import UUID

import msgspec

from appliance.aftersales.cases.model import Claimed, OperationState
from appliance.aftersales.orders.model import CaseReceipt, CaseRequest
from appliance.ids import OperationId, ShopId, SubjectId
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Outcome, Target

EXECUTOR = Actor(type=ActorType.SERVICE, id="executor")


def intent(
    intent_id: UUID,
    *,
    shop: ShopId,
    subject_id: SubjectId,
    request: CaseRequest,
    quote_hash: str,
    confirmation: str,
    actor: Actor | None = None,
) -> AuditEvent:
    return AuditEvent(
        id=intent_id,
        actor=actor or Actor(type=ActorType.CUSTOMER, id=str(subject_id)),
        cat=Category.MONEY,
        action="operation.execute",
        object=Target(type="operation", id=str(request.operation_id)),
        outcome=Outcome.PENDING,
        kind=Kind.INTENT,
        tenant=shop,
        req=str(request.operation_id),
        detail={
            "case_kind": request.kind.value,
            "order_id": request.order_id,
            "refund_fen": str(request.refund_fen),
            "quote_hash": quote_hash,
            "confirmation": confirmation,
        },
    )


def outcome(
    outcome_id: UUID, claimed: Claimed, state: OperationState, receipt: CaseReceipt | None, actor: Actor, *, doubt: bool
) -> AuditEvent:
    detail = {"case_kind": claimed.request.kind.value, "order_id": claimed.request.order_id, "state": state.value}
    if receipt is not None:
        detail |= {
            "case_id": receipt.case_id,
            "refund_fen": str(receipt.refund_fen),
            "receipt_sha256": receipt_sha256(receipt),
        }
    return AuditEvent(
        id=outcome_id,
        actor=actor,
        cat=Category.MONEY,
        action="operation.execute",
        object=Target(type="operation", id=str(claimed.operation_id)),
        outcome=_outcome(state, doubt),
        kind=Kind.OUTCOME,
        tenant=claimed.shop_id,
        req=str(claimed.operation_id),
        detail=detail,
    )


def by_a_person(
    shop: ShopId, operation_id: OperationId, actor: Actor, deed: str, *, is_surely_unwritten: bool
) -> AuditEvent:
    return AuditEvent(
        actor=actor,
        cat=Category.MONEY,
        action=f"operation.{deed}",
        object=Target(type="operation", id=str(operation_id)),
        outcome=Outcome.SUCCESS,
        tenant=shop,
        req=str(operation_id),
        detail={"is_surely_unwritten": str(is_surely_unwritten).lower()},
    )


def reconciled(shop: ShopId, actor: Actor, summary: dict[str, str], *, is_equal: bool) -> AuditEvent:
    return AuditEvent(
        actor=actor,
        cat=Category.MONEY,
        action="operation.reconcile",
        object=Target(type="shop", id=shop),
        outcome=Outcome.SUCCESS if is_equal else Outcome.FAILURE,
        tenant=shop,
        detail=summary,
    )


def receipt_sha256(receipt: CaseReceipt) -> str:
    """Over the JSON of the receipt as it is kept: keys sorted, no spaces."""
    return hashlib.sha256(msgspec.json.encode(receipt, order="sorted")).hexdigest()


def _outcome(state: OperationState, doubt: bool) -> Outcome:
    match state:
        case OperationState.SUCCEEDED:
            return Outcome.SUCCESS
        case OperationState.REFUSED:
            return Outcome.DENIED
        case _:
            return Outcome.UNKNOWN if doubt else Outcome.FAILURE
