"""Systems of the shops, for who looks after them in the console: with an API key or a signature, made, looked through
and taken back. A secret is seen once, by who makes it.

A system that would read what its maker's label does not dominate waits for a security administrator.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from appliance.identity.api_keys import ApiKeys
from appliance.identity.model import ApiClient, Scope, Shop, clearance_of
from appliance.identity.shops import Shops
from appliance.identity.signed_clients import SignedClients
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ShopId
from security.access import records
from security.access.changes import Decision
from security.access.labels import may_read
from security.access.model import Origin, Principal
from security.access.proposals import ClientProposal, ClientProposals
from security.access.records import Deed
from security.access.signing import SigningClient
from security.audit.record import Target


class Credential(StrEnum):
    """What a system shows who it is by."""

    API_KEY = "api_key"
    SIGNATURE = "signature"


_MAKES: Final = {Credential.API_KEY: Deed.API_KEY_CREATE, Credential.SIGNATURE: Deed.CLIENT_CREATE}
_REVOKES: Final = {Credential.API_KEY: Deed.API_KEY_REVOKE, Credential.SIGNATURE: Deed.CLIENT_REVOKE}


class ClientView(msgspec.Struct, frozen=True, kw_only=True):
    client_id: UUID
    credential: Credential
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""
    certificates: int
    """How many it must come with one of."""
    agreement: Decision | None
    """A security administrator's, without which it opens nothing; None: it needs none."""


class ShopClients(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    name: str
    clients: tuple[ClientView, ...]


class MadeClient(msgspec.Struct, frozen=True, kw_only=True):
    """``secret``: what the system keeps, an API key or what it signs with; it is not shown again. ``caller``: what a
    system that signs calls itself in X-Client."""

    client: ClientView
    secret: str
    caller: str | None

    def __repr__(self) -> str:
        return f"MadeClient({self.client.client_id})"


class ClientDesk:
    def __init__(
        self, deeds: Deeds, shops: Shops, keys: ApiKeys, signed: SignedClients, proposals: ClientProposals
    ) -> None:
        self._deeds = deeds
        self._shops = shops
        self._keys = keys
        self._signed = signed
        self._proposals = proposals

    async def all(self) -> Sequence[ShopClients]:
        """Those that were revoked too: ids stand in the audit log for good."""
        return [await self._of(shop) for shop in await self._shops.list()]

    async def make(
        self, who: Principal, shop: ShopId, credential: Credential, name: str, scopes: Sequence[Scope], origin: Origin
    ) -> MadeClient:
        actor, thing = records.actor_of(who), Target(type="shop", id=shop)
        proposed_by = None if may_read(who.rights.label, clearance_of(scopes)) else who.staff_id
        async with self._deeds.doing(_MAKES[credential], actor, thing, origin):
            if credential is Credential.API_KEY:
                key, secret = await self._keys.create(shop, name, scopes, actor, origin, proposed_by)
                return MadeClient(client=_by_key(key), secret=secret, caller=None)
            client, secret = await self._signed.create(shop, name, scopes, actor, origin, proposed_by)
        return MadeClient(client=_by_signature(client), secret=secret, caller=f"{shop}/{client.client_id}")

    async def revoke(
        self, who: Principal, shop: ShopId, credential: Credential, client_id: UUID, origin: Origin
    ) -> None:
        """NotFound where there is none, or none any more."""
        actor = records.actor_of(who)
        thing = Target(type="api_key" if credential is Credential.API_KEY else "client", id=str(client_id))
        ways = {Credential.API_KEY: self._keys.revoke, Credential.SIGNATURE: self._signed.revoke}
        async with self._deeds.doing(_REVOKES[credential], actor, thing, origin):
            await ways[credential](shop, client_id, actor, origin)

    async def waiting(self) -> Sequence[ClientProposal]:
        return await self._deeds.look(self._proposals.waiting)

    async def approve(self, who: Principal, shop: ShopId, client_id: UUID, origin: Origin) -> None:
        """Its credential counts from now on. security.access.errors.NotThere where none waits."""
        await self._deeds.do(
            Deed.CLIENT_APPROVE,
            records.actor_of(who),
            Target(type="client", id=str(client_id)),
            origin,
            lambda conn: self._proposals.approve(conn, who, shop, client_id, origin),
        )

    async def refuse(self, who: Principal, shop: ShopId, client_id: UUID, origin: Origin) -> None:
        """It never opens anything."""
        await self._deeds.do(
            Deed.CLIENT_REFUSE,
            records.actor_of(who),
            Target(type="client", id=str(client_id)),
            origin,
            lambda conn: self._proposals.refuse(conn, who, shop, client_id, origin),
        )

    async def _of(self, shop: Shop) -> ShopClients:
        keys = [_by_key(each) for each in await self._keys.list(shop.shop_id)]
        signed = [_by_signature(each) for each in await self._signed.list(shop.shop_id)]
        clients = sorted([*keys, *signed], key=lambda each: each.created_at, reverse=True)
        return ShopClients(shop_id=shop.shop_id, name=shop.name, clients=tuple(clients))


def _by_key(client: ApiClient) -> ClientView:
    return ClientView(
        client_id=client.key_id,
        credential=Credential.API_KEY,
        name=client.name,
        scopes=tuple(sorted(client.scopes)),
        created_at=client.created_at,
        revoked_at=client.revoked_at,
        last_used_at=client.last_used_at,
        certificates=0,
        agreement=client.agreement,
    )


def _by_signature(client: SigningClient) -> ClientView:
    return ClientView(
        client_id=client.client_id,
        credential=Credential.SIGNATURE,
        name=client.name,
        scopes=tuple(map(Scope, sorted(client.scopes))),
        created_at=client.created_at,
        revoked_at=client.revoked_at,
        last_used_at=client.last_used_at,
        certificates=len(client.certificates),
        agreement=client.agreement,
    )
