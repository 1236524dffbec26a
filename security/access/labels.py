"""Security labels: a level and categories. Who reads must dominate what is read. Pure.

Of the levels each includes the ones before it; categories are compared as sets, so two labels may be incomparable.
"""

from enum import StrEnum
from typing import Final

import msgspec


class Level(StrEnum):
    """公开, 内部, 敏感, 核心."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SENSITIVE = "sensitive"
    CORE = "core"


class Category(StrEnum):
    """What an object is about."""

    CUSTOMER = "customer"
    MONEY = "money"
    POLICY = "policy"
    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


_RANK: Final = {level: rank for rank, level in enumerate(Level)}


class Label(msgspec.Struct, frozen=True, kw_only=True):
    level: Level
    categories: frozenset[Category] = frozenset()

    def dominates(self, other: "Label") -> bool:
        """At least as high, and cleared for every category of the other."""
        return _RANK[self.level] >= _RANK[other.level] and self.categories >= other.categories


def may_read(subject: Label, thing: Label) -> bool:
    return subject.dominates(thing)


def joined(first: Label, second: Label) -> Label:
    """The label of what is made of both: the lowest that dominates each."""
    level = max(first.level, second.level, key=_RANK.__getitem__)
    return Label(level=level, categories=first.categories | second.categories)
