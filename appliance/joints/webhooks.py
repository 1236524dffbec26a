"""What webhooks need of others: the secrets that a shop's systems know, and the networks that they may go to."""

from appliance.clock import Clock
from appliance.config import WebhookSettings
from appliance.errors import ConfigurationError
from appliance.identity.model import SecretPurpose
from appliance.identity.shops import Shops
from appliance.identity.staff_access import networks
from appliance.ids import ShopId
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


def webhook_sender(settings: WebhookSettings) -> Sender:
    return Sender(networks(settings.networks, "webhooks.networks"), settings.timeout_s)
