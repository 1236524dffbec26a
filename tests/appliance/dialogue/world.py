"""A shop in memory that answers the engine's effects as the conversation does, and a customer who talks in commands."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.cases import withdrawal
from appliance.aftersales.cases.rules import PENDING
from appliance.aftersales.orders.model import (
    CaseLine,
    CaseReceipt,
    CaseStatus,
    Customer,
    Line,
    Order,
    OrderCase,
    OrderStatus,
    Spec,
    TraceEvent,
)
from appliance.aftersales.parcels import rules as parcels
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.invoice_title import is_company
from appliance.aftersales.policy.model import Ask, Ruling
from appliance.aftersales.policy.pack import default_pack
from appliance.aftersales.policy.quote import with_details
from appliance.aftersales.policy.units import KEEPING, free_units
from appliance.dialogue import effects as fx
from appliance.dialogue import engine, incoming
from appliance.dialogue.knowledge import Knowledge
from appliance.dialogue.render import Persona, Renderer, Words
from appliance.dialogue.schema import Flows, load_flows
from appliance.dialogue.state import Asked, Identity, OwnOrder, State
from appliance.errors import OrderSystemUnavailable
from appliance.ids import CustomerId, LineId, OperationId, OrderId
from models.commands import Command, Flow, KnownLine

DIALOGUE = Path(engine.__file__).parent
FLOWS = load_flows(DIALOGUE / "flows")
RENDERER = Renderer.load(DIALOGUE / "replies")
KNOWLEDGE = Knowledge(RENDERER.answers())
PERSONA = Persona()

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""
CUSTOMER = CustomerId("U1001")
PHONE_TAIL = "8000"
DELIVERED = OrderId("20261110123456")
"""Shoes (one) and shirts (three), received three days ago."""
PAID = OrderId("20261120000001")
SHIPPED = OrderId("20261118000002")
FOREIGN = OrderId("20261117999999")
NOBODYS = OrderId("20261117888888")
PICTURE = UUID(int=7)
NOWHERE = ("city", "district", "detail")


def at(day: int, hour: int = 2) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def line(line_id: str, title: str, price_fen: int, quantity: int = 1, **more: Any) -> Line:
    category = more.pop("category", "shoes")
    return Line(
        line_id=LineId(line_id),
        sku=f"SKU-{title}",
        title=title,
        category=category,
        quantity=quantity,
        unit_price_fen=price_fen,
        **more,
    )


def plain_orders() -> list[Order]:
    shoes, shirts = line("L1", "轻跑运动鞋", 39900), line("L2", "运动短袖", 9900, 3)
    return [
        Order(
            order_id=DELIVERED,
            customer_id=CUSTOMER,
            status=OrderStatus.DELIVERED,
            lines=(shoes, shirts),
            paid_at=at(10),
            shipped_at=at(11),
            delivered_at=at(18),
            carrier="顺丰",
            tracking_no="SF1234567890123",
            freight_fen=1000,
            coupon_fen=2000,
            paid_by="支付宝",
        ),
        Order(
            order_id=PAID,
            customer_id=CUSTOMER,
            status=OrderStatus.PAID,
            lines=(line("L1", "保温杯", 8900),),
            paid_at=at(20),
            freight_fen=600,
        ),
        Order(
            order_id=SHIPPED,
            customer_id=CUSTOMER,
            status=OrderStatus.SHIPPED,
            lines=(line("L1", "蓝牙耳机", 29900, category="electronics"),),
            paid_at=at(17),
            shipped_at=at(18),
            carrier="圆通",
            tracking_no="YT9876543210",
            trace=(TraceEvent(at=at(20), place="杭州", text="到达转运中心"),),
        ),
        Order(
            order_id=FOREIGN,
            customer_id=CustomerId("U2002"),
            status=OrderStatus.DELIVERED,
            lines=(line("L1", "别人的台灯", 19900),),
            delivered_at=at(18),
        ),
    ]


class Shop:
    """Orders, our own cases, and an order system that can be away for single effects."""

    def __init__(self) -> None:
        self.orders = {order.order_id: order for order in plain_orders()}
        self.customer = Customer(customer_id=CUSTOMER, name="张伟", phone=f"1380013{PHONE_TAIL}")
        self.own_cases: dict[str, list[OrderCase]] = {}
        self.return_addresses: dict[str, str] = {}
        self.specs: list[Spec] = []
        """On sale today. None at all: what was bought, at the price paid, stock unknown."""
        self.addresses: dict[str, tuple[str, ...]] = {}
        """By what stands for them: what each lacks."""
        self.away: set[type[fx.Effect]] = set()
        self.accepted: list[fx.Accept] = []
        self.kept: dict[str, str] = {}
        self.messages: list[fx.LeaveMessage] = []

    def change(self, order_id: OrderId, **fields: Any) -> None:
        self.orders[order_id] = msgspec.structs.replace(self.orders[order_id], **fields)

    def keep_only(self, *order_ids: OrderId) -> None:
        """The customer's own; other people's stay."""
        self.orders = {
            o.order_id: o for o in self.orders.values() if o.customer_id != CUSTOMER or o.order_id in order_ids
        }

    def own_orders(self) -> tuple[OwnOrder, ...]:
        return tuple(_own(order) for order in self.orders.values() if order.customer_id == CUSTOMER)

    def answer(self, effect: fx.Effect, customer_id: str | None, now: datetime) -> fx.Result:
        if type(effect) in self.away:
            raise OrderSystemUnavailable("away")
        match effect:
            case fx.ReadOrders():
                return self.own_orders() if customer_id else ()
            case fx.ReadOrder():
                order = self._order(effect.order_id, customer_id)
                if order is None:
                    return None
                own = self.own_cases.get(order.order_id, ())
                free, protectable = (
                    free_units(order, flow, own) for flow in (Flow.RETURN_REFUND, Flow.PRICE_PROTECTION)
                )
                return fx.OrderFacts(
                    order=order,
                    free=free,
                    protectable=protectable,
                    now=now,
                    own=tuple(own),
                    return_addresses=self.return_addresses,
                )
            case fx.ReadSpecs():
                return self.family(effect.sku)
            case fx.ReadAddress():
                return self._address(effect)
            case fx.ReadAccount():
                return self.account()
            case fx.Keep():
                return self.kept.setdefault(effect.value, f"⟨{effect.type}{len(self.kept) + 1}⟩")
            case fx.LeaveMessage():
                self.messages.append(effect)
                return f"M{len(self.messages)}"
            case fx.VerifyProof():
                found = self.orders.get(OrderId(effect.order_id))
                is_right = found is not None and found.customer_id == CUSTOMER and effect.phone_tail == PHONE_TAIL
                return CUSTOMER if is_right else None
            case fx.Decide():
                return self.rule(effect.asked, customer_id, now)
            case fx.Accept():
                return self._accept(effect, customer_id, now)
            case fx.Lookup():
                return KNOWLEDGE.find(effect.query)
        return None

    def account(self) -> fx.Account:
        it = self.customer
        return fx.Account(
            balance_fen=it.balance_fen,
            points=it.points,
            level=it.level,
            level_expires_at=it.level_expires_at,
            benefits=it.benefits,
            coupons=it.coupons,
            phone="⟨手机1⟩",
        )

    def clear(self, text: str) -> str:
        return next((value for value, placeholder in self.kept.items() if placeholder == text), text)

    def rule(self, asked: Asked, customer_id: str | None, now: datetime) -> Ruling:
        order = self._order(asked.order_id, customer_id)
        assert order is not None, "policy is asked of the customer's own orders only"
        lines = [order.line(each.line_id) for each in asked.lines] or list(order.lines)
        current = tuple(spec for each in lines if each for spec in self.family(each.sku))
        wanted = asked.details.get("spec")
        ask = Ask(
            flow=asked.flow,
            order=order,
            customer=self.customer,
            now=now,
            lines=asked.lines,
            reason=asked.reason,
            evidence=asked.evidence,
            target=next((spec for spec in current if wanted and spec.spec == wanted), None),
            current=current,
            own_cases=tuple(self.own_cases.get(order.order_id, ())),
            tax_id=self.clear(asked.details.get("tax_id", "")) or None,
            is_company="invoice_title" in asked.details
            and is_company(asked.details["invoice_title"], has_tax_id="tax_id" in asked.details),
        )
        if parcels.CASE in asked.details:
            return parcels.ruling(ask, asked.details, default_pack().id)
        if withdrawal.CASE in asked.details:
            return withdrawal.ruling(ask, asked.details, default_pack().id)
        ruling = evaluate(default_pack(), ask)
        if ruling.quote is None or not asked.details:
            return ruling
        return msgspec.structs.replace(ruling, quote=with_details(ruling.quote, asked.details))

    def _address(self, effect: fx.ReadAddress) -> fx.AddressFacts:
        """Whole by itself, or with what was said before; what nobody knows lacks everything."""
        both = f"{effect.before or ''}{effect.said}"
        found = effect.said if not self.addresses.get(effect.said, NOWHERE) else both
        phone = "139****0000" if effect.phone else ""
        missing = self.addresses.get(found, NOWHERE)
        return fx.AddressFacts(address=found, missing=missing, shown="浙江省杭州市余杭区****", phone_shown=phone)

    def family(self, sku: str) -> tuple[Spec, ...]:
        if not self.specs:
            bought = (each for order in self.orders.values() for each in order.lines if each.sku == sku)
            return tuple(Spec(sku=sku, product=sku, spec=x.title, price_fen=x.unit_price_fen) for x in bought)[:1]
        own = next((spec for spec in self.specs if spec.sku == sku), None)
        return tuple(spec for spec in self.specs if own and spec.product == own.product)

    def _order(self, order_id: str, customer_id: str | None) -> Order | None:
        order = self.orders.get(OrderId(order_id))
        return order if order is not None and order.customer_id == customer_id else None

    def _accept(self, effect: fx.Accept, customer_id: str | None, now: datetime) -> fx.Accepted | Ruling:
        ruling = self.rule(effect.asked, customer_id, now)
        if ruling.quote is None or ruling.quote.hash != effect.quote.hash:
            return ruling
        self.accepted.append(effect)
        quote, operation_id = effect.quote, str(UUID(int=len(self.accepted)))
        case = OrderCase(
            case_id=f"own-{len(self.accepted)}",
            kind=quote.kind,
            status=CaseStatus.OPEN,
            lines=tuple(CaseLine(line_id=part.line_id, quantity=part.quantity) for part in quote.lines),
            refund_fen=quote.total_fen,
            operation_id=operation_id,
            stage=PENDING,
        )
        self.own_cases.setdefault(quote.order_id, []).append(case)
        return fx.Accepted(operation_id=operation_id)


class Turn(msgspec.Struct, frozen=True):
    """What one turn asked for, said and left."""

    before: State
    happening: incoming.Happening
    at: datetime
    effects: tuple[fx.Effect, ...]
    results: tuple[fx.Result | OrderSystemUnavailable, ...]
    words: tuple[Words, ...]
    state: State

    @property
    def said(self) -> list[str]:
        return [effect.said.key for effect in self.effects if isinstance(effect, fx.Say)]

    @property
    def text(self) -> str:
        return "".join(words.text for words in self.words)

    @property
    def outcomes(self) -> list[tuple[str, str | None]]:
        return [(e.outcome, e.rule) for e in self.effects if isinstance(e, fx.Conclude)]

    @property
    def payloads(self) -> list[str | None]:
        """What can be pressed."""
        buttons = [reply.payload for words in self.words for reply in words.quick_replies]
        return buttons + [card.payload for words in self.words for card in words.cards]

    def of(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def handed_off(self) -> str | None:
        return next((effect.reason for effect in self.effects if isinstance(effect, fx.HandOff)), None)


_codec = msgspec.json.Decoder(State)


class Talk:
    """One conversation. Between turns its state goes through JSON, as the store keeps it."""

    def __init__(
        self, shop: Shop, customer_id: str | None = CUSTOMER, flows: Flows = FLOWS, *, is_call: bool = False
    ) -> None:
        self.shop = shop
        self.flows = flows
        self.now = NOW
        self.state = State(identity=Identity(customer_id=customer_id), is_call=is_call)
        self.turns: list[Turn] = []

    def hear(self, *commands: Command, **heard: Any) -> Turn:
        if self.state.identity.customer_id is not None:
            self.state = msgspec.structs.replace(self.state, orders=self.shop.own_orders())
        return self.happen(incoming.Heard(commands=commands, **heard))

    def happen(self, happening: incoming.Happening) -> Turn:
        before = self.state
        walking = engine.turn(self.flows, before, happening, self.now)
        effects: list[fx.Effect] = []
        results: list[fx.Result | OrderSystemUnavailable] = []
        words: list[Words] = []
        customer_id = self.state.identity.customer_id
        try:
            effect = next(walking)
            while True:
                effects.append(effect)
                if isinstance(effect, fx.Say):
                    words.append(RENDERER.render(effect.said, PERSONA, f"{len(self.turns)}{len(effects)}"))
                try:
                    result = self.shop.answer(effect, customer_id, self.now)
                except OrderSystemUnavailable as away:
                    results.append(away)
                    effect = walking.throw(away)
                    continue
                results.append(result)
                if isinstance(effect, fx.VerifyProof) and isinstance(result, str):
                    customer_id = result
                effect = walking.send(result)
        except StopIteration as ended:
            self.state = _codec.decode(msgspec.json.encode(ended.value))
        done = Turn(
            before=before,
            happening=happening,
            at=self.now,
            effects=tuple(effects),
            results=tuple(results),
            words=tuple(words),
            state=self.state,
        )
        self.turns.append(done)
        return done

    def receipt(self, operation_id: str | None = None) -> Turn:
        """The order system has done what was accepted (last)."""
        return self.happen(self.done(operation_id))

    def done(self, operation_id: str | None = None) -> incoming.Done:
        number = UUID(operation_id).int if operation_id else len(self.shop.accepted)
        quote = self.shop.accepted[number - 1].quote
        receipt = CaseReceipt(
            case_id=f"F{number:05}",
            operation_id=OperationId(UUID(int=number)),
            kind=quote.kind,
            status=CaseStatus.OPEN,
            refund_fen=quote.total_fen,
            created_at=self.now,
        )
        return incoming.Done(operation_id=str(UUID(int=number)), receipt=receipt)

    def wait(self, by: timedelta) -> None:
        self.now += by

    @property
    def awaiting(self) -> str | None:
        return self.state.awaiting


def again(flows: Flows, turn: Turn) -> tuple[list[fx.Effect], State]:
    """The turn once more, fed with what was answered the first time."""
    walking = engine.turn(flows, turn.before, turn.happening, turn.at)
    effects: list[fx.Effect] = []
    results = iter(turn.results)
    try:
        effect = next(walking)
        while True:
            effects.append(effect)
            result = next(results)
            effect = walking.throw(result) if isinstance(result, OrderSystemUnavailable) else walking.send(result)
    except StopIteration as ended:
        return effects, _codec.decode(msgspec.json.encode(ended.value))


def keys(turns: Iterable[Turn]) -> list[str]:
    return [key for turn in turns for key in turn.said]


def _own(order: Order) -> OwnOrder:
    return OwnOrder(
        order_id=order.order_id,
        status=order.status,
        delivered_at=order.delivered_at,
        lines=tuple(KnownLine(line_id=x.line_id, title=x.title, quantity=x.quantity) for x in order.lines),
        awaits_parcel=bool(parcels.awaiting(order)),
        withdrawable=withdrawal.best(order),
        has_refund=any(case.refund_fen for case in order.cases),
        has_case=any(case.kind in KEEPING for case in order.cases),
        tracking_no=order.tracking_no,
    )
