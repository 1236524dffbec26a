"""An order system that cannot be told what to send: its own way to sign and to name events, as a mapping says it."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.aftersales.orders import nodes
from appliance.aftersales.orders.events import EventRules, events_of
from appliance.channels.intranet.ports import PushRules
from appliance.errors import ConfigurationError
from appliance.identity.model import SecretPurpose
from tests.appliance.channels.world import NOW, SHOP, World

PATH = f"/api/v1/order-events/{SHOP}/pushed"
OWN = "made-by-the-order-system"
BASE64 = """
order_id: data.order.no
event_id: id
type: topic
ignore: [product.updated]
signature: {header: X-Shop-Hmac, algorithm: hmac-sha256, encoding: base64, text: "{body}"}
"""
STAMPED = """
order_id: data.order.no
signature:
  header: X-Sign
  prefix: "sha256="
  algorithm: hmac-sha256
  encoding: hex
  text: "{timestamp}.{body}"
  timestamp: {header: X-Sign-Time, format: epoch_ms, zone: UTC, window_s: 300}
"""
MD5 = """
order_id: data.order.no
event_id: id
signature: {header: X-Sign, algorithm: md5, encoding: hex_upper, text: "{secret}{body}{secret}"}
"""


def rules(folder: Path, text: str) -> EventRules:
    file = folder / "events.yaml"
    file.write_text(text, "utf-8")
    return events_of(nodes.load(file))


def body(n: int = 1, **more: Any) -> bytes:
    return json.dumps({"id": f"evt:{n}", "data": {"order": {"no": "20261110123456"}}, **more}).encode()


def hmac256(secret: str, text: bytes) -> bytes:
    return hmac.new(secret.encode(), text, hashlib.sha256).digest()


async def push(http: httpx.AsyncClient, content: bytes, path: str = PATH, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.post(path, content=content, headers={"Content-Type": "application/json", **given})


def base64_of(content: bytes, secret: str = OWN) -> str:
    return b64encode(hmac256(secret, content)).decode()


def stamped(content: bytes, secret: str, late: timedelta = timedelta(0)) -> dict[str, str]:
    at = str(int((NOW - late).timestamp() * 1000))
    return {"X_Sign_Time": at, "X_Sign": f"sha256={hmac256(secret, at.encode() + b'.' + content).hex()}"}


@pytest.fixture
def pushing(world: World, tmp_path: Path) -> World:
    world.order_events.pushes[SHOP] = PushRules(events=rules(tmp_path, BASE64), secret=OWN)
    return world


async def test_an_event_is_applied_once_under_its_own_name(pushing: World, http: httpx.AsyncClient) -> None:
    first = await push(http, body(), X_Shop_Hmac=base64_of(body()))
    again = await push(http, body(), X_Shop_Hmac=base64_of(body()))
    other = await push(http, body(2), X_Shop_Hmac=base64_of(body(2)))

    assert [each.json() for each in (first, again, other)] == [
        {"duplicate": False},
        {"duplicate": True},
        {"duplicate": False},
    ]
    assert [event.event_id for _, event in pushing.order_events.applied] == ["push:evt:1", "push:evt:2"]


async def test_what_says_nothing_of_an_order_is_taken_and_left(pushing: World, http: httpx.AsyncClient) -> None:
    content = body(topic="product.updated")
    answer = await push(http, content, X_Shop_Hmac=base64_of(content))
    assert (answer.status_code, pushing.order_events.applied) == (200, [])


async def test_a_time_that_is_signed_too_must_be_ours(world: World, http: httpx.AsyncClient, tmp_path: Path) -> None:
    world.order_events.pushes[SHOP] = PushRules(events=rules(tmp_path, STAMPED), secret=None)
    secret = world.shops.secret(SecretPurpose.ORDER_EVENTS, SHOP)
    fresh = await push(http, body(), **stamped(body(), secret))
    again = await push(http, body(), **stamped(body(), secret))
    later = await push(http, body(), **stamped(body(), secret, timedelta(seconds=5)))
    old = await push(http, body(), **stamped(body(), secret, timedelta(seconds=301)))
    assert [each.status_code for each in (fresh, again, later, old)] == [200, 200, 200, 401]
    assert again.json() == {"duplicate": True}
    assert len(world.order_events.applied) == 2


async def test_a_secret_within_the_text(world: World, http: httpx.AsyncClient, tmp_path: Path) -> None:
    world.order_events.pushes[SHOP] = PushRules(events=rules(tmp_path, MD5), secret=OWN)
    made = hashlib.md5(OWN.encode() + body() + OWN.encode()).hexdigest().upper()  # noqa: S324
    assert (await push(http, body(), X_Sign=made)).status_code == 200
    assert (await push(http, body(2), X_Sign=made)).status_code == 401


@pytest.mark.control("M-28")
async def test_who_proves_nothing_learns_nothing(pushing: World, http: httpx.AsyncClient) -> None:
    good = base64_of(body())
    refused = [
        await push(http, body()),
        await push(http, body(), X_Shop_Hmac=base64_of(body(), "another")),
        await push(http, body(2), X_Shop_Hmac=good),
        await push(http, body(), path="/api/v1/order-events/nobody/pushed", X_Shop_Hmac=good),
    ]
    pushing.order_events.pushes.clear()
    refused.append(await push(http, body(), X_Shop_Hmac=good))
    assert {each.status_code for each in refused} == {401}
    assert len({each.json()["detail"] for each in refused}) == 1
    assert pushing.order_events.applied == []


async def test_what_is_no_json_is_refused(pushing: World, http: httpx.AsyncClient) -> None:
    content = b"a=1"
    as_form = await http.post(PATH, content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})
    answer = await push(http, content, X_Shop_Hmac=base64_of(content))
    assert (as_form.status_code, answer.status_code) == (415, 400)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("event_id: id\n", "", "needs timestamp, or event_id beside it"),
        ("type: topic\n", "", "ignore: needs type"),
        ('"{body}"', '"{timestamp}{body}"', "{timestamp} and the section timestamp belong together"),
        ('"{body}"', '"fixed"', "{body} stands in it once"),
        ('"{body}"', '"{body}{secret}"', "{secret} stands in it where the algorithm has no key of its own"),
        ("hmac-sha256", "md5", "{secret} stands in it where the algorithm has no key of its own"),
        ("hmac-sha256", "crc32", "signature.algorithm: expected one of hmac-sha256"),
        ("header: X-Shop-Hmac, ", "", "signature: header missing"),
    ],
)
def test_a_mistake_names_field_and_cure(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert right in BASE64
    with pytest.raises(ConfigurationError) as caught:
        rules(tmp_path, BASE64.replace(right, wrong, 1))
    assert told in caught.value.detail


def test_numbers_name_orders_too(tmp_path: Path) -> None:
    found = rules(tmp_path, BASE64)
    assert found.order_of({"data": {"order": {"no": 77}}}) == "77"
    assert found.order_of({"data": {"order": {"no": None}}}) is None
    assert found.id_of({"id": "a b"}, b"x") == hashlib.sha256(b"x").hexdigest()
