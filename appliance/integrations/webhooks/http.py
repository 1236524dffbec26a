"""``/api/staff/v1``, what the shop's own systems were told: what became of each telling, and telling it again."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from appliance.ids import ShopId
from appliance.integrations.webhooks.deliveries import DeliveryDesk, DeliveryPage
from appliance.integrations.webhooks.model import DeliveryFilter, DeliveryState, Standing, WebhookEvent
from appliance.web import labels
from appliance.web.access import principal_of, staff
from appliance.web.documentation import STAFF_SESSION, problem_responses
from appliance.web.origin import Origins
from appliance.web.paged import Cursor, Limit
from appliance.web.request import Body
from security.access.model import Origin
from security.access.permissions import Permission

_LABEL: Final = labels.of("webhook_delivery")
_READ: Final = staff(Permission.SYSTEM_READ, _LABEL)
_REPLAY: Final = staff(Permission.CLIENTS_MANAGE, _LABEL)
_READS: Final = problem_responses(401, 403, 404, 422)
_AGAIN: Final = problem_responses(401, 403, 404, 422, 503)
_WRITES: Final = problem_responses(400, 401, 403, 404, 415, 422, 503)

Told = NamedDependency[DeliveryDesk]
Where = NamedDependency[Origin]
Asking = Request[Any, Any, Any]
Shop = Annotated[str, QueryParameter(min_length=1, max_length=40, description="One of the machine's shops")]
InState = Annotated[DeliveryState | None, QueryParameter(name="state", description="Only these")]
OfType = Annotated[WebhookEvent | None, QueryParameter(name="type", description="Only of this event")]


class ShopOfDead(Body, frozen=True):
    shop: Annotated[str, Meta(min_length=1, max_length=40)]


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    deliveries: int
    """How many are told again."""


class WebhookDeliveriesController(Controller):
    tags = ("staff",)
    security = ({STAFF_SESSION: []},)

    @get(summary="What a shop's systems were told", opt=_READ, responses=_READS)
    async def page(
        self,
        told: Told,
        shop: Shop,
        in_state: InState = None,
        of_type: OfType = None,
        webhook_id: FromQuery[UUID | None] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> DeliveryPage:
        """The newest first. Every filter that is given must hold; `cursor` begins where the page before ended."""
        wanted = DeliveryFilter(state=in_state, type=of_type, webhook_id=webhook_id)
        return await told.page(ShopId(shop), wanted, cursor, limit)

    @get("/{delivery_id:uuid}", summary="One telling", opt=_READ, responses=_READS)
    async def read(self, told: Told, delivery_id: FromPath[UUID]) -> Standing:
        """`failure` and `status` are of the last attempt."""
        return await told.find(delivery_id)

    @post("/{delivery_id:uuid}/replay", summary="Tell it again", status_code=200, opt=_REPLAY, responses=_AGAIN)
    async def replay(self, told: Told, request: Asking, where: Where, delivery_id: FromPath[UUID]) -> Standing:
        """Under the same id, by which its receiver knows a repeat. 404 for one that is waiting to be told anyway."""
        return await told.tell_again(principal_of(request), delivery_id, where)

    @post("/replay", summary="Tell again what was given up", status_code=200, opt=_REPLAY, responses=_WRITES)
    async def replay_dead(self, told: Told, request: Asking, where: Where, data: JSONBody[ShopOfDead]) -> Replayed:
        """All of a shop, each under its id, in the order of its conversation."""
        return Replayed(deliveries=await told.tell_dead_again(principal_of(request), ShopId(data.shop), where))


def deliveries_router(deliveries: DeliveryDesk, origins: Origins) -> Router:
    def where(request: Asking) -> Origin:
        return origins.of(request)

    return Router(
        "/api/staff/v1/webhook-deliveries",
        route_handlers=[WebhookDeliveriesController],
        dependencies={
            "told": Provide(lambda: deliveries, sync_to_thread=False),
            "where": Provide(where, sync_to_thread=False),
        },
    )
