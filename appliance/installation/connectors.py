"""The shops' order systems as they are connected, and the check of one, as ``appliance orders check`` does it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.aftersales.orders import connectors
from appliance.aftersales.orders.check import Asked, Report, check
from appliance.aftersales.orders.connectors import Connector, RestConnector
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.model import CaseKind
from appliance.clock import Clock
from appliance.db import Database
from appliance.errors import ConfigurationError, Conflict, InvalidInput, OrderSystemUnavailable, ShopNotConnected
from appliance.identity.links import Links
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ShopId
from appliance.installation import rules, store
from appliance.installation.contacts import ContactBook, Contacts
from appliance.installation.model import Contact, State
from appliance.installation.secrets import without_secrets
from security.access import records
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Outcome, Target


class Written(StrEnum):
    """How a kind of case comes into the order system."""

    ITSELF = "itself"
    BY_HAND = "by_hand"
    """Nothing is written: a person does it, from a work order."""


class ConnectorView(msgspec.Struct, frozen=True, kw_only=True):
    shop: ShopId
    shop_name: str
    state: State
    contact: Contact
    mapping: str
    """The name of one that ships, or a path; empty: the shop has no order system."""
    base_url: str
    """Without passwords."""
    name: str = ""
    """Of the order system, as its mapping says."""
    reads: tuple[str, ...] = ()
    """Empty for a Python adapter, whose file does not list them."""
    writes: dict[CaseKind, Written] = {}
    takes_events: bool = False
    trouble: str = ""
    """Why the mapping cannot be used, and the cure."""
    webhooks: int


class ConnectorDesk:
    def __init__(
        self,
        *,
        db: Database,
        deeds: Deeds,
        links: Links,
        contacts: Callable[[], Contacts],
        book: ContactBook,
        clock: Clock,
    ) -> None:
        self._db = db
        self._deeds = deeds
        self._links = links
        self._contacts = contacts
        self._book = book
        self._clock = clock

    async def look(self) -> list[ConnectorView]:
        async with self._db.system() as conn:
            rows = await store.shops(conn)
        contacts, now = self._contacts(), self._clock.now()
        return [_view(row, contacts.get(row.shop, Contact()), now) for row in rows]

    async def check(self, who: Principal, shop: ShopId, origin: Origin) -> Report:
        """Asks for what is not there; nothing is written and no customer looked up. NotFound: no such shop.
        Conflict: there is nothing to ask, because it was never connected. InvalidInput: its mapping is wrong."""
        deed, actor, thing = Deed.ORDER_SYSTEM_CHECK, records.actor_of(who), Target(type="shop", id=shop)
        async with self._deeds.noting(deed, actor, thing, origin):
            try:
                report = await self._checked(shop)
            except ShopNotConnected as unconnected:
                raise Conflict(unconnected.detail) from unconnected
            self._note(shop, report)
            outcome = Outcome.SUCCESS if report.is_good else Outcome.FAILURE
            done = records.record(deed, actor, thing, origin, outcome=outcome, tenant=shop)
            async with self._db.system() as conn:
                await append(conn, [done])
        return report

    def _note(self, shop: ShopId, report: Report) -> None:
        if report.is_good:
            self._book.answered(shop)
        else:
            self._book.failed(shop, OrderSystemUnavailable.code)

    async def _checked(self, shop: ShopId) -> Report:
        link = (await self._links.profile(shop)).link
        try:
            loaded = connectors.load(link.mapping)
        except ConfigurationError as wrong:
            raise InvalidInput(wrong.detail) from wrong
        asked = Asked(base_url=link.base_url, credentials=Credentials(**link.credentials))
        return await check(loaded, asked, self._clock)


def _view(row: store.ShopRow, contact: Contact, now: datetime) -> ConnectorView:
    view = ConnectorView(
        shop=row.shop,
        shop_name=row.name,
        state=rules.order_system(contact, now, is_connected=row.mapping is not None),
        contact=contact,
        mapping=row.mapping or "",
        base_url=without_secrets(row.base_url or ""),
        webhooks=row.webhooks,
    )
    if row.mapping is None:
        return view
    try:
        loaded = connectors.load(row.mapping)
    except ConfigurationError as wrong:
        return msgspec.structs.replace(view, trouble=wrong.detail)
    return msgspec.structs.replace(
        view,
        name=loaded.name,
        reads=_reads(loaded),
        writes=_writes(loaded),
        takes_events=loaded.events is not None,
    )


def _reads(loaded: Connector) -> tuple[str, ...]:
    return tuple(loaded.mapping.reads) if isinstance(loaded, RestConnector) else ()


def _writes(loaded: Connector) -> Mapping[CaseKind, Written]:
    by_hand = loaded.unwritten()
    return {kind: Written.BY_HAND if kind in by_hand else Written.ITSELF for kind in CaseKind}
