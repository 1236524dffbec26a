"""``/api/staff/v1/shops``: which shops there are, how each is set up, and how far."""

from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec
from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from appliance.aftersales.orders.check import Report
from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.channels.staff.shop_desk import MappingSeen, Place, ShopSeen, Standing
from appliance.desk.hours import GroupHours
from appliance.desk.terms import GroupName
from appliance.dialogue.render import MAX_WELCOME, Manner
from appliance.identity.links import OrderSystemPlace
from appliance.identity.model import LONGEST_SHOP_NAME, SHOP_ID, shop_id_from
from appliance.identity.widgets import Look, accent_from, avatar_from, avatar_path, origins_from
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from appliance.web.request import Body
from security.access.changes import Decision
from security.access.permissions import Permission, Role

_SHOP: Final = labels.of("shop", "shop_widget", "desk_hours")
_NAMES: Final = staff(Permission.SESSION_OWN, labels.of("shop"))
_LOOKS: Final = staff(Permission.SYSTEM_READ, _SHOP)
_STANDS: Final = staff(Permission.SYSTEM_READ, labels.FIGURES)
_CHANGES: Final = staff(Permission.SYSTEM_CONFIGURE, _SHOP)
_ASKS: Final = staff(Permission.STAFF_REQUEST, labels.OWN)
_LOOK: Final = problem_responses(401, 403, 404, 422)
_DO: Final = problem_responses(400, 401, 403, 404, 413, 415, 422, 503)
_MAKE: Final = problem_responses(400, 401, 403, 409, 415, 422, 503)
_ASK: Final = problem_responses(400, 401, 403, 404, 409, 415, 422, 503)

ShopPath = FromPath[str]
ShopTitle = Annotated[str, Meta(min_length=1, max_length=LONGEST_SHOP_NAME)]
Web = Annotated[str, Meta(pattern=r"^https?://[^\s@/?#\\]+(/[^\s?#\\]*)?$(?!\n)", max_length=300)]
Secrets = Annotated[
    dict[
        Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")],
        Annotated[str, Meta(min_length=1, max_length=16_384)],
    ],
    Meta(min_length=1, max_length=20),
]


class NewShop(Body, frozen=True):
    """``shop_id``: for good; systems and pages name the shop by it."""

    shop_id: Annotated[str, Meta(pattern=SHOP_ID)]
    name: ShopTitle


class ShopName(Body, frozen=True):
    name: ShopTitle


class PersonaBody(Body, frozen=True):
    """What is left out is as shipped. ``call`` and ``oh``: how a sentence begins and ends; empty: with nothing."""

    tone: Manner | None = None
    bot_name: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    shop_name: ShopTitle | None = None
    call: Annotated[str, Meta(max_length=12)] | None = None
    oh: Annotated[str, Meta(max_length=12)] | None = None
    welcome: Annotated[str, Meta(max_length=MAX_WELCOME)] | None = None


class WidgetBody(Body, frozen=True):
    """``origins``: pages that may hold the chat. ``avatar``: a picture in base64; else ``keeps_avatar`` decides."""

    origins: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=32)] = ()
    accent: Annotated[str, Meta(max_length=7)] | None = None
    avatar: bytes | None = None
    keeps_avatar: bool = True
    has_calls: bool = False


class OrderSystemBody(Body, frozen=True):
    """``credentials`` by name, as the mapping asks for them; left out: those that are kept for this order system."""

    mapping: Annotated[str, Meta(min_length=1, max_length=300)]
    base_url: Web
    credentials: Secrets | None = None

    def __repr__(self) -> str:
        return "OrderSystemBody()"

    def place(self) -> Place:
        return Place(mapping=self.mapping, base_url=self.base_url, credentials=self.credentials)


class OrderSystemTry(OrderSystemBody, frozen=True):
    """``customer``: one with orders, so that every field is tried."""

    customer: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)")] | None = None

    def __repr__(self) -> str:
        return "OrderSystemTry()"


class HoursBody(Body, frozen=True):
    """Monday is 1. ``spans`` of a working day, in order, such as 09:00-18:00; ``make_up_days`` are worked although
    their weekday is free."""

    weekdays: Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(min_length=1, max_length=7)]
    spans: Annotated[tuple[Annotated[str, Meta(max_length=11)], ...], Meta(min_length=1, max_length=6)]
    holidays: Annotated[frozenset[date], Meta(max_length=400)] = frozenset()
    make_up_days: Annotated[frozenset[date], Meta(max_length=400)] = frozenset()
    zone: Annotated[str, Meta(min_length=1, max_length=64)] = "Asia/Shanghai"


class GroupHoursBody(Body, frozen=True):
    """Without hours they are as the desk's terms have them."""

    hours: HoursBody | None


class AgentAsked(Body, frozen=True):
    login: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    role: Literal["agent", "supervisor"] = "agent"

    def __repr__(self) -> str:
        return "AgentAsked()"


