"""The record ``audit/v1``: what callers say about an event, and the closed whole that is sealed. No numbers, no
plaintext personal values: amounts are decimal strings in fen, persons appear as ids and commitments.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from security.errors import RecordRefused
from security.ids import uuid7

_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_BEGINNING = re.compile(r'\{"id": "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", ')
"""Of an event as PostgreSQL writes it, the shortest name first: its id stands there as ours are written."""


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
    id: UUID = msgspec.field(default_factory=uuid7)
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


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is about to be written. Its event was read by its schema; nothing is looked at again."""

    action: str
    actor: Actor
    alg: str
    boot: str
    cat: Category
    detail: dict[str, str]
    id: UUID
    kind: Kind
    log: str
    mono: str
    node: str
    object: Target
    outcome: Outcome
    pii: tuple[Commitment, ...]
    prev: str
    reason: str
    req: str
    seq: str
    src: Source
    tenant: str
    ts: str
    v: str


class _WholeActor(Actor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: str
    auth: str


class _WholeSource(Source, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ip: str
    term: str


class _WholeEvent(AuditEvent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event that names every part, also those that say nothing."""

    actor: _WholeActor
    id: UUID
    kind: Kind
    tenant: str
    src: _WholeSource
    reason: str
    req: str
    detail: dict[str, str]
    pii: tuple[Commitment, ...]


_events = msgspec.json.Decoder(AuditEvent)
_whole_events = msgspec.json.Decoder(_WholeEvent)


def to_tree(event: AuditEvent | Line) -> dict[str, Any]:
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


def read_whole(text: str) -> AuditEvent:
    """Out of PostgreSQL's text of its JSON. Refuses what does not fit the schema, or leaves a part of it out."""
    try:
        event = _whole_events.decode(text)
    except msgspec.MsgspecError as error:
        raise RecordRefused(str(error)) from error
    if not _BEGINNING.match(text) or not unicodedata.is_normalized("NFC", text):
        raise RecordRefused("an event is written in one way only")
    return event


def to_record(raw: bytes) -> Record:
    try:
        return msgspec.json.decode(raw, type=Record)
    except msgspec.MsgspecError as error:
        raise RecordRefused(str(error)) from error
