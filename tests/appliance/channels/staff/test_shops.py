"""Shops by the console: made, named, dressed and connected as by the command line, each change with its record."""

from base64 import b64encode
from io import BytesIO
from typing import Any, Final

import pytest
from PIL import Image

from appliance.aftersales.orders import connectors
from appliance.aftersales.orders.credentials import Credentials
from appliance.identity.links import Links
from appliance.ids import ShopId
from security.access.permissions import Role
from tests.appliance.channels.staff.world import Browser, StaffWorld

SHOP = ShopId("lujiao")
NOWHERE = {"mapping": "demo", "base_url": "http://127.0.0.1:9/shop", "credentials": {"api_key": "k" * 20}}
OFFICE = {"weekdays": [1, 2, 3, 4, 5], "spans": ["09:00-12:00", "13:30-18:00"]}

WRONG: Final[list[tuple[str, dict[str, Any], str]]] = [
    ("/persona", {"welcome": "您的退款已到账"}, "welcome claims"),
    ("/persona", {"welcome": "您好，{phone}"}, "welcome names {phone}"),
    ("/persona", {"bot_name": " "}, "names"),
    ("/persona", {"bot_name": "小\x00鹿"}, "bot_name has a control character"),
    ("/persona", {"welcome": "您好\x07"}, "welcome has a control character"),
    ("/widget", {"origins": ["shop.example"]}, "is no origin"),
    ("/widget", {"avatar": "aGFsbG8="}, "avatar must be"),
    ("/order-system", {**NOWHERE, "credentials": {"token": "k"}}, "hold no 'api_key'"),
    ("/order-system", {**NOWHERE, "mapping": "/etc/passwd"}, "no such mapping ships"),
    ("/hours/general", {"hours": {**OFFICE, "spans": ["18:00-09:00"]}}, "spans"),
    ("/hours/general", {"hours": {**OFFICE, "zone": "Asia/Beijing"}}, "no zone"),
]


@pytest.fixture
async def admin(staff: StaffWorld) -> Browser:
    """A system administrator who has made a shop."""
    browser = await staff.as_role(Role.SYS_ADMIN)
    made = await browser.post("/shops", {"shop_id": SHOP, "name": "鹿角小铺"})
    assert (made.status_code, made.json()) == (201, {"shop_id": SHOP, "name": "鹿角小铺"})
    return browser


async def shown(browser: Browser) -> dict[str, Any]:
    found: dict[str, Any] = (await browser.get(f"/shops/{SHOP}")).json()
    return found


async def put(browser: Browser, part: str, body: Any) -> int:
    answer = await browser.call("PUT", f"/shops/{SHOP}{part}", body)
    return answer.status_code


@pytest.mark.control("M-18", "M-40")
async def test_each_change_is_recorded_with_who_made_it(staff: StaffWorld, admin: Browser) -> None:
    before = len(await staff.world.records())
    assert await put(admin, "", {"name": "鹿角"}) == 204
    assert await put(admin, "/persona", {"bot_name": "小鹿", "tone": "concise"}) == 204
    assert await put(admin, "/widget", {"origins": ["https://shop.example/"], "accent": "#1F5FBF"}) == 204
    assert await put(admin, "/order-system", NOWHERE) == 204
    assert await put(admin, "/hours/general", {"hours": OFFICE}) == 204
    intents, recorded = (await staff.world.records())[before::2], (await staff.world.records())[before + 1 :: 2]
    assert [(each["action"], each["kind"]) for each in intents] == [(each["action"], "intent") for each in recorded]
    assert [each["action"] for each in recorded] == [
        "shop.rename",
        "shop.speak_as",
        "shop.dress",
        "shop.connect",
        "shop.hours",
    ]
    assert admin.principal is not None
    assert {(each["actor"]["id"], each["tenant"]) for each in recorded} == {(str(admin.principal.staff_id), SHOP)}
    assert "kkkk" not in str(recorded)


async def test_what_was_set_is_shown_and_no_credential_of_it(staff: StaffWorld, admin: Browser) -> None:
    await put(admin, "/persona", {"bot_name": "小鹿", "welcome": "您好，我是{bot_name}"})
    await put(admin, "/order-system", NOWHERE)
    await put(admin, "/hours/complaints", {"hours": OFFICE})
    answer = await admin.get(f"/shops/{SHOP}")
    found = answer.json()
    assert found["persona"]["bot_name"] == "小鹿"
    assert found["order_system"] == {"mapping": "demo", "base_url": NOWHERE["base_url"]}
    assert "kkkk" not in answer.text
    assert {each["group"]: each["is_own"] for each in found["hours"]} == {"complaints": True, "general": False}


