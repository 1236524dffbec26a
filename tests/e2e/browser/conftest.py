"""A real browser before a real appliance, on pages of shops that have a server of their own.

Every page is watched: no error on its console, no request but to the page's own server and to the appliance.
"""

import asyncio
import http.server
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    FileChooser,
    Locator,
    Page,
    Request,
    WebSocketRoute,
    async_playwright,
)

from appliance.clock import SystemClock
from appliance.evaluation import stories
from appliance.evaluation.picture import png
from appliance.evaluation.throwaway import Throwaway
from appliance.evaluation.venue import Site
from tests.e2e.conftest import Shop

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 90_000
"""For what a page is to show: tests of other files share the machine. Playwright's own 30 s were not enough for it."""
CUSTOMERS = Path(__file__).with_name("customers")
HERE_ALONE = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
"""No name is looked up for the services that Chromium calls for itself."""
_PROGRAM = "usr/lib/chromium/chromium"
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{0}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{1}</cachedir></fontconfig>
"""
POLICY = "default-src 'none'; script-src {0}; connect-src {0} {1}; img-src 'self'; base-uri 'none'; form-action 'none'"
"""Of a shop's page: no more than the widget needs (docs/widget.md). {0}: the appliance; {1}: the same by ws."""


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How it is started, wherever it lies."""
    said = os.environ.get("TEST_CHROMIUM", "./install.sh test --all fetches it")
    if not said.startswith("/"):
        pytest.skip(f"Chromium is not here: {said}")
    root = Path(said)
    args = ["--no-sandbox", f"--host-resolver-rules={HERE_ALONE} , EXCLUDE localhost , EXCLUDE *.localhost"]
    options: dict[str, Any] = {"executable_path": str(root / _PROGRAM), "args": args}
    if root == Path("/"):
        return options
    home = tmp_path_factory.mktemp("chromium")
    (home / "fonts.conf").write_text(_FONTS.format(root, home))
    libraries = ":".join(
        str(each) for folder in ("", "/pulseaudio") for each in root.glob(f"usr/lib/*-linux-gnu{folder}")
    )
    return options | {"env": os.environ | {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_FILE": str(home / "fonts.conf")}}


@pytest.fixture
async def browser(chromium: dict[str, Any]) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium)
        yield browser
        await browser.close()


class Watch:
    """What went wrong on a page, for a test that expects nothing of it."""

    def __init__(self, *origins: str) -> None:
        self._known = tuple(f"{each}/" for origin in origins for each in (origin, _by_socket(origin)))
        self.errors: list[str] = []
        self.elsewhere: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda failed: self.errors.append(str(failed.error)))
        context.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        """What a page made itself, a ``blob:``, is of its own origin."""
        if not request.url.removeprefix("blob:").startswith(self._known):
            self.elsewhere.append(request.url)


def _by_socket(origin: str) -> str:
    return origin.replace("http", "ws", 1)


class ShopServer(http.server.ThreadingHTTPServer):
    """Serves pages of shops by name, as the shops' own servers would."""

    daemon_threads = True

    def __init__(self, appliance: str) -> None:
        super().__init__(("127.0.0.1", 0), _ShopPages)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.policy = POLICY.format(appliance, _by_socket(appliance))
        self.pages: dict[str, str] = {}


class _ShopPages(http.server.BaseHTTPRequestHandler):
    server: ShopServer

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        self.send_response(200 if page else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="session")
def shop_server(place: Throwaway) -> Iterator[ShopServer]:
    with serving(ShopServer(place.web_url)) as server:
        yield server


@contextmanager
def serving(server: ShopServer) -> Iterator[ShopServer]:
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Storefront:
    """Pages of shops, in a browser."""

    def __init__(self, browser: Browser, place: Throwaway, server: ShopServer, folder: Path) -> None:
        self.picture = folder / "photo.png"
        self.picture.write_bytes(png(240))
        self.origin = server.origin
        self._browser = browser
        self._place = place
        self._server = server

    async def dress(self, shop: Shop, *look: str) -> None:
        """By the command that a shop's operator uses."""
        await self.command("shop", "widget", shop.name, *look)

    async def command(self, *words: str) -> None:
        program = [sys.executable, "-m", "appliance.cli.main", *words]
        done = await asyncio.create_subprocess_exec(*program, env=self._place.environment, cwd="/")
        assert await done.wait() == 0

    @asynccontextmanager
    async def opened(
        self,
        shop: Shop,
        *,
        token: str | None = "",
        attributes: str = "",
        is_named: bool = True,
        **options: Any,
    ) -> AsyncIterator["Visit"]:
        """``token``: empty stands for that of the shop's customer, None for a stranger."""
        if is_named:
            await self.dress(shop, "--origin", self.origin)
        given = shop.token() if token == "" else token
        self._server.pages[f"/{shop.name}"] = page_html(self._place.web_url, shop.name, given, attributes)
        async with self.looking(f"{self.origin}/{shop.name}", self.origin, **options) as (page, watch):
            yield Visit(page, shop, watch, self.picture)

    @asynccontextmanager
    async def looking(
        self,
        url: str,
        *origins: str,
        sockets: Callable[[WebSocketRoute], Any] | None = None,
        script: str = "",
        is_clean: bool = True,
        **options: Any,
    ) -> AsyncIterator[tuple[Page, Watch]]:
        """``is_clean``: nothing goes wrong on the page. ``sockets``: what stands between it and the appliance.
        ``script``: what is run before anything of the page is.
        """
        watch = Watch(self._place.web_url, *origins)
        context = await self._browser.new_context(**{"viewport": DESKTOP, "locale": "zh-CN", **options})
        context.set_default_timeout(PATIENCE_MS)
        watch.over(context)
        if sockets is not None:
            await context.route_web_socket("**/ws?*", sockets)
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        page.on("filechooser", _left_open)
        await page.goto(url)
        yield page, watch
        await context.close()
        assert not is_clean or watch.errors == []
        assert watch.elsewhere == []


