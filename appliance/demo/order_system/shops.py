"""The shops that this system keeps, their keys and their clocks. Keys are kept as hashes only."""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from appliance.demo.order_system.notation import Wall, wall
from appliance.demo.order_system.problems import Problem, not_found
from appliance.demo.order_system.store import Store

WebhookUrl = Annotated[str, Meta(pattern=r"^https?://[!-~]{1,500}$(?!\n)")]
Secret = Annotated[str, Meta(min_length=16, max_length=200)]

_DATA = ("members", "trades", "services", "skus", "requests", "refunds", "outbox")


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    key_hash: bytes
    webhook_url: str | None = None
    webhook_secret: str | None = None
    clock_offset_s: float = 0.0

    def wall(self) -> Wall:
        """This shop's time: the real one, moved by what an administrator set."""
        return wall(datetime.now(UTC) + timedelta(seconds=self.clock_offset_s))


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an administrator says of a shop. What is absent stays as it is."""

    api_key: Secret | UnsetType = UNSET
    webhook_url: WebhookUrl | UnsetType | None = UNSET
    webhook_secret: Secret | UnsetType = UNSET
    now: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET
    """The shop's clock is moved to this time and goes on from there; null: real time again."""


class Shops:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id = {
            row[0]: Shop(**dict(zip(Shop.__struct_fields__, row, strict=True))) for row in store.all("shops")
        }
        self._by_key = {shop.key_hash: shop.shop_id for shop in self._by_id.values()}

    def all(self) -> list[Shop]:
        return list(self._by_id.values())

    def get(self, shop_id: str) -> Shop:
        shop = self._by_id.get(shop_id)
        if shop is None:
            raise not_found("SHOP")
        return shop

    def of_key(self, api_key: str) -> Shop | None:
        shop_id = self._by_key.get(key_hash(api_key))
        return self._by_id[shop_id] if shop_id else None

    def save(self, shop_id: str, settings: Settings) -> tuple[Shop, str | None]:
        """The shop, and its key where a new one was made or set."""
        before = self._by_id.get(shop_id)
        api_key = None if settings.api_key is UNSET else settings.api_key
        if before is None and api_key is None:
            api_key = secrets.token_urlsafe(24)
        shop = before or Shop(shop_id=shop_id, key_hash=b"")
        if api_key is not None:
            hashed = key_hash(api_key)
            if self._by_key.get(hashed, shop_id) != shop_id:
                raise Problem(409, "KEY_TAKEN", "another shop has this key")
            shop = replace(shop, key_hash=hashed)
        shop = _with_settings(shop, settings)
        with self._store.transaction():
            self._store.run("save_shop", **msgspec.structs.asdict(shop))
        self._forget(before)
        self._by_id[shop_id] = shop
        self._by_key[shop.key_hash] = shop_id
        return shop, api_key

    def clear(self, shop_id: str) -> None:
        """All its data, none of its settings."""
        self.get(shop_id)
        with self._store.transaction():
            self._clear(shop_id)

    def drop(self, shop_id: str) -> None:
        shop = self.get(shop_id)
        with self._store.transaction():
            self._clear(shop_id)
            self._store.run("drop_shop", shop_id=shop_id)
        self._forget(shop)

    def _clear(self, shop_id: str) -> None:
        for table in _DATA:
            self._store.run(f"drop_{table}", shop_id=shop_id)

    def _forget(self, shop: Shop | None) -> None:
        if shop is not None:
            self._by_id.pop(shop.shop_id, None)
            self._by_key.pop(shop.key_hash, None)


def _with_settings(shop: Shop, settings: Settings) -> Shop:
    if settings.webhook_url is not UNSET:
        shop = replace(shop, webhook_url=settings.webhook_url)
    if settings.webhook_secret is not UNSET:
        shop = replace(shop, webhook_secret=settings.webhook_secret)
    if settings.now is not UNSET:
        shop = replace(shop, clock_offset_s=_offset(settings.now))
    if shop.webhook_url and not shop.webhook_secret:
        raise Problem(422, "BODY_INVALID", "a webhook_url needs a webhook_secret: events are always signed")
    return shop


def _offset(now: datetime | None) -> float:
    return (now - datetime.now(UTC)).total_seconds() if now is not None else 0.0


def key_hash(api_key: str) -> bytes:
    """Keys are long and random, so one round is enough."""
    return sha256(api_key.encode("utf-8", "surrogatepass")).digest()
