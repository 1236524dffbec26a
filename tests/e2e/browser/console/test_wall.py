"""The supervisor's wall, and what security administrators do with accounts and changes."""

import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.e2e.browser.console.conftest import Desk
from tests.e2e.conftest import Shop
from tests.e2e.people import Session

pytestmark = pytest.mark.slow


@asynccontextmanager
async def seat_of(agent: Session, shop: Shop) -> AsyncIterator[None]:
    """At which its agent sits, online, with whoever waits."""
    async with agent.console(shop.name) as socket:
        while json.loads(await socket.recv())["type"] != "assigned":
            pass
        yield


async def test_a_supervisor_gives_a_seat_sees_who_waits_and_looks_in(desk: Desk, shop: Shop) -> None:
    supervisor = await desk.session("supervisor", shops=(shop.name,))
    agent = await desk.session("agent", shops=(shop.name,))
    badge = f"{secrets.randbelow(10**6)}"
    async with desk.opened("/wall", by=supervisor) as (page, _), shop.talk(now=None) as talk:
        await page.get_by_text("还没有座席").wait_for()
        await page.get_by_role("button", name="分配座席").click()
        dialog = page.get_by_role("dialog", name="分配座席")
        await dialog.get_by_label("坐席", exact=True).select_option(agent.person.staff_id)
        await dialog.get_by_label("工号").fill(badge)
        await dialog.get_by_text("综合").click()
        await page.get_by_role("button", name="确定").click()
        await page.get_by_role("cell", name=badge, exact=True).wait_for()
        await talk.say("转人工")
        await page.get_by_role("region", name="综合").get_by_text("1", exact=True).wait_for()
        await page.get_by_role("link", name="查看").first.click()
        await page.get_by_role("log").get_by_text("转人工", exact=True).wait_for()

    async with seat_of(agent, shop), desk.opened("/wall", by=supervisor) as (page, _):
        await page.get_by_role("region", name="综合").get_by_text(re.compile(r"^[01]/1$")).first.wait_for()
        await page.get_by_role("region", name="综合").get_by_text("怎么算").click()
        await page.get_by_role("region", name="综合").get_by_text("秒内有人接待的顾客占比").wait_for()
        await page.get_by_role("button", name="查看他的会话").click()
        await page.get_by_text(f"坐席 {badge} 高远").first.wait_for()
        talks = page.get_by_role("table").last
        await talks.get_by_role("link", name="查看").wait_for()
        await page.get_by_label("接待方").select_option("bot")
        await page.get_by_text("一小时内没有会话").wait_for()
        await page.get_by_role("button", name="收回座席").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_text("还没有座席").wait_for()
        waiting = page.get_by_role("region", name="综合").get_by_role("definition")
        await waiting.filter(has_text="1").first.wait_for()

    board = await supervisor.ask("GET", f"/desk/board?shop={shop.name}")
    assert (board["seats"], len(board["waiting"])) == ([], 1)


@pytest.mark.control("M-16")
async def test_an_agent_has_no_wall(desk: Desk, shop: Shop) -> None:
    async with desk.opened("/wall", by=await desk.session("agent", shops=(shop.name,))) as (page, _):
        await page.get_by_role("tab", name="我的").wait_for()
        assert page.url.endswith("/console/workbench")
        rooms = await page.get_by_role("navigation").get_by_role("link").all_inner_texts()
        assert rooms == ["工作台", "工单", "特殊退款"]


async def test_an_account_is_made_and_its_token_shown_once(desk: Desk, shop: Shop) -> None:
    login = f"new.{secrets.token_hex(4)}"
    async with desk.opened("/accounts", by=await desk.session("sec_admin")) as (page, _):
        await page.get_by_role("button", name="新建账号").click()
        await page.get_by_label("登录名").fill(login)
        await page.get_by_label("姓名").fill("林岚")
        await page.get_by_role("dialog").get_by_text("坐席", exact=True).click()
        await page.get_by_title(shop.name).click()
        await page.get_by_role("button", name="确定").click()
        await page.get_by_role("dialog", name="一次性口令").wait_for()
        token = await page.locator("code.token").inner_text()
        await page.get_by_role("button", name="关闭", exact=True).click()
        row = page.get_by_role("row").filter(has_text=login)
        words = await row.inner_text()

    assert all(each in words for each in ("林岚", "坐席", "鹿角小铺", "待本人设置"))
    assert (await desk.http.post("/api/staff/v1/setup", json={"token": token})).json()["login"] == login
