"""The demo's shop page. It lets anybody be any of the demo's visitors, so it is there in the demo's profiles only.

A real shop's server would know who has logged in and sign that customer's token; this one takes the visitor's word.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.static_files import create_static_files_router

from appliance.clock import Clock
from appliance.demo.shop.model import SHOP, Visitor, visitors
from appliance.errors import ConfigurationError, NotFound
from appliance.identity import customer_token
from appliance.identity.model import SecretPurpose, ShopIdentity
from appliance.ids import CustomerId, ShopId
from appliance.web.access import public

BUILT: Final = Path(__file__).parents[2] / "console" / "dist" / "shop"
_TOKEN_LIFE: Final = timedelta(hours=1)
_OPEN: Final = public("a demonstration: its customers are made up, and nobody else is served in its profiles")


class Shops(Protocol):
    async def get(self, shop: ShopId) -> ShopIdentity: ...


class Token(msgspec.Struct, frozen=True, kw_only=True):
    token: str


class ShopDoor:
    """Lets the demo's visitors in."""

    def __init__(self, shops: Shops, clock: Clock) -> None:
        self.visitors = visitors()
        self._shops = shops
        self._clock = clock

    async def token(self, customer: str) -> str:
        if customer not in {visitor.customer for visitor in self.visitors}:
            raise NotFound("the demo has no such visitor")
        now, shop = self._clock.now(), ShopId(SHOP)
        secret = (await self._shops.get(shop)).valid(SecretPurpose.CUSTOMER_TOKEN, now)[0]
        return customer_token.sign(
            CustomerId(customer), shop=shop, secret=secret, token_id=uuid4().hex, now=now, life=_TOKEN_LIFE
        )


TheDoor = NamedDependency[ShopDoor]


@get("/shop", media_type=MediaType.HTML)
async def page() -> Response[bytes]:
    return Response((BUILT / "index.html").read_bytes(), media_type=MediaType.HTML)


@get("/visitors")
async def who_may_come(door: TheDoor) -> tuple[Visitor, ...]:
    return door.visitors


@get("/visitors/{customer:str}/token")
async def token_of(door: TheDoor, customer: FromPath[str]) -> Token:
    return Token(token=await door.token(customer))


def shop_router(shops: Shops, clock: Clock) -> Router:
    if not BUILT.is_dir():
        raise ConfigurationError("the demo's shop page was not built; run ./install.sh, which builds it")
    door = ShopDoor(shops, clock)
    assets: Any = create_static_files_router(path="/assets", directories=[BUILT], name="demo_assets", opt=_OPEN)
    return Router(
        "/demo",
        route_handlers=[page, who_may_come, token_of, assets],
        dependencies={"door": Provide(lambda: door, sync_to_thread=False)},
        include_in_schema=False,
        opt=_OPEN,
    )
