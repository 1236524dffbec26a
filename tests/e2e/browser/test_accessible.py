"""What axe finds wrong with the widget and the demo's page: nothing serious, in light and dark, large and small."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page

from appliance.evaluation.throwaway import Throwaway
from appliance.evaluation.venue import Site
from tests.e2e.browser.conftest import DESKTOP, PHONE, Storefront
from tests.e2e.browser.test_demo_shop import open_demo
from tests.e2e.browser.test_screens import WITH_PEOPLE, with_people
from tests.e2e.conftest import Shop
from tests.e2e.people import Office

pytestmark = pytest.mark.slow

AXE = Path(__file__).parents[3] / "appliance" / "console" / "node_modules" / "axe-core" / "axe.min.js"
_SERIOUS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
}"""


async def serious(page: Page) -> list[str]:
    assert AXE.is_file(), "axe-core is not here: bash compose/install/build-console.sh check fetches it"
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(_SERIOUS)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing_serious_in_a_whole_conversation(
    storefront: Storefront, shop: Shop, size: Any, scheme: Literal["light", "dark"]
) -> None:
    """Reduced motion is asked for, so that nothing is measured half faded in."""
    async with storefront.opened(shop, viewport=size, color_scheme=scheme, reduced_motion="reduce") as visit:
        closed = await serious(visit.page)
        await visit.open()
        await visit.say("我要退货")
        await visit.see("原因")
        asked = await serious(visit.page)
        await visit.press("收到时破损")
        await visit.see("哪一件")
        await visit.press("床头灯")
        await visit.see("照片")
        await visit.show()
        await visit.log.get_by_role("button", name="确认提交").wait_for()
        quoted = await serious(visit.page)
        await visit.press("确认提交")
        await visit.see("办好了")
        done = await serious(visit.page)

    assert [*closed, *asked, *quoted, *done] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing_serious_on_the_way_to_a_human(
    storefront: Storefront, shop: Shop, office: Office, size: Any, scheme: Literal["light", "dark"]
) -> None:
    found: dict[str, list[str]] = {}
    async with storefront.opened(shop, viewport=size, color_scheme=scheme, reduced_motion="reduce") as visit:

        async def look(screen: str) -> None:
            found[screen] = await serious(visit.page)

        await with_people(visit, office, look)

    assert found == {screen: [] for screen in WITH_PEOPLE}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious_on_the_demos_page(
    storefront: Storefront, site: Site, place: Throwaway, scheme: Literal["light", "dark"]
) -> None:
    await open_demo(site)
    async with storefront.looking(f"{place.web_url}/demo/shop", color_scheme=scheme) as (page, _):
        await page.get_by_text("的订单").wait_for()
        assert await serious(page) == []
