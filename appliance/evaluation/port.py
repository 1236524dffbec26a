"""What a runner needs of the place it plays in. One seat is one case: a shop of its own, so nothing ever collides."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from appliance.client.chat import Conversation
from appliance.evaluation.model import Case, Entry, ReceivedCase


class Seat(Protocol):
    """A conversation that is open, of the case's customer, in a shop that holds the case's orders and no others."""

    conversation: Conversation

    async def log(self) -> Sequence[Entry]:
        """The conversation's trace so far."""
        ...

    async def received(self) -> tuple[Sequence[ReceivedCase], int]:
        """The cases that the order system received, oldest first, and how many writes it counted."""
        ...


class Venue(Protocol):
    def seat(self, case: Case) -> AbstractAsyncContextManager[Seat]: ...
