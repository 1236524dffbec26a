"""What system administrators do with shops: make them, say how the bot speaks and looks, where orders and people are.

Each change is said to the audit log before, and goes through what ``appliance shop`` uses, in one transaction with its
outcome. What is wrong with a file or a key is said to whoever gave it. Credentials go in and never come out: nor do
they follow to another address.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from appliance.aftersales.orders import connectors
from appliance.aftersales.orders.check import Asked, Report, check, fit
from appliance.aftersales.orders.credentials import Credentials
from appliance.clock import Clock
from appliance.conversation.listing import ConversationLooks
from appliance.db import Database
from appliance.desk.hours import DeskHours, GroupHours
from appliance.desk.looks import DeskLooks
from appliance.dialogue.render import persona_from
from appliance.errors import ConfigurationError, InvalidInput
from appliance.identity.links import Links, OrderSystemLink, OrderSystemPlace
from appliance.identity.model import Shop
from appliance.identity.shop_records import By, of_shop
from appliance.identity.shops import Shops
from appliance.identity.staff_admin import StaffAdmin
from appliance.identity.staff_deeds import Deeds
from appliance.identity.widgets import Look, Widget, Widgets
from appliance.ids import ShopId
from security.access import records
from security.access.changes import Result
from security.access.model import Account, Origin, Principal, State
from security.access.permissions import Permission, Role
from security.access.records import Deed
from security.audit.append import append

_ALL: Final = (Permission.SYSTEM_READ, Permission.STAFF_READ)
"""Who looks after every shop serves none."""
_PEOPLE: Final = frozenset({Role.AGENT, Role.SUPERVISOR})


class OrderSystemUnfit(InvalidInput):
    """Mapping, address and credentials do not go together; the detail says which, and what to do."""

    code = "order_system_unfit"


class CredentialsNeeded(InvalidInput):
    """Those that are kept belong to another order system."""

    code = "credentials_needed"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Of an order system. ``credentials``: None: those that are kept already."""

    mapping: str
    base_url: str
    credentials: dict[str, str] | None


class MappingSeen(msgspec.Struct, frozen=True, kw_only=True):
    mapping: str
    """Its name here."""
    name: str
    """What it calls itself."""
    credentials: tuple[str, ...]
    """The names of those that it asks for."""
    by_hand: tuple[str, ...]
    """Kinds of case that people carry out, because it writes none."""


