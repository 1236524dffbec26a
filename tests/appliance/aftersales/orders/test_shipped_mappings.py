"""The mappings that ship, each against the shapes that its system's public documents give."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from appliance.aftersales.orders import connectors
from appliance.aftersales.orders.connectors import RestConnector
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.model import CaseKind, CaseRequest, CaseStatus, Customer, Order, OrderStatus
from appliance.aftersales.orders.port import CannotWrite, OrderSystem, OrderSystemRefused, PartlyReadable
from appliance.aftersales.orders.requests import Outgoing
from appliance.aftersales.orders.signing import Signature
from appliance.cli.orders import orders
from appliance.clock import FixedClock, SystemClock
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId, uuid7
from tests.appliance.aftersales.orders import recorded
from tests.appliance.aftersales.orders.gates import serving
from tests.appliance.aftersales.orders.recorded import Recorded

SYSTEMS: dict[str, tuple[Callable[..., Any], dict[str, str], str]] = {
    "medusa": (recorded.medusa, {"username": "sk_test"}, "cus_1"),
    "saleor": (recorded.saleor, {"token": "app-token"}, "VXNlcjox"),
    "jushuitan": (
        recorded.jushuitan,
        {"app_key": "app-1", "app_secret": "app-secret", "access_token": "access-1"},
        "buyer-1",
    ),
    "wangdian": (recorded.wangdian, {"sid": "shop2", "appkey": "shop2-ot", "appsecret": "app-secret"}, "KH1"),
}


@asynccontextmanager
async def connected(name: str) -> AsyncIterator[OrderSystem]:
    answer, credentials, _ = SYSTEMS[name]
    with serving(Recorded(answer)) as url:
        connector = connectors.load(name)
        system = connector.connect(url, Credentials(**credentials), SystemClock())
        try:
            yield system
        finally:
            await system.aclose()


def a_request(kind: CaseKind, order_id: str, customer_id: str, **more: Any) -> CaseRequest:
    return CaseRequest(
        operation_id=OperationId(uuid7()),
        kind=kind,
        order_id=OrderId(order_id),
        customer_id=CustomerId(customer_id),
        **more,
    )


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_check_of_it_is_good(name: str, tmp_path: Path) -> None:
    answer, credentials, customer = SYSTEMS[name]
    keys = tmp_path / "keys"
    keys.write_text("".join(f'{key} = "{value}"\n' for key, value in credentials.items()), "utf-8")
    keys.chmod(0o600)
    with serving(Recorded(answer)) as url:
        arguments = [name, "--base-url", url, "--key-file", str(keys), "--customer", customer]
        result = CliRunner().invoke(orders, ["check", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert report["undeclared"] == []
    listed = next(each for each in report["tried"] if each["operation"] == "orders_of")
    assert listed["detail"].startswith(("60 read in 2 requests", "55 read"))
    assert not {"小满", "13900000001", "文三路"} & set(result.output)


@pytest.mark.parametrize("name", SYSTEMS)
async def test_a_wrong_secret_is_told_and_no_secret_is(name: str) -> None:
    answer, credentials, customer = SYSTEMS[name]
    wrong = {key: f"wrong-{value}" for key, value in credentials.items()}
    with serving(Recorded(answer)) as url:
        system = connectors.load(name).connect(url, Credentials(**wrong), SystemClock())
        with pytest.raises(OrderSystemUnavailable) as caught:
            await system.customer(CustomerId(customer))
        await system.aclose()
    assert "wrong-" not in caught.value.detail


@pytest.mark.parametrize("name", SYSTEMS)
async def test_what_it_does_not_do_is_never_sent(name: str) -> None:
    async with connected(name) as system:
        with pytest.raises(CannotWrite):
            await system.execute(a_request(CaseKind.REPAIR, "1", "2"))
        with pytest.raises(OrderSystemUnavailable):
            await system.find_operation(OperationId(uuid7()))
        assert await system.specs("CUP-W") == ()
        with pytest.raises(NotFound):
            await system.order(OrderId("no-such-order"))
        assert await system.orders_of(CustomerId("nobody")) == ()


async def test_medusa_is_read() -> None:
    async with connected("medusa") as system:
        customer: Customer = await system.customer(CustomerId("cus_1"))
        order: Order = await system.order(OrderId("order_07"))
    assert (customer.name, customer.phone) == ("林小满", "13900000001")
    assert (order.status, order.freight_fen, order.coupon_fen) == (OrderStatus.SHIPPED, 800, 150)
    assert (order.tracking_no, order.shipped_at) == ("SF100", datetime(2026, 11, 11, 1, tzinfo=UTC))
    assert order.paid_at == datetime(2026, 11, 10, 10, tzinfo=UTC)
    assert order.address is not None
    assert order.address.text == "浙江省杭州市文三路 90 号"
    (line,) = order.lines
    assert (line.sku, line.title, line.category, line.unit_price_fen) == ("CUP-W", "马克杯 白", "general", 10000)


@pytest.mark.parametrize("fulfilled", ["not_fulfilled", "fulfilled", "shipped", "delivered"])
@pytest.mark.parametrize("paid", ["refunded", "partially_refunded"])
@pytest.mark.parametrize("status", ["pending", "completed"])
async def test_a_medusa_order_that_was_refunded_beside_us_is_read_by_a_person_only(
    monkeypatch: pytest.MonkeyPatch, status: str, paid: str, fulfilled: str
) -> None:
    """Nothing tells which of its units were refunded: as a paid order it would be refunded again."""
    stands = {"id": "order_99", "status": status, "payment_status": paid, "fulfillment_status": fulfilled}
    monkeypatch.setitem(recorded.MEDUSA_ORDERS, "order_99", recorded.medusa_order(7) | stands)
    async with connected("medusa") as system:
        with pytest.raises(OrderSystemUnavailable, match=r"order\.status"):
            await system.order(OrderId("order_99"))


async def test_a_medusa_order_that_was_refunded_beside_us_leaves_its_customers_others_readable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stands = {"id": "order_99", "payment_status": "partially_refunded"}
    monkeypatch.setitem(recorded.MEDUSA_ORDERS, "order_99", recorded.medusa_order(7) | stands)
    async with connected("medusa") as system:
        with pytest.raises(PartlyReadable) as caught:
            await system.orders_of(CustomerId("cus_1"))
    assert (len(caught.value.readable), caught.value.unreadable) == (60, ("order_99",))


async def test_a_medusa_order_that_was_cancelled_and_refunded_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    stands = {"id": "order_99", "status": "canceled", "payment_status": "refunded", "fulfillment_status": "canceled"}
    monkeypatch.setitem(recorded.MEDUSA_ORDERS, "order_99", recorded.medusa_order(7) | stands)
    async with connected("medusa") as system:
        assert (await system.order(OrderId("order_99"))).status is OrderStatus.CANCELLED


async def test_medusa_is_written() -> None:
    async with connected("medusa") as system:
        cancelled = await system.execute(a_request(CaseKind.CANCEL_ORDER, "order_07", "cus_1", refund_fen=20650))
        moved = await system.execute(a_request(CaseKind.CHANGE_ADDRESS, "order_07", "cus_1", address="新地址"))
    assert (cancelled.kind, cancelled.status, cancelled.refund_fen) == (
        CaseKind.CANCEL_ORDER,
        CaseStatus.FINISHED,
        20650,
    )
    assert (moved.kind, moved.status) == (CaseKind.CHANGE_ADDRESS, CaseStatus.FINISHED)


async def test_saleor_is_read() -> None:
    async with connected("saleor") as system:
        listed = await system.orders_of(CustomerId("VXNlcjox"))
        order = await system.order(OrderId("12"))
    assert (len(listed), listed[0].order_id) == (55, "55")
    assert order in listed
    assert (order.status, order.freight_fen, order.lines[0].unit_price_fen) == (OrderStatus.SHIPPED, 800, 9990)
    assert order.paid_at == datetime(2026, 11, 10, 10, tzinfo=UTC)


async def test_saleor_is_written() -> None:
    async with connected("saleor") as system:
        cancelled = await system.execute(a_request(CaseKind.CANCEL_ORDER, "12", "VXNlcjox", refund_fen=20780))
        with pytest.raises(OrderSystemRefused) as caught:
            await system.execute(a_request(CaseKind.CHANGE_ADDRESS, "12", "VXNlcjox", address="新地址"))
    assert cancelled.refund_fen == 20780
    assert caught.value.reason == "INVALID"


async def test_jushuitan_is_read() -> None:
    async with connected("jushuitan") as system:
        order = await system.order(OrderId("202611101234507"))
    assert (order.status, order.customer_id, order.tracking_no) == (OrderStatus.SHIPPED, "buyer-1", "SF100")
    assert order.paid_at == datetime(2026, 11, 10, 9, 5, tzinfo=UTC)
    assert (order.lines[0].quantity, order.lines[0].unit_price_fen, order.buyer_note) == (2, 9990, None)


async def test_wangdian_is_read() -> None:
    async with connected("wangdian") as system:
        order = await system.order(OrderId("202611105432107"))
    assert (order.status, order.freight_fen, order.coupon_fen, order.shipped_at) == (
        OrderStatus.SHIPPED,
        800,
        150,
        None,
    )
    assert (order.lines[0].quantity, order.lines[0].unit_price_fen) == (2, 9990)


def test_the_example_of_wangdians_documents_is_signed_as_there() -> None:
    connector = connectors.load("wangdian")
    assert isinstance(connector, RestConnector)
    auth = connector.mapping.auth
    assert isinstance(auth, Signature)
    asked = {
        "page_no": "0",
        "end_time": "2016-08-01 13:00:00",
        "start_time": "2016-08-01 12:00:00",
        "page_size": "40",
    }
    credentials = Credentials(sid="test2", appkey="test2-xx", appsecret="12345")
    at = FixedClock(datetime.fromtimestamp(1470042310, UTC)).now()
    signed = auth.on(Outgoing(method="POST", path="/trade_query.php", form=asked), credentials, at)
    assert signed.form is not None
    assert signed.form["sign"] == "ad4e6fe037ea6e3ba4768317be9d1309"
