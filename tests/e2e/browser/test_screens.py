"""Pictures of every screen at two sizes, to be looked at.

TEST_SCREENS=var/screens TEST_CHROMIUM=/ pytest tests/e2e/browser/test_screens.py
"""

import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page

from appliance.evaluation.throwaway import Throwaway
from appliance.evaluation.venue import Site
from tests.e2e.browser.conftest import DESKTOP, PHONE, Storefront, Visit
from tests.e2e.browser.test_demo_shop import open_demo
from tests.e2e.browser.test_people import BADGE, NAME, ask_for_a_person, waiting
from tests.e2e.conftest import Shop
from tests.e2e.people import Office
from tests.e2e.staff import an_agent

pytestmark = pytest.mark.slow

SIZES = [pytest.param(DESKTOP, "desk", id="desk"), pytest.param(PHONE, "phone", id="phone")]
SCREENS = ("closed", "welcome", "reasons", "cards", "picture", "quote", "receipt")
WITH_PEOPLE = ("away", "waiting", "served", "typing", "answered", "rating", "rated")


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "name"), SIZES)
async def test_every_screen_of_the_way_to_a_human(
    storefront: Storefront,
    shop: Shop,
    office: Office,
    folder: Path,
    size: Any,
    name: str,
    scheme: Literal["light", "dark"],
) -> None:
    async with storefront.opened(shop, viewport=size, color_scheme=scheme) as visit:
        camera = Camera(visit.page, folder, f"people-{name}-{scheme}")
        await with_people(visit, office, camera.take)

    assert camera.taken == list(WITH_PEOPLE)


async def with_people(visit: Visit, office: Office, take: Callable[[str], Awaitable[None]]) -> None:
    """From asking for a person to a rating, with a stop at everything that is to be seen."""
    await ask_for_a_person(visit)
    await visit.floor("客服上线后按顺序接待您").wait_for()
    await take("away")
    async with an_agent(office, visit.shop.name, BADGE, capacity=1) as agent, AsyncExitStack() as stack:
        given = await agent.is_given()
        await agent.hands_back(given)
        await visit.see("由智能客服继续为您服务")
        await waiting(visit.shop, stack)
        other = await agent.is_given()
        await visit.say("转人工")
        await visit.floor("预计约6分钟后接通").wait_for()
        await take("waiting")
        await agent.closes(other)
        given = await agent.is_given()
        await visit.floor(NAME).wait_for()
        await take("served")
        await agent.types(given)
        await visit.log.locator(".typing").wait_for()
        await take("typing")
        await agent.says(given, "您好，我看到您的床头灯还在七天无理由期内，运费由我们承担，您看可以吗？")
        await visit.see("运费由我们承担")
        await visit.say("好的，谢谢")
        await visit.see("好的，谢谢")
        await take("answered")
        await agent.closes(given)
        await visit.see("请为这次服务打个分")
        await take("rating")
        await visit.press("5分")
        await visit.see("谢谢您的评价")
        await take("rated")


@pytest.mark.parametrize(("size", "name"), SIZES)
async def test_the_demos_page(
    storefront: Storefront, site: Site, place: Throwaway, folder: Path, size: Any, name: str
) -> None:
    await open_demo(site)
    async with storefront.looking(f"{place.web_url}/demo/shop", viewport=size) as (page, _):
        await page.get_by_text("的订单").wait_for()
        camera = Camera(page, folder, f"demo-{name}")
        await camera.take("shop")
        await page.get_by_role("button", name="打开在线客服").click()
        await page.get_by_role("log").locator(".bubble").first.wait_for()
        await page.get_by_role("dialog").locator(".avatar canvas").wait_for()
        await camera.take("chat")
    assert camera.taken == ["shop", "chat"]
