"""The order system as one turn sees it: each thing read once, and only what is the verified customer's own."""

import asyncio
import logging
from datetime import datetime

import msgspec

from appliance.aftersales.cases import withdrawal
from appliance.aftersales.cases.model import OwnCases
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import CaseStatus, Customer, Order, Spec
from appliance.aftersales.orders.port import PartlyReadable
from appliance.aftersales.parcels import rules as parcels
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.invoice_title import is_company
from appliance.aftersales.policy.model import Ask, Ruling
from appliance.aftersales.policy.pack import PolicyPack, in_force, pack_of
from appliance.aftersales.policy.quote import with_details
from appliance.aftersales.policy.tax_id import is_valid_tax_id
from appliance.aftersales.policy.units import KEEPING, free_units
from appliance.conversation.order_words import OrderWords
from appliance.conversation.ports import ShopContext
from appliance.db import Connection, Database
from appliance.dialogue.effects import OrderFacts
from appliance.dialogue.state import Asked, OwnOrder
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OrderId, ShopId
from models.commands import Flow, KnownLine

PRICED = frozenset({Flow.EXCHANGE, Flow.RESEND, Flow.CHANGE_SPEC, Flow.PRICE_PROTECTION})
"""Flows whose rules read today's prices and stock."""


UNREADABLE = "unreadable"
"""The status of an own order that only a person can read."""

_log = logging.getLogger(__name__)


