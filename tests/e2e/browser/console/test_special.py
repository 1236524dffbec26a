"""Orders and cases beside a conversation, and a special refund from there through an approver's room to its receipt."""

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import Page, Route

from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.console.test_workbench import Bench, bench, seated
from tests.e2e.conftest import Shop
from tests.e2e.people import Session

pytestmark = pytest.mark.slow

REFUND = "3.05"
WHY = "等了很久，灯也闪，电话13800138000"


async def beside(at: Bench, tab: str) -> Any:
    """What stands beside the conversation under that tab."""
    await at.page.get_by_role("complementary", name="顾客信息").get_by_role("tab", name=tab).click()
    return at.page.get_by_role("tabpanel", name=tab)


async def propose(page: Page, amount: str) -> None:
    dialog = page.get_by_role("dialog", name="申请特殊退款")
    await dialog.get_by_text("规则编号").wait_for()
    await dialog.get_by_label("退款金额").fill(amount)
    await dialog.get_by_label("说明").fill(WHY)
    await dialog.get_by_role("button", name="提交审批").click()


@pytest.mark.control("M-16")
async def test_a_special_refund_goes_from_the_workbench_over_an_approver_to_its_receipt(desk: Desk, shop: Shop) -> None:
    agent = await seated(desk, shop, "agent")
    approver = await desk.session("approver", shops=(shop.name,))
    async with bench(desk, agent, is_clean=False) as at, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        orders = await beside(at, "订单")
        await orders.get_by_text("床头灯").first.wait_for()
        await orders.get_by_role("button", name="申请特殊退款").first.click()
        dialog = at.page.get_by_role("dialog", name="申请特殊退款")
        await dialog.get_by_label("床头灯").fill("1")
        await dialog.get_by_label("退款金额").fill("999999")
        await dialog.get_by_text("超出您一次可申请的¥2000.00").wait_for()
        assert await dialog.get_by_role("button", name="提交审批").is_disabled()
        await propose(at.page, "1.234")
        await at.page.get_by_text("最多两位小数").wait_for()
        await propose(at.page, REFUND)
        await at.page.get_by_text("已提交，等待审批").wait_for()
        await approved(desk, approver)
        cases = await beside(at, "售后")
        await until_shown(cases, "回执摘要")
        words = await cases.inner_text()

    assert "¥3.05" in words
    [written] = await shop.received()
    assert written.refund_fen == 305


async def approved(desk: Desk, approver: Session) -> None:
    async with desk.opened("/special-refunds", by=approver) as (page, _):
        await page.get_by_role("link", name="¥3.05").click()
        await page.get_by_role("heading", name="¥3.05").wait_for()
        await page.get_by_text("灯也闪，电话⟨手机⟩").wait_for()
        await reads_the_conversation(page)
        await page.get_by_role("button", name="同意退款").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_text("已同意，正在提交订单系统").wait_for()


async def reads_the_conversation(page: Page) -> None:
    """An approver answers no customers: what was said is shown, and nothing to say something with."""
    await page.get_by_role("link", name="查看会话").click()
    await page.get_by_role("log").get_by_text("转人工", exact=True).wait_for()
    await page.get_by_text("本次查看已写入审计日志").wait_for()
    await page.get_by_role("complementary", name="顾客信息").get_by_text("身份已核实").wait_for()
    assert await page.get_by_role("textbox").count() == 0
    await page.get_by_role("button", name="返回").click()


async def until_shown(panel: Any, words: str) -> None:
    """The write goes on beside; the panel is opened anew until it tells."""
    async with asyncio.timeout(30):
        while not await panel.get_by_text(words).count():
            page = panel.page
            await page.get_by_role("tab", name="交接信息").click()
            await page.get_by_role("tab", name="售后").click()
            await panel.get_by_text("订单系统回执").first.wait_for()


@pytest.mark.control("M-15")
async def test_who_proposed_it_is_told_that_somebody_else_decides_and_withdraws_it(desk: Desk, shop: Shop) -> None:
    both = await desk.session("agent", "approver", shops=(shop.name,))
    async with shop.talk(now=None) as talk:
        await talk.say("你好")
        proposal = await proposed(both, talk.conversation.conversation_id)
    async with desk.opened(f"/special-refunds/{proposal}", by=both, is_clean=False) as (page, _):
        await page.get_by_text("要由另一位同事审批").wait_for()
        assert await page.get_by_role("button", name="同意退款").count() == 0
        await page.get_by_role("button", name="撤回").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_text("没有特殊退款").wait_for()
        await page.get_by_label("状态").select_option("withdrawn")
        await page.get_by_role("link", name="¥1.00").wait_for()


async def proposed(by: Session, conversation: Any) -> str:
    orders = (await by.ask("GET", f"/desk/conversations/{conversation}/orders"))["orders"]
    order = next(each for each in orders if each["lines"][0]["free"] and each["paid_fen"])
    body = {
        "conversation_id": str(conversation),
        "order_id": order["order_id"],
        "flow": "refund_only",
        "lines": [{"line_id": order["lines"][0]["line_id"], "quantity": 1}],
        "special_reason": "goodwill",
        "words": WHY,
        "amount_fen": 100,
    }
    found: str = (await by.ask("POST", "/special-refunds", body))["proposal_id"]
    return found


async def test_while_the_order_system_is_slow_or_down_the_panel_says_so_and_the_talk_goes_on(
    desk: Desk, shop: Shop
) -> None:
    agent = await seated(desk, shop, "agent")
    answering, asked = asyncio.Event(), asyncio.Event()
    down = {"code": "order_system_unavailable", "detail": "", "retryable": True}

    async def answer(route: Route) -> None:
        if asked.is_set():
            await route.continue_()
            return
        asked.set()
        await answering.wait()
        await route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(down))

    async with bench(desk, agent, is_clean=False) as at, shop.talk(now=None) as talk:
        await at.page.route("**/orders", answer)
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        orders = await beside(at, "订单")
        await orders.get_by_text("响应较慢").wait_for()
        answering.set()
        await orders.get_by_text("暂时连不上").wait_for()
        await at.say("稍等，我看一下")
        await at.see("稍等，我看一下")
        await orders.get_by_role("button", name="重试").click()
        await orders.get_by_text("床头灯").first.wait_for()
