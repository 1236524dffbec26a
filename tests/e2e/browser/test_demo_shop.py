"""The demo's shop page: whoever one chooses to be is known to the bot, and has a conversation of his own."""

import pytest

from appliance.clock import SystemClock
from appliance.demo.shop.model import visitors
from appliance.evaluation import showcase, stories, tryout
from appliance.evaluation.throwaway import Throwaway
from appliance.evaluation.venue import Site
from tests.e2e.browser.conftest import Storefront

pytestmark = pytest.mark.slow


async def open_demo(site: Site) -> None:
    """As ``appliance demo`` leaves it."""
    venue = await showcase.open_shop(site)
    await venue.load(tryout.at(SystemClock().now()).fixtures)


async def test_a_visitor_is_known_and_another_begins_anew(storefront: Storefront, site: Site, place: Throwaway) -> None:
    await open_demo(site)
    async with storefront.looking(f"{place.web_url}/demo/shop") as (page, _):
        await page.get_by_role("button", name="唐一诺").click()
        says = await page.locator("blockquote").first.inner_text()
        await page.get_by_role("button", name="打开在线客服").click()
        log = page.get_by_role("log")
        await log.get_by_text("人工智能").first.wait_for()
        name = await page.get_by_role("dialog").get_by_role("heading").inner_text()
        greeted = await log.inner_text()
        await page.get_by_role("dialog").locator(".avatar canvas").wait_for()
        field = page.get_by_role("textbox", name="输入您的问题")
        await field.fill(says)
        await field.press("Enter")
        await log.get_by_text("折叠雨伞").last.wait_for()
        await log.get_by_text("合计退75元").wait_for()
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="游客").click()
        await page.get_by_role("button", name="打开在线客服").click()
        await log.get_by_text("人工智能").first.wait_for()
        said = await log.inner_text()

    assert says == next(each.tries[0].say for each in visitors() if each.name == "唐一诺")
    assert "雨伞" not in said
    assert name == stories.shop().persona["bot_name"]
    assert f"我是{stories.shop().name}的智能客服{name}" in greeted