def _left_open(_: FileChooser) -> None:
    """Who waits for a chooser only when it is pressed for may tell the browser too late, and one of its own opens."""


def page_html(appliance: str, shop: str, token: str | None, attributes: str) -> str:
    proof = "" if token is None else f' data-token="{token}"'
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>店铺</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        "<body><main><h1>店铺</h1></main>"
        f'<script src="{appliance}/widget.js" data-shop="{shop}"{proof} {attributes}></script></body></html>'
    )


_MOST_STOPS = 24
_FOCUSED = """() => {
  const within = document.querySelector("aftersales-chat")?.shadowRoot?.activeElement;
  return within?.getAttribute("aria-label") ?? within?.innerText?.trim() ?? "";
}"""


class Visit:
    """One customer on one page. What is waited for is always something that is seen."""

    def __init__(self, page: Page, shop: Shop, watch: Watch, picture: Path) -> None:
        self.page = page
        self.shop = shop
        self.watch = watch
        self.picture = picture
        self.panel = page.get_by_role("dialog")
        self.log = page.get_by_role("log")
        self.field = page.get_by_role("textbox", name="输入您的问题")

    async def open(self) -> None:
        await self.page.get_by_role("button", name="打开在线客服").click()
        await self.log.get_by_text("人工智能").first.wait_for()

    async def say(self, words: str) -> None:
        await self.field.fill(words)
        await self.field.press("Enter")

    async def show(self) -> None:
        await self.panel.locator("input[type=file]").set_input_files(self.picture)
        await self.panel.get_by_role("button", name="发送", exact=True).click()

    async def press(self, name: str) -> None:
        await self.log.get_by_role("button", name=name).click()

    async def see(self, words: str) -> None:
        await self.log.get_by_text(words).last.wait_for()

    async def to_the_quote(self) -> None:
        """A return with a photo, up to the question that a plain yes answers."""
        await self.say("床头灯收到时灯罩就裂了，我要退货")
        await self.see("照片")
        await self.show()
        await self.see("合计退")
        await self.log.get_by_role("button", name="确认提交").wait_for()

    async def logged(self) -> list[str]:
        """What stands in the log of the conversation that this page is in the middle of, in the words of the page."""
        kept = json.loads(await self.page.evaluate(f"localStorage.getItem('aftersales-chat:{self.shop.name}')"))
        conversation = self.shop.site.chat.resume(kept["conversation_id"], kept["access_token"])
        async with conversation:
            await conversation.catch_up()
        events = [event for event in conversation.events if event.kind in ("message", "image")]
        labels = {option.payload: option.label for event in events for option in event.quick_replies}
        labels |= {card.payload: card.title for event in events for card in event.cards if card.payload}
        return [event.text or labels.get(event.payload or "", "") for event in events]

    async def focused(self) -> str:
        """The name of what has the focus within the widget; empty if it is elsewhere."""
        name: str = await self.page.evaluate(_FOCUSED)
        return name

    async def tab_to(self, name: str, *, backwards: bool = False) -> None:
        """By the Tab key alone, in at most as many steps as there are things to stop at."""
        for _ in range(_MOST_STOPS):
            await self.page.keyboard.press("Shift+Tab" if backwards else "Tab")
            if (await self.focused()).startswith(name):
                return
        raise AssertionError(f"Tab does not get to '{name}'")

    def floor(self, words: str) -> Locator:
        """Who has the floor where it is not the bot, if these words stand there."""
        return self.panel.locator(".floor").get_by_text(words)

    async def rests(self) -> None:
        """Until nothing of the panel moves any more."""
        await self.panel.evaluate("panel => Promise.all(panel.getAnimations().map((each) => each.finished))")

    async def texts(self) -> list[str]:
        """What stands in each bubble, in order."""
        return [text.strip() for text in await self.log.locator(".bubble").all_inner_texts()]


@pytest.fixture
async def shop(site: Site) -> Shop:
    """One customer, who has got a lamp two days ago."""
    return await shop_of(site, 0)


@pytest.fixture
async def another(site: Site) -> Shop:
    """Of another shop."""
    return await shop_of(site, 1)


async def shop_of(site: Site, customer: int) -> Shop:
    """A new shop with one customer, whose orders are of these days."""
    case = stories.told_at(SystemClock().now(), CUSTOMERS)[customer]
    keys = await site.open_shop(f"e2e-{uuid4().hex[:12]}", "鹿角小铺")
    await site.orders.load(keys.shop, case.fixtures)
    return Shop(site, keys, case.customer.id, [order["order_id"] for order in case.fixtures["orders"]])


@pytest.fixture
def storefront(browser: Browser, place: Throwaway, shop_server: ShopServer, tmp_path: Path) -> Storefront:
    return Storefront(browser, place, shop_server, tmp_path)
