"""Who wants no calls, as a shop's own systems say it, take it back, and ask: by account, by number, or by both.

What is kept are MACs (``secrets.py``), so a number that is told here is written nowhere. Each of them that is new, or
gone, has a record of its own. The order system is not asked whether there is such an account.
"""

from datetime import datetime

import msgspec

from appliance.aftersales.cases.port import AuditTrail
from appliance.aftersales.work.ports import Transactions
from appliance.clock import Clock
from appliance.errors import InvalidInput
from appliance.ids import CustomerId, ShopId
from appliance.outbound import records, rules, store
from appliance.outbound.model import Refused, Withdrawn
from appliance.outbound.secrets import CallSecrets
from security.audit.record import Actor, Target


class Somebody(msgspec.Struct, frozen=True, kw_only=True):
    """At least one of them."""

    customer_id: CustomerId | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "Somebody()"


class CallWish(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands: ``how`` and ``since`` are of the wish that was said first, and null where there is none."""

    is_refused: bool
    how: Refused | None
    since: datetime | None


class CallWishes:
    def __init__(self, *, db: Transactions, secrets: CallSecrets, audit: AuditTrail, clock: Clock) -> None:
        self._db = db
        self._secrets = secrets
        self._audit = audit
        self._clock = clock

    async def of(self, shop: ShopId, who: Somebody) -> CallWish:
        """InvalidInput where nobody is named, or by a number that cannot be rung."""
        macs = self._macs(shop, who)
        async with self._db.transaction(shop) as conn:
            return _standing(await store.refusals(conn, shop, macs))

    async def refuse(self, shop: ShopId, who: Somebody, actor: Actor) -> CallWish:
        """From the next call on that would be dialled, those planned before included. A repeat changes nothing."""
        macs = self._macs(shop, who)
        async with self._db.transaction(shop) as conn:
            now = self._clock.now()
            new = [mac for mac in macs if await store.refuse(conn, shop, [mac], Refused.BY_SYSTEM, now)]
            if new:
                said = [records.wished(shop, Refused.BY_SYSTEM, actor, _about(mac)) for mac in new]
                await self._audit.append(conn, said)
            return _standing(await store.refusals(conn, shop, macs))

    async def allow(self, shop: ShopId, who: Somebody, why: Withdrawn, actor: Actor) -> CallWish:
        """Whoever took the wish down. A repeat changes nothing, and no call that was left out is made up for."""
        macs = self._macs(shop, who)
        async with self._db.transaction(shop) as conn:
            gone = [mac for mac in macs if await store.withdraw(conn, shop, [mac])]
            if gone:
                await self._audit.append(conn, [records.withdrawn(shop, why, actor, _about(mac)) for mac in gone])
            return _standing(await store.refusals(conn, shop, macs))

    def _macs(self, shop: ShopId, who: Somebody) -> list[bytes]:
        macs = [] if who.customer_id is None else [self._secrets.of_customer(shop, who.customer_id)]
        if who.phone is not None:
            number = rules.dialable(who.phone)
            if number is None:
                raise InvalidInput("phone must be a mobile of the mainland, or a landline with its area code")
            macs.append(self._secrets.wish_of_number(shop, self._secrets.of_number(number)))
        if not macs:
            raise InvalidInput("say who it is: customer_id, phone, or both")
        return macs


def _standing(found: list[tuple[Refused, datetime]]) -> CallWish:
    if not found:
        return CallWish(is_refused=False, how=None, since=None)
    how, since = found[0]
    return CallWish(is_refused=True, how=how, since=since)


def _about(mac: bytes) -> Target:
    """By its key: neither account nor number can be had from it."""
    return Target(type="outbound_refusal", id=mac.hex())
