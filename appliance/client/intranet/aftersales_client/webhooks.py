"""What the appliance tells: proven, then typed. Webhooks are signed by the scheme of Standard Webhooks.

It comes at least once, in order within a conversation and in no order between them: keep ``Told.id`` to know a repeat
(it never changes over attempts and replays), and ``seq`` of each conversation to know what is older than what you have.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from aftersales_client.errors import WebhookRefused
from aftersales_client.model import Answer
from aftersales_client.words import WebhookType

_PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"


class OfShop(Answer, frozen=True, kw_only=True):
    """What is told. Fields that say nothing are left out on the wire."""

    shop: str


class InConversation(OfShop, frozen=True, kw_only=True):
    """What is told of a conversation, in its order."""

    conversation_id: UUID
    seq: int


class ConversationOpened(InConversation, frozen=True, kw_only=True):
    channel: str
    is_verified: bool
    is_recorded: bool = False


class ConversationHandedOff(InConversation, frozen=True, kw_only=True):
    reason: str
    is_urgent: bool = False


class ConversationConcluded(InConversation, frozen=True, kw_only=True):
    outcome: str
    flow: str | None = None
    rule: str | None = None
    refusal: str | None = None


class DecisionMade(InConversation, frozen=True, kw_only=True):
    decision_id: UUID
    flow: str
    verdict: str
    rule: str
    refusal: str | None = None
    kind: str | None = None
    freight_payer: str | None = None
    order_id: str
    policy: str


class CaseCreated(InConversation, frozen=True, kw_only=True):
    """``case_id`` is the order system's own."""

    operation_id: UUID
    case_id: str
    kind: str
    refund_fen: int


class CaseProgressed(InConversation, frozen=True, kw_only=True):
    case_id: str
    stage: str | None = None


class CaseFailed(InConversation, frozen=True, kw_only=True):
    operation_id: UUID
    how: str


class WorkOrderCreated(OfShop, frozen=True, kw_only=True):
    """Whoever opened it. ``case_id`` is the appliance's, as in ``read_case``."""

    work_order_id: UUID
    kind: str
    team: str
    priority: str
    conversation_id: UUID | None = None
    case_id: UUID | None = None
    order_id: str | None = None


DATA: Final[Mapping[WebhookType, type[OfShop]]] = {
    WebhookType.CONVERSATION_OPENED: ConversationOpened,
    WebhookType.CONVERSATION_HANDED_OFF: ConversationHandedOff,
    WebhookType.CONVERSATION_CONCLUDED: ConversationConcluded,
    WebhookType.DECISION_MADE: DecisionMade,
    WebhookType.CASE_CREATED: CaseCreated,
    WebhookType.CASE_PROGRESSED: CaseProgressed,
    WebhookType.CASE_FAILED: CaseFailed,
    WebhookType.WORK_ORDER_CREATED: WorkOrderCreated,
}


class Told(Answer, frozen=True, kw_only=True):
    id: str
    """The same over attempts and replays."""
    type: WebhookType
    timestamp: datetime
    data: OfShop | dict[str, Any]
    """As in ``DATA``; a dict for a ping, and for what this client does not know yet."""


class _Envelope(Answer, frozen=True, kw_only=True):
    type: WebhookType
    timestamp: datetime
    data: msgspec.Raw


class Webhooks:
    """``secrets``: the shop's, ``whsec_…``; while one is being changed, the old and the new one."""

    def __init__(self, *secrets: str, tolerance_s: int = 300) -> None:
        if not secrets:
            raise ValueError("give the shop's secret for webhooks, as appliance shop add or rotate-secret printed it")
        self._keys = [_key(secret) for secret in secrets]
        self._tolerance_s = tolerance_s

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> Told:
        """WebhookRefused unless one of the secrets signed these bytes just now. ``body``: as it came, not parsed.

        ``now``: seconds since 1970, for tests.
        """
        given = {name.lower(): value for name, value in headers.items()}
        name, seconds = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
        self._check_time(seconds, time.time() if now is None else now)
        signed = b".".join((name.encode(), seconds.encode(), body))
        if not _is_signed(signed, given.get("webhook-signature", "").split(), self._keys):
            raise WebhookRefused("no signature of these bytes by a secret that counts")
        return _told(name, body)

    def _check_time(self, seconds: str, now: float) -> None:
        if not (seconds.isascii() and seconds.isdigit()):
            raise WebhookRefused("webhook-timestamp must be whole seconds since 1970")
        if abs(int(seconds) - now) > self._tolerance_s:
            raise WebhookRefused(f"webhook-timestamp is more than {self._tolerance_s} s away; compare both clocks")


def _is_signed(signed: bytes, signatures: Sequence[str], keys: Sequence[bytes]) -> bool:
    """Each comparison takes the same time, whatever is wrong."""
    given = [each.removeprefix(_VERSION).encode("utf-8", "replace") for each in signatures if each.startswith(_VERSION)]
    right = [base64.b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    return any(hmac.compare_digest(mine, theirs) for mine in right for theirs in given)


def _told(name: str, body: bytes) -> Told:
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        kind: Any = DATA.get(envelope.type, dict[str, Any])
        data: OfShop | dict[str, Any] = msgspec.json.decode(envelope.data, type=kind)
    except msgspec.DecodeError as error:
        raise WebhookRefused("well signed, but of another form than this client knows: it needs an update") from error
    return Told(id=name, type=envelope.type, timestamp=envelope.timestamp, data=data)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret for webhooks is whsec_ and base64") from error
    if not key:
        raise ValueError("a secret for webhooks must not be empty")
    return key
