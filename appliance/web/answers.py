"""Who is told of every answer, by its route's template: an address itself may hold anything."""

from collections.abc import Callable
from typing import Final

from litestar.types import BeforeMessageSendHookHandler, Message, Scope

UNMATCHED: Final = "unmatched"
"""The template of what no route serves."""

Answered = Callable[[str, str, int], None]
"""Told the method, the route's template and the status."""


def telling(told: Answered) -> BeforeMessageSendHookHandler:
    """A ``before_send`` hook."""

    async def tell(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            told(str(scope.get("method")), scope.get("path_template") or UNMATCHED, message["status"])

    return tell
