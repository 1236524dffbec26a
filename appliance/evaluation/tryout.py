"""Customers of the demo whom nobody plays: their orders, and what can be tried with them. Read anew at each run."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from appliance.evaluation import stories, suite
from models.commands import Flow

FILE = Path(__file__).resolve().parents[1] / "demo" / "tryout.yaml"


class Try(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    flow: Flow
    say: str


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    name: str
    tries: tuple[Try, ...]


class TryOut(msgspec.Struct, frozen=True, kw_only=True):
    people: tuple[Person, ...]
    fixtures: dict[str, Any]
    """What the demo order system loads."""

    def orders_of(self, person: Person) -> list[str]:
        """Their numbers, as they are in this run."""
        first = self.fixtures["customer"]["id"]
        return [each["order_id"] for each in self.fixtures["orders"] if each.get("customer_id", first) == person.id]


def at(now: datetime, file: Path = FILE) -> TryOut:
    moved = stories.moved_to(suite.read(file), now)
    people = msgspec.convert(moved.pop("people"), tuple[Person, ...])
    del moved["now"]
    return TryOut(people=people, fixtures=moved)
