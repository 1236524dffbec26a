"""Rooms of the three administrators: personal data, keys, sessions, roles, API clients. Each sees only its own side."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page

from appliance.web.access import COOKIE
from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.console.looking import Look
from tests.e2e.conftest import PHONE, Shop
from tests.e2e.people import Session

pytestmark = pytest.mark.slow

THEIRS = {
    "sys_admin": {"clients"},
    "sec_admin": {"accounts", "changes", "phase", "sessions", "roles", "keys"},
    "audit_admin": {"accounts", "changes", "phase", "roles", "audit", "audit/0", "integrity", "personal"},
}
ROOMS = set().union(*THEIRS.values()) | {"workbench", "wall"}


@pytest.mark.control("M-35")
async def test_an_auditor_sees_what_was_found_and_who_saw_it_clear(desk: Desk, shop: Shop, folder: Path) -> None:
    async with shop.talk(now=None) as talk:
        await talk.say(f"我的电话是{PHONE}，麻烦改一下")
        agent = await desk.session("agent", shops=(shop.name,))
        values = f"/conversations/{talk.conversation.conversation_id}/values"
        phone = next(each for each in await agent.ask("GET", values) if each["type"] == "PHONE")
        await agent.ask("POST", f"{values}/reveal", {"placeholder": phone["placeholder"], "purpose": "call_back"})
    async with desk.opened("/personal", by=await desk.session("audit_admin")) as (page, _):
        look = Look(page, folder)
        await page.get_by_role("rowheader", name="手机").wait_for()
        seen = page.get_by_role("row", name="查看明文值").filter(has_text=talk.conversation.conversation_id)
        await seen.get_by_text("回电").wait_for()
        assert await seen.get_by_text("坐席").count() == 1
        assert await page.get_by_text(PHONE).count() == 0
        await look.at("个人信息")
        await seen.get_by_role("link", name="条记录").click()
        await page.get_by_role("cell", name="call_back").wait_for()
    assert look.found == []


@pytest.mark.control("M-29")
async def test_a_security_administrator_sees_keys_sessions_and_roles(desk: Desk, folder: Path) -> None:
    other = await desk.session("operations", shops=("nowhere",))
    async with desk.opened("/keys", by=await desk.session("sec_admin")) as (page, _):
        look = Look(page, folder)
        await page.get_by_text("还没有轮换过").wait_for()
        await page.get_by_text("appliance keys split").wait_for()
        await look.at("密钥")
        await page.get_by_role("link", name="角色与权限").click()
        await page.get_by_role("row", name="查看密钥与轮换").wait_for()
        await look.at("角色与权限")
        await page.get_by_role("link", name="登录会话").click()
        theirs = page.get_by_role("row").filter(has_text="运营")
        await theirs.last.wait_for()
        await look.at("登录会话")
        before = await theirs.count()
        await theirs.last.get_by_role("button", name="结束").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_text("已结束").wait_for()
        await theirs.nth(before - 1).wait_for(state="detached")
    assert look.found == []
    assert await status_of(desk.http, other) == 401


@pytest.mark.control("M-18")
async def test_a_system_is_let_in_seen_and_shut_out_again(desk: Desk, shop: Shop, folder: Path) -> None:
    async with desk.opened("/clients", by=await desk.session("sys_admin")) as (page, _):
        look = Look(page, folder)
        theirs = page.get_by_role("region").filter(has_text=shop.name)
        await theirs.get_by_role("button", name="新建").click()
        await page.get_by_role("button", name="确定").click()
        await page.get_by_text("请填写系统名称").wait_for()
        await page.get_by_label("系统名称").fill("erp")
        await page.get_by_role("dialog").get_by_text("接口密钥").click()
        await page.get_by_role("dialog").get_by_text("读取工单").click()
        await look.at("新建接口客户端")
        await page.get_by_role("button", name="确定").click()
        await page.get_by_role("dialog", name="请立即保存").wait_for()
        secret = await page.get_by_role("dialog").locator("code").inner_text()
        await page.get_by_role("button", name="已保存").click()
        assert await call(desk.http, secret) == 401, "it reads work orders: a second person has not agreed"
        await agree(desk, shop, folder)
        assert await call(desk.http, secret) == 200
        await page.reload()
        row = page.get_by_role("row").filter(has_text=secret_id(secret))
        await row.wait_for()
        assert await row.get_by_text("从未").count() == 0
        await look.at("接口客户端")
        await row.get_by_role("button", name="吊销").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await row.wait_for(state="detached")
        await page.get_by_label("显示已吊销的").check()
        await row.wait_for()
    assert shop.name in secret
    assert look.found == []


@pytest.mark.control("M-15")
@pytest.mark.parametrize("role", list(THEIRS))
async def test_each_administrator_sees_only_its_own_side(desk: Desk, role: str) -> None:
    entered = set()
    async with desk.opened(by=await desk.session(role), is_clean=False) as (page, _):
        await page.get_by_role("button", name="退出登录").wait_for()
        for room in sorted(ROOMS):
            if await enters(page, f"{desk.office.web_url}/console/{room}"):
                entered.add(room)
    assert entered == THEIRS[role]


async def agree(desk: Desk, shop: Shop, folder: Path) -> None:
    """A security administrator does, to the one system of the shop that waits."""
    async with desk.opened("/changes", by=await desk.session("sec_admin")) as (page, _):
        look = Look(page, folder)
        waiting = page.get_by_role("region", name="待同意的店铺系统").get_by_role("row").filter(has_text=shop.name)
        await waiting.get_by_text("读取工单").wait_for()
        await look.at("待同意的店铺系统")
        await waiting.get_by_role("button", name="同意").click()
        await page.get_by_text("已同意，凭证从现在起有效").wait_for()
        await waiting.wait_for(state="detached")
    assert look.found == []


async def enters(page: Page, url: str) -> bool:
    """Whoever may not is led home."""
    await page.goto(url)
    await page.get_by_role("button", name="退出登录").wait_for()
    return page.url == url


async def call(http: httpx.AsyncClient, key: str) -> int:
    return (await http.get("/api/v1/work-orders", headers={"X-API-Key": key})).status_code


async def status_of(http: httpx.AsyncClient, session: Session) -> int:
    return (await http.get("/api/staff/v1/me", headers={"Cookie": f"{COOKIE}={session.token}"})).status_code


def secret_id(key: str) -> str:
    """The client's id as it stands in the list: the second part of the key, with its hyphens."""
    plain: Any = key.split("_")[2]
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
