"""What a conversation needs of others, declared here by the one who needs it and joined in the composition root."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.policy.pack import PolicyPack
from appliance.conversation.event import EventData
from appliance.db import Connection
from appliance.dialogue.render import Persona
from appliance.ids import ConversationId, ShopId
from appliance.understanding.model import Understood
from models.commands import Context
from models.llm.rephraser import Voice
from security.audit.record import AuditEvent
from security.crypto.subject import SubjectKeys
from security.pii.masker import Fact
from security.pii.retrospect import KeptWords
from security.pii.vault import Kept


class ShopContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn needs of its shop."""

    persona: Persona
    orders: OrderSystem
    policies: tuple[PolicyPack, ...]
    """All published versions; the one in force at a decision's business time decides."""


class ShopContexts(Protocol):
    async def of(self, shop: ShopId) -> ShopContext:
        """NotFound if there is no such shop."""
        ...


class Keys(Protocol):
    """The part of ``security.crypto.keyring.KeyRing`` that is needed here."""

    async def create_subject(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...

    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...


class Masking(Protocol):
    """Personal data in a customer's words (``security.pii``)."""

    async def take_in(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        text: str,
        *,
        expected: frozenset[str],
        channel: str,
        own: Collection[str] = (),
        kept: KeptWords | None = None,
    ) -> str:
        """The text with typed placeholders; originals go to the vault in the same transaction.

        The caller holds the conversation's lock. `expected`: what was just asked for; `own`: numbers of the
        customer's own orders and parcels. What the text completes of the words `kept` is masked in those too.
        """
        ...

    async def take_in_facts(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        facts: Sequence[Fact],
    ) -> list[str]:
        """The same for what the order system keeps of the customer, who is known by these values from then on."""
        ...

    def with_known(self, keys: SubjectKeys, kept: Sequence[Kept], text: str, *, channel: str) -> str:
        """The text with placeholders for the values that the vault holds whole."""
        ...

    def with_facts(self, facts: Mapping[Fact, str], text: str, *, channel: str) -> str:
        """The same for facts that were taken in just now, with what became of them."""
        ...

    async def value_of(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, keys: SubjectKeys, placeholder: str
    ) -> str | None:
        """The value that a placeholder of this conversation stands for, if it was kept."""
        ...

    def may_hold(self, text: str) -> bool:
        """Cheap: whether the text needs ``take_in`` at all."""
        ...


class Understanding(Protocol):
    @property
    def reads_history(self) -> bool:
        """Whether a context should carry what was said before."""
        ...

    async def understand(self, text: str, context: Context) -> Understood: ...

    def at_once(self, text: str, context: Context) -> Understood:
        """By what needs no waiting for."""
        ...

    def is_complete(self, understood: Understood, context: Context) -> bool:
        """Whether the words are a whole request that needs no waiting for more."""
        ...


class Rephraser(Protocol):
    async def rephrase(self, words: str, voice: Voice) -> str:
        """The same put anew. Raises ModelError; ends by its deadline."""
        ...


class BrokenOff(StrEnum):
    """Why a turn left nothing."""

    LEASE_LOST = "lease_lost"
    PUT_OFF = "put_off"
    FAILED = "failed"


class Watch(Protocol):
    """Is told of turns once they are over, and decides nothing."""

    def committed(self, left: Sequence[EventData]) -> None:
        """``left``: the events of a turn that stand in the log now."""
        ...

    def broken_off(self, why: BrokenOff) -> None: ...


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a hand-off asks of the people at the desk."""

    conversation_id: ConversationId
    channel: str
    reason: str
    flow: str | None
    is_urgent: bool
    business_at: datetime


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a hand-off: the customer stands in a queue, or nobody can take him now."""

    ticket_id: UUID
    group: str
    priority: str
    is_full: bool = False
    """Too many wait: the bot goes on, and somebody will call back."""
    opens_at: datetime | None = None
    """Business time; the place in the queue is kept until then."""
    hours: str = ""
    transfer_to: str | None = None
    """Of a call that people take now: ``context,extension`` of the telephone system's dialplan, or empty where
    ``voice.people`` says it."""


class Desk(Protocol):
    """The people that a hand-off goes to (``appliance.desk``)."""

    async def lock(self, conn: Connection, shop: ShopId) -> None:
        """One change of the shop's queue at a time. Before anything else of the transaction is locked that others
        lock behind it."""
        ...

    async def draw(self, conn: Connection, shop: ShopId, asked: Asked) -> Place:
        """A place in the queue, under the lock."""
        ...

    async def assign(self, conn: Connection, shop: ShopId) -> None:
        """Whoever waits longest goes to who is free, now that the conversation stands committed in its state."""
        ...


class PhotoWay(Protocol):
    """How a caller gets a picture to us, in words for the ear (``aftersales.photo_links.model.Way``)."""

    @property
    def link_id(self) -> UUID: ...

    @property
    def is_new(self) -> bool: ...

    @property
    def by_text(self) -> bool: ...

    @property
    def address(self) -> str: ...

    @property
    def code(self) -> str: ...

    @property
    def valid_min(self) -> int: ...


class PhotoLinks(Protocol):
    """Photos from a caller (``appliance.aftersales.photo_links``)."""

    async def way(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> PhotoWay:
        """Reads only."""
        ...

    async def open(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, link_id: UUID) -> None:
        """From the commit of this transaction on it can be used."""
        ...


class Audit(Protocol):
    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None: ...