class ShopNamed(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    name: str


class WidgetView(msgspec.Struct, frozen=True, kw_only=True):
    origins: list[str]
    accent: str | None
    avatar: str | None
    """Path below the chat API."""
    has_calls: bool
    """Whether customers may call from the shop's pages, where the installation takes such calls."""


class ShopView(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    name: str
    created_at: datetime
    persona: PersonaBody
    widget: WidgetView
    order_system: OrderSystemPlace | None
    """Without what proves us to it: that is written only."""
    hours: tuple[GroupHours, ...]
    has_visitors: bool
    """It is the demo's shop: made-up customers may be tried."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """It waits for a security administrator."""

    state: Decision


class ShopsController(Controller):
    path = "/shops"
    tags = ("staff",)
    security = SECURED

    @get(summary="Names of shops", opt=_NAMES, responses=problem_responses(401, 403))
    async def names(self, api: Api, who: Who) -> list[ShopNamed]:
        """Of those that you serve; of all for who looks after all of them."""
        return [ShopNamed(shop_id=each.shop_id, name=each.name) for each in await api.shops.names(who)]

    @post(summary="Make a shop", opt=_CHANGES, responses=_MAKE)
    async def create(self, api: Api, who: Who, where: Where, data: JSONBody[NewShop]) -> ShopNamed:
        """Its secrets are made too; `appliance shop rotate-secret` shows one on the machine, once."""
        shop = await api.shops.create(who, shop_id_from(data.shop_id), data.name, where)
        return ShopNamed(shop_id=shop.shop_id, name=shop.name)

    @get("/{shop:str}", summary="How a shop is set up", opt=_LOOKS, responses=_LOOK)
    async def look(self, api: Api, shop: ShopPath) -> ShopView:
        """No secret of it."""
        return _view(await api.shops.look(shop_id_from(shop)), api.demo_shop)

    @get("/{shop:str}/standing", summary="How far a shop is set up", opt=_STANDS, responses=_LOOK)
    async def standing(self, api: Api, shop: ShopPath) -> Standing:
        """What is there and what is missing, in numbers."""
        return await api.shops.standing(shop_id_from(shop))

    @put("/{shop:str}", summary="Rename a shop", status_code=204, opt=_CHANGES, responses=_DO)
    async def rename(self, api: Api, who: Who, where: Where, shop: ShopPath, data: JSONBody[ShopName]) -> None:
        """Its id stays."""
        await api.shops.rename(who, shop_id_from(shop), data.name, where)

    @put("/{shop:str}/persona", summary="How the bot speaks", status_code=204, opt=_CHANGES, responses=_DO)
    async def speak_as(self, api: Api, who: Who, where: Where, shop: ShopPath, data: JSONBody[PersonaBody]) -> None:
        """From the next turn on."""
        given = {name: value for name, value in msgspec.to_builtins(data).items() if value is not None}
        await api.shops.speak_as(who, shop_id_from(shop), given, where)

    @put("/{shop:str}/widget", summary="How the chat appears, and where", status_code=204, opt=_CHANGES, responses=_DO)
    async def dress(self, api: Api, who: Who, where: Where, shop: ShopPath, data: JSONBody[WidgetBody]) -> None:
        """A picture is drawn anew, small and square."""
        picture = None if data.avatar is None else avatar_from(data.avatar)
        look = Look(
            origins=origins_from(data.origins),
            accent=accent_from(data.accent),
            avatar=picture,
            has_calls=data.has_calls,
        )
        keeps = data.keeps_avatar and picture is None
        await api.shops.dress(who, shop_id_from(shop), look, where, keeps_avatar=keeps)

    @put("/{shop:str}/order-system", summary="Connect the order system", status_code=204, opt=_CHANGES, responses=_DO)
    async def connect(self, api: Api, who: Who, where: Where, shop: ShopPath, data: JSONBody[OrderSystemBody]) -> None:
        """Mapping, address and credentials must fit; nothing is sent. To try it: the check."""
        await api.shops.connect(who, shop_id_from(shop), data.place(), where)

    @post(
        "/{shop:str}/order-system/check",
        summary="Try an order system",
        status_code=200,
        opt=_CHANGES,
        responses=_DO,
    )
    async def check(self, api: Api, who: Who, where: Where, shop: ShopPath, data: JSONBody[OrderSystemTry]) -> Report:
        """Reads only, keeps nothing, and shows no value."""
        return await api.shops.try_orders(who, shop_id_from(shop), data.place(), data.customer, where)

    @put(
        "/{shop:str}/hours/{group:str}",
        summary="When people are there",
        status_code=204,
        opt=_CHANGES,
        responses=_DO,
    )
    async def hours(
        self,
        api: Api,
        who: Who,
        where: Where,
        shop: ShopPath,
        group: FromPath[GroupName],
        data: JSONBody[GroupHoursBody],
    ) -> None:
        """Of a skill group. Outside of them customers are told, and may leave their words."""
        given = None if data.hours is None else msgspec.structs.asdict(data.hours)
        await api.shops.set_hours(who, shop_id_from(shop), group, given, where)

    @post("/{shop:str}/agents", summary="Ask for an agent's account", opt=_ASKS, responses=_ASK)
    async def ask_for_agent(
        self, api: Api, who: Who, where: Where, shop: ShopPath, data: JSONBody[AgentAsked]
    ) -> Asked:
        """A security administrator agrees to it under changes, and hands over its one-time token."""
        result = await api.shops.ask_for_agent(who, shop_id_from(shop), data.login, data.name, Role(data.role), where)
        return Asked(state=result.state)


class MappingsController(Controller):
    path = "/order-system-mappings"
    tags = ("staff",)
    security = SECURED

    @get(summary="Mappings that ship", opt=_LOOKS, responses=problem_responses(401, 403))
    async def mappings(self, api: Api) -> list[MappingSeen]:
        """Each with the credentials that it asks for, and what people have to do by hand."""
        return api.shops.mappings()


def _view(seen: ShopSeen, demo_shop: str | None) -> ShopView:
    shop, widget = seen.shop, seen.widget
    return ShopView(
        shop_id=shop.shop_id,
        name=shop.name,
        created_at=shop.created_at,
        persona=PersonaBody(**widget.persona),
        widget=WidgetView(
            origins=widget.origins,
            accent=widget.accent,
            avatar=avatar_path(shop.shop_id, widget.avatar),
            has_calls=widget.has_calls,
        ),
        order_system=seen.order_system,
        hours=seen.hours,
        has_visitors=shop.shop_id == demo_shop,
    )