class ShopSeen(msgspec.Struct, frozen=True, kw_only=True):
    shop: Shop
    widget: Widget
    order_system: OrderSystemPlace | None
    hours: tuple[GroupHours, ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a shop has been set up: what is there, in numbers. Nobody by name."""

    has_persona: bool
    has_own_hours: bool
    is_connected: bool
    is_embedded: bool
    """Some page of the shop may hold its chat."""
    is_answered: bool
    """Somebody was answered in it."""
    agents: dict[State, int]
    """Accounts that may answer this shop's customers, by their state."""
    seats: int
    is_live: bool
    """The installation: from then on every change of an account needs two."""


class ShopDesk:
    def __init__(
        self,
        *,
        db: Database,
        deeds: Deeds,
        shops: Shops,
        links: Links,
        widgets: Widgets,
        hours: DeskHours,
        looks: DeskLooks,
        admin: StaffAdmin,
        conversations: ConversationLooks,
        clock: Clock,
    ) -> None:
        self._db = db
        self._deeds = deeds
        self._shops = shops
        self._links = links
        self._widgets = widgets
        self._hours = hours
        self._looks = looks
        self._admin = admin
        self._conversations = conversations
        self._clock = clock

    # Looking.

    async def names(self, who: Principal) -> Sequence[Shop]:
        """Of the shops that the caller serves; of all for who looks after all."""
        shops = await self._shops.list()
        return shops if any(map(who.may, _ALL)) else [each for each in shops if who.serves(each.shop_id)]

    async def look(self, shop: ShopId) -> ShopSeen:
        """NotFound if there is none."""
        identity = await self._shops.get(shop)
        return ShopSeen(
            shop=identity.shop,
            widget=await self._widgets.of(shop),
            order_system=await self._links.place(shop),
            hours=await self._hours.all(shop),
        )

    async def standing(self, shop: ShopId) -> Standing:
        seen, phase = await self.look(shop), await self._admin.phase()
        agents = [account for account in await self._admin.accounts() if _may_answer(account, shop)]
        return Standing(
            has_persona=bool(seen.widget.persona),
            has_own_hours=any(group.is_own for group in seen.hours),
            is_connected=seen.order_system is not None,
            is_embedded=bool(seen.widget.origins),
            is_answered=await self._conversations.has_answered(shop),
            agents={state: sum(account.state is state for account in agents) for state in State},
            seats=len((await self._looks.board(shop)).seats),
            is_live=phase is not None and phase.live_at is not None,
        )

    def mappings(self) -> list[MappingSeen]:
        """Those that ship. One of your own is named on the command line: it may run code."""
        loaded = {name: connectors.load(name) for name in connectors.shipped()}
        return [
            MappingSeen(mapping=name, name=each.name, credentials=each.credentials, by_hand=each.unwritten())
            for name, each in loaded.items()
        ]

    # Changing.

    async def create(self, who: Principal, shop: ShopId, name: str, origin: Origin) -> Shop:
        """Its secrets are made and not shown: ``appliance shop rotate-secret`` does, on the machine."""
        async with self._doing(Deed.SHOP_CREATE, who, shop, origin) as by:
            return (await self._shops.create(shop, name, by)).shop

    async def rename(self, who: Principal, shop: ShopId, name: str, origin: Origin) -> None:
        async with self._doing(Deed.SHOP_RENAME, who, shop, origin) as by:
            await self._shops.rename(shop, name, by)

    async def speak_as(self, who: Principal, shop: ShopId, persona: dict[str, Any], origin: Origin) -> None:
        async with self._doing(Deed.SHOP_SPEAK_AS, who, shop, origin) as by:
            persona_from(persona)
            await self._links.speak_as(shop, persona, by)

    async def dress(self, who: Principal, shop: ShopId, look: Look, origin: Origin, *, keeps_avatar: bool) -> None:
        async with self._doing(Deed.SHOP_DRESS, who, shop, origin) as by:
            if keeps_avatar:
                look = msgspec.structs.replace(look, avatar=(await self._widgets.of(shop)).avatar)
            await self._widgets.dress(shop, look, by)

    async def connect(self, who: Principal, shop: ShopId, place: Place, origin: Origin) -> None:
        async with self._doing(Deed.SHOP_CONNECT, who, shop, origin) as by:
            link = await self._link(shop, place)
            await fit(link.mapping, link.base_url, Credentials(**link.credentials), self._clock)
            await self._links.connect(shop, link, by)

    async def try_orders(
        self, who: Principal, shop: ShopId, place: Place, customer: str | None, origin: Origin
    ) -> Report:
        """As ``appliance orders check`` does; nothing is written, there or here."""
        async with self._doing(Deed.SHOP_TRY, who, shop, origin) as by:
            link = await self._link(shop, place)
            asked = Asked(base_url=link.base_url, credentials=Credentials(**link.credentials), customer=customer)
            report = await check(connectors.load(link.mapping), asked, self._clock)
            detail = {"mapping": link.mapping, "base_url": link.base_url, "fits": str(report.is_good).lower()}
            async with self._db.system() as conn:
                record = records.record(Deed.SHOP_TRY, by.actor, of_shop(shop), origin, detail=detail, tenant=shop)
                await append(conn, [record])
        return report

    async def set_hours(
        self, who: Principal, shop: ShopId, group: str, hours: Mapping[str, Any] | None, origin: Origin
    ) -> None:
        async with self._doing(Deed.SHOP_HOURS, who, shop, origin) as by:
            await self._shops.get(shop)
            await self._hours.set(shop, group, None if hours is None else self._hours.read(hours), by)

    async def ask_for_agent(
        self, who: Principal, shop: ShopId, login: str, name: str, role: Role, origin: Origin
    ) -> Result:
        """It waits for a security administrator."""
        if role not in _PEOPLE:
            raise InvalidInput("an account that answers customers is an agent's or a supervisor's")
        return await self._admin.request(who, login, name, role, shop, origin)

    async def _link(self, shop: ShopId, place: Place) -> OrderSystemLink:
        """With the credentials that are given; else with those that are kept for this very order system."""
        kept = await self._links.place(shop)
        has_mapping = kept is not None and kept.mapping == place.mapping
        if not has_mapping and place.mapping not in connectors.shipped():
            raise OrderSystemUnfit(
                "no such mapping ships; one of your own is named on the machine: appliance shop connect"
            )
        credentials = place.credentials
        if credentials is None:
            if not has_mapping or kept is None or _host(kept.base_url) != _host(place.base_url):
                raise CredentialsNeeded(
                    "another order system needs its credentials: those that are kept stay with theirs"
                )
            credentials = (await self._links.profile(shop)).link.credentials
        return OrderSystemLink(mapping=place.mapping, base_url=place.base_url, credentials=credentials)

    @asynccontextmanager
    async def _doing(self, deed: Deed, who: Principal, shop: ShopId, origin: Origin) -> AsyncIterator[By]:
        by = By.staff(who, origin)
        async with self._deeds.doing(deed, by.actor, of_shop(shop), origin):
            try:
                yield by
            except ConfigurationError as wrong:
                raise OrderSystemUnfit(wrong.detail) from wrong


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _may_answer(account: Account, shop: ShopId) -> bool:
    return bool(account.rights.roles & _PEOPLE) and shop in account.rights.shops
