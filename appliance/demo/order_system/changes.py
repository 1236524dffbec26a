"""Changes and papers of a trade: receiver, SKU, urge note, invoice. Pure."""

from msgspec.structs import replace

from appliance.demo.order_system.documents import Bill, Delivery, Item, Modification, Receiver, Remarks, Sku, Trade
from appliance.demo.order_system.ledger import require_free, units_asked
from appliance.demo.order_system.problems import Problem
from appliance.demo.order_system.requests import ChangeReceiver, ChangeSku, IssueInvoice, NoteParcel, Urge
from appliance.demo.order_system.vocabulary import (
    EventType,
    ModificationType,
    ServiceState,
    ServiceType,
    Stage,
    TradeState,
)
from appliance.demo.order_system.writes import (
    RECEIVED,
    Done,
    Move,
    Situation,
    receipt,
    require_owner,
    require_state,
    service_event,
    take_from_shelf,
    trade_event,
)

_BEFORE_SHIPMENT = frozenset({TradeState.WAIT_PAY, TradeState.WAIT_SHIP})
_WAITING = frozenset({TradeState.WAIT_SHIP})


def change_receiver(trade: Trade, body: ChangeReceiver, situation: Situation) -> Done:
    require_owner(trade, body.member_no)
    require_state(trade, _BEFORE_SHIPMENT)
    before = trade.delivery.receiver or Receiver(name="", mobile="", detail="")
    receiver = Receiver(name=body.name or before.name, mobile=body.mobile or before.mobile, detail=body.detail)
    delivery: Delivery = replace(trade.delivery, receiver=receiver)
    changed = Modification(type=ModificationType.RECEIVER, time=situation.now)
    trade = replace(trade, delivery=delivery, modifications=(*trade.modifications, changed))
    return _done(trade, "RECEIVER", EventType.TRADE_MODIFIED, situation)


def change_sku(trade: Trade, body: ChangeSku, situation: Situation) -> Done:
    """Units become another SKU; a part of an item becomes an item of its own."""
    require_owner(trade, body.member_no)
    require_state(trade, _BEFORE_SHIPMENT)
    units = units_asked(trade, body.items)
    require_free(trade, units, ServiceType.SWAP)
    moves = list(take_from_shelf(situation.shelf, body.sku_code, sum(each.num for each in units)))
    target = situation.shelf[body.sku_code]
    for each in units:
        item = next(item for item in trade.items if item.item_no == each.item_no)
        current = situation.shelf.get(item.sku_code)
        if current is not None and current.stock is not None:
            moves.append(Move(sku_code=current.sku_code, by=each.num))
        trade = _with_sku(trade, item, each.num, current, target)
    changed = (Modification(type=ModificationType.SKU, time=situation.now, item_no=each.item_no) for each in units)
    trade = replace(trade, modifications=(*trade.modifications, *changed))
    done: Done = replace(_done(trade, "SKU", EventType.TRADE_MODIFIED, situation), moves=tuple(moves))
    return done


def _with_sku(trade: Trade, item: Item, num: int, current: Sku | None, target: Sku) -> Trade:
    title = item.title.replace(current.spec_name, target.spec_name) if current else item.title
    if num == item.num:
        instead = [replace(item, sku_code=target.sku_code, title=title)]
    else:
        taken = {each.item_no for each in trade.items}
        item_no = next(no for n in range(2, len(taken) + 3) if (no := f"{item.item_no}-{n}") not in taken)
        changed = replace(item, item_no=item_no, sku_code=target.sku_code, title=title, num=num)
        instead = [replace(item, num=item.num - num), changed]
    at = trade.items.index(item)
    changed_trade: Trade = replace(trade, items=(*trade.items[:at], *instead, *trade.items[at + 1 :]))
    return changed_trade


def urge(trade: Trade, body: Urge, situation: Situation) -> Done:
    require_owner(trade, body.member_no)
    require_state(trade, _WAITING)
    note = f"{situation.now} {body.remark or situation.words['urge']}"
    remarks: Remarks = replace(trade.remarks, urges=(*trade.remarks.urges, note))
    return _done(replace(trade, remarks=remarks), "URGE", EventType.TRADE_NOTED, situation)


def note_parcel(trade: Trade, body: NoteParcel, situation: Situation) -> Done:
    """Until the parcel is here its number may be noted anew."""
    require_owner(trade, body.member_no)
    service = next((each for each in trade.services if each.service_no == body.service_no), None)
    is_awaited = service is not None and service.state is ServiceState.PROCESSING
    if service is None or not is_awaited or service.stage is not Stage.WAIT_PARCEL:
        raise Problem(409, "NO_PARCEL_AWAITED", "no parcel is waited for")
    noted = replace(service, express=body.express, waybill=body.waybill)
    trade = replace(trade, services=tuple(noted if each is service else each for each in trade.services))
    told = service_event(trade, noted, EventType.SERVICE_MOVED, situation.now)
    return Done(trade=trade, receipt=receipt(situation, "PARCEL"), events=(told,))


def issue_invoice(trade: Trade, body: IssueInvoice, title_name: str, situation: Situation) -> Done:
    require_owner(trade, body.member_no)
    require_state(trade, RECEIVED)
    if trade.invoice is not None:
        raise Problem(409, "INVOICE_EXISTS", "the trade has an invoice already")
    bill = Bill(
        title_name=body.title_name or title_name, tax_no=body.tax_no, invoice_no=situation.number, issued=situation.now
    )
    return _done(replace(trade, invoice=bill), "INVOICE", EventType.INVOICE_ISSUED, situation)


def _done(trade: Trade, kind: str, event: EventType, situation: Situation) -> Done:
    return Done(trade=trade, receipt=receipt(situation, kind), events=(trade_event(trade, event, situation.now),))
