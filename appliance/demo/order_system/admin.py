"""The administrator's API: shops, test data, faults, counters, and what the shop's own people do next.

It speaks the words of the conversation suites, both ways.
"""

import hmac
from typing import Annotated, Any

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from appliance.demo.order_system.body import Strict
from appliance.demo.order_system.desk import Desk
from appliance.demo.order_system.documents import Trade
from appliance.demo.order_system.faults import FaultBoard, Faults
from appliance.demo.order_system.fixture import Fixture
from appliance.demo.order_system.loading import documents_of
from appliance.demo.order_system.problems import Problem, not_found
from appliance.demo.order_system.progress import Parcel, ServiceStep, TradeStep
from appliance.demo.order_system.shops import Settings, Shops
from appliance.demo.order_system.store import Store
from appliance.demo.order_system.witness import Written, written

_ID_LENGTH = 64

After = Annotated[int, QueryParameter(ge=0)]
Size = Annotated[int, QueryParameter(ge=1, le=10_000)]


class ShopShown(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    webhook_url: str | None
    api_key: str | None = None
    """Shown once, when it is made or set."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    customers: int
    orders: int
    specs: int


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    order_system_writes: int
    """Repeats of one idempotency key count once."""
    requests_served: int
    """Since the process began."""
    refunds: dict[str, int]


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    event_id: str
    type: str
    order_id: str
    attempts: int
    is_delivered: bool
    has_given_up: bool


class AdminKey:
    """A guard: who has the administrator's key may."""

    def __init__(self, admin_key: str) -> None:
        self._admin_key = admin_key.encode()

    def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        sent = connection.headers.get("x-admin-key", "")
        if not hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), self._admin_key):
            raise Problem(401, "KEY_INVALID", "send the administrator's key as X-Admin-Key")


class ShopsAdmin(Controller):
    path = "/admin/shops"
    tags = ["admin"]

    @get("/", sync_to_thread=False)
    def shops(self, shops: NamedDependency[Shops]) -> list[ShopShown]:
        return [ShopShown(shop_id=shop.shop_id, webhook_url=shop.webhook_url) for shop in shops.all()]

    @put("/{shop_id:str}", dto=Strict[Settings], return_dto=None, sync_to_thread=False)
    def save(self, shop_id: FromPath[str], data: JSONBody[Settings], shops: NamedDependency[Shops]) -> ShopShown:
        """Make a shop, or change what is named. Without ``api_key`` a new shop gets one."""
        if len(shop_id) > _ID_LENGTH:
            raise Problem(422, "SHOP_ID_TOO_LONG", f"at most {_ID_LENGTH} characters")
        shop, api_key = shops.save(shop_id, data)
        return ShopShown(shop_id=shop.shop_id, webhook_url=shop.webhook_url, api_key=api_key)

    @delete("/{shop_id:str}", sync_to_thread=False)
    def drop(self, shop_id: FromPath[str], shops: NamedDependency[Shops], faults: NamedDependency[FaultBoard]) -> None:
        shops.drop(shop_id)
        faults.clear(shop_id)

    @delete("/{shop_id:str}/data", sync_to_thread=False)
    def clear(self, shop_id: FromPath[str], shops: NamedDependency[Shops]) -> None:
        """Customers, orders, catalogue, writes, refunds and events; the shop and its key stay."""
        shops.clear(shop_id)

    @post("/{shop_id:str}/fixtures", dto=Strict[Fixture], return_dto=None, sync_to_thread=False)
    def load(
        self,
        shop_id: FromPath[str],
        data: JSONBody[Fixture],
        shops: NamedDependency[Shops],
        desk: NamedDependency[Desk],
    ) -> Loaded:
        """Add test data; what is there under the same id starts anew."""
        stocked = documents_of(data)
        desk.load(shops.get(shop_id), stocked)
        return Loaded(customers=len(stocked.members), orders=len(stocked.trades), specs=len(stocked.skus))

    @get("/{shop_id:str}/counters", sync_to_thread=False)
    def counters(
        self,
        shop_id: FromPath[str],
        shops: NamedDependency[Shops],
        store: NamedDependency[Store],
        desk: NamedDependency[Desk],
    ) -> Counters:
        shops.get(shop_id)
        return Counters(
            order_system_writes=store.number("count_requests", shop_id=shop_id),
            requests_served=desk.served[shop_id],
            refunds={state.lower(): count for state, count in store.all("count_refunds", shop_id=shop_id)},
        )

    @get("/{shop_id:str}/writes", sync_to_thread=False)
    def writes(
        self,
        shop_id: FromPath[str],
        shops: NamedDependency[Shops],
        store: NamedDependency[Store],
        after: After = 0,
        size: Size = 1000,
    ) -> list[Written]:
        """In order; ``after`` is the ``seq`` of the last one seen."""
        shops.get(shop_id)
        return [written(row) for row in store.all("requests_of_shop", shop_id=shop_id, after=after, size=size)]

    @get("/{shop_id:str}/events", sync_to_thread=False)
    def events(
        self, shop_id: FromPath[str], shops: NamedDependency[Shops], store: NamedDependency[Store], size: Size = 1000
    ) -> list[EventShown]:
        shops.get(shop_id)
        return [
            EventShown(
                event_id=event_no,
                type=kind,
                order_id=trade_no,
                attempts=attempts,
                is_delivered=delivered_at is not None,
                has_given_up=gave_up_at is not None,
            )
            for event_no, kind, trade_no, attempts, delivered_at, gave_up_at in store.all(
                "events_of_shop", shop_id=shop_id, size=size
            )
        ]


