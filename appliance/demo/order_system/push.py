"""Pushes events to a shop's subscriber: signed, at least once, in order within a trade, from the outbox table.

Signature: ``X-Signature`` is hex HMAC-SHA256 of ``<X-Timestamp>.<body>`` under the shop's webhook secret.
"""

import asyncio
import contextlib
import hmac
import logging
import time

import httpx

from appliance.demo.order_system.faults import FaultBoard, FaultName
from appliance.demo.order_system.shops import Shop, Shops
from appliance.demo.order_system.store import Row, Store

_log = logging.getLogger(__name__)
_BATCH = 50
_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 60.0
_ATTEMPTS = 20
_TIMEOUT_S = 5.0


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()


class Push:
    def __init__(self, store: Store, shops: Shops, faults: FaultBoard) -> None:
        self._store = store
        self._shops = shops
        self._faults = faults
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. Sleeps until something is due or a write wakes it."""
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, http2=False) as client:
            while True:
                self._wake.clear()
                due = self._store.all("due_events", now=time.time(), size=_BATCH)
                if due:
                    await asyncio.gather(*(self._deliver(client, row) for row in due))
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause_s()):
                        await self._wake.wait()

    def _pause_s(self) -> float | None:
        row = self._store.one("next_due")
        return max(0.0, row[0] - time.time()) if row and row[0] is not None else None

    async def _deliver(self, client: httpx.AsyncClient, row: Row) -> None:
        shop_id, event_no, kind, body, attempts = row
        shop = next((shop for shop in self._shops.all() if shop.shop_id == shop_id), None)
        delivered = shop is not None and await self._post(client, shop, event_no, kind, body)
        now = time.time()
        if delivered:
            if self._faults.strike(FaultName.DUPLICATE_DELIVERY, shop_id, is_write=True) and shop:
                await self._post(client, shop, event_no, kind, body)
            self._store.run("event_delivered", event_no=event_no, now=now)
            return
        pause = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2 ** min(attempts, 16))
        has_given_up = shop is None or not shop.webhook_url or attempts + 1 >= _ATTEMPTS
        self._store.run(
            "event_failed", event_no=event_no, next_at=now + pause, gave_up_at=now if has_given_up else None
        )

    async def _post(self, client: httpx.AsyncClient, shop: Shop, event_no: str, kind: str, body: bytes) -> bool:
        if not shop.webhook_url or not shop.webhook_secret:
            return False
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Event-Id": event_no,
            "X-Event-Type": kind,
            "X-Timestamp": timestamp,
            "X-Signature": signature(shop.webhook_secret, timestamp, body),
        }
        try:
            answer = await client.post(shop.webhook_url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _log.info("event.not_delivered", extra={"event_no": event_no, "why": type(error).__name__})
            return False
        return answer.is_success
