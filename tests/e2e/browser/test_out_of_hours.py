"""The widget while nobody works: what is written is kept, and it says when somebody answers."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from appliance.clock import SHANGHAI, SystemClock
from appliance.desk.terms import SHIPPED
from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import Site
from tests.e2e.browser.conftest import PHONE, ShopServer, Storefront, serving, shop_of

pytestmark = pytest.mark.slow

LINE_PX = 20
"""Of one line: neither of the two is broken, on a phone either."""


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    """People work for one hour of the day, which is far from now."""
    opens = (SystemClock().now().astimezone(SHANGHAI) + timedelta(hours=6)).hour % 23
    text = SHIPPED.read_text(encoding="utf-8").replace("00:00-24:00", f"{opens:02}:00-{opens + 1:02}:00")
    file = tmp_path / "terms.toml"
    file.write_text(text, encoding="utf-8")
    tmp_path.chmod(0o755)
    return file


async def test_out_of_hours_it_says_when_people_answer_and_the_queue_can_be_left(
    browser: Browser, terms: Path, tmp_path: Path
) -> None:
    async with throwaway(f'[desk]\nterms_file = "{terms}"\n') as place, Site.at(place.settings, place.status) as site:
        with serving(ShopServer(place.web_url)) as server:
            shop = await shop_of(site, 0)
            async with Storefront(browser, place, server, tmp_path).opened(shop, viewport=PHONE) as visit:
                await visit.open()
                await visit.say("转人工")
                await visit.see("现在不是人工服务时间")
                await visit.floor("现在不是人工服务时间").wait_for()
                second = await visit.panel.locator(".floor .second").inner_text()
                heights = [await line.bounding_box() for line in await visit.panel.locator(".floor p").all()]
                await visit.say("灯罩裂了，明天联系我就行")
                await visit.see("灯罩裂了")
                await visit.panel.get_by_role("button", name="取消排队").click()
                await visit.see("不再排队")
                left = await visit.panel.locator(".floor").count()

    assert "起按顺序联系您" in second
    assert left == 0
    assert [line and line["height"] for line in heights] == [LINE_PX, LINE_PX]
