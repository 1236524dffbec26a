"""Systems of a shop that sign their requests: made, revoked, and recognised by signature, time and nonce."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from appliance.clock import Clock
from appliance.db import Database
from appliance.errors import InvalidInput, NotFound
from appliance.identity.api_keys import COMMAND_LINE
from appliance.identity.errors import ScopeMissing
from appliance.identity.model import ApiClient, Needed, Scope, shop_id_from, subject_of
from appliance.ids import ShopId, uuid7
from security.access.certificates import Bindings, Certificate
from security.access.errors import NotAllowed, NotThere, RightsUnfit, SignatureRefused
from security.access.keys import Ring
from security.access.model import Origin
from security.access.records import MACHINE
from security.access.signing import SignedRequest, SigningClient, SigningClients
from security.audit.record import Actor
from security.errors import KeysUnavailable

_REFUSAL: Final = "X-Client is <shop>/<client id>, as it was printed when the client was made"


class SignedCall(msgspec.Struct, frozen=True, kw_only=True):
    """What arrived: who it says it is, what it asks, and the signature over it."""

    client: str
    request: SignedRequest
    signature: str
    certificate: bytes | None = None
    """DER of what the client showed where TLS ends, if a proxy that is trusted said so."""


class SignedClients:
    def __init__(self, db: Database, ring: Ring, clock: Clock) -> None:
        self._db = db
        self._bindings = Bindings(clock)
        self._clients = SigningClients(ring, clock, uuid7, lambda shop: subject_of(ShopId(shop)))

    async def create(
        self,
        shop: ShopId,
        name: str,
        scopes: Iterable[Scope],
        by: Actor = MACHINE,
        origin: Origin = COMMAND_LINE,
        proposed_by: UUID | None = None,
    ) -> tuple[SigningClient, str]:
        """The client, and the secret that it signs with: the only time that it is seen.

        ``proposed_by``: who makes it and may not agree to it; it waits for somebody who may.
        """
        given = [scope.value for scope in scopes]
        try:
            async with self._db.transaction(shop) as conn:
                return await self._clients.create(conn, shop, name, given, by, origin, proposed_by)
        except RightsUnfit as unfit:
            raise InvalidInput(unfit.detail) from unfit
        except KeysUnavailable as unknown:
            raise NotFound("no such shop") from unknown

    async def list(self, shop: ShopId) -> Sequence[SigningClient]:
        async with self._db.transaction(shop) as conn:
            return await self._clients.list(conn, shop)

    async def revoke(self, shop: ShopId, client_id: UUID, by: Actor = MACHINE, origin: Origin = COMMAND_LINE) -> None:
        """At once, in every process."""
        try:
            async with self._db.transaction(shop) as conn:
                await self._clients.revoke(conn, shop, client_id, by, origin)
        except NotThere as gone:
            raise NotFound(gone.detail) from gone

    async def bind(self, shop: ShopId, client_id: UUID, certificate: Certificate) -> None:
        """The client must come with it, or with another that it is bound to. At once, in every process."""
        try:
            async with self._db.transaction(shop) as conn:
                await self._bindings.bind(conn, shop, client_id, certificate, MACHINE, COMMAND_LINE)
        except RightsUnfit as unfit:
            raise InvalidInput(unfit.detail) from unfit
        except NotThere as gone:
            raise NotFound(gone.detail) from gone

    async def unbind(self, shop: ShopId, client_id: UUID, fingerprint: bytes) -> None:
        try:
            async with self._db.transaction(shop) as conn:
                await self._bindings.unbind(conn, shop, client_id, fingerprint, MACHINE, COMMAND_LINE)
        except NotThere as gone:
            raise NotFound(gone.detail) from gone

    async def authenticate(self, call: SignedCall, needed: Needed) -> ApiClient:
        """Whose call it is. SignatureRefused; ScopeMissing or ClearanceTooLow if it is well signed but may not."""
        shop, client_id = _named(call.client)
        try:
            async with self._db.transaction(shop) as conn:
                known = await self._clients.verify(
                    conn, shop, client_id, call.request, call.signature, needed.scope.value, call.certificate
                )
        except NotAllowed as lacking:
            raise ScopeMissing(lacking.detail, shop, client_id) from lacking
        client = ApiClient(
            shop_id=shop,
            key_id=known.client_id,
            name=known.name,
            scopes=frozenset(map(Scope, known.scopes)),
            created_at=known.created_at,
        )
        return client.cleared(needed)


def _named(client: str) -> tuple[ShopId, UUID]:
    shop, _, client_id = client.partition("/")
    try:
        return shop_id_from(shop), UUID(client_id)
    except (ValueError, InvalidInput) as wrong:
        raise SignatureRefused(_REFUSAL) from wrong
