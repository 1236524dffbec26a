"""The decision receipt: one document that says why something was decided, what was agreed, and what was done.

Everything in it can be checked without us: the quote against its hash, the request against the quote, the answer
against the hash in the audit log. It holds references where personal words were, never the words.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.cases import rules, store
from appliance.aftersales.cases.model import OperationState
from appliance.aftersales.cases.port import Transactions
from appliance.aftersales.cases.records import receipt_sha256
from appliance.aftersales.orders.model import CaseReceipt, CaseRequest, Record
from appliance.aftersales.policy.model import Quote
from appliance.aftersales.policy.quote import seal
from appliance.errors import NotFound
from appliance.ids import ConversationId, DecisionId, OperationId, ShopId


class Audited(Record, frozen=True):
    """A sealed record about the operation; its place in the audit log."""

    seq: int
    id: UUID
    action: str
    outcome: str


class DecisionReceipt(Record, frozen=True):
    shop_id: ShopId
    case_id: UUID
    conversation_id: ConversationId
    decision_id: DecisionId | None
    policy: str | None
    """Pack, version and content hash."""
    flow: str | None
    verdict: str | None
    rule: str | None
    facts: dict[str, Any] | None
    trace_sha256: str | None
    business_at: datetime | None
    quote: Quote
    quote_hash: str
    confirmation: str
    """The event with the customer's yes."""
    accepted_at: datetime
    operation_id: OperationId
    """The idempotency key."""
    request: CaseRequest
    state: OperationState
    settled_at: datetime | None
    receipt: CaseReceipt | None
    """The order system's answer."""
    receipt_sha256: str | None
    refusal: str | None
    intent: UUID
    outcome: UUID | None
    audit: tuple[Audited, ...] = ()


async def receipt_document(db: Transactions, shop: ShopId, operation_id: OperationId) -> DecisionReceipt:
    async with db.transaction(shop) as conn:
        found = await store.row(conn, "receipt", {"shop": shop, "operation_id": operation_id})
    if found is None:
        raise NotFound("no such operation")
    async with db.system() as conn:
        audited = await store.rows(conn, "audited", {"shop": shop, "object_id": str(operation_id)})
    receipt = msgspec.convert(found["receipt"], CaseReceipt | None)
    return msgspec.convert(
        found
        | {
            "shop_id": shop,
            "receipt": receipt,
            "receipt_sha256": None if receipt is None else receipt_sha256(receipt),
            "audit": audited,
        },
        DecisionReceipt,
    )


def problems(document: DecisionReceipt) -> list[str]:
    """What does not fit together in a decision receipt; none if it is sound."""
    quote, request, receipt = document.quote, document.request, document.receipt
    agreed = rules.request_for(
        quote,
        operation_id=document.operation_id,
        customer_id=request.customer_id,
        evidence=request.evidence,
    )
    checks = {
        "the quote does not have the hash that was agreed to": seal(quote).hash == document.quote_hash,
        "the request is not what was agreed to": request == agreed,
        "there is an answer without success, or success without an answer": (receipt is not None)
        == (document.state is OperationState.SUCCEEDED),
    }
    if receipt is not None:
        checks |= {
            "the answer is to another request": receipt.operation_id == document.operation_id,
            "another amount was refunded than agreed": receipt.refund_fen == quote.total_fen,
            "the answer does not have its hash": receipt_sha256(receipt) == document.receipt_sha256,
        }
    return [problem for problem, is_sound in checks.items() if not is_sound]
