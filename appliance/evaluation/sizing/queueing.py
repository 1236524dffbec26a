"""Erlang's formulas: how many servers a load needs. Pure.

Source: A. K. Erlang 1917; the recursions are those of any textbook (Kleinrock, Queueing Systems I, 3.3 and 3.5; Gross
and Harris, Fundamentals of Queueing Theory, 2.3 and 2.5). Offered load is arrivals times service time, in erlangs.
"""

from math import exp, inf


def blocked(servers: int, offered: float) -> float:
    """Erlang B: the share that finds all servers busy, where nobody waits."""
    share = 1.0
    for number in range(1, servers + 1):
        share = offered * share / (number + offered * share)
    return share


def waits(servers: int, offered: float) -> float:
    """Erlang C: the share that has to wait. 1 where the load is more than all servers do."""
    if offered >= servers:
        return 1.0
    return _waits(servers, offered, blocked(servers, offered))


def mean_wait_s(servers: int, offered: float, service_s: float) -> float:
    """M/M/c; of all, those that do not wait included."""
    return inf if offered >= servers else waits(servers, offered) * service_s / (servers - offered)


def later_than(servers: int, offered: float, service_s: float, limit_s: float) -> float:
    """The share that waits longer than ``limit_s``."""
    if offered >= servers:
        return 1.0
    return _later(servers, offered, blocked(servers, offered), limit_s / service_s)


def _waits(servers: int, offered: float, lost: float) -> float:
    """Erlang C of Erlang B."""
    return lost / (1 - offered / servers * (1 - lost))


def _later(servers: int, offered: float, lost: float, limit: float) -> float:
    """``limit`` in times of service."""
    return _waits(servers, offered, lost) * exp(-(servers - offered) * limit)


def servers_for_wait(offered: float, service_s: float, limit_s: float, share: float) -> int:
    """The fewest with which no more than ``share`` waits longer than ``limit_s``."""
    servers, lost, late = 0, 1.0, 1.0
    while late > share:
        servers += 1
        lost = offered * lost / (servers + offered * lost)
        if servers > offered:
            late = _later(servers, offered, lost, limit_s / service_s)
    return servers


def servers_for_blocking(offered: float, share: float) -> int:
    """The fewest lines with which no more than ``share`` of calls find none free."""
    servers, lost = 0, 1.0
    while lost > share:
        servers += 1
        lost = offered * lost / (servers + offered * lost)
    return servers
