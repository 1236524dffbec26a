"""Versions of a shop's policy: proposed by one person, published by another, in force from their date, recallable.

Works inside the caller's transaction and never commits. The pack that ships is no version: it decides wherever none of
these has begun. What was published is never changed; who wants another rule publishes another version. ``policy`` is a
version's id, or the hash that ends it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from appliance.aftersales.orders.model import Record
from appliance.aftersales.policy.cases import check_files
from appliance.aftersales.policy.files import PackFiles
from appliance.aftersales.policy.pack import PolicyPack
from appliance.clock import Clock
from appliance.db import Connection, Queries
from appliance.errors import ConfigurationError, Conflict, InvalidInput, NotFound
from appliance.ids import ShopId

SQL = Queries.beside(__file__)

CHANNEL: Final = "policy_published"
"""Told of every published and recalled version; the payload is the shop's id."""
_MOST_NAMED: Final = 5


class VersionState(StrEnum):
    PROPOSED = "proposed"
    PUBLISHED = "published"
    REFUSED = "refused"
    RECALLED = "recalled"


class Version(Record, frozen=True):
    policy: str
    """``cn-retail/2/9f2c41d07ab3``, as decisions record it."""
    effective_from: datetime
    state: VersionState
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    recalled_by: UUID | None
    recalled_at: datetime | None


class Versions:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def propose(self, conn: Connection, shop: ShopId, files: PackFiles, by: UUID) -> Version:
        """InvalidInput for a pack that does not load, misses one of its own cases, or has a row without one."""
        pack = _checked(files)
        if pack.terms.effective_from <= self._clock.now():
            raise InvalidInput("effective_from is past: nobody may be judged by a rule that was not there yet")
        values = {
            "policy": pack.id,
            "effective_from": pack.terms.effective_from,
            "files": Jsonb(files.as_text()),
            "by": by,
        }
        if not await self._run(conn, "propose_version", shop, values):
            raise Conflict(f"{pack.id} is known already; a changed rule is another version")
        return await self.version(conn, shop, pack.id)

    async def publish(self, conn: Connection, shop: ShopId, policy: str, by: UUID) -> Version:
        """Conflict: who proposed it may not, it is decided already, its date has come, or another begins then."""
        version = await self._proposed(conn, shop, policy)
        if version.proposed_by == by:
            raise Conflict("who proposed a policy does not publish it; another person must")
        if version.effective_from <= self._clock.now():
            raise Conflict("its effective_from has come meanwhile; propose it anew with a later one")
        try:
            await self._decide(conn, shop, version, VersionState.PUBLISHED, by)
        except UniqueViolation as taken:
            raise Conflict(
                "another published version begins at the same moment; recall it, or choose another"
            ) from taken
        return await self.version(conn, shop, policy)

    async def refuse(self, conn: Connection, shop: ShopId, policy: str, by: UUID) -> Version:
        """Conflict as for ``publish``. It may be proposed again."""
        version = await self._proposed(conn, shop, policy)
        if version.proposed_by == by:
            raise Conflict("who proposed a policy does not decide on it; another person must")
        await self._decide(conn, shop, version, VersionState.REFUSED, by)
        return await self.version(conn, shop, policy)

    async def recall(self, conn: Connection, shop: ShopId, policy: str, by: UUID) -> Version:
        """At once, by one person: what is wrong must not wait. What was in force before is so again."""
        version = await self._locked(conn, shop, policy)
        if version.state is not VersionState.PUBLISHED:
            raise Conflict(f"only a published version is recalled; this one is {version.state}")
        await self._run(conn, "recall_version", shop, {"policy": version.policy, "by": by})
        await self._run(conn, "tell_of_versions", shop, {})
        return await self.version(conn, shop, policy)

    async def versions(self, conn: Connection, shop: ShopId) -> list[Version]:
        """The newest first, at most 200."""
        return [msgspec.convert(row, Version) for row in await _rows(conn, "versions", {"shop": shop})]

    async def version(self, conn: Connection, shop: ShopId, policy: str) -> Version:
        return await self._locked(conn, shop, policy)

    async def files(self, conn: Connection, shop: ShopId, policy: str) -> PackFiles:
        """NotFound if there is none; ConfigurationError if it is not what was published under this name any more."""
        rows = await _rows(conn, "version_files", {"shop": shop, "policy": policy})
        if not rows:
            raise _nothing()
        name = rows[0]["policy"]
        files = PackFiles.of_text(Path(name), rows[0]["files"])
        if PolicyPack.read(files).id != name:
            raise ConfigurationError(f"policy {name} of shop {shop} was changed behind our back; recall it")
        return files

    async def published(self, conn: Connection, shop: ShopId) -> Sequence[str]:
        """The ids of what was published and not recalled, by their beginning."""
        return [row["policy"] for row in await _rows(conn, "published", {"shop": shop})]

    async def _proposed(self, conn: Connection, shop: ShopId, policy: str) -> Version:
        version = await self._locked(conn, shop, policy)
        if version.state is not VersionState.PROPOSED:
            raise Conflict(f"this version is {version.state} already")
        return version

    async def _locked(self, conn: Connection, shop: ShopId, policy: str) -> Version:
        rows = await _rows(conn, "version_to_decide", {"shop": shop, "policy": policy})
        if not rows:
            raise _nothing()
        return msgspec.convert(rows[0], Version)

    async def _decide(self, conn: Connection, shop: ShopId, version: Version, state: VersionState, by: UUID) -> None:
        await self._run(conn, "decide_version", shop, {"policy": version.policy, "state": state, "by": by})
        await self._run(conn, "tell_of_versions", shop, {})

    async def _run(self, conn: Connection, name: str, shop: ShopId, values: Mapping[str, Any]) -> int:
        return (await conn.execute(SQL[name], {"shop": shop, "now": self._clock.now(), **values})).rowcount


def _checked(files: PackFiles) -> PolicyPack:
    try:
        report = check_files(files)
    except ConfigurationError as wrong:
        raise InvalidInput(wrong.detail) from wrong
    if unmet := [f"{outcome.table}: {outcome.name}" for outcome in report.failures]:
        raise InvalidInput(f"cases beside the tables are not met: {_named(unmet)}")
    if report.untested:
        raise InvalidInput(f"rows without a case: {_named(report.untested)}")
    if report.gaps:
        raise InvalidInput(f"some requests would be left without a decision: {_named(report.gaps)}")
    return PolicyPack.read(files)


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


async def _rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


def _nothing() -> NotFound:
    return NotFound("no such version of a policy in this shop")
