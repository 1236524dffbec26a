"""How often an order system is asked: as its mapping allows, and not before the time that it has named itself.

One process counts for itself; of several, each gets what the mapping says.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Final

from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.wire import NotSent

_LONGEST_HOLD_S: Final = 300.0
_LONGEST_DIGITS: Final = 6


class Pace(Record, frozen=True):
    """``limits: {requests: 100, per_s: 60}``: at most so many at once, and on average."""

    requests: int
    per_s: float


def pace_of(requests: Node | None, per_s: Node | None) -> Pace | None:
    if requests is None and per_s is None:
        return None
    for there, other in ((requests, per_s), (per_s, requests)):
        if there is not None and other is None:
            there.fail("requests and per_s belong together")
    assert requests is not None and per_s is not None  # noqa: S101, PT018
    return Pace(requests=requests.integer(1, 100_000), per_s=per_s.seconds(86_400))


class Limiter:
    """Every request takes its turn. Whoever could not within the time left is told at once, and has sent nothing."""

    def __init__(
        self,
        pace: Pace | None,
        now: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pace = pace
        self._now = now
        self._sleep = sleep
        self._free_at = 0.0
        """When a bucket that was full would be full again, had nobody asked since (GCRA)."""
        self._held_until = 0.0

    async def take(self, within_s: float) -> None:
        now = self._now()
        wait_s = max(0.0, self._held_until - now)
        if self._pace is not None:
            each_s = self._pace.per_s / self._pace.requests
            wait_s = max(wait_s, self._free_at - now - (self._pace.per_s - each_s))
        if wait_s > within_s:
            raise NotSent(f"held back: its next turn is in {wait_s:.1f} s")
        if self._pace is not None:
            self._free_at = max(self._free_at, now) + each_s
        if wait_s > 0:
            await self._sleep(wait_s)

    def hold(self, seconds: float) -> None:
        """Nothing is sent for so long."""
        self._held_until = max(self._held_until, self._now() + min(seconds, _LONGEST_HOLD_S))


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Of the header ``Retry-After``: seconds or a date. None where it says nothing that can be read."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_DIGITS:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
