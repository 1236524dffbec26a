"""Customers of the demo whom nobody plays: one file for its order system, its shop's page and the terminal."""

from pathlib import Path
from typing import Any, Final

import msgspec

from models.commands import Flow

FILE: Final = Path(__file__).with_name("tryout.yaml")


class Try(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    flow: Flow
    say: str


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    name: str
    tries: tuple[Try, ...]


def people_of(whole: dict[str, Any]) -> tuple[Person, ...]:
    """Of the parsed file; what is left of it is what an order system loads."""
    return msgspec.convert(whole["people"], tuple[Person, ...])


def orders_of(person: Person, fixtures: dict[str, Any]) -> list[dict[str, Any]]:
    """An order that names nobody is the first customer's."""
    first = fixtures["customer"]["id"]
    return [order for order in fixtures["orders"] if order.get("customer_id", first) == person.id]
