"""How often something may be asked for: so many a minute for each key, all of them at once if the asker likes.

Counted in this process alone: with several web processes a key may reach as many times the number. A flood is held back
without a statement to the database for each message; this is no quota that anybody pays for.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from appliance.errors import TooManyRequests

WINDOW_S: Final = 60.0
MOST_KEYS: Final = 50_000
"""Beyond it those that asked longest ago are forgotten."""


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
            raise TooManyRequests("too many of these in a short time; wait a little", math.ceil(late_s))
        self._whole_at[key] = whole_at
        self._whole_at.move_to_end(key)
        if len(self._whole_at) > MOST_KEYS:
            self._whole_at.popitem(last=False)
