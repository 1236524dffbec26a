"""The console in a real browser, and people who work in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, async_playwright

from appliance.evaluation.throwaway import Throwaway
from appliance.web.access import COOKIE
from tests.e2e.browser.conftest import DESKTOP, HERE_ALONE, PATIENCE_MS, Watch
from tests.e2e.browser.test_screens import folder
from tests.e2e.people import Office, Person, Session

__all__ = ["folder"]


def http_of(place: Throwaway) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=place.web_url, trust_env=False, timeout=30)


@pytest.fixture
async def http(place: Throwaway) -> AsyncIterator[httpx.AsyncClient]:
    async with http_of(place) as http:
        yield http


class Desk:
    """Browsers of staff: each a person of its own."""

    def __init__(self, browser: Browser, office: Office, http: httpx.AsyncClient, url: str | None = None) -> None:
        """``url``: under which the browser finds the console; that of the appliance where none is said."""
        self._browser = browser
        self._url = url or office.web_url
        self.office = office
        self.http = http

    @asynccontextmanager
    async def opened(
        self,
        path: str = "/",
        *,
        by: Session | None = None,
        sockets: Callable[[WebSocketRoute], Any] | None = None,
        is_clean: bool = True,
        **options: Any,
    ) -> AsyncIterator[tuple[Page, Watch]]:
        """``by``: who is logged in already; nobody otherwise. ``sockets``: what stands between the page and the
        appliance. ``is_clean``: nothing goes wrong on the page."""
        watch = Watch(self._url)
        context = await self._browser.new_context(**{"viewport": DESKTOP, "locale": "zh-CN", **options})
        context.set_default_timeout(PATIENCE_MS)
        watch.over(context)
        if by is not None:
            url = self._url.replace("http:", "https:")
            await context.add_cookies([{"name": COOKIE, "value": by.token, "url": url, "secure": True}])
        if sockets is not None:
            await context.route_web_socket("**/ws?*", sockets)
        page = await context.new_page()
        await page.goto(f"{self._url}/console{path}")
        yield page, watch
        await context.close()
        assert not is_clean or watch.errors == []
        assert watch.elsewhere == []

    async def session(self, *roles: str, shops: tuple[str, ...] = ()) -> Session:
        return await self.office.log_in(self.http, await self.office.hire(self.http, *roles, shops=shops))

    async def person(self, *roles: str, shops: tuple[str, ...] = ()) -> Person:
        return await self.office.hire(self.http, *roles, shops=shops)


@pytest.fixture
def desk(browser: Browser, office: Office, http: httpx.AsyncClient) -> Desk:
    return Desk(browser, office, http)


@pytest.fixture
async def desk_by_name(
    chromium: dict[str, Any], place: Throwaway, office: Office, http: httpx.AsyncClient
) -> AsyncIterator[Desk]:
    """The console under the name that its configuration says: a passkey is bound to it."""
    rules = f"--host-resolver-rules=MAP localhost {place.status.addresses['web']} , {HERE_ALONE}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium | {"args": [*chromium["args"], rules]})
        yield Desk(browser, office, http, place.settings.access.origin)
        await browser.close()


async def sign_in(page: Page, person: Person) -> None:
    await page.get_by_label("用户名").fill(person.login)
    await page.get_by_label("密码").fill(person.password)
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_role("textbox", name="验证码").fill(person.code())
    await page.get_by_role("button", name="登录").click()
