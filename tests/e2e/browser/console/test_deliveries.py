"""What a shop's systems were told, and telling it again, in a browser against a real receiver."""

import asyncio
import sys
from pathlib import Path

import pytest

from appliance.evaluation.throwaway import Throwaway
from tests.appliance.integrations.receiver import receiving
from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.test_accessible import serious
from tests.e2e.browser.test_screens import Camera
from tests.e2e.conftest import Shop

pytestmark = pytest.mark.slow


async def test_what_was_told_is_listed_and_told_again_under_its_id(
    desk: Desk, shop: Shop, place: Throwaway, folder: Path
) -> None:
    async with receiving() as receiver, desk.opened("/deliveries", by=await desk.session("sys_admin")) as (page, _):
        camera = Camera(page, folder, "console-deliveries")
        await page.get_by_label("店铺").select_option(shop.name)
        await page.get_by_text("没有符合的推送记录").wait_for()
        words = ("-m", "appliance.cli.main", "webhooks", "add", shop.name, receiver.url)
        added = await asyncio.create_subprocess_exec(sys.executable, *words, env=place.environment)
        assert await added.wait() == 0
        async with shop.talk() as talk, asyncio.timeout(60):
            await talk.say("你好")
            while not receiver.told:
                await receiver.wait()
        first = receiver.told[0]
        row = page.get_by_role("row", name="会话开始")
        while not await row.get_by_text("已送达").count():
            await page.get_by_label("状态").select_option("delivered")
            await page.get_by_label("状态").select_option("")
        await camera.take("told")
        assert await serious(page) == []
        told_again = asyncio.create_task(receiver.wait())
        await asyncio.sleep(0)
        await row.get_by_role("button", name="重新推送").click()
        await asyncio.wait_for(told_again, 60)
        assert receiver.told[-1].id == first.id
