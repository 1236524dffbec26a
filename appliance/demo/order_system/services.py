"""Opening after-sales services, and closing a trade before it ships. Pure."""

from collections import Counter
from datetime import timedelta

from msgspec.structs import replace

from appliance.demo.order_system.documents import Event, Receipt, Service, Trade, Units
from appliance.demo.order_system.ledger import VOID, require_covered, require_free, units_asked
from appliance.demo.order_system.notation import fen, moment, wall
from appliance.demo.order_system.problems import Problem
from appliance.demo.order_system.requests import CloseTrade, OpenService
from appliance.demo.order_system.vocabulary import EventType, ServiceState, ServiceType, Stage, TradeState
from appliance.demo.order_system.writes import (
    RECEIVED,
    Done,
    Move,
    Refund,
    Situation,
    require_owner,
    require_state,
    service_event,
    take_from_shelf,
    trade_event,
)

_ALLOWED = {
    ServiceType.RETURN: RECEIVED,
    ServiceType.REFUND: RECEIVED | {TradeState.SHIPPED},
    ServiceType.SWAP: RECEIVED,
    ServiceType.RESHIP: RECEIVED,
    ServiceType.REPAIR: RECEIVED,
    ServiceType.PRICE_DIFF: RECEIVED | {TradeState.SHIPPED, TradeState.WAIT_SHIP},
    ServiceType.COMPENSATION: RECEIVED | {TradeState.SHIPPED, TradeState.WAIT_SHIP},
}
_FIRST_STAGE = {
    ServiceType.RETURN: Stage.WAIT_PARCEL,
    ServiceType.SWAP: Stage.WAIT_PARCEL,
    ServiceType.REPAIR: Stage.WAIT_PARCEL,
    ServiceType.REFUND: Stage.PAYING_BACK,
    ServiceType.PRICE_DIFF: Stage.PAYING_BACK,
    ServiceType.COMPENSATION: Stage.PAYING_BACK,
    ServiceType.CLOSE: Stage.PAYING_BACK,
}
_EXPECTED_AFTER = {Stage.WAIT_PARCEL: timedelta(days=7), Stage.PAYING_BACK: timedelta(days=3)}
_SENT_BACK = frozenset({ServiceType.RETURN, ServiceType.SWAP, ServiceType.REPAIR})
_CLOSABLE = frozenset({TradeState.WAIT_PAY, TradeState.WAIT_SHIP})


def open_service(trade: Trade, body: OpenService, situation: Situation) -> Done:
    require_owner(trade, body.member_no)
    if body.type is ServiceType.CLOSE:
        raise Problem(422, "WRONG_DOOR", "a trade is closed at its own /close")
    require_state(trade, _ALLOWED[body.type])
    units = units_asked(trade, body.items)
    require_free(trade, units, body.type)
    require_covered(trade, fen(body.refund_amount))
    moves = _goods_to_send(trade, body, units, situation)
    service = _service(trade, body, body.type, units, situation)
    service = replace(service, postage_by=body.postage_by, swap_sku=body.swap_sku)
    trade = replace(trade, services=(*trade.services, service))
    opened = service_event(trade, service, EventType.SERVICE_OPENED, situation.now)
    return _done(trade, service, (opened,), moves, situation)


def close_trade(trade: Trade, body: CloseTrade, situation: Situation) -> Done:
    """Once paid, a trade is closed as a whole; before, also item by item. Goods go back on the shelf."""
    require_owner(trade, body.member_no)
    require_state(trade, _CLOSABLE)
    units = units_asked(trade, body.items)
    require_free(trade, units, ServiceType.CLOSE)
    require_covered(trade, fen(body.refund_amount))
    is_whole = _closed_units(trade) + sum(each.num for each in units) == sum(item.num for item in trade.items)
    if trade.state is TradeState.WAIT_SHIP and not is_whole:
        raise Problem(422, "WHOLE_TRADE_ONLY", "a paid trade is closed as a whole")
    service = _service(trade, body, ServiceType.CLOSE, units, situation)
    if not fen(body.refund_amount):
        service = replace(service, state=ServiceState.DONE, stage=None, expected=None, finished=situation.now)
    events = [service_event(trade, service, EventType.SERVICE_OPENED, situation.now)]
    trade = replace(trade, services=(*trade.services, service))
    if is_whole:
        trade = replace(trade, state=TradeState.CLOSED)
        events.append(trade_event(trade, EventType.TRADE_STATE, situation.now))
    return _done(trade, service, tuple(events), _back_on_shelf(trade, units, situation), situation)


def _closed_units(trade: Trade) -> int:
    closed = (each for each in trade.services if each.type is ServiceType.CLOSE and each.state not in VOID)
    return sum(units.num for service in closed for units in service.items)


def _goods_to_send(trade: Trade, body: OpenService, units: tuple[Units, ...], situation: Situation) -> tuple[Move, ...]:
    """Without another SKU named, the same goods again."""
    if body.type not in (ServiceType.SWAP, ServiceType.RESHIP):
        return ()
    wanted: Counter[str] = Counter()
    for each in units:
        item = trade.item(each.item_no)
        wanted[body.swap_sku or (item.sku_code if item else "")] += each.num
    bought = {item.sku_code for item in trade.items}
    return tuple(
        move
        for sku_code, num in wanted.items()
        for move in take_from_shelf(situation.shelf, sku_code, num, was_bought=sku_code in bought)
    )


def _back_on_shelf(trade: Trade, units: tuple[Units, ...], situation: Situation) -> tuple[Move, ...]:
    moves: list[Move] = []
    for each in units:
        item = trade.item(each.item_no)
        sku = situation.shelf.get(item.sku_code) if item else None
        if sku is not None and sku.stock is not None:
            moves.append(Move(sku_code=sku.sku_code, by=each.num))
    return tuple(moves)


def _service(
    trade: Trade, body: OpenService | CloseTrade, kind: ServiceType, units: tuple[Units, ...], situation: Situation
) -> Service:
    stage = _FIRST_STAGE.get(kind)
    after = _EXPECTED_AFTER.get(stage) if stage else None
    return Service(
        service_no=situation.number,
        type=kind,
        state=ServiceState.PROCESSING,
        items=units,
        stage=stage,
        reason_code=body.reason_code,
        refund_amount=body.refund_amount,
        created=situation.now,
        expected=wall(moment(situation.now) + after) if after else None,
        refund_to=(trade.payment.channel or situation.words["refund_to"]) if fen(body.refund_amount) else None,
        request_no=situation.request_no,
    )


def _done(
    trade: Trade, service: Service, events: tuple[Event, ...], moves: tuple[Move, ...], situation: Situation
) -> Done:
    receipt = Receipt(
        document_no=service.service_no,
        request_no=situation.request_no,
        type=service.type,
        state=service.state,
        refund_amount=service.refund_amount,
        accepted=situation.now,
        expected=service.expected,
        return_to=situation.words["return_to"] if service.type in _SENT_BACK else None,
    )
    refund = None
    if fen(service.refund_amount):
        refund = Refund(service_no=service.service_no, amount=service.refund_amount)
    return Done(trade=trade, receipt=receipt, events=events, moves=moves, refund=refund)
