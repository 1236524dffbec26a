"""Waiting for a database no longer than so long, also for one that takes every word and answers none.

Breaking off a query takes psycopg up to ten seconds more, for it asks the server first: that is done aside.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
Unwanted = Callable[[T], Coroutine[Any, Any, None]]

_aside: set["asyncio.Task[Any]"] = set()
"""What is being broken off; nothing else holds on to it."""


async def within(seconds: float, work: Coroutine[Any, Any, T], unwanted: Unwanted[T] | None = None) -> T:
    """What comes of ``work``. TimeoutError after so long: it is cancelled, and ends when it can.

    ``unwanted`` gets what came of it all the same, when nobody waited any more.
    """
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=max(seconds, 0.0))
    except asyncio.CancelledError:
        _break_off(task, unwanted)
        raise
    if not done:
        _break_off(task, unwanted)
        raise TimeoutError
    return task.result()


def _break_off(task: "asyncio.Task[T]", unwanted: Unwanted[T] | None) -> None:
    _aside.add(task)
    task.add_done_callback(partial(_ended, unwanted))
    task.cancel()


def _ended(unwanted: Unwanted[T] | None, task: "asyncio.Task[T]") -> None:
    """Its failure is nobody's any more."""
    _aside.discard(task)
    if task.cancelled() or task.exception() is not None or unwanted is None:
        return
    tidying = asyncio.create_task(unwanted(task.result()))
    _aside.add(tidying)
    tidying.add_done_callback(_aside.discard)
