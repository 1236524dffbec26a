"""``/api/staff/v1``, the audit log: what stands in it, proofs, and whether it is whole."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Final

import msgspec
from litestar import Controller, MediaType, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from appliance.channels.periods import Since, Until, moment
from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.compliance.model import (
    CheckpointPage,
    DisclosurePage,
    Findings,
    LogHead,
    PastCheck,
    RecordPage,
    RecordView,
    Said,
    Wanted,
)
from appliance.web import labels
from appliance.web.access import staff, staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.paged import Limit
from security.access.permissions import Permission
from security.audit.record import Category, Outcome

_LABEL: Final = labels.of("audit_record", "audit_checkpoint", "audit_log")
_READ: Final = staff(Permission.AUDIT_READ, _LABEL)
_VERIFY: Final = staff(Permission.AUDIT_VERIFY, _LABEL)
_COUNTED: Final = staff_lowered(Permission.AUDIT_READ, labels.Lowering.PERSONAL_COUNTS)
_LOOK: Final = problem_responses(401, 403, 422)
_FIND: Final = problem_responses(401, 403, 404, 422)
_WEEK: Final = timedelta(days=7)

Before = Annotated[int | None, QueryParameter(name="cursor", ge=0, lt=2**62, description="As the page before gave it")]
InCategory = Annotated[Category | None, QueryParameter(name="category", description="Only these")]
OfAction = Annotated[
    str | None,
    QueryParameter(
        name="action",
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\.?$(?!\n)",
        max_length=80,
        description="Such as `pii.reveal`, or `pii.` for all of a kind",
    ),
]
WithOutcome = Annotated[Outcome | None, QueryParameter(name="outcome", description="Only these")]
ById = Annotated[
    str | None, QueryParameter(pattern=r"^[^\x00]*$(?!\n)", max_length=200, description="The id as the record has it")
]


class AuditController(Controller):
    path = "/audit"
    tags = ("staff",)
    security = SECURED

    @get("/records", summary="Records", opt=_READ, responses=_LOOK)
    async def records(
        self,
        api: Api,
        who: Who,
        where: Where,
        category: InCategory = None,
        action: OfAction = None,
        outcome: WithOutcome = None,
        actor: ById = None,
        object: ById = None,  # noqa: A002 (its name in the record)
        request_id: ById = None,
        shop: ById = None,
        since: Since = None,
        until: Until = None,
        cursor: Before = None,
        limit: Limit = 50,
    ) -> RecordPage:
        """The newest first. A page may be empty and still have a `cursor`: so many are looked at at once. Each look is
        recorded."""
        wanted = Wanted(
            category=category,
            action=action,
            outcome=outcome,
            actor=actor,
            object=object,
            request=request_id,
            shop=shop,
            since=moment(since),
            until=moment(until),
        )
        return await api.explorer.page(who, wanted, cursor, limit, where)

    @get("/records/{place:str}", summary="One record", opt=_READ, responses=_FIND)
    async def record(self, api: Api, who: Who, where: Where, place: FromPath[str]) -> RecordView:
        """By its number or its id; all of it, as it is hashed."""
        return await api.explorer.record(who, place, where)

    @get(
        "/records/{place:str}/proof",
        summary="Proof of one record",
        opt=_READ,
        responses=_FIND,
        media_type=MediaType.TEXT,
    )
    async def proof(self, api: Api, who: Who, where: Where, place: FromPath[str]) -> str:
        """That it stands in the signed log, for whoever trusts nobody: `witness.py check FILE` checks it anywhere."""
        return await api.explorer.proof(who, place, where)

    @get("/disclosures", summary="For whom personal values were made clear", opt=_READ, responses=_LOOK)
    async def disclosures(
        self,
        api: Api,
        who: Who,
        where: Where,
        actor: ById = None,
        object: ById = None,  # noqa: A002 (its name in the record)
        shop: ById = None,
        since: Since = None,
        until: Until = None,
        cursor: Before = None,
        limit: Limit = 50,
    ) -> DisclosurePage:
        """Who, for which purpose, of which conversation or case; also what was refused. Each look is recorded."""
        wanted = Wanted(actor=actor, object=object, shop=shop, since=moment(since), until=moment(until))
        return await api.explorer.disclosures(who, wanted, cursor, limit, where)

    @get("/findings", summary="How many personal values were found", opt=_COUNTED, responses=_LOOK)
    async def findings(self, api: Api, who: Who, where: Where, since: Since = None, until: Until = None) -> Findings:
        """By day, channel and kind; of the last week if no period is named, which has 31 days at most. Codes and
        passwords are dropped where they are met, and so not counted."""
        end = moment(until) or api.clock.now()
        return await api.explorer.findings(who, moment(since) or end - _WEEK, end, where)

    @get("/checkpoints", summary="Signed checkpoints", opt=_READ, responses=_LOOK)
    async def checkpoints(self, api: Api, cursor: Before = None, limit: Limit = 50) -> CheckpointPage:
        """The newest first."""
        return await api.explorer.checkpoints(cursor, limit)

    @get("/head", summary="How the log stands", opt=_READ, responses=problem_responses(401, 403, 503))
    async def head(self, api: Api) -> LogHead:
        """Its size, what waits for its seal, the latest checkpoint and the public keys."""
        return await api.explorer.head()

    @get("/verifications", summary="The latest checks of all of it", opt=_READ, responses=problem_responses(401, 403))
    async def past_checks(self, api: Api) -> list[PastCheck]:
        """Who had it checked, and what was found; the newest first."""
        return list(await api.explorer.past_checks())

    @post(
        "/verifications",
        summary="Check all of it",
        status_code=200,
        opt=_VERIFY,
        responses=problem_responses(401, 403, 409),
        media_type="application/x-ndjson",
    )
    async def verify(self, api: Api, who: Who, where: Where) -> Stream:
        """As `appliance audit verify` does. Lines of JSON while it goes on: `checked` with how far it is, at last
        `verdict`, or `no_verdict` where it could not be checked. Closing the connection stops it."""
        return Stream(_lines(api.verification.begin(who, where)), media_type="application/x-ndjson")


async def _lines(told: AsyncIterator[Said]) -> AsyncIterator[bytes]:
    async for each in told:
        yield msgspec.json.encode(each) + b"\n"
