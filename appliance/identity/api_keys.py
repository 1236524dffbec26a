"""API keys of a shop's systems: shown once, kept as a hash, each with the scopes it was given.

A key reads ``ak_<shop>_<key id>_<secret>``: it names its shop, so that even looking it up stays inside that shop.
"""

import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from appliance.clock import Clock
from appliance.db import Database
from appliance.errors import InvalidInput, NotFound
from appliance.identity import store
from appliance.identity.errors import ApiKeyNotValid
from appliance.identity.model import ApiClient, Needed, Scope
from appliance.ids import ShopId, uuid7
from security.access import records
from security.access.changes import Decision
from security.access.model import Origin
from security.access.proposals import COUNTS, ClientProposals
from security.access.records import MACHINE, Deed
from security.audit.append import append
from security.audit.record import Actor, Target
from security.crypto.cache import ExpiringCache

_KEY: Final = re.compile(r"ak_([a-z0-9-]{1,40})_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")
_REFUSAL: Final = "the API key is not valid"
_REMEMBERED: Final = timedelta(seconds=30)
_TOUCH: Final = timedelta(minutes=1)
_MOST_KEYS: Final = 1024
_LONGEST_NAME: Final = 80
COMMAND_LINE: Final = Origin(terminal="command line")


class ApiKeys:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._proposals = ClientProposals(clock)
        self._known: ExpiringCache[UUID, store.StoredKey] = ExpiringCache(_MOST_KEYS, _REMEMBERED, clock)

    async def create(
        self,
        shop: ShopId,
        name: str,
        scopes: Iterable[Scope],
        by: Actor = MACHINE,
        origin: Origin = COMMAND_LINE,
        proposed_by: UUID | None = None,
    ) -> tuple[ApiClient, str]:
        """The new client, and its key: the only time that the key is seen.

        ``proposed_by``: who makes it and may not agree to it; it waits for somebody who may.
        """
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise InvalidInput(f"an API key's name is 1 to {_LONGEST_NAME} printable characters")
        client = ApiClient(
            shop_id=shop,
            key_id=uuid7(),
            name=name,
            scopes=frozenset(scopes),
            created_at=self._clock.now(),
            agreement=None if proposed_by is None else Decision.PROPOSED,
        )
        secret = secrets.token_urlsafe(32)
        async with self._db.transaction(shop) as conn:
            if await store.select_shop(conn, shop) is None:
                raise NotFound("no such shop")
            await store.insert_api_key(conn, client, _hash(secret))
            detail = {"scopes": " ".join(sorted(client.scopes))}
            if proposed_by is not None:
                await self._proposals.propose(conn, shop, client.key_id, name, client.scopes, proposed_by)
                detail["agreement"] = Decision.PROPOSED.value
            await append(
                conn,
                [records.record(Deed.API_KEY_CREATE, by, _thing(client.key_id), origin, detail=detail, tenant=shop)],
            )
        return client, f"ak_{shop}_{client.key_id.hex}_{secret}"

    async def authenticate(self, key: str, needed: Needed) -> ApiClient:
        """Whose key it is. ApiKeyNotValid; ScopeMissing or ClearanceTooLow if it is a good key that may not do this."""
        return (await self.recognise(key)).cleared(needed)

    async def recognise(self, key: str) -> ApiClient:
        """Whose key it is, whatever it may do. ApiKeyNotValid."""
        parts = _KEY.fullmatch(key)
        if parts is None:
            raise ApiKeyNotValid(_REFUSAL)
        stored = await self._find(ShopId(parts[1]), UUID(parts[2]), parts[3])
        if stored is None or not _is_good(stored, ShopId(parts[1]), parts[3]):
            raise ApiKeyNotValid(_REFUSAL)
        return stored.client

    async def list(self, shop: ShopId) -> Sequence[ApiClient]:
        async with self._db.transaction(shop) as conn:
            return await store.select_api_keys(conn, shop)

    async def revoke(self, shop: ShopId, key_id: UUID, by: Actor = MACHINE, origin: Origin = COMMAND_LINE) -> None:
        async with self._db.transaction(shop) as conn:
            if not await store.revoke_api_key(conn, shop, key_id, self._clock.now()):
                raise NotFound("no such API key, or it is revoked already")
            await self._proposals.take_back(conn, shop, key_id)
            await append(conn, [records.record(Deed.API_KEY_REVOKE, by, _thing(key_id), origin, tenant=shop)])
        self._known.drop(key_id)

    async def _find(self, shop: ShopId, key_id: UUID, secret: str) -> store.StoredKey | None:
        known = self._known.get(key_id)
        if known is None:
            now = self._clock.now()
            async with self._db.transaction(shop) as conn:
                known = await store.select_api_key(conn, shop, key_id)
                if known is not None and _is_good(known, shop, secret):
                    await store.touch_api_key(conn, known.client, now, now - _TOUCH)
            if known is not None and known.client.agreement in COUNTS:
                self._known.put(key_id, known)
        return known


def _is_good(stored: store.StoredKey, shop: ShopId, secret: str) -> bool:
    matches = hmac.compare_digest(stored.secret_sha256, _hash(secret))
    client = stored.client
    return matches and client.shop_id == shop and client.revoked_at is None and client.agreement in COUNTS


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _thing(key_id: UUID) -> Target:
    return Target(type="api_key", id=str(key_id))
