"""What stands behind the placeholders of a conversation, for the shop's staff: as much as a role may see.

A clear value is given to who may have it, for a purpose of a closed list, one at a time, so many in an hour; that it is
asked for is sealed in the audit log before, and its record commits with it. Where there is no such conversation, none
of this person's shops, or nothing kept: NotThere.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from appliance.conversation.ports import Keys
from appliance.conversation.reach import reached
from appliance.db import Connection, Database
from appliance.errors import Unavailable
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ConversationId, ShopId, SubjectId
from security.access import records
from security.access.errors import NotThere, TooManyReveals
from security.access.model import Origin, Principal
from security.access.permissions import Permission
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Target
from security.errors import EpochGone, KeysUnavailable, SubjectErased
from security.pii.display import Sight, displayed
from security.pii.model import PiiType
from security.pii.reveals import Reveals
from security.pii.vault import Kept, Vault


class Purpose(StrEnum):
    """What somebody needs a clear value for."""

    CALL_BACK = "call_back"
    DELIVERY = "delivery"
    REFUND = "refund"
    INVOICE = "invoice"
    COMPLAINT = "complaint"
    IDENTITY = "identity"
    LEGAL_DUTY = "legal_duty"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which value, and why."""

    conversation_id: ConversationId
    placeholder: str
    purpose: Purpose
    reason: str = ""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    placeholder: str
    type: PiiType
    shown: str
    """As much of it as whoever asked may see."""

    def __repr__(self) -> str:
        return f"Value({self.placeholder})"


class Disclosures:
    def __init__(
        self, db: Database, deeds: Deeds, keys: Keys, vault: Vault, mask: Callable[[str], str], reveals: Reveals
    ) -> None:
        """`mask`: of words that stay in the log for good."""
        self._db = db
        self._deeds = deeds
        self._keys = keys
        self._vault = vault
        self._mask = mask
        self._reveals = reveals

    async def reveal(self, principal: Principal, asked: Asked, origin: Origin) -> Value:
        """The clear value; of what is kept in part, the part.

        security.errors.AuditUnavailable, and no value, where the log does not take the intent.
        """
        deed, actor = Deed.PII_REVEAL, records.actor_of(principal)
        thing = Target(type="conversation", id=str(asked.conversation_id))
        await self._deeds.announce(deed, actor, thing, origin)
        async with self._deeds.noting(deed, actor, thing, origin):
            await self._count(principal)
            shop, subject_id = await self._place(principal, asked.conversation_id)
            async with self._db.transaction(shop) as conn:
                found = await self._vault.get(conn, shop, asked.conversation_id, [asked.placeholder])
                kept = found.get(asked.placeholder)
                clear = await self._clear(conn, shop, kept) if kept and kept.subject_id == subject_id else ""
                if kept is None or not clear:
                    raise _nothing()
                detail = {"placeholder": kept.placeholder, "note": self._mask(asked.reason)}
                await append(
                    conn,
                    [records.record(deed, actor, thing, origin, reason=asked.purpose, detail=detail, tenant=shop)],
                )
        type_ = PiiType(kept.type)
        return Value(placeholder=kept.placeholder, type=type_, shown=displayed(type_, clear, Sight.FULL))

    async def values(self, principal: Principal, conversation_id: ConversationId, origin: Origin) -> list[Value]:
        """All of a conversation, masked: who may not have them clear sees types alone. Each look is recorded."""
        sight = Sight.PARTIAL if principal.may(Permission.CUSTOMER_REVEAL) else Sight.TYPE
        deed, actor = Deed.PII_LIST, records.actor_of(principal)
        thing = Target(type="conversation", id=str(conversation_id))
        async with self._deeds.noting(deed, actor, thing, origin):
            shop, subject_id = await self._place(principal, conversation_id)
            async with self._db.transaction(shop) as conn:
                kept = await self._vault.of(conn, shop, conversation_id)
                own = [each for each in kept if each.subject_id == subject_id]
                values = await self._opened(conn, shop, own, sight)
                detail = {"values": str(len(values)), "sight": sight.value}
                await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])
        return values

    async def _count(self, principal: Principal) -> None:
        async with self._db.system() as conn:
            may_go_on = await self._reveals.count(conn, principal.staff_id)
        if not may_go_on:
            raise TooManyReveals

    async def _place(self, principal: Principal, conversation_id: ConversationId) -> tuple[ShopId, SubjectId]:
        place = await reached(self._db, principal, conversation_id)
        if place is None:
            raise _nothing()
        return place

    async def _opened(self, conn: Connection, shop: ShopId, kept: Sequence[Kept], sight: Sight) -> list[Value]:
        values = []
        for each in sorted(kept, key=_by_type):
            type_ = PiiType(each.type)
            clear = "" if sight is Sight.TYPE else await self._clear(conn, shop, each)
            shown = displayed(type_, clear, sight if clear else Sight.TYPE)
            values.append(Value(placeholder=each.placeholder, type=type_, shown=shown))
        return values

    async def _clear(self, conn: Connection, shop: ShopId, kept: Kept) -> str:
        """Empty where nothing of it was kept."""
        try:
            keys = await self._keys.keys(conn, shop, kept.subject_id)
        except (SubjectErased, EpochGone) as gone:
            raise _nothing() from gone
        except KeysUnavailable as away:
            raise Unavailable("the customer's keys cannot be opened now: run 'appliance doctor'") from away
        return kept.opened(keys)


def _by_type(kept: Kept) -> tuple[int, int, str]:
    """And by its number: ⟨手机10⟩ comes after ⟨手机9⟩."""
    return list(PiiType).index(PiiType(kept.type)), len(kept.placeholder), kept.placeholder


def _nothing() -> NotThere:
    return NotThere("no such conversation, or it keeps no such value")
