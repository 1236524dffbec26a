"""Takes in what an order system reports: who says it, whether it is fresh, and whether it was said before."""

import logging
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from appliance.aftersales.orders.events import EventNotProven, EventRules, EventSignature
from appliance.channels.intranet.ports import Calls, Journal, OrderEvent, OrderEvents, ShopDirectory
from appliance.clock import Clock
from appliance.errors import InvalidInput, NotFound, ShopNotConnected
from appliance.identity import signature
from appliance.identity.errors import SignatureNotValid
from appliance.identity.model import SecretPurpose, shop_id_from
from appliance.ids import ShopId
from appliance.web.decoding import decode

EVENT_ID: Final = r"^[A-Za-z0-9._:-]{1,128}$(?!\n)"
EVENT_TYPE: Final = r"^[A-Za-z0-9._:-]{0,64}$(?!\n)"
_REPORTER: Final = "order_events"
"""Whoever holds the shop's secret for them."""
_log = logging.getLogger(__name__)
_body = msgspec.json.Decoder(dict[str, Any])


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What arrived: headers as they are, the body as bytes."""

    event_id: str
    event_type: str
    body: bytes


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    timestamp: str
    value: str


class OrderEventIntake:
    def __init__(
        self, *, events: OrderEvents, journal: Journal, shops: ShopDirectory, clock: Clock, calls: Calls
    ) -> None:
        """``calls``: how often whoever holds a shop's secret may report."""
        self._events = events
        self._journal = journal
        self._shops = shops
        self._clock = clock
        self._calls = calls

    async def take_signed(self, shop_id: str, report: Report, signed: Signature) -> bool:
        """From whoever holds the shop's secret for order events. True if it was taken before."""
        try:
            shop = shop_id_from(shop_id)
            identity = await self._shops.get(shop)
        except (InvalidInput, NotFound) as unknown:
            raise SignatureNotValid("X-Signature does not fit timestamp and body under this shop's secret") from unknown
        now = self._clock.now()
        secrets = identity.valid(SecretPurpose.ORDER_EVENTS, now)
        signature.verify(signed.value, signed.timestamp, report.body, secrets=secrets, now=now)
        (await self._calls.take(shop, _REPORTER)).check()
        return await self._take(shop, report, sha256(f"{signed.timestamp}.".encode() + report.body).digest())

    async def take_pushed(self, shop_id: str, headers: Mapping[str, str], body: bytes) -> bool:
        """From the order system itself, proven as the shop's mapping says. True if it was taken before.

        Whoever does not prove it learns nothing: not whether there is such a shop, nor what was wrong.
        """
        shop, rules, signature = await self._pushed(shop_id, headers, body)
        (await self._calls.take(shop, _REPORTER)).check()
        content = decode(_body, body)
        if rules.is_ignored(content):
            return False
        signed = signature.signed(headers, body)
        event = OrderEvent(
            event_id=f"push:{rules.id_of(content, signed)}", type="", received_at=self._clock.now(), body=content
        )
        return await self._apply(shop, event, sha256(signed).digest())

    async def _pushed(
        self, shop_id: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[ShopId, EventRules, EventSignature]:
        now = self._clock.now()
        try:
            shop = shop_id_from(shop_id)
            identity = await self._shops.get(shop)
            rules = await self._events.rules(shop)
            if rules is None or rules.events.signature is None:
                raise EventNotProven("the shop's mapping has no events.signature")
            own = identity.valid(SecretPurpose.ORDER_EVENTS, now)
            secrets = own if rules.secret is None else [rules.secret]
            rules.events.signature.verify(headers, body, secrets, now)
        except (InvalidInput, NotFound, ShopNotConnected, EventNotProven) as unproven:
            _log.info("event.not_proven", extra={"why": type(unproven).__name__})
            raise SignatureNotValid("the event does not prove itself as the shop's mapping says") from unproven
        return shop, rules.events, rules.events.signature

    async def take_from(self, shop: ShopId, report: Report) -> bool:
        """From a system of the shop's that has proved itself. True if it was taken before."""
        return await self._take(shop, report, None)

    async def _take(self, shop: ShopId, report: Report, signed_sha256: bytes | None) -> bool:
        return await self._apply(shop, self._event(report), signed_sha256)

    async def _apply(self, shop: ShopId, event: OrderEvent, signed_sha256: bytes | None) -> bool:
        if not await self._journal.take(shop, event.event_id, signed_sha256):
            return True
        await self._events.apply(shop, event)
        await self._journal.finish(shop, event.event_id)
        return False

    def _event(self, report: Report) -> OrderEvent:
        if not re.fullmatch(EVENT_ID, report.event_id):
            raise InvalidInput("X-Event-Id must be 1 to 128 letters, digits, dots, colons, hyphens or underscores")
        if not re.fullmatch(EVENT_TYPE, report.event_type):
            raise InvalidInput("X-Event-Type must be at most 64 letters, digits, dots, colons, hyphens or underscores")
        return OrderEvent(
            event_id=report.event_id,
            type=report.event_type,
            received_at=self._clock.now(),
            body=decode(_body, report.body),
        )
