"""The chat API over HTTP: every route, what it accepts, and what it refuses with which code."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from appliance.conversation.model import Choice, Image
from appliance.errors import Conflict
from appliance.ids import CustomerId
from tests.appliance.channels.pictures import picture
from tests.appliance.channels.world import MOST_IMAGE_BYTES, NOW, OTHER_SHOP, SHOP, Customer, World

START = "/api/chat/v1/conversations"


async def test_a_stranger_may_start_a_conversation(world: World, http: httpx.AsyncClient) -> None:
    answer = await http.post(START, json={"shop": SHOP, "channel": "voice"})

    assert answer.status_code == 201
    customer = Customer(http, answer.json())
    kept = world.conversations.kept[customer.conversation_id]
    assert (kept.shop, kept.channel, kept.customer, kept.offset) == (SHOP, "voice", None, timedelta(0))
    assert answer.json()["expires_at"] == "2026-11-22T02:00:00Z"


async def test_a_customer_is_who_the_shop_says(world: World, http: httpx.AsyncClient) -> None:
    customer = await Customer.start(http, token=world.customer_token("U7"))

    assert world.conversations.kept[customer.conversation_id].customer == CustomerId("U7")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"shop": "nobody"}, 404, "not_found"),
        ({"shop": "Not A Shop"}, 422, "invalid_input"),
        ({"shop": "demo\n"}, 422, "invalid_input"),
        ({"shop": ""}, 422, "invalid_input"),
        ({"shop": 5}, 422, "invalid_input"),
        ({}, 422, "invalid_input"),
        ({"shop": SHOP, "channel": "fax"}, 422, "invalid_input"),
        ({"shop": SHOP, "token": "x.y.z"}, 401, "token_not_valid"),
        ({"shop": SHOP, "business_now": "2026-11-21T10:00:00+08:00"}, 422, "invalid_input"),
        ({"shop": SHOP, "extra": None}, 422, "invalid_input"),
        ([], 422, "invalid_input"),
    ],
)
async def test_a_bad_start_is_refused(http: httpx.AsyncClient, body: object, status: int, code: str) -> None:
    answer = await http.post(START, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_expired_customer_token_says_so(world: World, http: httpx.AsyncClient) -> None:
    token = world.customer_token(life=timedelta(minutes=1))
    world.clock.move(timedelta(minutes=2))

    answer = await http.post(START, json={"shop": SHOP, "token": token})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_of_one_shop_opens_nothing_at_another(world: World, http: httpx.AsyncClient) -> None:
    answer = await http.post(START, json={"shop": OTHER_SHOP, "token": world.customer_token()})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")


async def test_an_empty_text_is_for_the_bot_to_answer(customer: Customer) -> None:
    assert (await customer.say("")).status_code == 202


async def test_a_repeat_changes_nothing(world: World, customer: Customer) -> None:
    await customer.say("退货", "m1")
    again = await customer.say("退货", "m1")

    assert again.json() == {"duplicate": True}
    assert len(world.conversations.kept[customer.conversation_id].messages) == 1


async def test_a_choice_arrives_as_it_was_offered(world: World, customer: Customer) -> None:
    await customer.post("messages", {"type": "choice", "client_message_id": "c", "payload": "line=L1"})

    kept = world.conversations.kept[customer.conversation_id].messages["c"]
    assert kept == Choice(client_message_id="c", payload="line=L1")


async def test_ten_thousand_characters_pass_and_one_more_does_not(customer: Customer) -> None:
    assert (await customer.say("字" * 10_000)).status_code == 202
    assert (await customer.say("𠮷" * 10_000)).status_code == 202

    refused = await customer.say("字" * 10_001)

    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "body",
    [
        {"type": "text", "client_message_id": "a"},
        {"type": "text", "client_message_id": "a", "text": 5},
        {"type": "text", "client_message_id": "a", "text": "x", "shop": SHOP},
        {"type": "text", "client_message_id": "", "text": "x"},
        {"type": "text", "client_message_id": "a b", "text": "x"},
        {"type": "text", "client_message_id": "a\n", "text": "x"},
        {"type": "text", "client_message_id": "a" * 65, "text": "x"},
        {"type": "choice", "client_message_id": "a", "payload": ""},
        {"type": "choice", "client_message_id": "a", "payload": "x" * 1001},
        {"type": "image", "client_message_id": "a", "evidence_id": "no-uuid"},
        {"type": "image", "client_message_id": "a", "evidence_id": str(uuid4()), "caption": "sole"},
        {"type": "nothing"},
        {"client_message_id": "a", "text": "x"},
        None,
    ],
)
async def test_a_bad_message_is_refused_and_nothing_kept(world: World, customer: Customer, body: object) -> None:
    answer = await customer.post("messages", body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert world.conversations.kept[customer.conversation_id].messages == {}


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b'{"type":"text","client_message_id":"a","text":"\xff"}', "application/json", 400, "malformed_json"),
        (b'{"type":"text","client_message_id":"a","text":"\\ud800"}', "application/json", 400, "malformed_json"),
        (b"[" * 100_000, "application/json", 422, "invalid_input"),
        (b'{"type":"text"}', "text/plain", 415, "unsupported_media_type"),
        (b"type=text", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b" " * 300_000, "application/json", 413, "too_large"),
    ],
)
async def test_what_is_not_json_is_refused(
    customer: Customer, content: bytes, kind: str, status: int, code: str
) -> None:
    headers = {**customer.headers, "Content-Type": kind}

    answer = await customer.http.post(f"{customer.path}/messages", content=content, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.control("P-15")
async def test_without_a_token_nothing_is_told(customer: Customer) -> None:
    for method, what in [("GET", "events"), ("POST", "flush"), ("POST", "images"), ("GET", f"images/{uuid4()}")]:
        answer = await customer.http.request(method, f"{customer.path}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


async def test_a_forged_token_opens_nothing(customer: Customer) -> None:
    forged = customer.access_token[:-1] + ("A" if customer.access_token[-1] != "A" else "B")
    customer.headers["Authorization"] = f"Bearer {forged}"

    answer = await customer.get("events")

    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")


async def test_an_expired_access_token_says_so(world: World, customer: Customer) -> None:
    world.clock.move(timedelta(hours=24))

    answer = await customer.get("events")

    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


@pytest.mark.control("P-15")
async def test_another_conversation_does_not_exist(customer: Customer, http: httpx.AsyncClient) -> None:
    other = await Customer.start(http)

    for path in (other.path, f"{START}/{uuid4()}"):
        answer = await http.get(f"{path}/events", headers=customer.headers)
        assert (answer.status_code, answer.json()["detail"]) == (404, "no such conversation")


async def test_events_come_in_order_and_after_the_last_seen(customer: Customer) -> None:
    await customer.say("退货", "m1")
    await customer.post("flush")

    everything = (await customer.get("events")).json()
    rest = (await customer.get("events", after=everything["events"][1]["seq"])).json()

    assert [event["kind"] for event in everything["events"]] == ["notice", "message", "message", "state"]
    assert everything["events"][1]["client_message_id"] == "m1"
    assert everything["events"][3]["awaiting"] == "clarify"
    assert rest["events"] == everything["events"][2:]
    assert rest["next"] == everything["next"] == everything["events"][-1]["seq"]


async def test_a_long_poll_returns_when_something_happens(world: World, customer: Customer) -> None:
    seen = (await customer.get("events")).json()["next"]
    poll = asyncio.create_task(customer.get("events", after=seen, wait_s=30))
    await world.conversations.watched(customer.conversation_id)

    await customer.say("在吗")

    assert [event["text"] for event in (await poll).json()["events"]] == ["在吗"]
    assert world.conversations.watchers(customer.conversation_id) == 0


async def test_a_long_poll_in_which_nothing_happens_keeps_its_place(customer: Customer) -> None:
    answer = await customer.get("events", after=1, wait_s=0.01)

    assert answer.json() == {"events": [], "next": 1}


@pytest.mark.parametrize("query", [{"after": -1}, {"after": "x"}, {"wait_s": 31}, {"wait_s": "nan"}, {"after": 2**64}])
async def test_a_bad_query_names_the_parameter(customer: Customer, query: dict[str, object]) -> None:
    answer = await customer.get("events", **query)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == next(iter(query))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_picture_can_be_shown_and_seen_again(world: World, customer: Customer, kind: str) -> None:
    content = picture(kind)

    kept = await customer.upload(content)
    evidence_id = kept.json()["evidence_id"]
    shown = await customer.post("messages", {"type": "image", "client_message_id": "i", "evidence_id": evidence_id})
    seen = await customer.get(f"images/{evidence_id}")

    assert kept.status_code == 201
    assert kept.json() == {
        "evidence_id": evidence_id,
        "media_type": f"image/{kind.lower()}",
        "size_bytes": len(content),
        "width": 8,
        "height": 6,
    }
    assert shown.json() == {"duplicate": False}
    assert isinstance(world.conversations.kept[customer.conversation_id].messages["i"], Image)
    assert (seen.content, seen.headers["content-type"]) == (content, f"image/{kind.lower()}")
    assert seen.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert seen.headers["cache-control"] == "no-store"


async def test_a_picture_may_come_in_a_form(customer: Customer) -> None:
    files = {"file": ("shoe.png", picture(), "image/png")}

    answer = await customer.http.post(f"{customer.path}/images", files=files, headers=customer.headers)

    assert (answer.status_code, answer.json()["media_type"]) == (201, "image/png")


@pytest.mark.control("M-27")
@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"", "image/png", 422, "not_an_image"),
        (b"#!/bin/sh", "image/png", 422, "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 422, "not_an_image"),
        (picture()[:-20], "image/png", 422, "not_an_image"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 64, "image/heic", 422, "image_not_supported"),
        (picture() + b"\0" * MOST_IMAGE_BYTES, "image/png", 413, "too_large"),
        (b"\xff" * (9 * 1024 * 1024), "image/jpeg", 413, "too_large"),
        (b"--x\r\n", "multipart/form-data; boundary=x", 422, "invalid_input"),
        (b"--x\r\n", "multipart/form-data", 422, "invalid_input"),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422, "invalid_input"),
    ],
)
async def test_what_is_not_a_picture_is_refused(
    customer: Customer, content: bytes, kind: str, status: int, code: str
) -> None:
    answer = await customer.upload(content, kind)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_picture_of_another_conversation_does_not_exist(customer: Customer, http: httpx.AsyncClient) -> None:
    other = await Customer.start(http)
    evidence_id = (await other.upload(picture())).json()["evidence_id"]

    seen = await customer.get(f"images/{evidence_id}")
    shown = await customer.post("messages", {"type": "image", "client_message_id": "i", "evidence_id": evidence_id})

    assert (seen.status_code, shown.status_code) == (404, 404)


async def test_what_is_down_says_so_and_asks_to_try_again(world: World, customer: Customer) -> None:
    world.conversations.is_down = True

    answer = await customer.say("在吗")

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.json()["retryable"] is True
    assert answer.headers["retry-after"] == "2"
    assert "10 s" not in answer.text


async def test_a_conflict_is_passed_on(world: World, customer: Customer) -> None:
    world.conversations.breaks_with = Conflict("the conversation is closed")

    answer = await customer.say("在吗")

    assert (answer.status_code, answer.json()["detail"]) == (409, "the conversation is closed")


async def test_the_business_clock_moves_in_the_evaluation_profile_only(customer: Customer) -> None:
    assert (await customer.post("clock", {"by_s": 60})).status_code == 404

    world = World(is_evaluation=True)
    async with world.http() as http:
        judge = await Customer.start(http, business_now="2026-11-21T12:00:00+08:00")
        moved = await judge.post("clock", {"by_s": 90})
        refused = [(await judge.post("clock", {"by_s": by})).status_code for by in (0, -5, "60", 1.5, 10**10)]

    assert moved.status_code == 204
    assert refused == [422] * 5
    assert NOW + world.conversations.kept[judge.conversation_id].offset == NOW + timedelta(hours=2, seconds=90)


async def test_captions_are_taken_in_the_evaluation_profile_only() -> None:
    world = World(is_evaluation=True)
    async with world.http() as http:
        judge = await Customer.start(http)
        evidence_id = (await judge.upload(picture())).json()["evidence_id"]
        body = {"type": "image", "client_message_id": "i", "evidence_id": evidence_id, "caption": "开胶的鞋底"}

        assert (await judge.post("messages", body)).status_code == 202

    kept = world.conversations.kept[judge.conversation_id].messages["i"]
    assert isinstance(kept, Image)
    assert kept.caption == "开胶的鞋底"


async def test_a_token_is_renewed_before_it_ends(world: World, customer: Customer) -> None:
    world.clock.move(timedelta(hours=23))
    renewed = (await customer.post("token")).json()
    assert renewed["conversation_id"] == str(customer.conversation_id)
    assert renewed["expires_at"] == "2026-11-23T01:00:00Z"
    assert (await customer.get("events")).status_code == 200, "the present one still counts"
    world.clock.move(timedelta(hours=2))
    assert (await customer.get("events")).json()["code"] == "token_expired"
    assert (await Customer(customer.http, renewed).get("events")).status_code == 200


async def test_a_token_that_has_ended_is_not_renewed(world: World, customer: Customer) -> None:
    world.clock.move(timedelta(hours=25))
    answer = await customer.post("token")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


async def test_a_token_renews_its_own_conversation_only(http: httpx.AsyncClient, customer: Customer) -> None:
    other = await Customer.start(http)
    answer = await http.post(f"{other.path}/token", headers=customer.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
