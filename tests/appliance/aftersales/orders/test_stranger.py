"""An order system of quite another kind is connected by its file alone."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseRequest, Level, OrderStatus
from appliance.aftersales.orders.port import CannotWrite, OrderSystemRefused
from appliance.errors import NotFound
from appliance.ids import CustomerId, LineId, OperationId, OrderId, uuid7
from models.commands import Reason

Play = Any
Script = Any
GOODS = {"id": 1, "sku": "S", "name": "杯", "kind": "kitchen", "n": 2, "price": 1999}
ORDER = {"id": 77, "buyer": 5, "state": 2, "paidAt": 1794974400000, "fee": 8.5, "goods": {"rows": [GOODS]}}
REQUEST = CaseRequest(
    operation_id=OperationId(uuid7()),
    kind=CaseKind.RETURN_REFUND,
    order_id=OrderId("77"),
    customer_id=CustomerId("5"),
    lines=(CaseLine(line_id=LineId("1"), quantity=1),),
    reason=Reason.SIZE,
    refund_fen=1999,
)


def said(data: Any, code: int = 0) -> bytes:
    content = json.dumps({"code": code, "data": data}).encode()
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


@pytest.fixture(scope="module")
def stranger() -> Mapping:
    return Mapping.load(Path(__file__).with_name("stranger.yaml"))


async def test_ids_are_numbers_both_ways(play: Play, script: Script, stranger: Mapping) -> None:
    user = {"id": 5, "contact": [{"name": "秦岚", "phone": "139"}], "vip": 8}
    customer = await play(said(user), mapping=stranger).customer(CustomerId("5"))
    assert (customer.customer_id, customer.name, customer.level) == ("5", "秦岚", Level.NORMAL)
    line, headers, body = script.requests[0]
    assert (line, headers["authorization"], body) == ("POST /rpc/user HTTP/1.1", "Bearer k-1", b'{"id":5}')


async def test_what_cannot_be_a_number_is_not_asked_for(play: Play, script: Script, stranger: Mapping) -> None:
    with pytest.raises(NotFound):
        await play(said({}), mapping=stranger).customer(CustomerId("5 or 1=1"))
    assert script.requests == []


async def test_units_times_words_and_empty_texts_are_read_as_the_file_says(play: Play, stranger: Mapping) -> None:
    order = await play(said(ORDER | {"ship": {"company": "-"}}), mapping=stranger).order(OrderId("77"))
    assert (order.status, order.freight_fen, order.lines[0].unit_price_fen, order.carrier) == (
        OrderStatus.PAID,
        850,
        1999,
        None,
    )
    assert order.paid_at == datetime(2026, 11, 18, 4, 0, tzinfo=UTC)


async def test_a_list_is_followed_by_its_cursor(play: Play, script: Script, stranger: Mapping) -> None:
    pages = [
        said({"rows": [ORDER | {"id": 1}, ORDER | {"id": 2, "paidAt": 1794974400001}], "next": "abc="}),
        said({"rows": [ORDER | {"id": 3}], "next": None}),
    ]
    orders = await play(*pages, mapping=stranger).orders_of(CustomerId("5"))
    assert [order.order_id for order in orders] == ["2", "1", "3"]
    assert [line for line, _, _ in script.requests] == [
        "GET /rpc/orders/5?limit=2 HTTP/1.1",
        "GET /rpc/orders/5?limit=2&after=abc%3D HTTP/1.1",
    ]


async def test_an_error_hides_behind_status_200(play: Play, stranger: Mapping) -> None:
    with pytest.raises(NotFound):
        await play(said(None, code=404), mapping=stranger).order(OrderId("77"))
    with pytest.raises(OrderSystemRefused) as caught:
        await play(said(None, code=1001), mapping=stranger).execute(REQUEST)
    assert caught.value.reason == "1001"


async def test_a_write_may_carry_its_id_in_the_body(play: Play, script: Script, stranger: Mapping) -> None:
    done = {"id": 900, "kind": 1, "state": 0, "outerId": str(REQUEST.operation_id)}
    receipt = await play(b"hang up", said(done), mapping=stranger).execute(REQUEST)
    assert receipt.case_id == "900"
    bodies = [json.loads(body) for _, _, body in script.requests]
    assert bodies == [bodies[0]] * 2
    assert bodies[0] == {
        "outerId": str(REQUEST.operation_id),
        "why": 7,
        "fen": 1999,
        "text": "order 77 of 5: ",
        "fixed": [1, 1],
        "lines": ["1"],
    }


async def test_a_kind_that_no_entry_writes_is_never_sent(play: Play, script: Script, stranger: Mapping) -> None:
    request = CaseRequest(
        operation_id=OperationId(uuid7()), kind=CaseKind.REPAIR, order_id=OrderId("77"), customer_id=CustomerId("5")
    )
    with pytest.raises(CannotWrite):
        await play(said({}), mapping=stranger).execute(request)
    assert script.requests == []