class ProgressAdmin(Controller):
    path = "/admin/shops/{shop_id:str}"
    tags = ["admin: progress"]

    @post("/orders/{order_id:str}/{step:str}", dto=Strict[Parcel], return_dto=None, sync_to_thread=False)
    def move_order(
        self,
        shop_id: FromPath[str],
        order_id: FromPath[str],
        step: FromPath[str],
        data: JSONBody[Parcel],
        shops: NamedDependency[Shops],
        desk: NamedDependency[Desk],
    ) -> Trade:
        """``pay`` ``ship`` ``deliver`` ``complete``"""
        if step not in set(TradeStep):
            raise not_found("STEP")
        return desk.move_trade(shops.get(shop_id), order_id, TradeStep(step), data)

    @post("/cases/{case_id:str}/{step:str}", dto=Strict[Parcel], return_dto=None, sync_to_thread=False)
    def move_case(
        self,
        shop_id: FromPath[str],
        case_id: FromPath[str],
        step: FromPath[str],
        data: JSONBody[Parcel],
        shops: NamedDependency[Shops],
        desk: NamedDependency[Desk],
    ) -> Trade:
        """``goods_received`` ``inspected`` ``refunded`` ``reshipped`` ``withdrawn`` ``rejected``"""
        if step not in set(ServiceStep):
            raise not_found("STEP")
        return desk.move_service(shops.get(shop_id), case_id, ServiceStep(step), data)


class FaultsAdmin(Controller):
    path = "/admin"
    tags = ["admin: faults"]

    @get("/faults", sync_to_thread=False)
    def shown(self, faults: NamedDependency[FaultBoard]) -> Faults:
        return faults.shown(None)

    @put("/faults", dto=Strict[Faults], return_dto=None, sync_to_thread=False)
    def hang(self, data: JSONBody[Faults], faults: NamedDependency[FaultBoard]) -> Faults:
        """For all shops that have none of their own."""
        faults.hang(None, data)
        return data

    @delete("/faults", sync_to_thread=False)
    def clear(self, faults: NamedDependency[FaultBoard]) -> None:
        faults.clear(None)

    @get("/shops/{shop_id:str}/faults", sync_to_thread=False)
    def shown_of_shop(self, shop_id: FromPath[str], faults: NamedDependency[FaultBoard]) -> Faults:
        return faults.shown(shop_id)

    @put("/shops/{shop_id:str}/faults", dto=Strict[Faults], return_dto=None, sync_to_thread=False)
    def hang_on_shop(
        self,
        shop_id: FromPath[str],
        data: JSONBody[Faults],
        shops: NamedDependency[Shops],
        faults: NamedDependency[FaultBoard],
    ) -> Faults:
        faults.hang(shops.get(shop_id).shop_id, data)
        return data

    @delete("/shops/{shop_id:str}/faults", sync_to_thread=False)
    def clear_shop(self, shop_id: FromPath[str], faults: NamedDependency[FaultBoard]) -> None:
        faults.clear(shop_id)
