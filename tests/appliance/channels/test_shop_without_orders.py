"""A shop whose order system was never connected: the start of a chat says what to do, and the log says it once."""

import logging

import pytest

from appliance.identity.links import Links
from appliance.identity.model import Scope
from tests.appliance.channels.whole import NO_ORDER_SYSTEM, NOWHERE, Whole

START = "/api/chat/v1/conversations"


async def test_it_is_told_what_to_do_and_logged_once(whole: Whole, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with whole.http() as http:
        answers = [await http.post(START, json={"shop": NO_ORDER_SYSTEM}) for _ in range(3)]
    problem = answers[0].json()
    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert problem["code"] == "shop_not_connected"
    assert "appliance shop connect unready" in problem["detail"]
    ours = [record for record in caplog.records if record.name.startswith("appliance.")]
    assert [(record.msg, record.__dict__["shop_id"]) for record in ours] == [("shop.not_connected", NO_ORDER_SYSTEM)]


async def test_once_it_is_connected_its_customers_are_served(whole: Whole) -> None:
    async with whole.http() as http:
        assert (await http.post(START, json={"shop": NO_ORDER_SYSTEM})).status_code == 503
        await Links(whole.core.db, whole.core.ring).connect(NO_ORDER_SYSTEM, NOWHERE)
        assert (await http.post(START, json={"shop": NO_ORDER_SYSTEM})).status_code == 201


async def test_an_event_of_its_orders_is_answered_alike(whole: Whole) -> None:
    key = await whole.key_of(NO_ORDER_SYSTEM, Scope.EVENTS_WRITE)
    async with whole.http({"X-API-Key": key, "X-Event-Id": "e-1"}) as http:
        answer = await http.post("/api/v1/order-events", json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "shop_not_connected")
