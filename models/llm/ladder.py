"""A chat model with a smaller one below it, at another address: who is asked where the first is away or left alone.

The smaller one gets the time that is left. Where the first used all of it, nobody else is asked: its breaker soon sees
that it is left alone, and from then on the smaller one is asked at once.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from models.errors import ModelBusy, ModelResting, ModelUnavailable
from models.llm.client import SERVED_S, ChatModel, Message, Watch


class Ladder:
    """``models.llm.client.Chat``, as either of its two is."""

    def __init__(self, first: ChatModel, smaller: ChatModel) -> None:
        self._first = first
        self._smaller = smaller

    async def aclose(self) -> None:
        await self._first.aclose()
        await self._smaller.aclose()

    async def ask(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        max_tokens: int,
        within_s: float,
        watch: Watch | None = None,
    ) -> str:
        """Where the first is away, rests or is busy, what the smaller one raises counts."""
        until = time.monotonic() + within_s
        try:
            return await self._first.ask(messages, schema, max_tokens=max_tokens, within_s=within_s, watch=watch)
        except (ModelResting, ModelUnavailable, ModelBusy):
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise
            return await self._smaller.ask(messages, schema, max_tokens=max_tokens, within_s=left_s, watch=watch)

    @property
    def is_resting(self) -> bool:
        """Whether the first is left alone."""
        return self._first.is_resting

    @property
    def is_on_smaller(self) -> bool:
        """Whether the smaller one answers in its place."""
        return self._first.is_resting and not self._smaller.is_resting

    async def look_for(self) -> None:
        await self._first.look_for()
        await self._smaller.look_for()

    async def served(self, within_s: float = SERVED_S) -> tuple[str, ...]:
        """By the first."""
        return await self._first.served(within_s)
