"""``/api/staff/v1/shops/{shop}/policies``: versions of a shop's policy, proposed by one and published by another."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from appliance.aftersales.policy.difference import Difference
from appliance.aftersales.policy.dry_run import Changed, DryRun, Failed, Shift
from appliance.aftersales.policy.files import PackFiles
from appliance.aftersales.policy.versions import Version, VersionState
from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.errors import ConfigurationError, InvalidInput
from appliance.ids import ShopId
from appliance.web import labels
from appliance.web.access import staff, staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.labels import Lowering
from appliance.web.request import Body
from security.access.permissions import Permission

_READS: Final = problem_responses(400, 401, 403, 404)
_WRITES: Final = problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503)
_DECIDES: Final = problem_responses(400, 401, 403, 404, 409, 503)
_TRIES: Final = problem_responses(400, 401, 403, 404, 413, 415, 422)
_LABEL: Final = labels.of("policy_version")
_READ: Final = staff(Permission.POLICY_READ, _LABEL)
_PROPOSE: Final = staff(Permission.POLICY_PROPOSE, _LABEL)
_APPROVE: Final = staff(Permission.POLICY_APPROVE, _LABEL)
_SUMS: Final = staff_lowered(Permission.POLICY_READ, Lowering.POLICY_SUMS)
_NAME_CASES: Final = staff(Permission.CASE_READ, labels.of("decision", "policy_version"))
_MOST_NAMED: Final = 500

Digest = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{12}$(?!\n)", description="The end of a policy's id", examples=["371ca8822dfc"])
]


class Proposal(Body, frozen=True):
    """``files`` by name: `pack.json`, a table `*.json` for each name in it, and `*.cases.yaml` beside each table."""

    files: Annotated[dict[Annotated[str, Meta(max_length=64)], str], Meta(min_length=1, max_length=64)]


class Period(Body, frozen=True):
    """Decisions from ``since`` until ``until`` (business time; left out: until now) are decided anew."""

    base: Digest
    since: datetime
    until: datetime | None = None


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    policy: str
    effective_from: datetime
    state: VersionState
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    recalled_by: UUID | None
    recalled_at: datetime | None


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """``more_fen``: what the draft would have paid beyond the base; below zero: less."""

    base: str
    draft: str
    compared: int
    changed: int
    failed: int
    not_repeated: int
    more_fen: int
    shifts: tuple[Shift, ...]


class TriedCases(msgspec.Struct, frozen=True, kw_only=True):
    """The largest difference of money first, at most 500 of each."""

    base: str
    draft: str
    more_fen: int
    changed: tuple[Changed, ...]
    failed: tuple[Failed, ...]
    not_repeated: tuple[str, ...]


class PoliciesController(Controller):
    path = "/shops/{shop:str}/policies"
    tags = ("staff",)
    security = SECURED

    @get(summary="Versions of a policy", opt=_READ, responses=_READS)
    async def versions(self, api: Api, who: Who, shop: FromPath[str]) -> list[VersionView]:
        """The newest first. The pack that ships is none of them: it decides until the first of these begins."""
        return [_view(version) for version in await api.policies.versions(who, ShopId(shop))]

    @post(summary="Propose a version", opt=_PROPOSE, responses=_WRITES)
    async def propose(
        self, api: Api, who: Who, where: Where, shop: FromPath[str], data: JSONBody[Proposal]
    ) -> VersionView:
        """Refused with 422 if a file does not parse, a case is not met, a row has no case, or its date is past."""
        try:
            files = PackFiles.of_text(Path("files"), data.files)
        except ConfigurationError as wrong:
            raise InvalidInput(wrong.detail) from wrong
        return _view(await api.policies.propose(who, ShopId(shop), files, where))

    @get("/{digest:str}", summary="The files of a version", opt=_READ, responses=_READS)
    async def files(self, api: Api, who: Who, shop: FromPath[str], digest: FromPath[Digest]) -> dict[str, str]:
        """By name, as they were proposed."""
        return (await api.policies.files(who, ShopId(shop), digest)).as_text()

    @post("/{digest:str}/publish", summary="Publish a version", status_code=200, opt=_APPROVE, responses=_DECIDES)
    async def publish(
        self, api: Api, who: Who, where: Where, shop: FromPath[str], digest: FromPath[Digest]
    ) -> VersionView:
        """Not by who proposed it. It decides from its own date on; quotes already shown keep theirs."""
        return _view(await api.policies.publish(who, ShopId(shop), digest, where))

    @post("/{digest:str}/refuse", summary="Refuse a version", status_code=200, opt=_APPROVE, responses=_DECIDES)
    async def refuse(
        self, api: Api, who: Who, where: Where, shop: FromPath[str], digest: FromPath[Digest]
    ) -> VersionView:
        """It may be proposed again."""
        return _view(await api.policies.refuse(who, ShopId(shop), digest, where))

    @post("/{digest:str}/recall", summary="Recall a version", status_code=200, opt=_APPROVE, responses=_DECIDES)
    async def recall(
        self, api: Api, who: Who, where: Where, shop: FromPath[str], digest: FromPath[Digest]
    ) -> VersionView:
        """At once; its standing quotes end with it, and what was in force before is so again."""
        return _view(await api.policies.recall(who, ShopId(shop), digest, where))

    @get("/{digest:str}/difference/{base:str}", summary="What a version changes", opt=_READ, responses=_READS)
    async def difference(
        self, api: Api, who: Who, shop: FromPath[str], digest: FromPath[Digest], base: FromPath[Digest]
    ) -> Difference:
        """Terms, rows, and the cases beside the tables to which the two say different things."""
        return await api.policies.compare(who, ShopId(shop), base, digest)

    @post("/{digest:str}/try", summary="Try a version on the past", status_code=200, opt=_SUMS, responses=_TRIES)
    async def tried(
        self,
        api: Api,
        who: Who,
        where: Where,
        shop: FromPath[str],
        digest: FromPath[Digest],
        data: JSONBody[Period],
    ) -> Tried:
        """Decides anew what was decided, by the base and by this version: verdicts and money that change, in sums."""
        found = await _try(api, who, where, shop, digest, data)
        return Tried(
            base=found.base,
            draft=found.draft,
            compared=found.compared,
            changed=len(found.changed),
            failed=len(found.failed),
            not_repeated=len(found.not_repeated),
            more_fen=found.more_fen,
            shifts=found.shifts,
        )

    @post(
        "/{digest:str}/try/cases",
        summary="Try a version on the past, by name",
        status_code=200,
        opt=_NAME_CASES,
        responses=_TRIES,
    )
    async def tried_cases(
        self,
        api: Api,
        who: Who,
        where: Where,
        shop: FromPath[str],
        digest: FromPath[Digest],
        data: JSONBody[Period],
    ) -> TriedCases:
        """The same, with decision and order of each: for who may see cases."""
        found = await _try(api, who, where, shop, digest, data)
        return TriedCases(
            base=found.base,
            draft=found.draft,
            more_fen=found.more_fen,
            changed=found.changed[:_MOST_NAMED],
            failed=found.failed[:_MOST_NAMED],
            not_repeated=found.not_repeated[:_MOST_NAMED],
        )


async def _try(api: Any, who: Any, where: Any, shop: str, digest: str, period: Period) -> DryRun:
    until = period.until or datetime.now(UTC)
    if period.since.tzinfo is None or until.tzinfo is None:
        raise InvalidInput("since and until carry their offset, like 2026-11-01T00:00:00+08:00")
    found: DryRun = await api.policies.try_on_past(who, ShopId(shop), period.base, digest, period.since, until, where)
    return found


def _view(version: Version) -> VersionView:
    return VersionView(**msgspec.structs.asdict(version))
