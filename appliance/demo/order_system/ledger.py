"""What is still free on a trade: units not held by a service, money not yet promised back. Pure."""

from collections import Counter
from collections.abc import Iterable

from appliance.demo.order_system.documents import Service, Trade, Units
from appliance.demo.order_system.notation import fen
from appliance.demo.order_system.problems import Problem
from appliance.demo.order_system.requests import UnitsWanted
from appliance.demo.order_system.vocabulary import ServiceState, ServiceType, TradeState

VOID = {ServiceState.REVOKED, ServiceState.DENIED}


def units_asked(trade: Trade, wanted: Iterable[UnitsWanted]) -> tuple[Units, ...]:
    """The units as asked, each item once; nothing asked is the whole trade."""
    asked: Counter[str] = Counter()
    for each in wanted:
        asked[each.item_no] += each.num
    if not asked:
        return tuple(Units(item_no=item.item_no, num=item.num) for item in trade.items)
    for item_no, num in asked.items():
        item = trade.item(item_no)
        if item is None:
            raise Problem(422, "ITEM_NOT_FOUND", "the trade has no such item")
        if num > item.num:
            raise Problem(422, "TOO_MANY_UNITS", "more units than were bought")
    return tuple(Units(item_no=item_no, num=num) for item_no, num in asked.items())


def require_free(trade: Trade, asked: tuple[Units, ...], kind: ServiceType) -> None:
    held: Counter[str] = Counter()
    for service in trade.services:
        if _holds(service, kind):
            for units in service.items:
                held[units.item_no] += units.num
    for units in asked:
        item = trade.item(units.item_no)
        if item is not None and held[units.item_no] + units.num > item.num:
            raise Problem(409, "UNITS_IN_SERVICE", "units asked for are in a service already")


def _holds(service: Service, kind: ServiceType) -> bool:
    """A price difference stands beside everything but another one, a compensation beside everything; a repair that is
    done holds nothing."""
    if service.state in VOID or ServiceType.COMPENSATION in (service.type, kind):
        return False
    if ServiceType.PRICE_DIFF in (service.type, kind):
        return service.type is kind
    return not (service.type is ServiceType.REPAIR and service.state is ServiceState.DONE)


def require_covered(trade: Trade, refund_fen: int) -> None:
    """No more goes back than was paid."""
    if trade.state is TradeState.WAIT_PAY:
        paid = 0
    else:
        goods = sum(fen(item.price) * item.num for item in trade.items)
        paid = goods - fen(trade.payment.discount) + fen(trade.payment.postage)
    promised = sum(fen(service.refund_amount) for service in trade.services if service.state not in VOID)
    if refund_fen and refund_fen + promised > paid:
        raise Problem(422, "REFUND_TOO_HIGH", "more than was paid for the trade")
