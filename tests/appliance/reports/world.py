"""A log and a queue of which every figure is known beforehand, and the service that counts them."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from appliance.clock import FixedClock
from appliance.config_reports import ReportSettings
from appliance.conversation import events
from appliance.conversation.event import EventData
from appliance.db import Database, Queries
from appliance.desk.terms import shipped_terms
from appliance.ids import ShopId, uuid7
from appliance.reports.model import Answer, Asked, Report
from appliance.reports.service import Reports

SQL = Queries.beside(__file__)
SHOP, OTHER = ShopId("shop-1"), ShopId("shop-2")
NOW = datetime(2026, 11, 26, 7, 30, tzinfo=UTC)
"""Half past three in the afternoon in Shanghai, a Thursday."""
TODAY = datetime(2026, 11, 25, 16, tzinfo=UTC)
"""Midnight there."""


class Told:
    """One conversation."""

    def __init__(self, world: "ReportWorld", shop: ShopId, at: datetime) -> None:
        self.world, self.shop, self.at, self.conversation_id = world, shop, at, uuid7()
        self._places = count(1)

    async def says(self, data: EventData, after_s: float = 0) -> None:
        values = {
            "shop": self.shop,
            "conversation_id": self.conversation_id,
            "seq": next(self._places),
            "type": data.TYPE,
            "at": self.at + timedelta(seconds=after_s),
            "data": msgspec.json.encode(data).decode(),
        }
        async with self.world.db.transaction(self.shop) as conn:
            await conn.execute(SQL["happen"], values)

    async def asks(self, state: str, **at: float | None) -> None:
        """Times in seconds after the beginning."""

        def moment(name: str) -> datetime | None:
            after = at.get(name)
            return None if after is None else self.at + timedelta(seconds=after)

        values: dict[str, Any] = {name: moment(name) for name in ("asked_at", "opens_at", "served_at", "ended_at")}
        values |= {"asked_at": values["asked_at"] or self.at, "shop": self.shop, "ticket_id": uuid7(), "state": state}
        values |= {"conversation_id": self.conversation_id, "skill": "general", "reason": "customer_asked"}
        values |= {"agent_id": UUID(int=7) if values["served_at"] else None}
        async with self.world.db.transaction(self.shop) as conn:
            await conn.execute(SQL["ask"], values)


class ReportWorld:
    def __init__(self, db: Database) -> None:
        self.db, self.clock = db, FixedClock(NOW)
        self.reports = Reports(db, self.clock, ReportSettings(), shipped_terms().targets)

    async def talk(self, hour: float, shop: ShopId = SHOP, channel: str = "web", *, is_silent: bool = False) -> Told:
        """Begun so many hours after today's midnight; the bot has answered the first words within 0.5 s."""
        told = Told(self, shop, TODAY + timedelta(hours=hour))
        values = {"shop": shop, "conversation_id": told.conversation_id, "channel": channel, "at": told.at}
        async with self.db.transaction(shop) as conn:
            await conn.execute(SQL["begin"], values)
        await told.says(events.ConversationStarted(channel=channel, is_verified=True))
        if not is_silent:
            await told.says(events.CustomerSaid(client_message_id="1"))
            await told.says(events.TurnEnded(took_us={"waited": 100_000, "total": 400_000}))
        return told

    async def report(self, *shops: ShopId, **asked: Any) -> Report:
        return await self.reports.report(Asked(shops=shops or (SHOP,), **asked))


def of(report: Report, key: str) -> Answer:
    return next(each for each in report.figures if each.key == key)


def values(report: Report, *keys: str) -> dict[str, float | None]:
    return {key: of(report, key).value for key in keys}
