"""Pictures of every screen at two sizes, to be looked at.

TEST_SCREENS=var/screens TEST_CHROMIUM=/ pytest tests/e2e/browser/test_screens.py
"""

import os
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page

from appliance.evaluation.throwaway import Throwaway
from appliance.evaluation.venue import Site
from tests.e2e.browser.conftest import DESKTOP, PHONE, Storefront, Visit
from tests.e2e.browser.test_demo_shop import open_demo
from tests.e2e.conftest import Shop

pytestmark = pytest.mark.slow

SIZES = [pytest.param(DESKTOP, "desk", id="desk"), pytest.param(PHONE, "phone", id="phone")]
SCREENS = ("closed", "welcome", "reasons", "cards", "picture", "quote", "receipt")


class Camera:
    def __init__(self, page: Page, folder: Path, name: str) -> None:
        self._page = page
        self._folder = folder
        self._name = name
        self.taken: list[str] = []

    async def take(self, screen: str) -> None:
        path = self._folder / f"{self._name}-{screen}.png"
        await self._page.screenshot(path=path, animations="disabled")
        self.taken.append(screen)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = Path(os.environ.get("TEST_SCREENS", tmp_path))
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "name"), SIZES)
async def test_every_screen_of_the_widget(
    storefront: Storefront, shop: Shop, folder: Path, size: Any, name: str, scheme: Literal["light", "dark"]
) -> None:
    async with storefront.opened(shop, viewport=size, color_scheme=scheme) as visit:
        camera = Camera(visit.page, folder, f"widget-{name}-{scheme}")
        await camera.take("closed")
        await walk(visit, camera)

    assert camera.taken == list(SCREENS)


async def walk(visit: Visit, camera: Camera) -> None:
    await visit.open()
    await camera.take("welcome")
    await visit.say("我要退货")
    await visit.log.get_by_role("button", name="收到时破损").wait_for()
    await camera.take("reasons")
    await visit.press("收到时破损")
    await visit.log.get_by_role("button", name="床头灯").wait_for()
    await camera.take("cards")
    await visit.press("床头灯")
    await visit.see("照片")
    await visit.panel.locator("input[type=file]").set_input_files(visit.picture)
    await visit.panel.get_by_role("img", name="准备发送的图片").wait_for()
    await camera.take("picture")
    await visit.panel.get_by_role("button", name="发送", exact=True).click()
    await visit.log.get_by_role("button", name="确认提交").wait_for()
    await camera.take("quote")
    await visit.press("确认提交")
    await visit.see("办好了")
    await camera.take("receipt")


@pytest.mark.parametrize(("size", "name"), SIZES)
async def test_the_demos_page(
    storefront: Storefront, site: Site, place: Throwaway, folder: Path, size: Any, name: str
) -> None:
    await open_demo(site)
    async with storefront.looking(f"{place.web_url}/demo/shop", viewport=size) as (page, _):
        await page.get_by_text("的订单").wait_for()
        camera = Camera(page, folder, f"demo-{name}")
        await camera.take("shop")
    assert camera.taken == ["shop"]
