"""The audit records of this package: who did what to which account, with what outcome. Ids and digests, no names."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from security.access.model import Origin, Principal
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Outcome, Source, Target

NOBODY: Final = Actor(type=ActorType.STAFF, id="unknown")
"""Somebody who has not proved who they are."""
MACHINE: Final = Actor(type=ActorType.SERVICE, id="command-line")
"""Whoever may run commands on the machine itself."""


class Refusal(Protocol):
    """Why something was not done, as a stable word."""

    @property
    def code(self) -> str: ...


class Deed(StrEnum):
    LOGIN_PASSWORD = "login.password"  # noqa: S105 - a name, not a secret
    LOGIN_SECOND_FACTOR = "login.second_factor"
    LOGIN_LOCK = "login.lock"
    SESSION_LOGOUT = "session.logout"
    SESSION_REVOKE = "session.revoke"
    SESSION_REPLACE = "session.replace"
    PASSWORD_CHANGE = "password.change"  # noqa: S105
    TOTP_BEGIN = "totp.begin"
    TOTP_REPLACE = "totp.replace"
    PASSKEY_BEGIN = "passkey.begin"
    PASSKEY_ADD = "passkey.add"
    PASSKEY_REMOVE = "passkey.remove"
    SET_UP_BEGIN = "account.set_up_begin"
    SET_UP_FINISH = "account.set_up"
    ACCOUNT_DISABLE_UNUSED = "account.disable_unused"
    RIGHTS_TAMPERED = "rights.tampered"
    CHANGE_PROPOSE = "change.propose"
    CHANGE_APPLY = "change.apply"
    CHANGE_REFUSE = "change.refuse"
    CHANGE_CONFIRM = "change.confirm"
    APPROVAL_ISSUE = "approval.issue"
    BOOTSTRAP = "access.bootstrap"
    GO_LIVE = "access.go_live"
    DENY = "access.deny"
    CLIENT_CREATE = "client.create"
    CLIENT_REVOKE = "client.revoke"
    CLIENT_APPROVE = "client.approve"
    CLIENT_REFUSE = "client.refuse"
    CLIENT_BIND = "client.bind"
    CLIENT_UNBIND = "client.unbind"
    API_KEY_CREATE = "api_key.create"
    API_KEY_REVOKE = "api_key.revoke"
    PII_LIST = "pii.list"
    PII_REVEAL = "pii.reveal"
    RECORDING_LIST = "recording.list"
    RECORDING_PLAY = "recording.play"
    POLICY_PROPOSE = "policy.propose"
    POLICY_PUBLISH = "policy.publish"
    POLICY_REFUSE = "policy.refuse"
    POLICY_RECALL = "policy.recall"
    POLICY_TRY = "policy.try"
    DESK_TAKE = "desk.take"
    DESK_TRANSFER = "desk.transfer"
    DESK_HAND_BACK = "desk.hand_back"
    DESK_CLOSE = "desk.close"
    DESK_SEAT = "desk.seat"
    DESK_UNSEAT = "desk.unseat"
    DESK_REPLY = "desk.reply"
    SHOP_CREATE = "shop.create"
    SHOP_RENAME = "shop.rename"
    SHOP_CONNECT = "shop.connect"
    SHOP_TRY = "shop.try"
    SHOP_SPEAK_AS = "shop.speak_as"
    SHOP_DRESS = "shop.dress"
    SHOP_HOURS = "shop.hours"
    WEBHOOK_REPLAY = "webhook.replay"
    DESK_LOOK = "desk.look"
    CONVERSATION_LOOK = "conversation.look"
    AUDIT_READ = "audit.read"
    AUDIT_VERIFY = "audit.verify"
    ORDER_SYSTEM_CHECK = "order_system.check"


AHEAD: Final = frozenset(
    {
        Deed.CHANGE_PROPOSE,
        Deed.CHANGE_APPLY,
        Deed.CHANGE_REFUSE,
        Deed.CHANGE_CONFIRM,
        Deed.APPROVAL_ISSUE,
        Deed.GO_LIVE,
        Deed.SESSION_REVOKE,
        Deed.PII_REVEAL,
        Deed.RECORDING_PLAY,
        Deed.POLICY_PUBLISH,
        Deed.POLICY_RECALL,
        Deed.SHOP_CREATE,
        Deed.SHOP_RENAME,
        Deed.SHOP_CONNECT,
        Deed.SHOP_SPEAK_AS,
        Deed.SHOP_DRESS,
        Deed.SHOP_HOURS,
        Deed.CLIENT_CREATE,
        Deed.CLIENT_REVOKE,
        Deed.CLIENT_APPROVE,
        Deed.CLIENT_REFUSE,
        Deed.API_KEY_CREATE,
        Deed.API_KEY_REVOKE,
        Deed.WEBHOOK_REPLAY,
    }
)
"""What administrators do, what shows a clear value or lets a customer be heard, what changes the rules of money.

