"""What the audit log is told of a shop's settings, connections and secrets: in the deed's own transaction, no secret.

Settings are changed by whoever may run commands on the machine, or by a system administrator at the console: ``By``.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from appliance.db import Connection
from appliance.ids import ShopId
from security.access import records
from security.access.model import Origin, Principal
from security.access.records import MACHINE, Deed
from security.audit.append import append
from security.audit.record import Actor, AuditEvent, Category, Outcome, Target

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes a shop's settings, and where he does."""

    actor: Actor = MACHINE
    origin: Origin = Origin()

    @classmethod
    def staff(cls, who: Principal, origin: Origin) -> "By":
        return cls(actor=records.actor_of(who), origin=origin)


THE_MACHINE: Final = By()


class ShopDeed(StrEnum):
    """What is done on the machine only."""

    SECRET_ROTATE = "shop.rotate_secret"  # noqa: S105
    WEBHOOK_ADD = "webhook.add"
    WEBHOOK_REMOVE = "webhook.remove"


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
        cat=Category.KEYS if deed is ShopDeed.SECRET_ROTATE else Category.CONFIG,
        action=deed.value,
        object=thing,
        outcome=Outcome.SUCCESS,
        tenant=shop,
        detail=dict(detail),
    )
    await append(conn, [event])


async def note(conn: Connection, shop: ShopId, deed: Deed, by: By, detail: Mapping[str, str] = _NOTHING) -> None:
    """Of a setting of a shop's."""
    await append(conn, [records.record(deed, by.actor, of_shop(shop), by.origin, detail=detail, tenant=shop)])


def of_shop(shop: ShopId) -> Target:
    return Target(type="shop", id=shop)
