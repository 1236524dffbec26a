"""Assembles the demo order system: one store, one desk, one push, two APIs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar, Router, get
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp

from appliance.demo.order_system.admin import AdminKey, FaultsAdmin, ProgressAdmin, ShopsAdmin
from appliance.demo.order_system.body import require_body
from appliance.demo.order_system.desk import Desk
from appliance.demo.order_system.faults import FaultBoard
from appliance.demo.order_system.gate import ShopGate
from appliance.demo.order_system.http import Reads, Writes, provide_shop
from appliance.demo.order_system.messages import Messages
from appliance.demo.order_system.problems import Problem, answer_http_exception, answer_problem
from appliance.demo.order_system.push import Push
from appliance.demo.order_system.shops import Shops
from appliance.demo.order_system.store import Store

_SHOP_BODY = 256 * 1024
_FIXTURE_BODY = 8 * 1024 * 1024


@get("/health", tags=["health"], sync_to_thread=False)
def health() -> dict[str, str]:
    return {"status": "ok"}


def create_app(storage_path: Path, admin_key: str) -> Litestar:
    store = Store(storage_path)
    shops = Shops(store)
    faults = FaultBoard()
    push = Push(store, shops, faults)
    desk = Desk(store, push.wake)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(push.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            store.close()

    def gate(app: ASGIApp) -> ASGIApp:
        return ShopGate(app, shops, desk, faults)

    shop_api = Router(
        path="/",
        route_handlers=[Reads, Writes],
        middleware=[gate],
        dependencies={"shop": Provide(provide_shop, sync_to_thread=False)},
        request_max_body_size=_SHOP_BODY,
    )
    admin_api = Router(
        path="/",
        route_handlers=[ShopsAdmin, ProgressAdmin, FaultsAdmin, Messages],
        guards=[AdminKey(admin_key)],
        request_max_body_size=_FIXTURE_BODY,
    )
    return Litestar(
        route_handlers=[health, shop_api, admin_api],
        dependencies={
            "store": Provide(lambda: store, sync_to_thread=False),
            "shops": Provide(lambda: shops, sync_to_thread=False),
            "faults": Provide(lambda: faults, sync_to_thread=False),
            "desk": Provide(lambda: desk, sync_to_thread=False),
        },
        before_request=require_body,
        exception_handlers={Problem: answer_problem, HTTPException: answer_http_exception},
        lifespan=[lifespan],
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Demo order system", version="1", render_plugins=[JsonRenderPlugin()], path="/schema"
        ),
    )
