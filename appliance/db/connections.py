"""How many connections to the database one process may hold: for whoever reckons how many a server has to admit."""

from typing import Final

_LISTENER: Final = 1
_SEALER: Final = 1
_FORWARDER: Final = 1
OF_JOBS: Final = 4
"""The pool of the jobs' queue, which listens on one more."""


def of_process(pool: int) -> int:
    """Web and phone. ``pool``: ``database.connections``."""
    return pool + _LISTENER


def of_worker(pool: int) -> int:
    return of_process(pool) + _SEALER + _FORWARDER + OF_JOBS + _LISTENER
