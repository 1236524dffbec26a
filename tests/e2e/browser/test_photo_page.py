"""The page of a photo link while what lies between it and the appliance fails: a link is lost only where it is gone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route

from appliance.aftersales.photo_links.rules import PATH
from appliance.channels.photos import http
from tests.e2e.browser.test_accessible import serious
from tests.e2e.browser.test_widget import ON_A_PHONE

pytestmark = pytest.mark.slow

SITE = "http://photos.localhost"
TOKEN = "a-token-of-a-link"
CODE = "12345678"
OPEN = {
    "token": TOKEN,
    "shop_name": "鹿角小铺",
    "most": 3,
    "most_bytes": 1_000_000,
    "taken": 0,
    "expires_at": "2026-11-28T08:00:00Z",
}
NO_NETWORK = 0
_FILES = Path(http.__file__).with_name("page")


class Between:
    """Answers the page's calls with one status after the other, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses)
        self.secrets: list[str] = []

    async def answer(self, route: Route) -> None:
        self.secrets.append(route.request.headers["authorization"].removeprefix("Bearer "))
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        if status == NO_NETWORK:
            await route.abort()
        else:
            await route.fulfill(status=status, json=OPEN if status == 200 else {})


async def _file(route: Route) -> None:
    name = route.request.url.removeprefix(f"{SITE}{PATH}").split("#")[0].strip("/") or "index.html"
    await route.fulfill(path=_FILES / name)


@asynccontextmanager
async def telephone(browser: Browser, between: Between) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="zh-CN", **ON_A_PHONE)
    await context.route(f"{SITE}{PATH}**", _file)
    await context.route(f"{SITE}{http.BASE}/link", between.answer)
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("status", [NO_NETWORK, 503, 429])
async def test_a_link_that_cannot_be_looked_at_now_is_tried_again(browser: Browser, status: int) -> None:
    between = Between(status, status, status, 200)
    async with telephone(browser, between) as page:
        await page.goto(f"{SITE}{PATH}#{TOKEN}")
        await page.get_by_role("heading", name="还没有打开").wait_for()
        await page.get_by_role("alert").get_by_text("再试").wait_for()
        found = await serious(page)
        await page.get_by_role("button", name="重试").click()
        await page.get_by_role("alert").get_by_text("再试").wait_for()
        await page.reload()
        await page.get_by_role("button", name="重试").click()
        await page.get_by_text("鹿角小铺").wait_for()
        address = page.url

    assert (between.secrets, found) == ([TOKEN] * 4, [])
    assert TOKEN not in address, "an opened link stays in no history"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_link_that_is_gone_is_gone(browser: Browser, status: int) -> None:
    async with telephone(browser, Between(status)) as page:
        await page.goto(f"{SITE}{PATH}#{TOKEN}")
        await page.get_by_role("heading", name="这个页面已经不能用了").wait_for()


async def test_a_code_is_called_wrong_only_where_it_was_looked_at(browser: Browser) -> None:
    between = Between(503, 404, NO_NETWORK, 200)
    async with telephone(browser, between) as page:
        await page.goto(f"{SITE}{PATH}")
        await page.get_by_label("8 位验证码").fill(CODE)
        for said in ("暂时连不上", "验证码不对", "暂时连不上"):
            await page.get_by_role("button", name="下一步").click()
            await page.get_by_role("alert").get_by_text(said).wait_for()
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_text("鹿角小铺").wait_for()

    assert between.secrets == [CODE] * 4
