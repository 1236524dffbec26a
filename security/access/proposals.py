"""Systems that would read more than who makes them may: proposed by a system administrator, agreed to by a security
administrator. Until then the credential opens nothing, however right it is.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from security.access import records
from security.access.changes import Decision
from security.access.errors import ChangeRefused, NotThere
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.access.store import SQL
from security.audit.append import append
from security.audit.record import Target
from security.clock import Clock
from security.sql import Connection

COUNTS: Final = frozenset({None, Decision.APPLIED})
"""A credential that nobody has to agree to, and one that was agreed to."""


class ClientProposal(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    client_id: UUID
    name: str
    scopes: tuple[str, ...]
    proposed_by: UUID
    proposed_at: datetime


class ClientProposals:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def propose(
        self, conn: Connection, shop: str, client_id: UUID, name: str, scopes: Iterable[str], by: UUID
    ) -> None:
        """In the transaction that makes the client."""
        values = {"shop_id": shop, "client_id": client_id, "name": name, "scopes": sorted(scopes), "by": by}
        await conn.execute(SQL["insert_client_proposal"], {**values, "now": self._clock.now()})

    async def take_back(self, conn: Connection, shop: str, client_id: UUID) -> None:
        """In the transaction that revokes the client, whether somebody had to agree to it or not."""
        values = {"shop_id": shop, "client_id": client_id, "now": self._clock.now()}
        await conn.execute(SQL["take_back_client_proposal"], values)

    async def waiting(self, conn: Connection) -> list[ClientProposal]:
        """The oldest first."""
        cursor = conn.cursor(row_factory=dict_row)
        rows = await (await cursor.execute(SQL["select_client_proposals"])).fetchall()
        return [msgspec.convert(row, ClientProposal) for row in rows]

    async def approve(self, conn: Connection, principal: Principal, shop: str, client_id: UUID, origin: Origin) -> None:
        """Its credential counts from now on. Not by who proposed it."""
        proposal = await self._open(conn, shop, client_id)
        if principal.staff_id == proposal.proposed_by:
            raise ChangeRefused("somebody else has to agree: not who proposed it")
        await self._decide(conn, principal, proposal, Decision.APPLIED, Deed.CLIENT_APPROVE, origin)

    async def refuse(self, conn: Connection, principal: Principal, shop: str, client_id: UUID, origin: Origin) -> None:
        """Its credential never opens anything."""
        proposal = await self._open(conn, shop, client_id)
        await self._decide(conn, principal, proposal, Decision.REFUSED, Deed.CLIENT_REFUSE, origin)

    async def _open(self, conn: Connection, shop: str, client_id: UUID) -> ClientProposal:
        cursor = conn.cursor(row_factory=dict_row)
        values = {"shop_id": shop, "client_id": client_id}
        found = await (await cursor.execute(SQL["select_client_proposal"], values)).fetchone()
        if found is None:
            raise NotThere("no such system waits to be agreed to")
        return msgspec.convert(found, ClientProposal)

    async def _decide(
        self,
        conn: Connection,
        principal: Principal,
        proposal: ClientProposal,
        state: Decision,
        deed: Deed,
        origin: Origin,
    ) -> None:
        values = {"shop_id": proposal.shop_id, "client_id": proposal.client_id, "state": state}
        values |= {"by": principal.staff_id, "now": self._clock.now()}
        await conn.execute(SQL["decide_client_proposal"], values)
        actor, thing = records.actor_of(principal), Target(type="client", id=str(proposal.client_id))
        detail = {"scopes": " ".join(proposal.scopes), "proposed_by": str(proposal.proposed_by)}
        await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=proposal.shop_id)])
