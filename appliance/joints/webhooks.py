"""Webhooks joined to the rest: a shop's secrets, the networks that they may go to, the work orders that are opened."""

from appliance.aftersales.work.model import WorkOrder
from appliance.clock import Clock
from appliance.config_messages import WebhookSettings
from appliance.db import Connection
from appliance.errors import ConfigurationError
from appliance.identity.model import SecretPurpose
from appliance.identity.shops import Shops
from appliance.identity.staff_access import networks
from appliance.ids import ShopId
from appliance.integrations.webhooks import store
from appliance.integrations.webhooks.sender import Sender


class WebhookSecrets:
    """``integrations.webhooks.dispatcher.Secrets``"""

    def __init__(self, shops: Shops, clock: Clock) -> None:
        self._shops = shops
        self._clock = clock

    async def of(self, shop: ShopId) -> list[str]:
        identity = await self._shops.get(shop)
        found = identity.valid(SecretPurpose.WEBHOOKS, self._clock.now())
        if not found:
            cure = f"appliance shop rotate-secret {shop} webhooks"
            raise ConfigurationError(f"shop {shop} has no secret to sign webhooks with; make one: {cure}")
        return list(found)


class WorkAnnouncements:
    """``aftersales.work.ports.Announcements``"""

    async def opened(self, conn: Connection, order: WorkOrder) -> None:
        await store.queue_opened(conn, order.shop_id, order.work_order_id, order.conversation_id, order.created_at)


def webhook_sender(settings: WebhookSettings) -> Sender:
    return Sender(networks(settings.networks, "webhooks.networks"), settings.timeout_s)
