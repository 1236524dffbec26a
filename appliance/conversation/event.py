"""What every event type of a conversation has."""

from typing import ClassVar

import msgspec


class EventData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    TYPE: ClassVar[str]
    V: ClassVar[int] = 1
