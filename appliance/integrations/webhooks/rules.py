"""Pure rules of webhooks: which events of the log are told as what, and when a telling is tried again. No I/O."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from appliance.conversation.events import (
    CaseProgressed,
    ConversationConcluded,
    ConversationStarted,
    DecisionMade,
    HandoffMade,
    OperationFailed,
    ReceiptReceived,
)
from appliance.integrations.webhooks.model import Delivery, Failure, Sent, WebhookEvent

TOLD: Final[Mapping[str, WebhookEvent]] = {
    kind.TYPE: told
    for kind, told in (
        (ConversationStarted, WebhookEvent.CONVERSATION_OPENED),
        (HandoffMade, WebhookEvent.CONVERSATION_HANDED_OFF),
        (ConversationConcluded, WebhookEvent.CONVERSATION_CONCLUDED),
        (DecisionMade, WebhookEvent.DECISION_MADE),
        (ReceiptReceived, WebhookEvent.CASE_CREATED),
        (CaseProgressed, WebhookEvent.CASE_PROGRESSED),
        (OperationFailed, WebhookEvent.CASE_FAILED),
    )
}
"""By type of the log's event. What is not here stays inside; work orders are told where they are opened."""

PAUSES: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600))
"""After the first, second, … failed attempt. One more failure, a day later, and it is given up."""
JITTER: Final = 0.2
"""A pause is shorter or longer by up to this share, so that a receiver that comes back is not run over."""
LONGEST_ASKED: Final = timedelta(hours=12)


def body_of(delivery: Delivery, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent. ``data``: the event's or work order's own, which is codes, numbers and ids only."""
    talk = {"conversation_id": str(delivery.conversation_id)} if delivery.conversation_id else {}
    place = {"shop": delivery.shop_id, **talk} | ({} if delivery.seq is None else {"seq": delivery.seq})
    return {"type": delivery.type.value, "timestamp": at.isoformat(), "data": {**place, **data}}


def pause_after(attempts: int, sent: Sent, chance: float) -> timedelta | None:
    """How long to wait after this many failed attempts; None: give up. ``chance``: evenly from 0 to 1."""
    if sent.failure is Failure.GONE or attempts > len(PAUSES):
        return None
    pause = PAUSES[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    asked = timedelta(seconds=sent.retry_after_s or 0)
    return max(pause, min(asked, LONGEST_ASKED))