async def test_a_picture_stays_until_it_is_taken_away(staff: StaffWorld, admin: Browser) -> None:
    drawn = BytesIO()
    Image.new("RGB", (300, 200), "green").save(drawn, "JPEG")
    await put(admin, "/widget", {"avatar": b64encode(drawn.getvalue()).decode()})
    path = (await shown(admin))["widget"]["avatar"]
    assert path.startswith(f"/shops/{SHOP}/avatar?v=")
    await put(admin, "/widget", {"accent": "#1f5fbf"})
    assert (await shown(admin))["widget"] == {"origins": [], "accent": "#1f5fbf", "avatar": path, "has_calls": False}
    await put(admin, "/widget", {"has_calls": True})
    assert (await shown(admin))["widget"]["has_calls"] is True
    await put(admin, "/widget", {"keeps_avatar": False})
    assert (await shown(admin))["widget"]["avatar"] is None


async def test_what_does_not_fit_is_said_and_changes_nothing(admin: Browser) -> None:
    before = await shown(admin)
    for part, body, says in WRONG:
        answer = await admin.call("PUT", f"/shops/{SHOP}{part}", body)
        assert (answer.status_code, says in answer.json()["detail"]) == (422, True), answer.text
    assert await shown(admin) == before


@pytest.mark.control("M-29")
async def test_kept_credentials_go_to_their_own_order_system_only(staff: StaffWorld, admin: Browser) -> None:
    await put(admin, "/order-system", NOWHERE)
    kept = {"mapping": "demo", "base_url": "http://127.0.0.1:9/other-path"}
    assert await put(admin, "/order-system", kept) == 204
    link = (await Links(staff.db, staff.world.ring).profile(SHOP)).link
    assert (link.base_url, Credentials(**link.credentials).secret("api_key")) == (kept["base_url"], "k" * 20)
    elsewhere = {"mapping": "demo", "base_url": "http://127.0.0.1:8/shop"}
    for part, method in (("/order-system", "PUT"), ("/order-system/check", "POST")):
        answer = await admin.call(method, f"/shops/{SHOP}{part}", elsewhere)
        assert (answer.status_code, "needs its credentials" in answer.json()["detail"]) == (422, True)


async def test_an_order_system_that_is_away_fails_its_check_and_says_why(staff: StaffWorld, admin: Browser) -> None:
    answer = await admin.post(f"/shops/{SHOP}/order-system/check", NOWHERE)
    tried = answer.json()["tried"]
    assert answer.status_code == 200
    assert [each["operation"] for each in tried] == ["customer", "order", "find_operation"]
    assert not any(each["is_good"] for each in tried)
    assert (await staff.world.records())[-1]["detail"]["fits"] == "false"
    assert (await shown(admin))["order_system"] is None


@pytest.mark.control("M-15")
async def test_an_agent_who_is_asked_for_waits_for_a_security_administrator(staff: StaffWorld, admin: Browser) -> None:
    asked = await admin.post(f"/shops/{SHOP}/agents", {"login": "li.si", "name": "李四"})
    assert (asked.status_code, asked.json()) == (201, {"state": "proposed"})
    assert (await admin.get(f"/shops/{SHOP}/standing")).json()["agents"]["proposed"] == 1
    sec = await staff.of(staff.people["sec.li"])
    [change] = [each for each in (await sec.get("/changes")).json() if each["state"] == "proposed"]
    agreed = await sec.post(f"/changes/{change['change_id']}/approve")
    assert (agreed.status_code, agreed.json()["set_up"] is not None) == (200, True)
    assert (await admin.get(f"/shops/{SHOP}/standing")).json()["agents"]["invited"] == 1
    account = (await sec.get(f"/accounts/{change['staff_id']}")).json()
    assert (account["roles"], account["shops"]) == (["agent"], [SHOP])
    wrong = {"login": "wang.wu", "name": "王五", "role": "sec_admin"}
    assert (await admin.post(f"/shops/{SHOP}/agents", wrong)).status_code == 422


async def test_names_are_of_the_shops_that_one_serves(staff: StaffWorld, admin: Browser) -> None:
    await admin.post("/shops", {"shop_id": "other", "name": "别家"})
    agent = await staff.as_role(Role.AGENT)
    assert agent.principal is not None
    served = agent.principal.rights.shops
    assert {each["shop_id"] for each in (await agent.get("/shops")).json()} == served & {SHOP, "other"}
    assert [each["name"] for each in (await admin.get("/shops")).json()] == ["鹿角小铺", "别家"]


def test_every_mapping_that_ships_says_what_it_asks_for() -> None:
    assert {name: connectors.load(name).credentials for name in connectors.shipped()} == {
        "demo": ("api_key",),
        "jushuitan": ("app_key", "app_secret", "access_token"),
        "medusa": ("username",),
        "saleor": ("token",),
        "wangdian": ("sid", "appkey", "appsecret"),
    }
