"""Into the console and out again: first set-up, both factors, what is refused, and back to where one was."""

from base64 import b32decode
from typing import Any

import psycopg
import pytest
from playwright.async_api import Page, Response

from appliance.clock import SystemClock
from appliance.db.location import owner_url
from appliance.evaluation.throwaway import Throwaway
from appliance.web.access import COOKIE
from security.access import totp
from tests.e2e.browser.console.conftest import Desk, sign_in
from tests.e2e.people import password

pytestmark = pytest.mark.slow

REFUSED = "the server responded with a status of 4"
"""What Chromium writes of an answer that is a refusal; nothing else may stand on the console then."""
MOST_KB = 600


async def test_an_account_is_set_up_with_a_token_and_its_person_comes_in(desk: Desk) -> None:
    token = await desk.office.invite(desk.http, "sec_admin")
    chosen = password()
    async with desk.opened("/setup", is_clean=False) as (page, watch):
        await page.get_by_label("一次性口令").fill(token)
        await page.get_by_role("button", name="开始").click()
        await page.get_by_role("img", name="身份验证器二维码").wait_for()
        seed = await page.locator("code").inner_text()
        login = (await page.get_by_text("登录名").first.inner_text()).split()[-1]
        await page.get_by_label("设置密码").fill(chosen)
        await page.get_by_label("再输一次密码").fill(chosen)
        await page.get_by_role("textbox", name="App里现在的").fill(code_of(seed, -1))
        await page.get_by_role("button", name="完成设置").click()
        await page.get_by_text("账号已设置好").wait_for()
        await page.get_by_label("用户名").fill(login)
        await page.get_by_label("密码").fill(chosen)
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_role("textbox", name="验证码").fill(code_of(seed, 0))
        await page.get_by_role("button", name="登录").click()
        await page.get_by_role("heading", name="账号").wait_for()
        rooms = await page.get_by_role("navigation").get_by_role("link").all_inner_texts()

    assert rooms == ["账号", "变更审批", "上线状态", "登录会话", "角色与权限", "密钥"]
    assert others(watch.errors) == []


@pytest.mark.control("M-13")
async def test_what_is_wrong_at_the_door_is_said_in_words(desk: Desk) -> None:
    person = await desk.person("agent", shops=("nowhere",))
    async with desk.opened("/sign-in", is_clean=False) as (page, _):
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_role("alert").get_by_text("请输入用户名").wait_for()
        await page.get_by_label("用户名").fill(person.login)
        await page.get_by_label("密码").fill("wrong")
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_role("alert").get_by_text("账号因多次输错被暂时锁定").wait_for()
        await page.get_by_label("密码").fill(person.password)
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_role("textbox", name="验证码").fill("12345")
        await page.get_by_role("button", name="登录").click()
        await page.get_by_role("alert").get_by_text("验证码是6位数字").wait_for()
        await page.get_by_role("textbox", name="验证码").fill("000000")
        await page.get_by_role("button", name="登录").click()
        await page.get_by_role("alert").get_by_text("验证码不对").wait_for()


async def test_who_is_not_logged_in_is_led_back_to_where_he_wanted_to_go(desk: Desk) -> None:
    person = await desk.person("sec_admin")
    async with desk.opened("/phase", is_clean=False) as (page, _):
        await sign_in(page, person)
        await page.get_by_role("heading", name="上线状态").wait_for()
        assert page.url.endswith("/console/phase")


async def test_a_session_that_ended_is_said_to_have_ended_and_one_goes_on_where_one_was(desk: Desk) -> None:
    person = await desk.person("sec_admin")
    session = await desk.office.log_in(desk.http, person)
    async with desk.opened("/changes", by=session, is_clean=False) as (page, _):
        await page.get_by_role("heading", name="待审批").wait_for()
        await session.ask("POST", "/logout")
        await page.get_by_role("link", name="账号", exact=True).click()
        await page.get_by_text("之后会回到刚才的页面").wait_for()
        assert "next=/accounts" in page.url


async def test_logged_out_the_page_knows_nobody(desk: Desk) -> None:
    session = await desk.session("sec_admin")
    async with desk.opened("/phase", by=session, is_clean=False) as (page, _):
        await page.get_by_role("heading", name="上线状态").wait_for()
        await page.get_by_role("button", name="退出登录").click()
        await page.get_by_label("用户名").wait_for()
        await page.goto(f"{desk.office.web_url}/console/phase")
        await page.get_by_label("用户名").wait_for()
        assert await page.context.cookies() == []


async def test_other_sessions_are_seen_and_ended(desk: Desk) -> None:
    person = await desk.person("sec_admin")
    other = await desk.office.log_in(desk.http, person)
    session = await desk.office.log_in(desk.http, person)
    async with desk.opened("/me", by=session) as (page, _):
        await page.get_by_role("button", name="退出这台").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_role("button", name="退出这台").wait_for(state="detached")
    left = await session.ask("GET", "/sessions")
    assert [each["is_this"] for each in left] == [True]
    assert (await desk.http.get("/api/staff/v1/me", headers={"Cookie": f"{COOKIE}={other.token}"})).status_code == 401


async def test_a_password_is_changed_and_the_new_one_counts(desk: Desk) -> None:
    person = await desk.person("agent", shops=("nowhere",))
    session, chosen = await desk.office.log_in(desk.http, person), password()
    async with desk.opened("/me", by=session, is_clean=False) as (page, _):
        await change(page, "not-the-password", chosen)
        await page.get_by_text("密码不对").wait_for()
        await change(page, person.password, chosen)
        await page.get_by_text("密码已修改").wait_for()
    proof = {"login": person.login, "password": chosen}
    assert (await desk.http.post("/api/staff/v1/login", json=proof)).status_code == 200


