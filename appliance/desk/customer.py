"""The customer of a conversation, for who serves him: his orders as the order system has them now, and his cases.

Only of who was verified in it. What is personal in an order is a placeholder, as in his own words; each look is
recorded.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from appliance.aftersales.cases.looking import CaseFilter, CaseFollowed, CaseLooks
from appliance.aftersales.cases.model import OwnCases
from appliance.aftersales.orders.model import Address, CaseKind, CaseStatus, Level, Order, OrderStatus, TraceEvent
from appliance.aftersales.policy.quote import paid_fen
from appliance.aftersales.policy.units import standing, units_of
from appliance.conversation import store
from appliance.conversation.order_desk import OrderDesk
from appliance.conversation.order_desks import OrderDesks
from appliance.db import Database
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ConversationId, LineId, OrderId
from models.commands import Flow
from security.access import records
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Target

T = TypeVar("T")
_Work = Callable[[store.Talk, ConversationId], Awaitable[T]]
MOST_ORDERS: Final = 20
MOST_CASES: Final = 50
MOST_STATIONS: Final = 5


class LineSeen(msgspec.Struct, frozen=True, kw_only=True):
    line_id: LineId
    title: str
    quantity: int
    unit_price_fen: int
    free: int
    """Units that stand in no case: what a refund may be proposed of."""


class OrderCaseSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A case of the order, whoever made it."""

    case_id: str
    kind: CaseKind
    status: CaseStatus
    stage: str | None
    refund_fen: int
    created_at: datetime | None


class OrderSeen(msgspec.Struct, frozen=True, kw_only=True):
    order_id: OrderId
    status: OrderStatus
    created_at: datetime | None
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    carrier: str | None
    tracking_no: str | None
    stations: tuple[TraceEvent, ...]
    """Where the parcel was, the last first."""
    address: Address | None
    """Placeholders."""
    buyer_note: str | None
    lines: tuple[LineSeen, ...]
    freight_fen: int
    coupon_fen: int
    paid_fen: int
    refunded_fen: int
    """What its cases have paid back or will."""
    cases: tuple[OrderCaseSeen, ...]


class OrdersSeen(msgspec.Struct, frozen=True, kw_only=True):
    """``is_verified`` false: nobody was verified in the conversation, so it is nobody's orders."""

    is_verified: bool
    level: Level | None = None
    refunds_90d: int | None = None
    """As the order system counts. None: it does not tell at the moment."""
    orders: tuple[OrderSeen, ...] = ()
    more: int = 0
    """So many older ones are not shown."""


class Customers:
    def __init__(self, db: Database, deeds: Deeds, desks: OrderDesks, cases: CaseLooks) -> None:
        self._db = db
        self._deeds = deeds
        self._desks = desks
        self._cases = cases

    async def orders(self, who: Principal, conversation_id: ConversationId, origin: Origin) -> OrdersSeen:
        """The newest first. OrderSystemUnavailable where it does not answer."""
        return await self._recorded(who, conversation_id, origin, "orders", self._orders)

    async def cases(self, who: Principal, conversation_id: ConversationId, origin: Origin) -> tuple[CaseFollowed, ...]:
        """All of this customer's, the newest first; of who was not verified, those of this conversation."""
        return await self._recorded(who, conversation_id, origin, "cases", self._cases_of)

    async def _recorded(
        self, who: Principal, conversation_id: ConversationId, origin: Origin, what: str, work: _Work[T]
    ) -> T:
        deed, actor = Deed.DESK_LOOK, records.actor_of(who)
        thing = Target(type="conversation", id=str(conversation_id))
        async with self._deeds.noting(deed, actor, thing, origin):
            async with self._db.system() as conn:
                talk = await store.find_talk(conn, conversation_id)
            if talk is None or not who.serves(talk.shop_id):
                raise NotFound("no such conversation, or none of your shops'")
            seen = await work(talk, conversation_id)
            async with self._db.transaction(talk.shop_id) as conn:
                detail = {"what": what}
                await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=talk.shop_id)])
        return seen

    async def _cases_of(self, talk: store.Talk, conversation_id: ConversationId) -> tuple[CaseFollowed, ...]:
        whose = {"customer_id": talk.customer_id} if talk.customer_id else {"conversation_id": conversation_id}
        return await self._cases.followed(talk.shop_id, CaseFilter(**whose), MOST_CASES)

    async def _orders(self, talk: store.Talk, conversation_id: ConversationId) -> OrdersSeen:
        if talk.customer_id is None:
            return OrdersSeen(is_verified=False)
        desk = await self._desks.of(talk, conversation_id)
        own = await desk.own_orders(is_first=True)
        shown = [await self._order(desk, each.order_id) for each in own[:MOST_ORDERS]]
        try:
            customer = await desk.customer(talk.customer_id)
        except (NotFound, OrderSystemUnavailable):
            customer = None
        return OrdersSeen(
            is_verified=True,
            level=customer.level if customer else None,
            refunds_90d=customer.refunds_90d if customer else None,
            orders=tuple(each for each in shown if each is not None),
            more=max(0, len(own) - MOST_ORDERS),
        )

    async def _order(self, desk: OrderDesk, order_id: str) -> OrderSeen | None:
        order = await desk.order(order_id)
        return None if order is None else _shown(order, await desk.own_cases(order))


def _shown(order: Order, own: OwnCases) -> OrderSeen:
    cases = (*order.cases, *own.cases)
    units = units_of(order, own.cases, {})
    named = {name: getattr(order, name) for name in _SAME}
    return OrderSeen(
        **named,
        stations=tuple(sorted(order.trace, key=lambda each: each.at, reverse=True)[:MOST_STATIONS]),
        lines=tuple(
            LineSeen(
                line_id=line.line_id,
                title=line.title,
                quantity=line.quantity,
                unit_price_fen=line.unit_price_fen,
                free=units[line.line_id].free(Flow.REFUND_ONLY),
            )
            for line in order.lines
        ),
        paid_fen=paid_fen(order),
        refunded_fen=sum(case.refund_fen for case in standing(cases)),
        cases=tuple(msgspec.convert(case, OrderCaseSeen, from_attributes=True) for case in cases),
    )


_SAME: Final = tuple(
    field.name
    for field in msgspec.structs.fields(OrderSeen)
    if field.name not in {"stations", "lines", "paid_fen", "refunded_fen", "cases"}
)
