"""Who may be chosen on the demo's shop page. Read from the same files that the demo's order system is filled from."""

from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

VISITORS: Final = Path(__file__).resolve().parents[1] / "visitors"
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
    says: str
    """How the visitor may begin."""


def visitors(folder: Path = VISITORS) -> tuple[Visitor, ...]:
    return tuple(_visitor(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in sorted(folder.glob("*.yaml")))


def _visitor(story: dict[str, Any]) -> Visitor:
    customer = story["customer"]
    goods = [
        Goods(title=line["title"], category=line["category"], price_fen=line["unit_price_fen"], status=order["status"])
        for order in story["orders"]
        for line in order["lines"]
    ]
    return Visitor(
        customer=customer["id"],
        name=customer["name"],
        level=customer["level"],
        goods=tuple(goods),
        says=story["opening"],
    )
