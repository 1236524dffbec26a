"""The demo's customers whom nobody plays, with orders as fresh as today. Read anew at each run."""

from datetime import datetime
from typing import Any

import msgspec

from appliance.demo import tryout
from appliance.demo.tryout import Person
from appliance.evaluation import stories, suite


class TryOut(msgspec.Struct, frozen=True, kw_only=True):
    people: tuple[Person, ...]
    fixtures: dict[str, Any]
    """What the demo order system loads."""

    def orders_of(self, person: Person) -> list[str]:
        """Their numbers, as they are in this run."""
        return [order["order_id"] for order in tryout.orders_of(person, self.fixtures)]


def at(now: datetime) -> TryOut:
    moved = stories.moved_to(suite.read(tryout.FILE), now)
    people = tryout.people_of(moved)
    return TryOut(people=people, fixtures={key: each for key, each in moved.items() if key not in ("people", "now")})
