"""Shops, their secrets and the proofs that customers and systems bring. Secrets never appear in a ``repr``."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Final
from uuid import UUID, uuid5

import msgspec

from appliance.errors import InvalidInput
from appliance.identity.errors import ClearanceTooLow, ScopeMissing
from appliance.ids import ConversationId, CustomerId, ShopId, SubjectId
from security.access.changes import Decision
from security.access.labels import Category, Label, Level, joined, may_read

SHOP_ID: Final = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$(?!\n)"
LONGEST_SHOP_NAME: Final = 60
_SHOP_SUBJECTS: Final = UUID("0d3e5f2e-6b0c-4f0a-9a51-3b0f6d2f7c11")

OVERLAP: Final = timedelta(hours=24)
"""How long a secret still counts after its successor was made: as long as the longest customer token lives."""


class SecretPurpose(StrEnum):
    CUSTOMER_TOKEN = "customer_token"  # noqa: S105 - a name, not a secret
    """Signs customer tokens (JWT HS256)."""
    ORDER_EVENTS = "order_events"
    """Signs what the order system sends."""
    WEBHOOKS = "webhooks"
    """Signs what we tell the shop's systems (`whsec_…`, Standard Webhooks)."""


class Scope(StrEnum):
    """What an API key may do."""

    EVENTS_WRITE = "events:write"
    CONVERSATIONS_READ = "conversations:read"
    CASES_READ = "cases:read"
    DECISIONS_READ = "decisions:read"
    WORK_ORDERS_READ = "work_orders:read"
    WORK_ORDERS_WRITE = "work_orders:write"
    CALL_REFUSALS_WRITE = "call_refusals:write"


CLEARANCE: Final[Mapping[Scope, Label]] = {
    Scope.EVENTS_WRITE: Label(level=Level.INTERNAL, categories=frozenset({Category.SYSTEM})),
    Scope.CONVERSATIONS_READ: Label(level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER})),
    Scope.CASES_READ: Label(level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER, Category.MONEY})),
    Scope.DECISIONS_READ: Label(level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER})),
    Scope.WORK_ORDERS_READ: Label(level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER})),
    Scope.WORK_ORDERS_WRITE: Label(level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER})),
    Scope.CALL_REFUSALS_WRITE: Label(level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER})),
}
"""What each scope clears a system for. A system's label follows from its scopes alone: nobody sets it by hand."""


def clearance_of(scopes: Iterable[Scope]) -> Label:
    return reduce(joined, (CLEARANCE[scope] for scope in scopes))


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """What a system must be granted, and the label that it must dominate."""

    scope: Scope
    label: Label


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    name: str
    created_at: datetime


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a shared secret. ``valid_until`` is set once a successor exists."""

    secret_id: UUID
    purpose: SecretPurpose
    value: str
    created_at: datetime
    valid_until: datetime | None = None

    def __repr__(self) -> str:
        return f"Secret({self.purpose}, {self.secret_id})"

    def is_valid(self, at: datetime) -> bool:
        return self.valid_until is None or at < self.valid_until


class ShopIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A shop with the secrets that it shares with us, the current ones first."""

    shop: Shop
    secrets: tuple[Secret, ...]

    def __repr__(self) -> str:
        return f"ShopIdentity({self.shop.shop_id})"

    def valid(self, purpose: SecretPurpose, at: datetime) -> tuple[str, ...]:
        return tuple(s.value for s in self.secrets if s.purpose is purpose and s.is_valid(at))


class ApiClient(msgspec.Struct, frozen=True, kw_only=True):
    """A system of the shop's, known by its API key or its signature."""

    shop_id: ShopId
    key_id: UUID
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """To the minute."""
    agreement: Decision | None = None
    """A security administrator's; None: it needs none."""

    def cleared(self, needed: Needed) -> "ApiClient":
        """Itself, if it may: ScopeMissing or ClearanceTooLow otherwise."""
        if needed.scope not in self.scopes:
            raise ScopeMissing(f"this system lacks the scope {needed.scope}", self.shop_id, self.key_id)
        if not may_read(clearance_of(self.scopes), needed.label):
            detail = "the label of this system does not dominate that of what is asked for"
            raise ClearanceTooLow(detail, self.shop_id, self.key_id)
        return self


class VerifiedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    customer_id: CustomerId
    token_id: str
    expires_at: datetime


class ConversationAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation's access token says: this conversation of this shop, until then."""

    shop_id: ShopId
    conversation_id: ConversationId
    expires_at: datetime


def shop_id_from(text: str) -> ShopId:
    if not re.fullmatch(SHOP_ID, text):
        raise InvalidInput("a shop id is 1 to 40 lower-case letters, digits and inner hyphens")
    return ShopId(text)


def shop_name_from(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= LONGEST_SHOP_NAME or not name.isprintable():
        raise InvalidInput(f"a shop's name has 1 to {LONGEST_SHOP_NAME} printable characters")
    return name


def subject_of(shop: ShopId) -> SubjectId:
    """The subject under whose keys a shop's own secrets are sealed."""
    return SubjectId(uuid5(_SHOP_SUBJECTS, shop))
