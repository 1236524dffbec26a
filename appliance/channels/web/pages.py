"""Which pages may hold a shop's chat: the appliance's own, and those that the shop has named."""

from typing import Any

from litestar.connection import ASGIConnection

from appliance.channels.web.ports import WidgetDirectory
from appliance.identity.errors import OriginNotAllowed
from appliance.ids import ShopId
from appliance.web.embedding import page_of


class Pages:
    def __init__(self, widgets: WidgetDirectory) -> None:
        self._widgets = widgets

    async def admit(self, connection: "ASGIConnection[Any, Any, Any, Any]", shop: ShopId) -> None:
        """OriginNotAllowed for a page that this shop has not named. What is no page is let through: it has a proof."""
        page = page_of(connection)
        if page is not None and page.lower() not in (await self._widgets.of(shop)).origins:
            raise OriginNotAllowed("this page may not hold the chat of this shop; the shop names its pages")
