"""Shops and the secrets they share with us. What a request needs of them stays in memory for a short while.

A secret is shown once, when it is made; at rest it is sealed under the shop's own subject.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from appliance.clock import Clock
from appliance.db import Connection, Database
from appliance.errors import Conflict, NotFound
from appliance.identity import store
from appliance.identity.model import (
    OVERLAP,
    Secret,
    SecretPurpose,
    Shop,
    ShopIdentity,
    shop_id_from,
    shop_name_from,
    subject_of,
)
from appliance.identity.shop_records import THE_MACHINE, By, ShopDeed, note, of_shop, record
from appliance.ids import ShopId, uuid7
from security.access.records import Deed
from security.crypto.cache import ExpiringCache
from security.crypto.subject import SubjectKeys

_REMEMBERED: Final = timedelta(seconds=30)
"""How long another process may go on with a secret that was withdrawn at once."""
_MOST_SHOPS: Final = 1024
_SECRET_BYTES: Final = 32


class ShopTaken(Conflict):
    """There already is a shop of this id."""

    code = "shop_taken"


class Keys(Protocol):
    """The part of ``security.crypto.keyring.KeyRing`` that is needed here."""

    async def create_subject(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...

    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...


class Shops:
    def __init__(self, db: Database, keys: Keys, clock: Clock) -> None:
        self._db = db
        self._keys = keys
        self._clock = clock
        self._known: ExpiringCache[ShopId, ShopIdentity] = ExpiringCache(_MOST_SHOPS, _REMEMBERED, clock)

    async def create(self, shop_id: str, name: str, by: By = THE_MACHINE) -> ShopIdentity:
        """A new shop with a secret for each purpose. ShopTaken if the id is."""
        now = self._clock.now()
        shop = Shop(shop_id=shop_id_from(shop_id), name=shop_name_from(name), created_at=now)
        async with self._db.transaction(shop.shop_id) as conn:
            if not await store.insert_shop(conn, shop):
                raise ShopTaken(f"there already is a shop {shop_id}")
            keys = await self._keys.create_subject(conn, shop.shop_id, subject_of(shop.shop_id))
            made = [await _make(conn, keys, shop.shop_id, purpose, now) for purpose in SecretPurpose]
            await note(conn, shop.shop_id, Deed.SHOP_CREATE, by)
        return ShopIdentity(shop=shop, secrets=tuple(made))

    async def rename(self, shop: ShopId, name: str, by: By = THE_MACHINE) -> None:
        """NotFound if there is no such shop."""
        async with self._db.transaction(shop) as conn:
            if not await store.rename_shop(conn, shop, shop_name_from(name)):
                raise NotFound("no such shop")
            await note(conn, shop, Deed.SHOP_RENAME, by)
        self.forget(shop)

    async def list(self) -> Sequence[Shop]:
        async with self._db.system() as conn:
            return await store.select_shops(conn)

    async def get(self, shop: ShopId) -> ShopIdentity:
        """The shop and its secrets, without a statement while they are remembered. NotFound if there is none."""
        known = self._known.get(shop)
        if known is None:
            known = await self._load(shop)
            self._known.put(shop, known)
        return known

    async def rotate_secret(self, shop: ShopId, purpose: SecretPurpose, overlap: timedelta = OVERLAP) -> Secret:
        """A new secret; the old ones count on for the overlap, or not a moment longer if it is zero."""
        now = self._clock.now()
        async with self._db.transaction(shop) as conn:
            if await store.select_shop(conn, shop) is None:
                raise NotFound("no such shop")
            keys = await self._keys.keys(conn, shop, subject_of(shop))
            await store.retire_secrets(conn, shop, purpose, now + overlap)
            secret = await _make(conn, keys, shop, purpose, now)
            detail = {"purpose": purpose.value, "overlap_s": str(int(overlap.total_seconds()))}
            await record(conn, shop, ShopDeed.SECRET_ROTATE, of_shop(shop), detail)
        self.forget(shop)
        return secret

    def forget(self, shop: ShopId) -> None:
        self._known.drop(shop)

    async def _load(self, shop: ShopId) -> ShopIdentity:
        async with self._db.transaction(shop) as conn:
            found = await store.select_shop(conn, shop)
            if found is None:
                raise NotFound("no such shop")
            rows = await store.select_secrets(conn, shop, self._clock.now())
            keys = await self._keys.keys(conn, shop, subject_of(shop)) if rows else None
        return ShopIdentity(shop=found, secrets=tuple(_open(keys, row) for row in rows if keys))


async def _make(conn: Connection, keys: SubjectKeys, shop: ShopId, purpose: SecretPurpose, now: datetime) -> Secret:
    secret = Secret(secret_id=uuid7(), purpose=purpose, value=_value(purpose), created_at=now)
    sealed = keys.seal("shop_secret", "sealed", secret.secret_id, secret.value.encode())
    await store.insert_secret(conn, shop, secret.secret_id, purpose, sealed, now)
    return secret


def _value(purpose: SecretPurpose) -> str:
    """In the form in which its users want it."""
    if purpose is SecretPurpose.WEBHOOKS:
        return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
    return secrets.token_urlsafe(_SECRET_BYTES)


def _open(keys: SubjectKeys, row: store.SecretRow) -> Secret:
    value = keys.open("shop_secret", "sealed", row.secret_id, bytes(row.sealed))
    return Secret(
        secret_id=row.secret_id,
        purpose=SecretPurpose(row.purpose),
        value=value.decode(),
        created_at=row.created_at,
        valid_until=row.valid_until,
    )
