"""What the audit log is told of a shop's connections and secrets: in the deed's own transaction, no secret itself."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from appliance.db import Connection
from appliance.ids import ShopId
from security.access.records import MACHINE
from security.audit.append import append
from security.audit.record import Actor, AuditEvent, Category, Outcome, Target

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class ShopDeed(StrEnum):
    CREATE = "shop.create"
    SECRET_ROTATE = "shop.rotate_secret"  # noqa: S105
    CONNECT = "shop.connect"
    SPEAK_AS = "shop.speak_as"
    DRESS = "shop.dress"
    KEY_CREATE = "api_key.create"
    KEY_REVOKE = "api_key.revoke"
    WEBHOOK_ADD = "webhook.add"
    WEBHOOK_REMOVE = "webhook.remove"
    WEBHOOK_REPLAY = "webhook.replay"


_OF_KEYS: Final = {ShopDeed.SECRET_ROTATE, ShopDeed.KEY_CREATE, ShopDeed.KEY_REVOKE}


async def record(
    conn: Connection,
    shop: ShopId,
    deed: ShopDeed,
    thing: Target,
    detail: Mapping[str, str] = _NOTHING,
    actor: Actor = MACHINE,
) -> None:
    event = AuditEvent(
        actor=actor,
        cat=Category.KEYS if deed in _OF_KEYS else Category.CONFIG,
        action=deed.value,
        object=thing,
        outcome=Outcome.SUCCESS,
        tenant=shop,
        detail=dict(detail),
    )
    await append(conn, [event])


def of_shop(shop: ShopId) -> Target:
    return Target(type="shop", id=shop)
