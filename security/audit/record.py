"""The record ``audit/v1``: what callers say about an event, and the closed whole that is sealed. No numbers, no
plaintext personal values: amounts are decimal strings in fen, persons appear as ids and commitments.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import msgspec

from security.errors import RecordRefused

_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


class Kind(StrEnum):
    EVENT = "event"
    INTENT = "intent"
    """Sealed before the deed; an outcome with the same request follows."""
    OUTCOME = "outcome"


class Outcome(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    DENIED = "denied"
    UNKNOWN = "unknown"
    """The other side did not say; reconciliation writes another outcome."""
    PENDING = "pending"
    """Intents only: not done yet."""


class Category(StrEnum):
    LOGIN = "login"
    ACCOUNT = "account"
    POLICY = "policy"
    KEYS = "keys"
    CONFIG = "config"
    PII = "pii"
    RIGHTS = "rights"
    MONEY = "money"
    MODEL = "model"
    BACKUP = "backup"
    AUDIT = "audit"
    EGRESS = "egress"
    SERVICE = "service"


class ActorType(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    CLIENT = "client"
    SERVICE = "service"


class Actor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: ActorType
    id: str
    role: str = ""
    auth: str = ""


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ip: str = ""
    term: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: str
    id: str


class Commitment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stands for a personal value: ``SubjectKeys.commit``."""

    subj: str
    field: str
    commit: str


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    actor: Actor
    cat: Category
    action: str
    object: Target
    outcome: Outcome
    id: UUID = msgspec.field(default_factory=uuid4)
    kind: Kind = Kind.EVENT
    tenant: str = ""
    src: Source = Source()
    reason: str = ""
    req: str = ""
    detail: dict[str, str] = {}
    pii: tuple[Commitment, ...] = ()

    def __post_init__(self) -> None:
        if not _ACTION.fullmatch(self.action):
            raise RecordRefused(f"action {self.action!r} is not of the form noun.verb")
        if (self.kind is Kind.INTENT) != (self.outcome is Outcome.PENDING):
            raise RecordRefused(f"{self.action}: an intent is pending, and nothing else is")


class Record(AuditEvent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event as it stands in the log."""

    v: str
    log: str
    seq: str
    ts: str
    boot: str
    mono: str
    node: str
    prev: str
    alg: str


_events = msgspec.json.Decoder(AuditEvent)
_PARTS = len(AuditEvent.__struct_fields__)


def to_tree(event: AuditEvent) -> dict[str, Any]:
    tree: dict[str, Any] = msgspec.to_builtins(event)
    return tree


def to_event(tree: Any) -> AuditEvent:
    """Refuses what does not fit the schema."""
    try:
        return msgspec.convert(tree, AuditEvent)
    except msgspec.ValidationError as error:
        raise RecordRefused(str(error)) from error


def refuse_unfit(encoded: bytes) -> None:
    try:
        _events.decode(encoded)
    except msgspec.MsgspecError as error:
        raise RecordRefused(str(error)) from error


def read_whole(text: str) -> tuple[AuditEvent, dict[str, Any]]:
    """Out of its JSON, and the same as a tree. Refuses what does not fit the schema, or leaves a part of it out."""
    tree = msgspec.json.decode(text)
    event = to_event(tree)
    if len(tree) != _PARTS or [len(tree[name]) for name in ("actor", "src", "object")] != [4, 2, 2]:
        raise RecordRefused("an event names every part, also those that say nothing")
    if tree["id"] != str(event.id) or not unicodedata.is_normalized("NFC", text):
        raise RecordRefused("an event is written in one way only")
    return event, tree


def to_record(raw: bytes) -> Record:
    try:
        return msgspec.json.decode(raw, type=Record)
    except msgspec.MsgspecError as error:
        raise RecordRefused(str(error)) from error
