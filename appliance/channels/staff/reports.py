"""``/api/staff/v1/reports``: figures over the conversations of one's own shops, and how to check them."""

from datetime import date
from typing import Annotated, Final

import msgspec
from litestar import Controller, get
from litestar.params import FromPath, QueryParameter

from appliance.channels.staff.entrance import SECURED, Api, Who
from appliance.conversation.model import Channel
from appliance.errors import InvalidInput, NotFound
from appliance.reports.model import Asked, ByHand, Catalogue, Report, Step
from appliance.web import labels
from appliance.web.access import staff, staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.labels import Lowering
from security.access.model import Principal
from security.access.permissions import Permission

_DECLARED: Final = staff(Permission.REPORT_READ, labels.of("shop"))
_COUNTED: Final = staff_lowered(Permission.REPORT_READ, Lowering.REPORT_FIGURES)
_LOOK: Final = problem_responses(401, 403, 404, 422)
_DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"

Shop = Annotated[
    str | None, QueryParameter(min_length=1, max_length=40, description="One of your shops; left out: all of them")
]
First = Annotated[
    str | None,
    QueryParameter(name="first", pattern=_DAY, description="The first day; left out: the last one, or today"),
]
Last = Annotated[str | None, QueryParameter(name="last", pattern=_DAY, description="The last day; left out: today")]
OfChannel = Annotated[Channel | None, QueryParameter(name="channel", description="Only this one")]
By = Annotated[Step | None, QueryParameter(name="step", description="Points of the course; left out: as fits")]


class ReportsController(Controller):
    path = "/reports"
    tags = ("staff",)
    security = SECURED

    @get("/figures", summary="What the figures mean", opt=_DECLARED, responses=problem_responses(401, 403))
    async def figures(self, api: Api) -> Catalogue:
        """Names, units and definitions of all that a report has."""
        return api.reports.catalogue

    @get(summary="A report", opt=_COUNTED, responses=_LOOK)
    async def report(
        self,
        api: Api,
        who: Who,
        shop: Shop = None,
        first: First = None,
        last: Last = None,
        channel: OfChannel = None,
        step: By = None,
    ) -> Report:
        """Today so far, or the days that are named; each figure beside as many days before, by steps, channels, shops
        and codes."""
        return await api.reports.report(_asked(who, shop, first, last, channel, step))

    @get("/figures/{key:str}/sql", summary="A figure by hand", opt=_DECLARED, responses=_LOOK)
    async def by_hand(
        self,
        api: Api,
        who: Who,
        key: FromPath[str],
        shop: Shop = None,
        first: First = None,
        last: Last = None,
        channel: OfChannel = None,
        step: By = None,
    ) -> ByHand:
        """The very statement of a report, with its values put in: `psql` gives the same numbers."""
        return await api.reports.by_hand(key, _asked(who, shop, first, last, channel, step))


def _asked(
    who: Principal, shop: str | None, first: str | None, last: str | None, channel: Channel | None, step: Step | None
) -> Asked:
    shops = tuple(sorted(who.rights.shops)) if shop is None else (shop,)
    if not shops or not all(who.serves(each) for each in shops):
        raise NotFound("no such shop among yours")
    return Asked(shops=shops, first=_day(first), last=_day(last), channel=channel, step=step)


def _day(given: str | None) -> date | None:
    """InvalidInput for what only looks like a day."""
    try:
        return msgspec.convert(given, date | None)
    except msgspec.ValidationError as strange:
        raise InvalidInput("first and last are days, such as 2026-11-21") from strange
