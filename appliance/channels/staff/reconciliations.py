"""``/api/staff/v1``, reconciliation on demand: both sides of what was written, compared again."""

from datetime import timedelta
from typing import Annotated, Final

from litestar import Controller, post
from litestar.params import JSONBody
from msgspec import Meta

from appliance.aftersales.cases.reconciliation import Look, Report
from appliance.channels.staff.entrance import SECURED, Api, Who
from appliance.desk.service import served
from appliance.ids import ShopId
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from appliance.web.request import Body
from security.access.permissions import Permission
from security.access.records import actor_of

_RECONCILE: Final = staff(Permission.WORK_MANAGE, labels.of("difference", "work_order", "after_sales_case"))
_DOES: Final = problem_responses(400, 401, 403, 404, 415, 422, 503)
_PAGE: Final = 100
"""The order system is asked about each of them while the caller waits."""


class NewReconciliation(Body, frozen=True):
    """``days``: how far back. ``cursor``: of the page before, with the same ``days``."""

    shop: Annotated[str, Meta(min_length=1, max_length=40)]
    days: Annotated[int, Meta(ge=1, le=366)] = 2
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class ReconciliationsController(Controller):
    path = "/reconciliations"
    tags = ("staff",)
    security = SECURED

    @post(summary="Compare with the order system", status_code=200, opt=_RECONCILE, responses=_DOES)
    async def reconcile(self, api: Api, who: Who, data: JSONBody[NewReconciliation]) -> Report:
        """Up to a hundred writes, the oldest first; `cursor` is where the next page begins. A difference has one work
        order for as long as it stands, however often it is found. `is_complete` false: the order system stopped
        answering, ask again."""
        shop = served(who, ShopId(data.shop))
        look = Look(period=timedelta(days=data.days), again=True, cursor=data.cursor, limit=_PAGE, actor=actor_of(who))
        return await api.reconciliation.reconcile(shop, look)
