"""What may pass by itself is waited for a little: behind a stop queues are old, and who was away comes back.

Which faults those are the product's own checks say. Nothing is done meanwhile but to ask them again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from appliance.setup.faults import Fault
from appliance.setup.running import Teller


@dataclass(frozen=True, kw_only=True)
class Patience:
    longest_s: float
    every_s: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


PATIENCE: Final = Patience(longest_s=120.0, every_s=10.0)
"""Customers talk to the new version meanwhile, and a roll-back loses what they say: so it is not longer."""


def settled(found: list[Fault], again: Callable[[], list[Fault]], teller: Teller, patience: Patience) -> list[Fault]:
    """What is still wrong: at once if one of them cannot pass, else when the time is over."""
    until = patience.now() + patience.longest_s
    while found and all(each.may_pass for each in found):
        left_s = until - patience.now()
        if left_s <= 0:
            teller.say(f"this has not passed within {patience.longest_s:.0f} s: {'; '.join(map(_short, found))}")
            return found
        teller.say(f"this may pass by itself, for {left_s:.0f} s more: {'; '.join(map(_short, found))}")
        patience.sleep(min(patience.every_s, left_s))
        found = again()
    return found


def _short(fault: Fault) -> str:
    return f"{fault.check}: {fault.found}"
