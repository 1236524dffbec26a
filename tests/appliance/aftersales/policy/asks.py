"""Orders and asks to start from: one paid, received line of two units at 100 yuan."""

from datetime import UTC, datetime, timedelta
from typing import Any

from appliance.aftersales.orders.model import (
    CaseKind,
    CaseLine,
    CaseStatus,
    Customer,
    Level,
    Line,
    Order,
    OrderCase,
    OrderStatus,
)
from appliance.aftersales.policy.model import Ask, AskedLine
from appliance.clock import SHANGHAI
from appliance.ids import CustomerId, LineId, OrderId
from models.commands import Flow

NOW = datetime(2026, 3, 20, 10, 0, tzinfo=SHANGHAI).astimezone(UTC)


def line(line_id: str = "L1", *, price: int = 10000, quantity: int = 2, **given: Any) -> Line:
    return Line(
        line_id=LineId(line_id),
        sku=given.pop("sku", f"SKU-{line_id}"),
        title=f"title {line_id}",
        category=given.pop("category", "home"),
        quantity=quantity,
        unit_price_fen=price,
        **given,
    )


def order(*lines: Line, status: str = "delivered", days: int = 3, **given: Any) -> Order:
    """``days``: since the last thing that happened to it; everything before took a day each."""
    at = NOW - timedelta(days=days)
    steps = {"unpaid": 0, "paid": 1, "shipped": 2, "delivered": 3, "completed": 3, "cancelled": 1}[status]
    names = ("paid_at", "shipped_at", "delivered_at")[:steps]
    times = {name: at - timedelta(days=len(names) - 1 - place) for place, name in enumerate(names)}
    return Order(
        order_id=OrderId("O-1"),
        customer_id=CustomerId("C-1"),
        status=OrderStatus(status),
        lines=lines or (line(),),
        **(times | given),
    )


def case(kind: str, *lines: tuple[str, int], status: str = "finished", refund_fen: int = 0) -> OrderCase:
    return OrderCase(
        case_id=f"CS-{kind}",
        kind=CaseKind(kind),
        status=CaseStatus(status),
        lines=tuple(CaseLine(line_id=LineId(line_id), quantity=quantity) for line_id, quantity in lines),
        refund_fen=refund_fen,
    )


def customer(**given: Any) -> Customer:
    known: dict[str, Any] = {
        "customer_id": CustomerId("C-1"),
        "name": "name",
        "phone": "13900000000",
        "level": Level.NORMAL,
    }
    return Customer(**(known | given))


def asked(*lines: tuple[str, int]) -> tuple[AskedLine, ...]:
    return tuple(AskedLine(line_id=LineId(line_id), quantity=quantity) for line_id, quantity in lines)


def ask(flow: str, of: Order | None = None, **given: Any) -> Ask:
    known: dict[str, Any] = {"order": of or order(), "customer": customer(), "now": NOW, "flow": Flow(flow)}
    return Ask(**(known | given))
