"""The numbers of access control. Each has a floor below which nothing starts; a second factor has no switch at all."""

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """``Limits.checked`` is what start-up calls: constructing alone does not look at the floors."""

    password_length: Annotated[int, Meta(ge=8, le=64)] = 12
    password_days: Annotated[int, Meta(ge=30, le=180)] = 90
    passwords_remembered: Annotated[int, Meta(ge=5, le=24)] = 5
    failures: Annotated[int, Meta(ge=3, le=10)] = 5
    failure_window_min: Annotated[int, Meta(ge=5, le=60)] = 15
    lock_min: Annotated[int, Meta(ge=10, le=1440)] = 30
    source_failures: Annotated[int, Meta(ge=5, le=1000)] = 30
    idle_min: Annotated[int, Meta(ge=1, le=30)] = 15
    absolute_h: Annotated[int, Meta(ge=1, le=12)] = 8
    sessions: Annotated[int, Meta(ge=1, le=5)] = 2
    unused_days: Annotated[int, Meta(ge=30, le=180)] = 90

    def checked(self) -> "Limits":
        """Itself, or ``msgspec.ValidationError`` that names the number and its floor."""
        return msgspec.convert(msgspec.to_builtins(self), Limits)

    @property
    def password_life(self) -> timedelta:
        return timedelta(days=self.password_days)

    @property
    def failure_window(self) -> timedelta:
        return timedelta(minutes=self.failure_window_min)

    @property
    def lock(self) -> timedelta:
        return timedelta(minutes=self.lock_min)

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_min)

    @property
    def absolute(self) -> timedelta:
        return timedelta(hours=self.absolute_h)

    @property
    def unused(self) -> timedelta:
        return timedelta(days=self.unused_days)
