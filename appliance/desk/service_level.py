"""The service level of a shop's desk: of those who asked for a person, how many had one within the target time.

The time runs from asking, or from the desk's opening where it was closed then, to the first agent who has the
conversation. Who left before the target was over is counted nowhere, who waits longer than it counts as missed, who
still waits within it is not decided yet. What agents took without being asked for is no service of the queue.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from appliance.clock import Clock
from appliance.db import Database
from appliance.desk import store
from appliance.desk.terms import Terms
from appliance.ids import ShopId

LAST: Final = timedelta(hours=1)
_EARLIER: Final = timedelta(days=7)
"""Who asked while the desk was closed counts when it opens: so much earlier a ticket may have been drawn."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """``answered`` in time, of ``decided``."""

    answered: int
    decided: int


class GroupLevel(msgspec.Struct, frozen=True, kw_only=True):
    group: str
    target_s: int
    last_hour: Share
    today: Share


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """``day_since``: midnight of the desk's own zone."""

    at: datetime
    day_since: datetime
    groups: tuple[GroupLevel, ...]


NONE: Final = Share(answered=0, decided=0)


class ServiceLevels:
    def __init__(self, db: Database, terms: Terms, clock: Clock) -> None:
        self._db = db
        self._terms = terms
        self._clock = clock

    async def of(self, shop: ShopId) -> ServiceLevel:
        now = self._clock.now()
        midnight = datetime.combine(
            now.astimezone(ZoneInfo(self._terms.hours.zone)), time(), ZoneInfo(self._terms.hours.zone)
        )
        targets = self._terms.targets
        values = {
            "shop": shop,
            "now": now,
            "hour": now - LAST,
            "day": midnight,
            "drawn_from": _first_id(min(midnight, now - LAST) - _EARLIER),
            "groups": list(targets),
            "targets": list(targets.values()),
        }
        async with self._db.transaction(shop) as conn:
            found = {each["skill"]: each for each in await store.rows(conn, "service_level", values)}
        return ServiceLevel(
            at=now,
            day_since=midnight,
            groups=tuple(
                GroupLevel(
                    group=name,
                    target_s=target,
                    last_hour=_share(found.get(name), "hour"),
                    today=_share(found.get(name), "day"),
                )
                for name, target in targets.items()
            ),
        )


def _share(row: Mapping[str, int] | None, period: str) -> Share:
    return NONE if row is None else Share(answered=row[f"{period}_answered"], decided=row[f"{period}_decided"])


def _first_id(at: datetime) -> UUID:
    """Below every id that was made since: ids of tickets are in the order of time."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
