"""Files are read and written outside the loop: a volume that hangs holds up who waits for the log, and nobody else."""

import asyncio
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_SLOW_S = 2.0
"""What takes longer is said so; who waits for a record gives up by himself."""

_log = logging.getLogger(__name__)


async def in_thread(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """A cancelled caller still waits for it: the file must not be closed under it."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments, **options))
    try:
        while not (await asyncio.wait({running}, timeout=_SLOW_S))[0]:
            _log.critical("audit.sink_hangs")
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise
    return await running
