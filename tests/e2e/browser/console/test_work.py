"""Work orders, from opening one beside a conversation to its end; canned replies, from their editor to a customer."""

import re

import pytest
from playwright.async_api import Page

from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.console.test_special import beside
from tests.e2e.browser.console.test_workbench import bench, heard, seated
from tests.e2e.browser.test_accessible import serious
from tests.e2e.conftest import Shop
from tests.e2e.people import Session

pytestmark = pytest.mark.slow

WORDS = "请仓库核对灯罩库存，联系13800138000"


async def test_a_work_order_is_opened_beside_a_conversation_and_carried_to_its_end(desk: Desk, shop: Shop) -> None:
    agent = await seated(desk, shop, "agent")
    async with bench(desk, agent, is_clean=False) as at, shop.talk(now=None) as talk:
        page = at.page
        await page.get_by_role("link", name="工单").click()
        await page.get_by_text("没有符合条件的工单").wait_for()
        await page.get_by_role("link", name="工作台").click()
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        cases = await beside(at, "售后")
        await cases.get_by_role("button", name="建工单").click()
        dialog = page.get_by_role("dialog", name="新建工单")
        await dialog.get_by_role("button", name="确定").click()
        await page.get_by_text("请写明要做什么").wait_for()
        await dialog.get_by_label("要做什么").fill(WORDS)
        await dialog.get_by_label("类型").select_option("urge_warehouse")
        await dialog.get_by_role("button", name="确定").click()
        await cases.get_by_role("link", name="催仓库").click()
        await page.get_by_text("联系⟨手机⟩").wait_for()
        held = await deeds_on(page)
        [order] = (await agent.ask("GET", f"/work-orders?shop={shop.name}"))["work_orders"]
        await agent.ask("POST", f"/work-orders/{order['work_order_id']}/comments", {"words": "已电话联系"})
        await page.get_by_role("button", name="分配", exact=True).click()
        await page.get_by_role("dialog", name="分配").get_by_role("combobox").select_option("您本人")
        await page.get_by_role("dialog", name="分配").get_by_role("button", name="确定").click()
        await page.get_by_text("不是这个团队的成员").wait_for()
        await page.keyboard.press("Escape")
        boss = await desk.session("supervisor", shops=(shop.name,))
        await joins_the_warehouse(desk, boss)
        to_call = {"shop": shop.name, "kind": "call_back", "conversation_id": order["conversation_id"]}
        call_back = await agent.ask("POST", "/work-orders", to_call)
        await wants_no_calls_and_wants_them_again(desk, boss, call_back["work_order_id"])
        [member] = await boss.ask("GET", f"/work-members?shop={shop.name}")
        assert (member["staff_id"], member["team"], member["skills"]) == (
            agent.person.staff_id,
            "warehouse",
            ["complaint"],
        )
        await page.get_by_role("button", name="开始处理").click()
        await page.get_by_role("button", name="等顾客回复").wait_for()
        started = await deeds_on(page)
        await page.get_by_role("button", name="解决", exact=True).click()
        await page.get_by_role("dialog", name="解决").get_by_text("已办妥").click()
        await page.get_by_role("dialog", name="解决").get_by_role("button", name="确定").click()
        await page.get_by_role("button", name="重开").wait_for()
        await page.get_by_label("状态").select_option("resolved")
        await page.get_by_role("link", name="催仓库").wait_for()
        records = page.get_by_role("region", name="处理记录")
        await records.get_by_text("创建").wait_for()
        history = await records.inner_text()
        await page.get_by_role("link", name="查看会话").click()
        await at.see("转人工")

    assert "开始处理" in held
    assert "继续处理" not in held
    assert {"等顾客回复", "解决"} <= set(started)
    assert [word for word in ("创建", "开始处理", "解决") if word not in history] == []


async def joins_the_warehouse(desk: Desk, boss: Session) -> None:
    """The one colleague with a seat, by the shop's supervisor."""
    async with desk.opened("/work", by=boss, reduced_motion="reduce") as (page, _):
        await page.get_by_role("button", name="团队成员").click()
        dialog = page.get_by_role("dialog", name="团队成员")
        await dialog.get_by_label("团队", exact=True).select_option("warehouse")
        colleague = dialog.get_by_role("row").filter(has_text=re.compile(r"高远 \d"))
        await colleague.locator("label").first.click()
        await colleague.locator("label:not(.is-disabled)").nth(1).click()
        await colleague.get_by_role("checkbox", name="会处理投诉", checked=True).wait_for(state="attached")
        assert await serious(page) == []


async def wants_no_calls_and_wants_them_again(desk: Desk, boss: Session, work_order: str) -> None:
    async with desk.opened(f"/work/{work_order}", by=boss, is_clean=False, reduced_motion="reduce") as (page, _):
        calls = page.get_by_role("region", name="系统外呼")
        again = page.get_by_role("dialog", name="撤回“不要再打电话”")
        await calls.get_by_role("button", name="撤回").click()
        await again.get_by_text("当初登记错了").click()
        assert await serious(page) == []
        await again.get_by_role("button", name="确定").click()
        await page.get_by_text("没有登记过").wait_for()
        await page.keyboard.press("Escape")
        await calls.get_by_role("button", name="登记：不要再打电话").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_text("已完成").last.wait_for()
        await calls.get_by_role("button", name="撤回").click()
        await again.get_by_role("button", name="确定").click()
        await again.wait_for(state="hidden")


async def deeds_on(page: Page) -> list[str]:
    found: list[str] = await page.locator(".deeds button").all_inner_texts()
    return found


async def test_canned_replies_are_written_in_their_room_and_inserted_by_the_keyboard(desk: Desk, shop: Shop) -> None:
    supervisor = await seated(desk, shop, "supervisor")
    async with desk.opened("/replies", by=supervisor) as (page, _):
        await page.get_by_text("还没有快捷回复").wait_for()
        for title, text in (("运费", "运费由商家承担"), ("道歉", "给您添麻烦了")):
            await page.get_by_role("button", name="新建快捷回复").click()
            dialog = page.get_by_role("dialog", name="新建快捷回复")
            await dialog.get_by_label("标题").fill(title)
            await dialog.get_by_label("内容").fill(text)
            await dialog.get_by_role("button", name="保存").click()
            await page.get_by_role("cell", name=title, exact=True).wait_for()
        await page.get_by_label("搜索标题或内容").fill("麻烦")
        await page.get_by_role("cell", name="运费", exact=True).wait_for(state="detached")
        await page.get_by_role("button", name="修改").click()
        await page.get_by_role("dialog").get_by_label("内容").fill("很抱歉，给您添麻烦了")
        await page.get_by_role("dialog").get_by_role("button", name="保存").click()
        await page.get_by_role("cell", name="很抱歉，给您添麻烦了").wait_for()
    async with bench(desk, supervisor) as at, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        await at.page.keyboard.press("Alt+w")
        await at.page.keyboard.type("/抱歉")
        await at.page.get_by_role("option", name="道歉").wait_for()
        await at.page.keyboard.press("Enter")
        await at.page.keyboard.press("Enter")
        await heard(talk, "很抱歉，给您添麻烦了")
    async with desk.opened("/replies", by=supervisor) as (page, _):
        await page.get_by_role("row", name="运费").get_by_role("button", name="删除").click()
        await page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await page.get_by_role("cell", name="运费", exact=True).wait_for(state="detached")
