"""What a write does to a trade, or why it is refused. Pure: documents in, documents out."""

from collections.abc import Mapping

import msgspec

from appliance.demo.order_system.documents import Event, Receipt, Service, Sku, Trade
from appliance.demo.order_system.notation import ZERO, Amount, Wall
from appliance.demo.order_system.problems import Problem, not_found
from appliance.demo.order_system.vocabulary import EventType, ServiceState, TradeState

RECEIVED = frozenset({TradeState.SIGNED, TradeState.SUCCESS})


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What a write meets: the time, the number of the next paper, the shelf, the shop's words."""

    now: Wall
    request_no: str
    number: str
    shelf: Mapping[str, Sku]
    words: Mapping[str, str]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A change of stock."""

    sku_code: str
    by: int


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    service_no: str
    amount: Amount


class Done(msgspec.Struct, frozen=True, kw_only=True):
    trade: Trade
    receipt: Receipt
    events: tuple[Event, ...]
    moves: tuple[Move, ...] = ()
    refund: Refund | None = None
    voided: str | None = None
    """The service whose refund will never be paid."""


def require_owner(trade: Trade, member_no: str) -> None:
    """Another member's trade does not exist."""
    if trade.member_no != member_no:
        raise not_found("TRADE")


def require_state(trade: Trade, allowed: frozenset[TradeState]) -> None:
    if trade.state not in allowed:
        raise Problem(409, f"TRADE_IS_{trade.state}", f"not while the trade is {trade.state}")


def take_from_shelf(shelf: Mapping[str, Sku], sku_code: str, num: int, *, was_bought: bool = False) -> tuple[Move, ...]:
    """Stock that is not known counts as enough and is not counted down; so does that of goods no longer listed."""
    sku = shelf.get(sku_code)
    if sku is None:
        if was_bought:
            return ()
        raise Problem(422, "SKU_NOT_FOUND", "no such SKU on sale")
    if sku.stock is None:
        return ()
    if sku.stock < num:
        raise Problem(409, "OUT_OF_STOCK", "not enough units on hand")
    return (Move(sku_code=sku_code, by=-num),)


def receipt(situation: Situation, kind: str, *, state: ServiceState = ServiceState.DONE) -> Receipt:
    """For a write that leaves no service behind."""
    return Receipt(
        document_no=situation.number,
        request_no=situation.request_no,
        type=kind,
        state=state,
        refund_amount=ZERO,
        accepted=situation.now,
    )


def trade_event(trade: Trade, kind: EventType, now: Wall) -> Event:
    return Event(type=kind, trade_no=trade.trade_no, member_no=trade.member_no, state=trade.state, time=now)


def service_event(trade: Trade, service: Service, kind: EventType, now: Wall) -> Event:
    return Event(
        type=kind,
        trade_no=trade.trade_no,
        member_no=trade.member_no,
        state=service.state,
        time=now,
        service_no=service.service_no,
        stage=service.stage,
        refund_amount=service.refund_amount,
    )
