"""The shop of a turn: its persona, its policy, its order system, connected when first asked for."""

import asyncio
import logging
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from appliance.aftersales.orders import connectors
from appliance.aftersales.orders.connectors import Connector
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.model import CaseKind, CaseReceipt, CaseRequest, Customer, Order, Spec
from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.orders.resting import RestingOrderSystem
from appliance.channels.intranet.ports import PushRules
from appliance.clock import Clock
from appliance.config_orders import OrderSettings
from appliance.conversation.ports import ShopContext
from appliance.dialogue.render import Persona
from appliance.errors import ConfigurationError, ShopNotConnected
from appliance.identity.links import Links, OrderSystemLink, ShopProfile
from appliance.ids import CustomerId, OperationId, OrderId, ShopId
from appliance.installation.contacts import ContactBook
from appliance.joints.policies import PublishedPolicies
from appliance.joints.watched_orders import Seen, WatchedOrderSystem

REMEMBERED = timedelta(seconds=30)
"""How long a changed persona, policy or connection may go unnoticed where the notice of it was lost."""
MOST_SHOPS = 256
WEBHOOK_SECRET = "webhook_secret"  # noqa: S105
"""The credential under which an order system signs what it pushes, where it made that secret itself."""
_log = logging.getLogger(__name__)

_STALE = datetime.min.replace(tzinfo=UTC)


class _Known(msgspec.Struct):
    context: ShopContext
    profile: ShopProfile
    connector: Connector
    read_at: datetime


class ShopSystems:
    """``conversation.ports.ShopContexts`` and ``cases.port.OrderSystems``."""

    def __init__(
        self,
        links: Links,
        policies: PublishedPolicies,
        clock: Clock,
        settings: OrderSettings,
        book: ContactBook | None = None,
        seen: Seen | None = None,
    ) -> None:
        """``book``: where it is noted whether the order systems answer. ``seen``: takes the titles of goods that
        customers have bought."""
        self._seen = seen
        self._links = links
        self._settings = settings
        self._book = book or ContactBook(clock)
        self._policies = policies
        self._clock = clock
        self._known: OrderedDict[ShopId, _Known] = OrderedDict()
        self._connectors: dict[str, Connector] = {}
        self._reading = asyncio.Lock()
        self._unconnected: set[ShopId] = set()

    def of_shop(self, shop: ShopId) -> "LazyOrderSystem":
        return LazyOrderSystem(self, shop)

    async def context(self, shop: ShopId) -> ShopContext:
        return (await self._shop(shop)).context

    async def changed(self, shop: str) -> None:
        """For ``Listener.subscribe(links.CHANNEL, systems.changed)``: the shop is looked up anew at its next use.

        Waits for a look-up under way, which may have read what stood there before.
        """
        async with self._reading:
            known = self._known.get(ShopId(shop))
            if known is not None:
                known.read_at = _STALE

    def known_connector(self, shop: ShopId) -> Connector | None:
        """None until the shop was first asked something."""
        known = self._known.get(shop)
        return known.connector if known else None

    async def connector(self, shop: ShopId) -> Connector:
        return (await self._shop(shop)).connector

    async def push_rules(self, shop: ShopId) -> PushRules | None:
        known = await self._shop(shop)
        events = known.connector.events
        return PushRules(events=events, secret=known.profile.link.credentials.get(WEBHOOK_SECRET)) if events else None

    async def aclose(self) -> None:
        for known in self._known.values():
            await known.context.orders.aclose()

    async def _shop(self, shop: ShopId) -> _Known:
        known = self._known.get(shop)
        if known is not None and self._clock.now() - known.read_at < REMEMBERED:
            return known
        async with self._reading:
            return await self._read(shop)

    async def _read(self, shop: ShopId) -> _Known:
        known = self._known.get(shop)
        now = self._clock.now()
        if known is not None and now - known.read_at < REMEMBERED:
            return known
        profile, policies = await self._profile(shop), await self._policies.of(shop)
        if known is not None and known.profile == profile:
            if known.context.policies != policies:
                known.context = msgspec.structs.replace(known.context, policies=policies)
            known.read_at = now
            return known
        connector = self._load(profile.link)
        credentials = Credentials(**profile.link.credentials)
        connected = connector.connect(profile.link.base_url, credentials, self._clock)
        resting = RestingOrderSystem(connected, self._settings, rests=partial(self._book.rests, shop))
        system = WatchedOrderSystem(resting, shop, self._book, connector.cannot, self._seen)
        fresh = _Known(
            context=ShopContext(persona=_persona(profile), orders=system, policies=policies),
            profile=profile,
            connector=connector,
            read_at=now,
        )
        self._known[shop] = fresh
        self._known.move_to_end(shop)
        while len(self._known) > MOST_SHOPS:
            _, oldest = self._known.popitem(last=False)
            await oldest.context.orders.aclose()
        return fresh

    async def _profile(self, shop: ShopId) -> ShopProfile:
        """A shop without an order system is logged when it is first asked for, not at every customer that comes."""
        try:
            profile = await self._links.profile(shop)
        except ShopNotConnected:
            if shop not in self._unconnected:
                self._unconnected.add(shop)
                _log.warning("shop.not_connected", extra={"shop_id": shop})
            raise
        self._unconnected.discard(shop)
        return profile

    def _load(self, link: OrderSystemLink) -> Connector:
        if link.mapping not in self._connectors:
            self._connectors[link.mapping] = connectors.load(link.mapping)
        return self._connectors[link.mapping]


class LazyOrderSystem:
    """``OrderSystem`` of one shop for whoever cannot wait for its connection to be looked up."""

    def __init__(self, systems: ShopSystems, shop: ShopId) -> None:
        self._systems = systems
        self._shop = shop

    async def customer(self, customer_id: CustomerId) -> Customer:
        return await (await self._system()).customer(customer_id)

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        return await (await self._system()).orders_of(customer_id)

    async def order(self, order_id: OrderId) -> Order:
        return await (await self._system()).order(order_id)

    async def specs(self, sku: str) -> tuple[Spec, ...]:
        return await (await self._system()).specs(sku)

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        return await (await self._system()).execute(request)

    async def find_operation(self, operation_id: OperationId) -> CaseReceipt | None:
        return await (await self._system()).find_operation(operation_id)

    async def aclose(self) -> None:
        """The connection belongs to ``ShopSystems``."""

    async def _system(self) -> OrderSystem:
        return (await self._systems.context(self._shop)).orders


class Contexts:
    """``conversation.ports.ShopContexts``"""

    def __init__(self, systems: ShopSystems) -> None:
        self._systems = systems

    async def of(self, shop: ShopId) -> ShopContext:
        return await self._systems.context(shop)


class CaseSystems:
    """``cases.port.OrderSystems``"""

    def __init__(self, systems: ShopSystems) -> None:
        self._systems = systems

    def of(self, shop: ShopId) -> OrderSystem:
        return self._systems.of_shop(shop)

    def repeats_safely(self, shop: ShopId, kind: CaseKind) -> bool:
        connector = self._systems.known_connector(shop)
        return connector is not None and connector.repeats_safely(kind)

    def is_by_hand(self, shop: ShopId, kind: CaseKind) -> bool:
        connector = self._systems.known_connector(shop)
        return connector is not None and kind in connector.unwritten()


def _persona(profile: ShopProfile) -> Persona:
    try:
        return msgspec.convert({"shop_name": profile.name, **profile.persona}, Persona)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"the persona of shop '{profile.name}' is wrong: {error}") from error
