"""A screen as it is seen: its pictures at two widths, light and dark, and what axe finds wrong with each colouring."""

from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Page

from tests.e2e.browser.test_accessible import serious

WIDTHS: Final = ((1280, 800), (1600, 1000))
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


class Look:
    """Goes over screens of one page; ``found`` is empty at the end where nothing serious is wrong."""

    def __init__(self, page: Page, folder: Path) -> None:
        self._page = page
        self._folder = folder
        self.found: list[str] = []

    async def at(self, screen: str) -> None:
        await self._page.mouse.move(0, 0)
        for scheme in SCHEMES:
            await self._page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for width, height in WIDTHS:
                await self._page.set_viewport_size({"width": width, "height": height})
                path = self._folder / f"console-{width}-{scheme}-{screen}.png"
                await self._page.screenshot(path=path, animations="disabled")
            self.found += [f"{screen}, {scheme}: {each}" for each in await serious(self._page)]
