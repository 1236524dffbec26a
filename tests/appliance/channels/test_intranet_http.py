"""The intranet API: who may read a conversation, and that an event of the order system counts once."""

from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from appliance.conversation.model import TraceExport
from appliance.errors import InvalidInput, Unavailable
from appliance.identity import signature
from appliance.identity.model import Scope, SecretPurpose
from appliance.ids import ShopId
from security import aigc
from tests.appliance.channels.world import NOW, OTHER_SHOP, SHOP, Customer, World

EVENTS = "/api/v1/order-events"
BODY = msgspec.json.encode({"order_no": "20261110123456", "status": "refund_paid"})


async def report(
    world: World,
    http: httpx.AsyncClient,
    event_id: str = "e-1",
    body: bytes = BODY,
    shop: ShopId = SHOP,
    signed_by: ShopId = SHOP,
    late_s: int = 0,
    **headers: str,
) -> httpx.Response:
    timestamp = str(int(NOW.timestamp()) - late_s)
    secret = world.shops.secret(SecretPurpose.ORDER_EVENTS, signed_by)
    sent = {
        "Content-Type": "application/json",
        "X-Event-Id": event_id,
        "X-Timestamp": timestamp,
        "X-Signature": signature.sign(secret, timestamp, body),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return await http.post(f"{EVENTS}/{shop}", content=body, headers=sent)


async def test_a_system_reads_the_trace(world: World, http: httpx.AsyncClient, customer: Customer) -> None:
    await customer.say("退货", "m1")
    key = world.clients.add(Scope.CONVERSATIONS_READ)
    path = f"/api/v1/conversations/{customer.conversation_id}/trace"

    by_bearer = await http.get(path, headers={"Authorization": f"Bearer {key}"})
    by_header = await http.get(path, headers={"X-API-Key": key}, params={"after": 1})

    trace = msgspec.json.decode(by_bearer.content, type=TraceExport)
    assert [event.type for event in trace.events] == ["notice", "message"]
    assert len(by_header.json()["events"]) == 1


@pytest.mark.control("L-03", "K10")
@pytest.mark.parametrize(("producer", "named"), [("", SHOP), ("0011911101080000X", "0011911101080000X")])
async def test_what_is_exported_carries_the_label_in_words_and_in_its_metadata(producer: str, named: str) -> None:
    world = World(producer=producer)
    async with world.http() as http:
        customer = await Customer.start(http)
        key = world.clients.add(Scope.CONVERSATIONS_READ)
        path = f"/api/v1/conversations/{customer.conversation_id}/trace"
        answer = await http.get(path, headers={"X-API-Key": key})

    assert aigc.read(answer.content) == aigc.Metadata(content_producer=named, produce_id=str(customer.conversation_id))
    assert (answer.json()["ai_label"], answer.json()["models"]) == ("本服务由人工智能提供", ["compact/1a2b3c"])


@pytest.mark.control("L-03")
def test_the_schema_of_an_export_names_all_of_the_label(world: World) -> None:
    schemas = world.web.openapi_schema.to_schema()["components"]["schemas"]
    label = next(schema for name, schema in schemas.items() if "AIGC" in schema.get("properties", {}))
    assert label["required"] == ["AIGC", "ai_label", "events", "models"]
    metadata = next(schema for name, schema in schemas.items() if "ContentProducer" in schema.get("properties", {}))
    assert list(metadata["properties"]) == list(msgspec.to_builtins(aigc.Metadata(content_producer="", produce_id="")))


@pytest.mark.parametrize(
    ("scopes", "shop", "status", "code"),
    [
        ((), SHOP, 403, "scope_missing"),
        ((Scope.EVENTS_WRITE,), SHOP, 403, "scope_missing"),
        ((Scope.CONVERSATIONS_READ,), OTHER_SHOP, 404, "not_found"),
    ],
)
@pytest.mark.control("M-16")
async def test_who_may_not_read_is_told_little(
    world: World, http: httpx.AsyncClient, customer: Customer, scopes: Any, shop: ShopId, status: int, code: str
) -> None:
    key = world.clients.add(*scopes, shop=shop)

    answer = await http.get(f"/api/v1/conversations/{customer.conversation_id}/trace", headers={"X-API-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.control("M-16")
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "ak_x"}, {"Authorization": "Basic eA=="}])
async def test_without_a_key_nothing_is_read(
    http: httpx.AsyncClient, customer: Customer, headers: dict[str, str]
) -> None:
    answer = await http.get(f"/api/v1/conversations/{customer.conversation_id}/trace", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_not_valid")


@pytest.mark.control("M-16")
async def test_a_customers_token_is_no_api_key(customer: Customer) -> None:
    answer = await customer.http.get(
        f"/api/v1/conversations/{customer.conversation_id}/trace", headers=customer.headers
    )

    assert answer.status_code == 401


async def test_a_signed_event_is_applied_once(world: World, http: httpx.AsyncClient) -> None:
    first = await report(world, http, X_Event_Type="REFUND_PAID")
    again = await report(world, http, late_s=20)

    assert (first.status_code, first.json()) == (200, {"duplicate": False})
    assert (again.status_code, again.json()) == (200, {"duplicate": True})
    [(shop, event)] = world.order_events.applied
    assert (shop, event.event_id, event.type, event.received_at) == (SHOP, "e-1", "REFUND_PAID", NOW)
    assert event.body == {"order_no": "20261110123456", "status": "refund_paid"}


async def test_an_event_that_failed_is_applied_by_the_next_try(world: World, http: httpx.AsyncClient) -> None:
    world.order_events.fails_with = Unavailable("no database")
    failed = await report(world, http)
    world.order_events.fails_with = None

    again = await report(world, http, late_s=1)

    assert (failed.status_code, again.json()) == (503, {"duplicate": False})
    assert len(world.order_events.applied) == 1


async def test_a_senseless_event_is_refused_with_the_reason(world: World, http: httpx.AsyncClient) -> None:
    world.order_events.fails_with = InvalidInput("status: no such word in this shop's mapping")

    answer = await report(world, http)

    assert (answer.status_code, answer.json()["detail"]) == (422, "status: no such word in this shop's mapping")


@pytest.mark.control("M-28")
async def test_a_replay_under_another_id_is_noticed(world: World, http: httpx.AsyncClient) -> None:
    await report(world, http, "e-1")

    answer = await report(world, http, "e-2")

    assert (answer.status_code, len(world.order_events.applied)) == (409, 1)


@pytest.mark.parametrize("late_s", [301, -301])
async def test_an_old_or_early_signature_does_not_count(world: World, http: httpx.AsyncClient, late_s: int) -> None:
    answer = await report(world, http, late_s=late_s)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_not_valid")
    assert "clock" in answer.json()["detail"]


@pytest.mark.control("M-28")
@pytest.mark.parametrize(
    "change",
    [
        {"signed_by": OTHER_SHOP},
        {"shop": OTHER_SHOP},
        {"shop": "nobody"},
        {"shop": "NOT A SHOP"},
        {"X_Signature": "0" * 64},
        {"X_Signature": ""},
        {"X_Timestamp": "now"},
        {"X_Timestamp": "1e9"},
        {"X_Timestamp": "9" * 40},
    ],
)
async def test_a_wrong_signature_does_not_count(world: World, http: httpx.AsyncClient, change: dict[str, Any]) -> None:
    answer = await report(world, http, **change)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_not_valid")
    assert world.order_events.applied == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"[]", {}, 422),
        (b"{", {}, 400),
        (b'{"a":' * 50_000, {}, 400),
        (BODY, {"X_Event_Id": "a b"}, 422),
        (BODY, {"X_Event_Id": "x" * 129}, 422),
        (BODY, {"X_Event_Type": "<script>"}, 422),
        (BODY, {"Content_Type": "text/plain"}, 415),
    ],
)
@pytest.mark.control("M-24")
async def test_what_cannot_be_an_event_is_refused(
    world: World, http: httpx.AsyncClient, body: bytes, headers: dict[str, Any], status: int
) -> None:
    answer = await report(world, http, body=body, **headers)

    assert answer.status_code == status
    assert world.order_events.applied == []


