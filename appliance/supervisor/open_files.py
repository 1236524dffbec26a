"""How many connections a process may hold: the kernel counts each as an open file."""

import resource

LEAST = 8192
"""For 5,000 customers on one worker, with room for what else it opens."""


def raise_to_most() -> int:
    """The soft limit up to the hard one, which nobody but root can pass. Returns what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def most() -> int:
    """What a process could have."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]