An intent is sealed before, its outcome recorded then.
"""
_WITHIN_BY_COMMAND: Final = frozenset(
    deed for deed in AHEAD if deed.partition(".")[0] in {"shop", "client", "api_key", "webhook"}
)
"""Commands do these too, while the appliance and its sealer stand still: recorded in the deed's own transaction."""

_CATEGORIES: Final[Mapping[str, Category]] = {
    "login": Category.LOGIN,
    "session": Category.LOGIN,
    "rights": Category.POLICY,
    "change": Category.POLICY,
    "access": Category.POLICY,
    "approval": Category.POLICY,
    "api_key": Category.KEYS,
    "pii": Category.PII,
    "recording": Category.PII,
    "policy": Category.POLICY,
    "desk": Category.SERVICE,
    "conversation": Category.SERVICE,
    "shop": Category.CONFIG,
    "webhook": Category.CONFIG,
    "audit": Category.AUDIT,
    "order_system": Category.CONFIG,
}


def actor_of(principal: Principal) -> Actor:
    roles = "+".join(sorted(principal.rights.roles))
    return Actor(
        type=ActorType.STAFF, id=str(principal.staff_id), role=roles, auth=f"password+{principal.factor.value}"
    )


def person(staff_id: UUID) -> Actor:
    """Somebody known, though without a session."""
    return Actor(type=ActorType.STAFF, id=str(staff_id))


def account(staff_id: UUID) -> Target:
    return Target(type="staff", id=str(staff_id))


def login_name(digest: bytes) -> Target:
    return Target(type="login", id=digest.hex())


def record(
    deed: Deed,
    actor: Actor,
    thing: Target,
    origin: Origin,
    *,
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    detail: Mapping[str, str] | None = None,
    tenant: str = "",
) -> AuditEvent:
    return AuditEvent(
        actor=actor,
        cat=_CATEGORIES.get(deed.partition(".")[0], Category.ACCOUNT),
        action=deed.value,
        object=thing,
        outcome=outcome,
        kind=_kind(deed, actor, outcome),
        tenant=tenant,
        src=Source(ip=origin.ip, term=origin.terminal),
        req=origin.request,
        reason=reason,
        detail=dict(detail or {}),
    )


def is_ahead(deed: Deed, actor: Actor) -> bool:
    """Whether the actor says it to the log before it is done."""
    return deed in AHEAD and not (deed in _WITHIN_BY_COMMAND and actor.type is not ActorType.STAFF)


def intent(deed: Deed, actor: Actor, thing: Target, origin: Origin) -> AuditEvent:
    """Of a deed that is about to be done."""
    return record(deed, actor, thing, origin, outcome=Outcome.PENDING)


def refusal(deed: Deed, actor: Actor, thing: Target, origin: Origin, error: Refusal) -> AuditEvent:
    """Of a deed that was asked for and not done."""
    return record(deed, actor, thing, origin, outcome=Outcome.DENIED, reason=error.code)


def failure(deed: Deed, actor: Actor, thing: Target, origin: Origin, code: str) -> AuditEvent:
    """Of a deed that was begun and came to nothing."""
    return record(deed, actor, thing, origin, outcome=Outcome.FAILURE, reason=code)


def in_doubt(deed: Deed, actor: Actor, thing: Target, origin: Origin, code: str) -> AuditEvent:
    """Of a deed whose commit nobody answered: if it was done, its own record says so too."""
    return record(deed, actor, thing, origin, outcome=Outcome.UNKNOWN, reason=code)


def _kind(deed: Deed, actor: Actor, outcome: Outcome) -> Kind:
    if outcome is Outcome.PENDING:
        return Kind.INTENT
    return Kind.OUTCOME if is_ahead(deed, actor) else Kind.EVENT
