"""What the answers about cases, decisions and conversations look like, for the API's document.

The framework leaves out of it what is null here.
"""

from typing import Any, Final

from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from appliance.aftersales.cases.looking import CasePage, CaseSeen, Explanation
from appliance.conversation.listing import ConversationPage

_CASE: Final[dict[str, Any]] = {
    "case_id": "01a213ed-07d8-7495-8a2e-1a6b04dbad76",
    "order_id": "20261110123456",
    "conversation_id": "01a213ec-11f0-7b1e-9d0c-6f2b8f0a4c31",
    "flow": "return_refund",
    "kind": "return_refund",
    "reason": "quality",
    "lines": [{"line_id": "L1", "quantity": 1}],
    "refund_fen": 38900,
    "freight_payer": "merchant",
    "state": "open",
    "stage": "awaiting_parcel",
    "created_at": "2026-11-21T10:00:00+08:00",
    "progressed_at": None,
    "deadlines": {"expected_at": "2026-11-28T10:00:00+08:00", "refund_due_at": None, "work_due_at": None},
    "operation_id": "01a213ed-07d9-7a40-8f6b-0d4c5b7e9a12",
    "operation_state": "succeeded",
    "refusal": None,
    "settled_at": "2026-11-21T10:00:01+08:00",
    "decision_id": "01a213ec-9c55-7e0d-b3a1-52d7c1f08e6b",
    "quote_hash": "5f0c…",
    "order_system_case_id": "S8001",
    "receipt": {
        "case_id": "S8001",
        "status": "open",
        "refund_fen": 38900,
        "created_at": "2026-11-21T10:00:01+08:00",
        "sha256": "9b74…",
    },
}
_DECISION: Final[dict[str, Any]] = {
    "decision_id": "01a213ec-9c55-7e0d-b3a1-52d7c1f08e6b",
    "conversation_id": "01a213ec-11f0-7b1e-9d0c-6f2b8f0a4c31",
    "order_id": "20261110123456",
    "flow": "return_refund",
    "verdict": "refuse",
    "rule": "R9",
    "refusal": "return_window",
    "kind": None,
    "offers": [{"flow": "repair"}],
    "lines": [{"line_id": "L1", "quantity": 1, "verdict": "refuse", "rule": "R9", "refusal": "return_window"}],
    "facts": {"lines": {"L1": {"days": 12}}},
    "rows": [{"about": "L1", "table": "return_refund", "row": "r9", "law": "…", "read": {"days": 12}}],
    "trace_sha256": "77de…",
    "policy": "cn-retail/1/9f2c41d07ab3",
    "business_at": "2026-11-21T10:00:00+08:00",
    "recorded_at": "2026-11-21T10:00:00+08:00",
}
_CONVERSATION: Final = {
    "conversation_id": "01a213ec-11f0-7b1e-9d0c-6f2b8f0a4c31",
    "channel": "web",
    "state": "concluded",
    "started_at": "2026-11-21T09:58:12+08:00",
    "outcome": "case_created",
}
EXAMPLES: Final[dict[type, Any]] = {
    CasePage: {"cases": [_CASE], "cursor": None},
    CaseSeen: _CASE,
    Explanation: _DECISION,
    ConversationPage: {"conversations": [_CONVERSATION], "cursor": None},
}


def answered(kind: type) -> dict[int, ResponseSpec]:
    """For a handler's ``responses``: the answer, shown by its example."""
    shown = [Example(summary="Such as", value=EXAMPLES[kind])]
    return {200: ResponseSpec(kind, generate_examples=False, examples=shown, description="As it is now, with its ETag")}
