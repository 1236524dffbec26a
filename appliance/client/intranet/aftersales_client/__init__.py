"""A typed client of the appliance's intranet API, and the check of its webhooks. It needs nothing of the appliance.

    with Client("https://appliance.intranet", ApiKey(key)) as appliance:
        for case in appliance.every_case(state=[CaseState.OPEN]):
            print(case.order_id, case.refund_fen, case.stage)

``AsyncClient`` has the same operations, awaited. What can go wrong: ``aftersales_client.errors``.
"""

from aftersales_client.client import AsyncClient, Client
from aftersales_client.credentials import ApiKey, Signing, mutual_tls
from aftersales_client.errors import (
    AftersalesError,
    InConflict,
    LostUpdate,
    NoAnswer,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    NotUnderstood,
    Refused,
    TooMany,
    Unavailable,
    Unfit,
    WebhookRefused,
)
from aftersales_client.model import (
    Case,
    CasePage,
    Comment,
    CommentMade,
    Conversation,
    ConversationPage,
    Decision,
    NewComment,
    NewWorkOrder,
    Taken,
    Trace,
    WholeWorkOrder,
    WorkDeed,
    WorkOrder,
    WorkOrderPage,
)
from aftersales_client.patience import NO_PATIENCE, Patience
from aftersales_client.webhooks import Told, Webhooks
from aftersales_client.words import (
    CaseKind,
    CaseState,
    Channel,
    ConversationState,
    Deed,
    Outcome,
    Priority,
    Team,
    WebhookType,
    WorkOrderKind,
    WorkState,
)

__all__ = [
    "NO_PATIENCE",
    "AftersalesError",
    "ApiKey",
    "AsyncClient",
    "Case",
    "CaseKind",
    "CasePage",
    "CaseState",
    "Channel",
    "Client",
    "Comment",
    "CommentMade",
    "Conversation",
    "ConversationPage",
    "ConversationState",
    "Decision",
    "Deed",
    "InConflict",
    "LostUpdate",
    "NewComment",
    "NewWorkOrder",
    "NoAnswer",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "NotUnderstood",
    "Outcome",
    "Patience",
    "Priority",
    "Refused",
    "Signing",
    "Taken",
    "Team",
    "Told",
    "TooMany",
    "Trace",
    "Unavailable",
    "Unfit",
    "WebhookRefused",
    "WebhookType",
    "Webhooks",
    "WholeWorkOrder",
    "WorkDeed",
    "WorkOrder",
    "WorkOrderKind",
    "WorkOrderPage",
    "WorkState",
    "mutual_tls",
]
