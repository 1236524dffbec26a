"""What is done without stands on every page of the console for who needs to know, and nowhere before customers."""

import pytest

from tests.e2e.browser.conftest import Storefront
from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.test_accessible import serious
from tests.e2e.conftest import Shop

pytestmark = pytest.mark.slow

FAILS = {"error_5xx": {"on": "all"}}
TO_AGENTS = "有店铺的订单系统不通，机器人查不到那里的订单"
IN_ENGLISH = "A shop's order system does not answer: the bot finds no orders there"
TO_OPERATORS = "有店铺的订单系统不通，顾客的请求先记下来"


async def test_who_serves_and_who_operates_are_told_on_their_pages_and_customers_are_not(
    desk: Desk, shop: Shop, storefront: Storefront
) -> None:
    agent, operator = await desk.session("agent", shops=(shop.name,)), await desk.session("sys_admin")
    async with (
        desk.opened("/workbench", by=agent) as (serving, _),
        desk.opened("/config", by=operator) as (operating, _),
        storefront.opened(shop) as visit,
    ):
        banner = serving.get_by_text(TO_AGENTS)
        await serving.get_by_role("link", name="我的账号").wait_for()
        assert await banner.count() == 0
        await shop.site.orders.hang_faults(shop.name, FAILS)
        await visit.open()
        await visit.say("我的床头灯到哪了")
        await visit.see("人工")
        await banner.wait_for()
        await operating.get_by_text(TO_OPERATORS).wait_for()
        assert await serious(serving) == []
        await serving.get_by_role("link", name="我的账号").click()
        await banner.wait_for()
        await serving.get_by_role("button", name="English").click()
        await serving.get_by_text(IN_ENGLISH).wait_for()
        assert "订单系统不通" not in await visit.page.content()
        await shop.site.orders.hang_faults(shop.name, {})
        async with shop.talk() as talk:
            await talk.say("我的床头灯到哪了")
            assert "顺丰" in talk.shown
        await serving.get_by_text(IN_ENGLISH).wait_for(state="hidden")
        await operating.get_by_text(TO_OPERATORS).wait_for(state="hidden")
