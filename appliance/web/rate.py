"""How often something may be asked for: so many a minute for each key, all of them at once if the asker likes.

``Rate`` counts in this process alone: with several web processes a key may reach as many times the number. It is for
strangers, whose flood is held back without a statement to the database for each message. What a shop's own systems have
left is counted for all processes together (``appliance.channels.intranet.allowance``) and told to them: ``Left``.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final

import msgspec
from litestar.types import Message, Scope

from appliance.errors import TooManyRequests

WINDOW_S: Final = 60.0
MOST_KEYS: Final = 50_000
"""Beyond it those that asked longest ago are forgotten."""
_STATE: Final = "allowance_left"


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller may still ask for."""

    limit: int
    remaining: int
    whole_in_s: int
    """Until ``limit`` may be asked for at once again."""
    wait_s: int = 0
    """Zero: this call was allowed."""

    def check(self) -> None:
        """TooManyRequests, with the seconds to wait, for a call that was not allowed."""
        if self.wait_s:
            raise _too_many(self.wait_s)


def keep(scope: Scope, left: Left) -> None:
    """For the headers of the answer, whatever it will be."""
    scope["state"][_STATE] = left


async def tell(message: Message, scope: Scope) -> None:
    """A ``before_send`` hook: says on the answer what is left."""
    if message["type"] != "http.response.start":
        return
    left: Left | None = scope["state"].get(_STATE)
    if left is None:
        return
    given: list[Any] = list(message.get("headers", ()))
    told = {"limit": left.limit, "remaining": left.remaining, "reset": left.whole_in_s}
    message["headers"] = given + [(f"ratelimit-{name}".encode(), str(value).encode()) for name, value in told.items()]


def _too_many(wait_s: int) -> TooManyRequests:
    return TooManyRequests("too many of these in a short time; wait a little", wait_s)


class Rate:
    """The generic cell rate algorithm: of each key one time is kept, when its allowance would be whole again."""

    def __init__(self, per_min: int, now: Callable[[], float] = time.monotonic) -> None:
        self._step_s = WINDOW_S / per_min
        self._now = now
        self._whole_at: OrderedDict[Hashable, float] = OrderedDict()

    def take(self, key: Hashable) -> None:
        """TooManyRequests, with the seconds to wait, if the key has asked too often; refused asking costs nothing."""
        now = self._now()
        whole_at = max(self._whole_at.get(key, now), now) + self._step_s
        if (late_s := whole_at - now - WINDOW_S) > 1e-6:
            raise _too_many(math.ceil(late_s))
        self._whole_at[key] = whole_at
        self._whole_at.move_to_end(key)
        if len(self._whole_at) > MOST_KEYS:
            self._whole_at.popitem(last=False)
