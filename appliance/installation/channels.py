"""The ways in and out of the appliance: which are open, and where."""

from enum import StrEnum

import msgspec

from appliance.config import Profile, Settings
from appliance.db import Database
from appliance.installation import store
from appliance.supervisor import board


class Channel(StrEnum):
    CHAT = "chat"
    WIDGET = "widget"
    CONSOLE = "console"
    SYSTEMS = "systems"
    """The API for the shop's own systems."""
    ORDER_EVENTS = "order_events"
    WEBHOOKS = "webhooks"
    SMS = "sms"
    METRICS = "metrics"
    DOCUMENTATION = "documentation"
    DEMO_SHOP = "demo_shop"


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    channel: Channel
    is_open: bool
    path: str
    """Under the addresses; empty for what goes out."""
    count: int | None = None
    """Of webhooks, over all shops."""


class ChannelsView(msgspec.Struct, frozen=True, kw_only=True):
    addresses: tuple[str, ...]
    """Where the web processes listen, and the console's own address where one is set."""
    channels: tuple[ChannelView, ...]


_PATHS = {
    Channel.CHAT: "/api/chat/v1",
    Channel.WIDGET: "/widget.js",
    Channel.CONSOLE: "/console/",
    Channel.SYSTEMS: "/api/v1",
    Channel.ORDER_EVENTS: "/api/v1/order-events/{shop}",
    Channel.METRICS: "/metrics",
    Channel.DOCUMENTATION: "/api/docs",
}


class ChannelDesk:
    def __init__(self, db: Database, settings: Settings, *, has_sms: bool) -> None:
        self._db = db
        self._settings = settings
        self._has_sms = has_sms

    async def look(self) -> ChannelsView:
        async with self._db.system() as conn:
            webhooks = sum(each.webhooks for each in await store.shops(conn))
        has_demo = self._settings.profile is not Profile.PRODUCTION
        return ChannelsView(
            addresses=self._addresses(),
            channels=(
                *(ChannelView(channel=each, is_open=True, path=path) for each, path in _PATHS.items()),
                ChannelView(channel=Channel.WEBHOOKS, is_open=webhooks > 0, path="", count=webhooks),
                ChannelView(channel=Channel.SMS, is_open=self._has_sms, path=""),
                ChannelView(channel=Channel.DEMO_SHOP, is_open=has_demo, path="/demo" if has_demo else ""),
            ),
        )

    def _addresses(self) -> tuple[str, ...]:
        status = board.read(self._settings.state_path)
        web = self._settings.web
        listens = status.addresses.get("web", "") if status else ""
        return tuple(
            filter(None, (f"{web.scheme}://{listens or f'{web.host}:{web.port}'}", self._settings.access.origin))
        )
