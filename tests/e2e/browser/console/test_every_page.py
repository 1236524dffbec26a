"""Every page of the console for every role: it opens from the menu and nothing goes wrong on it, at two sizes.

TEST_SCREENS=var/screens TEST_CHROMIUM=/ pytest tests/e2e/browser/console/test_every_page.py
"""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page

import appliance
from security.access.permissions import ADMINISTRATORS, GRANTS, OWN, Role
from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.console.looking import WIDTHS
from tests.e2e.conftest import Shop

CONSOLE = Path(appliance.__file__).parent / "console" / "src" / "console"
OWN_ROOM = "me"


def menu() -> set[str]:
    """The names of all rooms that the menu knows."""
    text = (CONSOLE / "shell" / "menu.ts").read_text(encoding="utf-8")
    groups = text[text.index("const GROUPS") : text.index("as const")]
    return set(re.findall(r"^    (\w+): \w+,$", groups, re.MULTILINE))


def needs() -> dict[str, str]:
    """What each room asks for, by its name."""
    text = (CONSOLE / "router.ts").read_text(encoding="utf-8")
    return dict(re.findall(r'name: "([\w-]+)",[^{}]*?(?:props: true,\s*)?meta: { needs: "([\w:]+)" }', text))


def rooms_of(role: Role) -> set[str]:
    return {room for room, needed in needs().items() if room in menu() and needed in GRANTS[role]} | {OWN_ROOM}


def test_somebody_may_enter_each_room_of_the_menu_and_nobody_enters_all() -> None:
    entered = [rooms_of(role) for role in Role]
    assert set().union(*entered) == menu() | {OWN_ROOM}
    assert all(GRANTS[role] >= OWN and len(rooms) < len(menu()) for role, rooms in zip(Role, entered, strict=True))


@pytest.mark.slow
@pytest.mark.control("M-16")
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_finds_its_pages_in_the_menu_and_all_of_them_open(
    desk: Desk, shop: Shop, folder: Path, role: Role
) -> None:
    person = await desk.session(role, shops=() if role in ADMINISTRATORS else (shop.name,))
    opened = set()
    async with desk.opened("/", by=person, reduced_motion="reduce") as (page, _):
        await page.get_by_role("link", name="我的账号").wait_for()
        links = page.get_by_role("navigation").get_by_role("link").or_(page.get_by_role("link", name="我的账号"))
        for place in range(await links.count()):
            address = str(await links.nth(place).get_attribute("href"))
            await links.nth(place).click()
            await page.wait_for_url(re.compile(rf"{re.escape(address)}(?![\w-])"))
            opened.add(await shown(page, folder, role))
    assert opened == rooms_of(role)


async def shown(page: Page, folder: Path, role: Role) -> str:
    """The room's name in its address, once it shows what it has asked for, at each size."""
    await page.get_by_role("main").get_by_role("heading").or_(page.locator("main .el-empty")).first.wait_for()
    await page.locator("main .el-skeleton").first.wait_for(state="detached")
    name = page.url.partition("/console/")[2].split("/")[0]
    for width, height in WIDTHS:
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=folder / f"page-{width}-{role}-{name}.png", animations="disabled")
    return named(name)


def named(address: str) -> str:
    """A room goes by the name of its route; two addresses say more."""
    return {"special-refunds": "special"}.get(address, address)
