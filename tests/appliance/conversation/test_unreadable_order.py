"""One order that only a person can read does not keep its customer from the others."""

from collections.abc import Callable

import pytest

from appliance.aftersales.orders.model import Order
from appliance.aftersales.orders.port import PartlyReadable
from appliance.errors import OrderSystemUnavailable
from appliance.ids import CustomerId, OrderId
from tests.appliance.conversation.world import Talk, World

STRANGE = "20261110999999"


@pytest.fixture
def strange(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on the customer has it beside his other orders."""
    orders = world.orders
    listed, read = orders.orders_of, orders.order

    async def orders_of(customer_id: CustomerId) -> tuple[Order, ...]:
        raise PartlyReadable("order.status: half refunded", await listed(customer_id), (OrderId(STRANGE),))

    async def order(order_id: OrderId) -> Order:
        if order_id == STRANGE:
            raise OrderSystemUnavailable("order.status: half refunded")
        return await read(order_id)

    def begin() -> None:
        monkeypatch.setattr(orders, "orders_of", orders_of)
        monkeypatch.setattr(orders, "order", order)

    return begin


async def test_the_others_are_served_as_ever(talk: Talk, strange: Callable[[], None]) -> None:
    strange()
    assert "quote.return_refund" in await talk.say("我要退鞋子，尺码不合适")


async def test_who_names_it_is_handed_over_and_not_told_that_it_is_not_his(
    talk: Talk, world: World, strange: Callable[[], None]
) -> None:
    strange()
    await talk.say("我要退货")
    assert await talk.say(f"order {STRANGE}") == ["order_system_down", "handoff.system_down"]
    assert [row[0] for row in await world.rows("SELECT kind FROM work_order")] == ["order_system_down"]
