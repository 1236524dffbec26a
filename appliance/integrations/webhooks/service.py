"""What whoever looks after a shop's systems asks of webhooks: add, list, remove, try; tellings are ``deliveries``."""

from collections.abc import Iterable
from uuid import UUID

from appliance.clock import Clock
from appliance.db import Connection, Database
from appliance.errors import Conflict, InvalidInput, NotFound
from appliance.identity.shop_records import ShopDeed, record
from appliance.ids import ShopId, uuid7
from appliance.integrations.webhooks import store
from appliance.integrations.webhooks.deliveries import Deliveries
from appliance.integrations.webhooks.dispatcher import Dispatcher, Secrets
from appliance.integrations.webhooks.model import Sent, Webhook, WebhookEvent
from appliance.integrations.webhooks.sender import AddressRefused, Sender
from security.audit.record import Target

MOST_OF_A_SHOP = 20


class Webhooks:
    def __init__(self, db: Database, secrets: Secrets, sender: Sender, dispatcher: Dispatcher, clock: Clock) -> None:
        self._db = db
        self._secrets = secrets
        self._sender = sender
        self._dispatcher = dispatcher
        self._clock = clock
        self.deliveries = Deliveries(db, clock)

    async def add(self, shop: ShopId, url: str, events: Iterable[WebhookEvent]) -> Webhook:
        """Told from now on. InvalidInput: webhooks may not go there. Conflict: it is there. ConfigurationError: there
        is no secret to sign with.
        """
        wanted = tuple(dict.fromkeys(events))
        if not wanted or WebhookEvent.PING in wanted:
            raise InvalidInput("say which events, of those that can be subscribed to")
        try:
            await self._sender.look(url)
        except AddressRefused as refused:
            raise InvalidInput(f"{url}: {refused}") from refused
        except OSError as unknown:
            raise InvalidInput(f"{url}: its name is not known here") from unknown
        await self._secrets.of(shop)
        made = Webhook(shop_id=shop, webhook_id=uuid7(), url=url, events=wanted, created_at=self._clock.now())
        async with self._db.transaction(shop) as conn:
            if len(await store.webhooks(conn, shop)) >= MOST_OF_A_SHOP:
                raise Conflict(f"a shop has at most {MOST_OF_A_SHOP} webhooks; remove one")
            if not await self._insert(conn, made):
                raise Conflict("there already is a webhook with this address; remove it to change its events")
            detail = {"url": url, "events": " ".join(wanted)}
            await record(conn, shop, ShopDeed.WEBHOOK_ADD, _of(made.webhook_id), detail)
        return made

    async def of(self, shop: ShopId) -> list[Webhook]:
        async with self._db.transaction(shop) as conn:
            return await store.webhooks(conn, shop)

    async def remove(self, shop: ShopId, webhook_id: UUID) -> None:
        """With all that waits to be told there. NotFound if there is no such webhook."""
        async with self._db.transaction(shop) as conn:
            if not await store.execute(conn, "delete_webhook", {"shop": shop, "webhook_id": webhook_id}):
                raise NotFound("no such webhook")
            await record(conn, shop, ShopDeed.WEBHOOK_REMOVE, _of(webhook_id))

    async def test(self, shop: ShopId, webhook_id: UUID) -> Sent:
        """One `ping` now, kept nowhere. NotFound if there is no such webhook."""
        found = [each for each in await self.of(shop) if each.webhook_id == webhook_id]
        if not found:
            raise NotFound("no such webhook")
        now = self._clock.now()
        ping = {"type": WebhookEvent.PING.value, "timestamp": now.isoformat(), "data": {"shop": shop}}
        return await self._dispatcher.attempt(found[0], uuid7(), ping)

    async def _insert(self, conn: Connection, webhook: Webhook) -> int:
        values = {
            "shop": webhook.shop_id,
            "webhook_id": webhook.webhook_id,
            "url": webhook.url,
            "events": list(webhook.events),
            "now": webhook.created_at,
        }
        return await store.execute(conn, "insert_webhook", values)


def _of(webhook_id: UUID) -> Target:
    return Target(type="webhook", id=str(webhook_id))
