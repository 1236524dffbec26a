"""The rooms of operations in a browser: the whole of an installation, from one that really runs."""

import asyncio
import json
from pathlib import Path
from typing import Any, Literal, Self

import pytest
from playwright.async_api import Page, Route

from appliance.evaluation.throwaway import Throwaway
from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.test_accessible import serious
from tests.e2e.browser.test_screens import Camera
from tests.e2e.conftest import PHONE, Shop

pytestmark = pytest.mark.slow

ROOMS = {
    "运行状况": "数据库",
    "接入与渠道": "在线聊天接口",
    "模型": "本地模型目录",
    "系统设置": "web.workers",
    "运行日志": "order_system.slow",
    "关于": "已安装的软件包",
}
"""And words that stand in each once it has what it asked for."""
LINES = [
    {"at": f"2026-11-26T08:00:0{second}Z", "level": level, "logger": "appliance.web", "event": event, **values}
    for second, level, event, values in (
        (1, "info", "process.started", {"pid": 4711}),
        (2, "warning", "order_system.slow", {"shop_id": "demo", "took_ms": 2300}),
        (3, "error", "turn.failed", {"error": "ValueError", "said": f"电话{PHONE}"}),
    )
]
LOOKS = [
    pytest.param({"width": 1280, "height": 800}, "1280", "light", id="1280-light"),
    pytest.param({"width": 1600, "height": 1000}, "1600", "dark", id="1600-dark"),
]


async def test_the_system_administrator_finds_what_is_wrong_and_its_cure(
    desk: Desk, shop: Shop, place: Throwaway, folder: Path
) -> None:
    settings = place.state_dir / "appliance.toml"
    async with desk.opened("/", by=await desk.session("sys_admin")) as (page, _):
        camera = Camera(page, folder, "console-operations")
        await page.get_by_role("link", name="运行状况").click()
        await page.get_by_role("row", name="数据库 PostgreSQL").get_by_text("正常").wait_for()
        await page.get_by_role("row", name="web-1").get_by_text("就绪").wait_for()

        await page.get_by_role("link", name="接入与渠道").click()
        theirs = page.locator("section", has=page.get_by_text(shop.name, exact=True))
        await theirs.get_by_role("button", name="立即检查").click()
        await theirs.get_by_text("检查通过").wait_for()
        await camera.take("checked")

        await page.get_by_role("link", name="系统设置").click()
        await page.get_by_role("textbox", name="按名称或说明查找").fill("web.workers")
        assert await page.get_by_role("row").count() == 2
        written = settings.read_text(encoding="utf-8")
        settings.write_text(f"{written}\n[handoff]\nmisses = 4\n", encoding="utf-8")
        await page.reload()
        await page.get_by_role("alert").get_by_text("handoff.misses").wait_for()
        await camera.take("waiting-for-a-restart")
        settings.write_text(written, encoding="utf-8")

        log = place.state_dir / "log" / "web-1.log"
        with log.open("a", encoding="utf-8") as file:
            file.write(f"ValueError: {PHONE} is nobody's\n")
        await page.get_by_role("link", name="运行日志").click()
        await page.get_by_text("跟随最新").click()
        await page.get_by_text("ValueError: ⟨手机⟩ is nobody's").wait_for()
        assert PHONE not in await page.content()
        with log.open("a", encoding="utf-8") as file:
            file.write("RuntimeError: another one\n")
        await page.get_by_text("RuntimeError: another one").wait_for()
        await page.get_by_role("textbox", name="脱敏后").fill(PHONE)
        await page.get_by_text("没有符合的记录").wait_for()

        await page.get_by_role("link", name="关于").click()
        async with page.expect_download() as bill:
            await page.get_by_role("link", name="物料清单").click()
        assert (await bill.value).suggested_filename == "aftersales-appliance.cdx.json"

        await page.get_by_role("link", name="运行状况").click()
        await page.get_by_role("button", name="开始检查").click()
        await page.get_by_role("row", name="审计日志完整性").get_by_text("正常").wait_for(timeout=120_000)
        await camera.take("examined")
        await page.get_by_role("button", name="English").click()
        await page.get_by_text("All parts are well").wait_for()
        await camera.take("english")


@pytest.mark.usefixtures("shop")
async def test_whoever_has_left_the_assistant_is_not_fetched_back_by_a_slow_answer(desk: Desk) -> None:
    async with desk.opened("/me", by=await desk.session("sys_admin")) as (page, _):
        room, answer = await Held.of(page, "**/Health*.js"), await Held.of(page, "**/shops/*/standing")
        await page.get_by_role("link", name="设置向导", exact=True).click()
        await answer.asked.wait()
        await page.get_by_role("link", name="运行状况", exact=True).click()
        await room.asked.wait()
        async with page.expect_response("**/shops/*/standing"):
            answer.let_go.set()
        await page.evaluate("() => new Promise(requestAnimationFrame)")
        room.let_go.set()
        await page.get_by_role("row", name="数据库 PostgreSQL").wait_for()


class Held:
    """What a page asks for by such addresses, until it is let go."""

    def __init__(self) -> None:
        self.asked, self.let_go = asyncio.Event(), asyncio.Event()

    @classmethod
    async def of(cls, page: Page, address: str) -> Self:
        held = cls()
        await page.route(address, held._hold)
        return held

    async def _hold(self, route: Route) -> None:
        self.asked.set()
        await self.let_go.wait()
        await route.continue_()


@pytest.mark.parametrize(("size", "name", "scheme"), LOOKS)
async def test_every_room_of_operations(
    desk: Desk, shop: Shop, place: Throwaway, folder: Path, size: Any, name: str, scheme: Literal["light", "dark"]
) -> None:
    with (place.state_dir / "log" / "web-1.log").open("a", encoding="utf-8") as log:
        log.write("".join(f"{json.dumps(line)}\n" for line in LINES))
    look: Any = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    found: list[str] = []
    async with desk.opened("/", by=await desk.session("sys_admin"), **look) as (page, _):
        camera = Camera(page, folder, f"console-{name}-{scheme}")
        for room, words in ROOMS.items():
            await page.get_by_role("link", name=room, exact=True).click()
            await page.get_by_text(words).first.wait_for()
            await camera.take(room)
            found += await serious(page)
    assert found == []
