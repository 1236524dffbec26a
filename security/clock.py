"""The clock that callers hand in. But to order identifiers, this package never asks the system for the time of day."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""
        ...
