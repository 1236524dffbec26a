"""The worker's side of webhooks: queues what is new and tells what is due, each conversation in its order.

At least once: whoever dies between the telling and its record leaves a lease that ends, and it is told again under the
same id. A receiver that fails holds up its own conversations only.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from appliance.clock import Clock
from appliance.db import Database
from appliance.db.restoration import is_reconciling
from appliance.errors import NotFound, Unavailable
from appliance.ids import ShopId
from appliance.integrations.webhooks import rules, signature, store
from appliance.integrations.webhooks.model import Delivery, DeliveryState, Failure, Sent, Webhook
from appliance.integrations.webhooks.reader import Reader
from appliance.integrations.webhooks.sender import Sender

_log = logging.getLogger(__name__)

CHANNEL: Final = "webhook_due"
"""Told when something given up is to be told again."""
KEPT_TOLD: Final = timedelta(days=30)
KEPT_DEAD: Final = timedelta(days=90)
_LEASE: Final = timedelta(seconds=60)
_REST_S: Final = 2.0


class Secrets(Protocol):
    async def of(self, shop: ShopId) -> list[str]:
        """The secrets that count now, the newest first. ConfigurationError if the shop has none."""
        ...


class Dispatcher:
    def __init__(
        self,
        db: Database,
        reader: Reader,
        sender: Sender,
        secrets: Secrets,
        clock: Clock,
        *,
        at_once: int = 16,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._db = db
        self.reader = reader
        self._sender = sender
        self._secrets = secrets
        self._clock = clock
        self._at_once = at_once
        self._chance = chance

    async def wake(self, _shop: str = "") -> None:
        """For ``Listener.subscribe(CHANNEL, dispatcher.wake)``."""
        self.reader.woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; what is being told then is told to its end."""
        while not stop.is_set():
            self.reader.woken.clear()
            try:
                busy = await self.run_due()
            except Unavailable:
                _log.warning("webhooks.no_database")
                busy = 0
            if not busy:
                await self._rest(stop)

    async def run_due(self) -> int:
        """Queue what is new and tell what is due now, one attempt of each; how many that were.

        None after a restore that nobody has ended: what comes from then may have been told before.
        """
        await self.reader.read()
        now = self._clock.now()
        async with self._db.system() as conn:
            if await is_reconciling(conn):
                return 0
            due = await store.claim(conn, now=now, until=now + _LEASE, limit=self._at_once)
        await asyncio.gather(*map(self._tell, due))
        return len(due)

    async def forget_old(self) -> None:
        now = self._clock.now()
        values = {"told_before": now - KEPT_TOLD, "given_up_before": now - KEPT_DEAD}
        async with self._db.system() as conn:
            await store.execute(conn, "forget", values)

    async def _tell(self, delivery: Delivery) -> None:
        try:
            webhook, body = await self._what(delivery)
            await self._settle(delivery, await self.attempt(webhook, delivery.delivery_id, body))
        except NotFound:
            await self._settle(delivery, Sent(failure=Failure.GONE))
        except Exception:
            # Its lease will end, and it is told again.
            _log.exception("webhooks.delivery_left", extra={"delivery_id": delivery.delivery_id})

    async def attempt(self, webhook: Webhook, delivery_id: UUID, body: Mapping[str, Any]) -> Sent:
        """One telling, whatever is kept of it."""
        encoded = msgspec.json.encode(body, order="sorted")
        secrets = await self._secrets.of(webhook.shop_id)
        signed = signature.headers(delivery_id, self._clock.now(), encoded, secrets)
        return await self._sender.send(webhook.url, signed, encoded)

    async def _what(self, delivery: Delivery) -> tuple[Webhook, dict[str, Any]]:
        """NotFound: the webhook was removed, or the log does not go back that far any more."""
        async with self._db.transaction(delivery.shop_id) as conn:
            known = await store.webhooks(conn, delivery.shop_id)
            event = await store.event_of(conn, delivery)
        webhook = next((each for each in known if each.webhook_id == delivery.webhook_id), None)
        if webhook is None or event is None:
            raise NotFound("no such webhook, or no such event")
        return webhook, rules.body_of(delivery, *event)

    async def _settle(self, delivery: Delivery, sent: Sent) -> None:
        now = self._clock.now()
        pause = None if sent.is_delivered else rules.pause_after(delivery.attempts, sent, self._chance())
        async with self._db.transaction(delivery.shop_id) as conn:
            if pause is not None:
                await store.put_off(conn, delivery, sent, now + pause)
                return
            state = DeliveryState.DELIVERED if sent.is_delivered else DeliveryState.DEAD
            await store.end(conn, delivery, state, sent, now)
        if state is DeliveryState.DEAD:
            values = {"delivery_id": delivery.delivery_id, "failure": sent.failure, "status": sent.status}
            _log.warning("webhooks.given_up", extra=values)

    async def _rest(self, stop: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self.reader.woken, stop)]
        try:
            await asyncio.wait(waits, timeout=_REST_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*waits)
