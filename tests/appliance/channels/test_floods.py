"""Who asks too often waits: starting from one address, talking in one conversation, calling as one system."""

import msgspec
import pytest
from websockets.asyncio.client import connect

from appliance.identity.model import Scope
from tests.appliance.channels.conftest import Served
from tests.appliance.channels.world import SHOP, Customer, World

START = "/api/chat/v1/conversations"
PROXY, STRANGER = "10.9.0.1", "10.6.6.6"
OFTEN = 10


@pytest.fixture
def world() -> World:
    return World(per_min=OFTEN)


async def test_one_address_starts_so_many_conversations(world: World) -> None:
    async with world.http(STRANGER) as http, world.http("10.6.6.7") as other:
        answers = [await http.post(START, json={"shop": SHOP}) for _ in range(OFTEN + 1)]
        assert (await other.post(START, json={"shop": SHOP})).status_code == 201
    assert [answer.status_code for answer in answers] == [201] * OFTEN + [429]
    refused = answers[-1]
    assert (refused.json()["code"], refused.json()["retryable"]) == ("too_many_requests", True)
    assert int(refused.headers["retry-after"]) == 60 // OFTEN


async def test_behind_a_proxy_it_is_the_customers_address_that_counts(world: World) -> None:
    async with world.http(PROXY) as http:
        for address in (STRANGER, "10.6.6.7"):
            headers = {"X-Forwarded-For": address}
            answers = [await http.post(START, json={"shop": SHOP}, headers=headers) for _ in range(OFTEN + 1)]
            assert [answer.status_code for answer in answers] == [201] * OFTEN + [429]


async def test_a_proxy_that_does_not_say_for_whom_stands_for_nobody(world: World) -> None:
    async with world.http(PROXY) as http:
        answers = [await http.post(START, json={"shop": SHOP}) for _ in range(2 * OFTEN)]
    assert {answer.status_code for answer in answers} == {201}


async def test_one_conversation_takes_so_many_messages_and_pictures(world: World) -> None:
    async with world.http() as http:
        customer, other = await Customer.start(http), await Customer.start(http)
        said = [(await customer.say("在吗")).status_code for _ in range(OFTEN)]
        assert said == [202] * OFTEN
        refused = [await customer.say("在吗"), await customer.upload(b"x")]
        assert [(answer.status_code, answer.headers["retry-after"]) for answer in refused] == [(429, "6")] * 2
        assert (await customer.get("events")).status_code == 200, "reading goes on"
        assert (await other.say("在吗")).status_code == 202


async def test_the_socket_says_so_and_stays_open(served: Served) -> None:
    async with served.world.http() as http:
        customer = await Customer.start(http)
    async with connect(served.socket_url(customer), subprotocols=None) as socket:
        await socket.send(msgspec.json.encode({"type": "hello", "access_token": customer.access_token}).decode())
        for number in range(OFTEN + 1):
            await socket.send(msgspec.json.encode({"type": "message", "id": f"m{number}", "text": "在吗"}).decode())
        while (frame := msgspec.json.decode(await socket.recv()))["type"] != "error":
            pass
        assert (frame["code"], frame["id"], frame["retryable"]) == ("too_many_requests", f"m{OFTEN}", True)
        await socket.send(msgspec.json.encode({"type": "ping"}).decode())
        while msgspec.json.decode(await socket.recv())["type"] != "pong":
            pass


async def test_one_system_calls_so_often(world: World) -> None:
    keys = [world.clients.add(Scope.CONVERSATIONS_READ) for _ in range(2)]
    async with world.http() as http:
        customer = await Customer.start(http)
        path = f"/api/v1/conversations/{customer.conversation_id}/trace"
        answers = [await http.get(path, headers={"X-API-Key": keys[0]}) for _ in range(OFTEN + 1)]
        assert [answer.status_code for answer in answers] == [200] * OFTEN + [429]
        assert answers[-1].headers["retry-after"] == "6"
        assert (await http.get(path, headers={"X-API-Key": keys[1]})).status_code == 200
