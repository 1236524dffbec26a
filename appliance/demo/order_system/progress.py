"""What the shop's own people do next: ship, deliver, receive a parcel, inspect, pay back. Pure state tables."""

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from appliance.demo.order_system.documents import Delivery, Event, Service, Times, Track, Trade
from appliance.demo.order_system.notation import Wall, fen
from appliance.demo.order_system.problems import Problem, not_found
from appliance.demo.order_system.requests import RevokeService
from appliance.demo.order_system.vocabulary import EventType, ServiceState, ServiceType, Stage, TradeState
from appliance.demo.order_system.writes import (
    Done,
    Move,
    Situation,
    receipt,
    require_owner,
    service_event,
    trade_event,
)


class TradeStep(StrEnum):
    PAY = "pay"
    SHIP = "ship"
    DELIVER = "deliver"
    COMPLETE = "complete"


class ServiceStep(StrEnum):
    GOODS_RECEIVED = "goods_received"
    INSPECTED = "inspected"
    REFUNDED = "refunded"
    RESHIPPED = "reshipped"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Parcel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may come with a step."""

    carrier: str | None = None
    tracking_no: str | None = None
    place: str | None = None
    text: str | None = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    trade: Trade
    events: tuple[Event, ...]
    moves: tuple[Move, ...] = ()
    paid: str | None = None
    """The service whose refund is paid now."""
    voided: str | None = None
    """The service whose refund will never be paid."""


_TRADE = {
    TradeStep.PAY: (TradeState.WAIT_PAY, TradeState.WAIT_SHIP, "paid"),
    TradeStep.SHIP: (TradeState.WAIT_SHIP, TradeState.SHIPPED, "shipped"),
    TradeStep.DELIVER: (TradeState.SHIPPED, TradeState.SIGNED, "signed"),
    TradeStep.COMPLETE: (TradeState.SIGNED, TradeState.SUCCESS, None),
}
_WITH_PARCEL = {ServiceType.RETURN, ServiceType.SWAP, ServiceType.REPAIR}
_SENDS_GOODS = {ServiceType.SWAP, ServiceType.RESHIP}
_REVOCABLE: dict[ServiceType, tuple[Stage | None, ...]] = {
    ServiceType.RETURN: (Stage.WAIT_PARCEL,),
    ServiceType.SWAP: (Stage.WAIT_PARCEL,),
    ServiceType.REPAIR: (Stage.WAIT_PARCEL,),
    ServiceType.REFUND: (Stage.PAYING_BACK,),
    ServiceType.PRICE_DIFF: (Stage.PAYING_BACK,),
    ServiceType.RESHIP: (None,),
}


def move_trade(trade: Trade, step: TradeStep, parcel: Parcel, now: Wall) -> Moved:
    before, after, stamp = _TRADE[step]
    if trade.state is not before:
        raise Problem(409, f"TRADE_IS_{trade.state}", f"{step} needs a trade that is {before}")
    times: Times = replace(trade.times, **{stamp: now}) if stamp else trade.times
    delivery: Delivery = trade.delivery
    if step is TradeStep.SHIP:
        delivery = replace(delivery, express=parcel.carrier, waybill=parcel.tracking_no)
    if parcel.text:
        track = Track(time=now, city=parcel.place or "", desc=parcel.text)
        delivery = replace(delivery, tracks=(*delivery.tracks, track))
    trade = replace(trade, state=after, times=times, delivery=delivery)
    return Moved(trade=trade, events=(trade_event(trade, EventType.TRADE_STATE, now),))


def move_service(trade: Trade, service_no: str, step: ServiceStep, parcel: Parcel, now: Wall) -> Moved:
    service = next((each for each in trade.services if each.service_no == service_no), None)
    if service is None:
        raise not_found("SERVICE")
    moved = _next(service, step, now)
    if moved is None:
        raise Problem(409, f"SERVICE_IS_{service.stage or service.state}", f"{step} does not follow")
    if parcel.carrier or parcel.tracking_no:
        moved = replace(moved, express=parcel.carrier, waybill=parcel.tracking_no)
    trade = replace(trade, services=tuple(moved if s.service_no == service_no else s for s in trade.services))
    is_void = moved.state in (ServiceState.REVOKED, ServiceState.DENIED)
    events = [service_event(trade, moved, EventType.SERVICE_MOVED, now)]
    if step is ServiceStep.REFUNDED:
        events.append(service_event(trade, moved, EventType.REFUND_PAID, now))
    return Moved(
        trade=trade,
        events=tuple(events),
        moves=_unsent(trade, moved) if is_void else (),
        paid=service_no if step is ServiceStep.REFUNDED else None,
        voided=service_no if is_void else None,
    )


def revoke_service(trade: Trade, body: RevokeService, situation: Situation) -> Done:
    """The member's own wish, while nothing has come of the service: no parcel here, none sent out, no money paid."""
    require_owner(trade, body.member_no)
    service = next((each for each in trade.services if each.service_no == body.service_no), None)
    is_early = service is not None and service.stage in _REVOCABLE.get(service.type, ())
    if service is None or not is_early or service.state is not ServiceState.PROCESSING:
        raise Problem(409, "SERVICE_TOO_FAR", "there is no such service that could still be revoked")
    moved = move_service(trade, body.service_no, ServiceStep.WITHDRAWN, Parcel(), situation.now)
    return Done(
        trade=moved.trade,
        receipt=receipt(situation, "REVOKE"),
        events=moved.events,
        moves=moved.moves,
        voided=moved.voided,
    )


def _next(service: Service, step: ServiceStep, now: Wall) -> Service | None:
    """The service after the step, or None where the step does not follow."""
    if service.state is not ServiceState.PROCESSING:
        return None
    kind, stage = service.type, service.stage
    done: Service = replace(service, state=ServiceState.DONE, finished=now, expected=None)
    match step:
        case ServiceStep.GOODS_RECEIVED if kind in _WITH_PARCEL and stage is Stage.WAIT_PARCEL:
            return replace(service, stage=Stage.CHECKING)
        case ServiceStep.INSPECTED if kind is ServiceType.RETURN and stage is Stage.CHECKING:
            return replace(service, stage=Stage.PAYING_BACK)
        case ServiceStep.REFUNDED if stage is Stage.PAYING_BACK and fen(service.refund_amount):
            return replace(done, stage=Stage.PAID_BACK)
        case ServiceStep.RESHIPPED if kind in _SENDS_GOODS | {ServiceType.REPAIR} and stage in (Stage.CHECKING, None):
            return replace(done, stage=Stage.SENT_OUT)
        case ServiceStep.WITHDRAWN if kind is not ServiceType.CLOSE:
            return replace(done, state=ServiceState.REVOKED, stage=Stage.REVOKED)
        case ServiceStep.REJECTED if kind is not ServiceType.CLOSE:
            return replace(done, state=ServiceState.DENIED)
        case _:
            return None


def _unsent(trade: Trade, service: Service) -> tuple[Move, ...]:
    """Goods set aside for a service that will not send them."""
    if service.type not in _SENDS_GOODS:
        return ()
    return tuple(
        Move(sku_code=service.swap_sku or item.sku_code, by=units.num)
        for units in service.items
        if (item := trade.item(units.item_no)) is not None
    )
