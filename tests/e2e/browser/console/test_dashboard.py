"""The dashboard: from an empty shop to figures, what each means, and the file of them."""

import csv
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.test_accessible import serious
from tests.e2e.browser.test_screens import Camera
from tests.e2e.conftest import Shop

pytestmark = pytest.mark.slow


async def test_a_supervisor_reads_the_figures_of_his_shop_and_how_they_are_counted(
    desk: Desk, shop: Shop, another: Shop, folder: Path, tmp_path: Path
) -> None:
    supervisor = await desk.session("supervisor", shops=(shop.name, another.name))
    found: list[str] = []
    file = tmp_path / "report.csv"
    async with AsyncExitStack() as opened:
        page, _ = await opened.enter_async_context(desk.opened("/dashboard", by=supervisor, reduced_motion="reduce"))
        camera = Camera(page, folder, "console-dashboard")

        async def again() -> None:
            for day in ("昨天", "今天"):
                async with page.expect_response("**/reports?*"):
                    await page.get_by_text(day, exact=True).click()

        await page.get_by_label("统计店铺").select_option(shop.name)
        await page.get_by_text("这段时间还没有会话").wait_for()
        await camera.take("empty")
        found += await serious(page)

        first = await opened.enter_async_context(shop.talk(now=None))
        second = await opened.enter_async_context(shop.talk(now=None))
        third = await opened.enter_async_context(another.talk(now=None))
        await first.say("床头灯收到时灯罩就裂了，我要退货")
        await first.show()
        await first.say("确认")
        await first.until_logged("receipt.received")
        await second.say("转人工")
        await third.say("您好")
        await again()
        tiles = page.get_by_role("list", name="关键指标").get_by_role("listitem")
        await tiles.filter(has_text="回执办结率").filter(has_text="50.0%").wait_for()
        await page.get_by_role("img", name="转人工次数分项").locator("canvas").wait_for()
        await page.get_by_role("button", name="看转人工率的走势").click()
        await page.get_by_role("img", name="转人工率走势").locator("canvas").wait_for()
        await camera.take("chart")
        found += await serious(page)

        await page.get_by_text("表格", exact=True).click()
        parts = page.get_by_role("region", name="转人工次数分项")
        assert await parts.get_by_role("row").filter(has_text="顾客要求").get_by_role("cell").all_inner_texts() == [
            "1",
            "0",
        ]
        await page.get_by_label("统计店铺").select_option("")
        shops = page.get_by_role("region", name="转人工率 · 按店铺").get_by_role("row")
        await shops.filter(has_text=another.name).wait_for()
        await camera.take("table")
        found += await serious(page)

        await page.get_by_role("button", name="转人工率的定义与SQL").first.click()
        dialog = page.get_by_role("dialog", name="转人工率")
        await dialog.get_by_text("转人工的会话 ÷ 有效会话数。", exact=True).wait_for()
        statement = await dialog.get_by_label("查询语句").inner_text()
        await camera.take("definition")
        found += await serious(page)
        await page.keyboard.press("Escape")

        async with page.expect_download() as download:
            await page.get_by_role("button", name="导出CSV").click()
        await (await download.value).save_as(file)

        await page.get_by_text("自选日期").click()
        await page.get_by_label("开始日期").fill("2020-02-02")
        await page.get_by_role("alert").get_by_text("一次最多统计366天").wait_for()
        await page.get_by_label("结束日期").fill("2020-01-01")
        await page.get_by_role("alert").get_by_text("开始日期不能晚于结束日期").wait_for()

    assert statement.startswith("-- 转人工率 / Hand-off rate")
    assert shop.name in statement
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    talks = {row["分项"]: row["本期"] for row in rows if row["代码"] == "conversations" and row["维度"] == "店铺"}
    assert talks == {shop.name: "2", another.name: "1"}
    assert found == []
