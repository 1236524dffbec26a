"""Who may be chosen on the demo's shop page. Read from the same file that the demo's order system is filled from."""

from typing import Any, Final

import msgspec
import yaml

from appliance.demo import tryout
from appliance.demo.tryout import Person, Try

SHOP: Final = "demo"


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    category: str
    price_fen: int
    status: str
    """Of its order when the demo began."""


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    customer: str
    name: str
    level: str
    goods: tuple[Goods, ...]
    tries: tuple[Try, ...]


def visitors() -> tuple[Visitor, ...]:
    whole = yaml.safe_load(tryout.FILE.read_text("utf-8"))
    return tuple(_visitor(person, whole) for person in tryout.people_of(whole))


def _visitor(person: Person, fixtures: dict[str, Any]) -> Visitor:
    customers = [fixtures["customer"], *fixtures["customers"]]
    goods = [
        Goods(title=line["title"], category=line["category"], price_fen=line["unit_price_fen"], status=order["status"])
        for order in tryout.orders_of(person, fixtures)
        for line in order["lines"]
    ]
    return Visitor(
        customer=person.id,
        name=person.name,
        level=next(each["level"] for each in customers if each["id"] == person.id),
        goods=tuple(goods),
        tries=person.tries,
    )
