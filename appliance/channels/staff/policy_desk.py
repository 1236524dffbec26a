"""What staff do with a shop's policy: look, propose, publish, recall, and try a draft on what was decided.

Each deed is a record of its own; what changes the rules is sealed before it is done. No such version, or none of this
person's shops: NotFound, and the two are not told apart. A version is named by the hash that ends its id.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from appliance.aftersales.cases import store
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.policy.difference import Difference, difference
from appliance.aftersales.policy.dry_run import DryRun, Past, dry_run
from appliance.aftersales.policy.files import PackFiles
from appliance.aftersales.policy.pack import DEFAULT_PACK, PolicyPack, default_pack
from appliance.aftersales.policy.versions import Version, Versions
from appliance.db import Connection, Database
from appliance.errors import NotFound, TooLarge
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ShopId
from security.access import records
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Target

MOST_TRIED = 20_000
"""Decisions of one dry run over the API; the command line takes any number."""

_Work = Callable[[Connection], Awaitable[Version]]


class PolicyDesk:
    def __init__(self, db: Database, deeds: Deeds, versions: Versions, cases: CaseService) -> None:
        self._db = db
        self._deeds = deeds
        self._versions = versions
        self._cases = cases

    async def versions(self, who: Principal, shop: ShopId) -> list[Version]:
        """The newest first; the pack that ships is none of them."""
        async with self._db.transaction(_served(who, shop)) as conn:
            return await self._versions.versions(conn, shop)

    async def files(self, who: Principal, shop: ShopId, policy: str) -> PackFiles:
        """Of a version, or of the pack that ships."""
        _served(who, shop)
        if default_pack().id.endswith(policy):
            return PackFiles.of(DEFAULT_PACK)
        async with self._db.transaction(shop) as conn:
            return await self._versions.files(conn, shop, policy)

    async def propose(self, who: Principal, shop: ShopId, files: PackFiles, origin: Origin) -> Version:
        async def work(conn: Connection) -> Version:
            return await self._versions.propose(conn, shop, files, who.staff_id)

        return await self._do(Deed.POLICY_PROPOSE, who, shop, "new", origin, work)

    async def publish(self, who: Principal, shop: ShopId, policy: str, origin: Origin) -> Version:
        async def work(conn: Connection) -> Version:
            return await self._versions.publish(conn, shop, policy, who.staff_id)

        return await self._do(Deed.POLICY_PUBLISH, who, shop, policy, origin, work)

    async def refuse(self, who: Principal, shop: ShopId, policy: str, origin: Origin) -> Version:
        async def work(conn: Connection) -> Version:
            return await self._versions.refuse(conn, shop, policy, who.staff_id)

        return await self._do(Deed.POLICY_REFUSE, who, shop, policy, origin, work)

    async def recall(self, who: Principal, shop: ShopId, policy: str, origin: Origin) -> Version:
        """Its standing quotes end with it."""

        async def work(conn: Connection) -> Version:
            version = await self._versions.recall(conn, shop, policy, who.staff_id)
            await self._cases.void_quotes_of_policy(conn, shop=shop, policy=version.policy)
            return version

        return await self._do(Deed.POLICY_RECALL, who, shop, policy, origin, work)

    async def compare(self, who: Principal, shop: ShopId, base: str, draft: str) -> Difference:
        before, after = await self.files(who, shop, base), await self.files(who, shop, draft)
        return await asyncio.to_thread(difference, before, after)

    async def try_on_past(
        self, who: Principal, shop: ShopId, base: str, draft: str, since: datetime, until: datetime, origin: Origin
    ) -> DryRun:
        """TooLarge for a time in which more was decided than one request may try."""
        deed, actor, thing = Deed.POLICY_TRY, records.actor_of(who), _thing(draft)
        async with self._deeds.noting(deed, actor, thing, origin):
            before, after = await self.files(who, shop, base), await self.files(who, shop, draft)
            past = await self._past(shop, since, until)
            found = await asyncio.to_thread(_tried, before, after, past)
            detail = {"base": found.base, "decisions": str(len(past)), "changed": str(len(found.changed))}
            async with self._db.system() as conn:
                await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])
        return found

    async def _past(self, shop: ShopId, since: datetime, until: datetime) -> list[Past]:
        past: list[Past] = []
        async with self._db.transaction(shop) as conn:
            async for one in store.past(conn, shop, since=since, until=until):
                past.append(one)
                if len(past) > MOST_TRIED:
                    raise TooLarge(f"more than {MOST_TRIED} decisions; choose a shorter time")
        return past

    async def _do(self, deed: Deed, who: Principal, shop: ShopId, policy: str, origin: Origin, work: _Work) -> Version:
        actor, thing = records.actor_of(who), _thing(policy)
        async with self._deeds.doing(deed, actor, thing, origin):
            _served(who, shop)
            async with self._db.transaction(shop) as conn:
                version = await work(conn)
                detail = {"policy": version.policy, "effective_from": version.effective_from.isoformat()}
                await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])
                return version


def _tried(base: PackFiles, draft: PackFiles, past: list[Past]) -> DryRun:
    return dry_run(PolicyPack.read(base), PolicyPack.read(draft), past)


def _served(who: Principal, shop: ShopId) -> ShopId:
    if not who.serves(shop):
        raise NotFound("no such version of a policy in this shop")
    return shop


def _thing(policy: str) -> Target:
    return Target(type="policy", id=policy)