@pytest.mark.parametrize("missing", ["X-Event-Id", "X-Timestamp", "X-Signature"])
async def test_a_missing_header_is_named(http: httpx.AsyncClient, missing: str) -> None:
    headers = {"Content-Type": "application/json", "X-Event-Id": "e", "X-Timestamp": "1", "X-Signature": "0"}
    del headers[missing]

    answer = await http.post(f"{EVENTS}/{SHOP}", content=BODY, headers=headers)

    assert answer.status_code == 422
    assert missing in answer.json()["detail"]
    assert answer.json()["errors"] == [{"field": missing, "message": "this is required"}]


async def test_a_system_that_cannot_sign_comes_with_a_key(world: World, http: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "X-Event-Id": "e-9"}
    key = world.clients.add(Scope.EVENTS_WRITE)
    reader = world.clients.add(Scope.CONVERSATIONS_READ)

    taken = await http.post(EVENTS, content=BODY, headers={**headers, "X-API-Key": key})
    refused = [
        (await http.post(EVENTS, content=BODY, headers={**headers, "X-API-Key": bad})).status_code
        for bad in (reader, f"ak_{uuid4()}")
    ]

    assert (taken.status_code, refused) == (200, [403, 401])
    assert [shop for shop, _ in world.order_events.applied] == [SHOP]
