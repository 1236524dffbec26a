"""Customers for a crowd: each a copy of one of a few cases with an id and orders of its own, loaded in batches."""

import itertools
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from appliance.evaluation import suite
from appliance.evaluation.model import Case

FOLDER = Path(__file__).parent / "customers"
_ORDER = re.compile(r"9000000000\d{4}")
_BATCH = 200


class Person(msgspec.Struct, frozen=True):
    case: Case


Load = Callable[[dict[str, Any]], Awaitable[None]]


class Supply:
    """``stock`` makes people and loads their orders; ``next`` hands one out, None when there are none left."""

    def __init__(self, cases: Sequence[tuple[Case, int]], load: Load) -> None:
        self._mix = itertools.cycle(_spread(cases))
        self._numbers = itertools.count(1)
        self._load = load
        self._waiting: deque[Person] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def next(self) -> Person | None:
        return self._waiting.popleft() if self._waiting else None

    async def stock(self, people: int) -> None:
        for begin in range(0, people, _BATCH):
            made = [_copy(next(self._mix), next(self._numbers)) for _ in range(min(_BATCH, people - begin))]
            await self._load(_together(made))
            self._waiting.extend(made)


def mix(folder: Path = FOLDER) -> list[tuple[Case, int]]:
    """The cases with their weights: a file is named ``<weight>-<what>.yaml``."""
    return [(suite.load_file(file), int(file.name.partition("-")[0])) for file in sorted(folder.glob("*.yaml"))]


def _spread(cases: Sequence[tuple[Case, int]]) -> list[Case]:
    """By weight, and evenly: heavy ones do not stand in a row."""
    slots = [((n + 0.5) / weight, at, case) for at, (case, weight) in enumerate(cases) for n in range(weight)]
    return [case for _, _, case in sorted(slots, key=lambda slot: slot[:2])]


def _copy(case: Case, number: int) -> Person:
    name = f"{case.customer.id}-{number}"
    fixtures = _renumbered(case.fixtures, number)
    fixtures["customer"]["id"] = name
    return Person(
        msgspec.structs.replace(case, customer=msgspec.structs.replace(case.customer, id=name), fixtures=fixtures)
    )


def _renumbered(value: Any, number: int) -> Any:
    match value:
        case dict():
            return {key: _renumbered(each, number) for key, each in value.items()}
        case list():
            return [_renumbered(each, number) for each in value]
        case str():
            return _ORDER.sub(lambda found: f"9{number:09d}{found[0][-4:]}", value)
        case _:
            return value


def _together(people: Sequence[Person]) -> dict[str, Any]:
    """One fixture that holds everybody."""
    customers = [person.case.fixtures["customer"] for person in people]
    return {
        "customer": customers[0],
        "customers": [{key: each[key] for key in ("id", "name", "phone", "level")} for each in customers[1:]],
        "orders": list(_orders(people)),
    }


def _orders(people: Sequence[Person]) -> Iterator[dict[str, Any]]:
    for person in people:
        for order in person.case.fixtures.get("orders", ()):
            yield {"customer_id": person.case.customer.id} | order
