"""How long a call may take with all its tries and pages, and when it is tried again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from appliance.aftersales.orders.operations import Operation
from appliance.errors import OrderSystemUnavailable

_TRIES_AFTER_S = (0.0, 0.1, 0.4)


@asynccontextmanager
async def deadline(operation: Operation) -> AsyncIterator[None]:
    """A read that takes longer is not available."""
    try:
        async with asyncio.timeout(operation.timeouts.deadline_s):
            yield
    except TimeoutError:
        raise OrderSystemUnavailable(f"{operation.name}: no answer in time") from None


def ends_at(operation: Operation) -> float:
    """Seconds of the monotonic clock."""
    return monotonic() + operation.timeouts.deadline_s


def pauses_s(operation: Operation) -> tuple[float, ...]:
    """Before each try."""
    return _TRIES_AFTER_S if operation.is_retried else (0.0,)


def may_pass(status: int) -> bool:
    """Whether the same request may fare better in a moment."""
    return status >= 500 or status == 429