@pytest.mark.control("M-13")
async def test_a_passkey_made_in_the_browser_is_the_second_factor(desk_by_name: Desk) -> None:
    person = await desk_by_name.person("agent", shops=("nowhere",))
    async with desk_by_name.opened("/sign-in", is_clean=False) as (page, watch):
        await plug_in_a_token(page)
        await sign_in(page, person)
        await page.get_by_role("button", name="退出登录").wait_for()
        await page.goto(f"{page.url.split('/console')[0]}/console/me")
        await page.get_by_role("button", name="添加通行密钥").click()
        await page.get_by_role("dialog").locator("input").fill(person.password)
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_text("通行密钥已添加").wait_for()
        await page.get_by_role("button", name="退出登录").click()
        await page.get_by_label("用户名").fill(person.login)
        await page.get_by_label("密码").fill(person.password)
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_role("button", name="通行密钥").click()
        await page.get_by_role("button", name="退出登录").wait_for()
        sessions = await page.evaluate("fetch('/api/staff/v1/sessions').then(answer => answer.json())")
        await page.goto(f"{page.url.split('/console')[0]}/console/me")
        await page.get_by_role("button", name="删除").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_text("还没有通行密钥").wait_for()

    assert [each["factor"] for each in sessions if each["is_this"]] == ["passkey"]
    assert others(watch.errors) == []


@pytest.mark.control("M-13")
async def test_an_expired_password_opens_nothing_but_its_own_change(desk: Desk, place: Throwaway) -> None:
    person = await desk.person("sec_admin")
    session, chosen = await desk.office.log_in(desk.http, person), password()
    async with await psycopg.AsyncConnection.connect(owner_url(place.settings)) as owner:
        await owner.execute(
            "UPDATE staff_password SET set_at = set_at - interval '91 days' WHERE staff_id = %s", [person.staff_id]
        )
    async with desk.opened("/accounts", by=session, is_clean=False) as (page, watch):
        await page.get_by_text("密码已过期").wait_for()
        assert page.url.endswith("/console/me")
        assert await page.get_by_role("navigation").get_by_role("link").count() == 0
        refused = await page.evaluate("fetch('/api/staff/v1/accounts').then(answer => answer.json())")
        await change(page, person.password, chosen)
        await page.get_by_text("密码已修改").wait_for()
        await page.get_by_role("link", name="账号", exact=True).click()
        await page.get_by_role("heading", name="账号").wait_for()

    assert refused["code"] == "password_expired"
    assert others(watch.errors) == []


async def test_the_menu_holds_what_the_role_may_enter(desk: Desk) -> None:
    rooms: dict[str, list[str]] = {}
    for role in ("sys_admin", "audit_admin", "operations"):
        shops = ("nowhere",) if role == "operations" else ()
        async with desk.opened(by=await desk.session(role, shops=shops)) as (page, _):
            await page.get_by_role("button", name="退出登录").wait_for()
            rooms[role] = await page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert rooms == {
        "sys_admin": [
            *("设置向导", "店铺", "接口客户端"),
            *("运行状况", "接入与渠道", "推送记录", "模型", "系统设置", "运行日志", "关于"),
        ],
        "audit_admin": ["账号", "变更审批", "上线状态", "角色与权限", "审计日志", "日志核验", "个人信息"],
        "operations": ["数据看板"],
    }


async def test_english_dark_and_an_address_that_is_none(desk: Desk) -> None:
    async with desk.opened("/no/such/room", by=await desk.session("sec_admin")) as (page, _):
        await page.get_by_text("没有这个页面").wait_for()
        await page.get_by_role("button", name="English").click()
        await page.get_by_text("There is no such page").wait_for()
        await page.get_by_role("button", name="Appearance").click()
        await page.get_by_role("menuitem", name="Dark").click()
        await page.reload()
        await page.get_by_text("There is no such page").wait_for()
        dressed = await page.evaluate("[document.documentElement.lang, document.documentElement.className]")
    assert dressed == ["en", "dark"]


async def test_the_first_load_stays_within_its_budget(desk: Desk) -> None:
    got: list[Response] = []
    async with desk.opened("/accounts", by=await desk.session("sec_admin")) as (page, _):
        page.on("response", lambda answer: got.append(answer))
        await page.reload()
        await page.get_by_role("heading", name="账号").wait_for()
        packed = [int(answer.headers.get("content-length", 0)) for answer in got if "/console" in answer.url]
    assert 0 < sum(packed) <= MOST_KB * 1024


async def plug_in_a_token(page: Page) -> None:
    """One that signs at once, as if its owner had touched it."""
    devices = await page.context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    token = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    await devices.send("WebAuthn.addVirtualAuthenticator", {"options": token | {"automaticPresenceSimulation": True}})


async def change(page: Page, current: str, chosen: str) -> None:
    await page.get_by_label("当前密码").fill(current)
    await page.get_by_label("新密码").fill(chosen)
    await page.get_by_label("再输一次密码").fill(chosen)
    await page.get_by_role("button", name="修改密码").click()


def code_of(seed: str, steps: int) -> str:
    return totp.code(b32decode(seed), totp.step_at(SystemClock().now()) + steps)


def others(errors: list[str]) -> list[Any]:
    return [error for error in errors if REFUSED not in error]