class OrderDesk:
    def __init__(
        self,
        context: ShopContext,
        db: Database,
        cases: CaseService,
        shop: ShopId,
        customer_id: str | None,
        at: datetime,
        words: OrderWords,
    ) -> None:
        self._context = context
        self._words = words
        self._db = db
        self._cases = cases
        self._shop = shop
        self._at = at
        self._customers: dict[str, Customer] = {}
        self._orders: dict[str, Order] = {}
        self._masked: dict[str, Order] = {}
        self._own: dict[str, OwnCases] = {}
        self._specs: dict[str, tuple[Spec, ...]] = {}
        self.customer_id = customer_id
        """Whose orders may be spoken of; None until somebody is verified."""

    async def own_orders(self, *, is_first: bool = False) -> tuple[OwnOrder, ...]:
        """``is_first``: nothing was asked of this customer yet, so his name and phone are asked for, too."""
        if self.customer_id is None:
            return ()
        customer_id = CustomerId(self.customer_id)
        try:
            (orders, unreadable), customer = await asyncio.gather(
                self._listed(customer_id), self._whose(customer_id, is_asked=is_first)
            )
        except NotFound:
            return ()
        own = [order for order in orders if order.customer_id == self.customer_id]
        self._orders |= {order.order_id: order for order in own}
        await self._words.learn(own, customer)
        return (*(_known(order) for order in own), *(_unreadable(order_id) for order_id in unreadable))

    async def _listed(self, customer_id: CustomerId) -> tuple[tuple[Order, ...], tuple[OrderId, ...]]:
        """His orders, and the numbers of those that only a person can read: he may name one, and is handed over."""
        try:
            return await self._context.orders.orders_of(customer_id), ()
        except PartlyReadable as partly:
            _log.warning("orders.partly_readable", extra={"shop_id": self._shop, "why": partly.detail})
            return partly.readable, partly.unreadable

    async def order(self, order_id: str) -> Order | None:
        """The order as it is now, if it is the customer's own. Somebody else's is as good as none.

        With placeholders for what is personal in it.
        """
        if self.customer_id is None:
            return None
        if order_id not in self._orders:
            try:
                order = await self._context.orders.order(OrderId(order_id))
            except NotFound:
                return None
            if order.customer_id != self.customer_id:
                return None
            self._orders[order_id] = order
        if order_id not in self._masked:
            self._masked[order_id] = await self._words.masked(self._orders[order_id])
        return self._masked[order_id]

    async def facts(self, order: Order) -> OrderFacts:
        """The order with what the engine needs beside it."""
        own = await self.own_cases(order)
        return OrderFacts(
            order=order,
            free=free_units(order, Flow.RETURN_REFUND, own.cases),
            protectable=free_units(order, Flow.PRICE_PROTECTION, own.cases),
            now=self._at,
            own=own.cases,
            return_addresses=own.return_addresses,
        )

    async def customer(self, customer_id: str) -> Customer:
        if customer_id not in self._customers:
            self._customers[customer_id] = await self._context.orders.customer(CustomerId(customer_id))
        return self._customers[customer_id]

    async def specs(self, sku: str) -> tuple[Spec, ...]:
        """On sale today of this SKU's product. Empty: nothing is known."""
        if sku not in self._specs:
            try:
                self._specs[sku] = await self._context.orders.specs(sku)
            except NotFound:
                self._specs[sku] = ()
        return self._specs[sku]

    async def _whose(self, customer_id: CustomerId, *, is_asked: bool) -> Customer | None:
        """For the name and phone that his words are searched for; without them he is served all the same."""
        if not is_asked:
            return self._customers.get(customer_id)
        try:
            return await self.customer(customer_id)
        except (NotFound, OrderSystemUnavailable):
            return None

    async def customer_with(self, order_id: str, phone_tail: str) -> str | None:
        """Whose order it is, if the tail is that of the account's phone."""
        try:
            order = await self._context.orders.order(OrderId(order_id))
            customer = await self.customer(order.customer_id)
        except NotFound:
            return None
        return customer.customer_id if customer.phone.endswith(phone_tail) else None

    async def own_cases(self, order: Order) -> OwnCases:
        """The appliance's own cases of the order. What is decided on them is void once they changed."""
        if order.order_id not in self._own:
            async with self._db.transaction(self._shop) as conn:
                await self.read_own_cases(conn, order)
        return self._own[order.order_id]

    async def read_own_cases(self, conn: Connection, order: Order) -> OwnCases:
        """As they stand now, in the caller's transaction."""
        own = await self._cases.own_cases(conn, shop=self._shop, order=order)
        self._own[order.order_id] = own
        return own

    async def ask(self, asked: Asked) -> Ask:
        """The request with every fact of the order system that a rule may read. NotFound if it is not his order."""
        order = await self.order(asked.order_id)
        if order is None or self.customer_id is None:
            raise NotFound("no such order")
        current: tuple[Spec, ...] = ()
        target = None
        if asked.flow in PRICED:
            current, target = await self._prices(asked, order)
        title, tax_id = asked.details.get("invoice_title", ""), asked.details.get("tax_id")
        return Ask(
            flow=asked.flow,
            order=order,
            customer=await self.customer(self.customer_id),
            now=self._at,
            lines=asked.lines,
            reason=asked.reason,
            evidence=asked.evidence,
            target=target,
            current=current,
            tax_id=tax_id,
            is_tax_id_valid=is_valid_tax_id(await self._words.clear(tax_id)) if tax_id else None,
            is_company=bool(title) and is_company(title, has_tax_id=tax_id is not None),
        )

    def rule(self, ask: Ask, own: OwnCases, details: dict[str, str], *, policy: str | None = None) -> Ruling:
        """What the policy in force at the turn's business time says of it.

        ``policy``: the version that a standing quote was made by. It holds for that quote, unless it was recalled.
        """
        pack = self.pack(policy)
        if parcels.CASE in details:
            return parcels.ruling(ask, details, pack.id)
        if withdrawal.CASE in details:
            return withdrawal.ruling(ask, details, pack.id)
        ruling = evaluate(pack, msgspec.structs.replace(ask, own_cases=own.cases))
        if ruling.quote is None or not details:
            return ruling
        return msgspec.structs.replace(ruling, quote=with_details(ruling.quote, details))

    def pack(self, policy: str | None = None) -> PolicyPack:
        packs = self._context.policies
        return (pack_of(packs, policy) if policy else None) or in_force(packs, self._at)

    async def _prices(self, asked: Asked, order: Order) -> tuple[tuple[Spec, ...], Spec | None]:
        lines = [order.line(line.line_id) for line in asked.lines] or list(order.lines)
        specs = [spec for line in lines if line for spec in await self.specs(line.sku)]
        wanted = asked.details.get("spec")
        target = next((spec for spec in specs if wanted and spec.spec == wanted), None)
        return tuple(specs), target


def _unreadable(order_id: OrderId) -> OwnOrder:
    return OwnOrder(order_id=order_id, status=UNREADABLE)


def _known(order: Order) -> OwnOrder:
    return OwnOrder(
        order_id=order.order_id,
        status=order.status,
        created_at=order.created_at,
        paid_at=order.paid_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        lines=tuple(KnownLine(line_id=x.line_id, title=x.title, quantity=x.quantity) for x in order.lines),
        has_refund=any(case.refund_fen and case.status is not CaseStatus.WITHDRAWN for case in order.cases),
        has_case=any(case.kind in KEEPING and case.status is not CaseStatus.WITHDRAWN for case in order.cases),
        awaits_parcel=bool(parcels.awaiting(order)),
        withdrawable=withdrawal.best(order),
        tracking_no=order.tracking_no,
    )
