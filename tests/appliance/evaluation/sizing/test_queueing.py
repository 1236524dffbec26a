"""Erlang's formulas against closed forms, printed tables, and a simulation that knows none of them."""

import heapq
from math import exp, factorial, inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.evaluation.sizing import queueing

LOADS = st.floats(0.01, 60)


@given(st.integers(1, 30), LOADS)
def test_erlang_b_is_its_sum(servers: int, offered: float) -> None:
    terms = [offered**n / factorial(n) for n in range(servers + 1)]
    assert queueing.blocked(servers, offered) == pytest.approx(terms[-1] / sum(terms))


@given(st.integers(1, 30), LOADS)
def test_erlang_c_is_its_sum(servers: int, offered: float) -> None:
    if offered >= servers:
        assert queueing.waits(servers, offered) == 1
        return
    last = offered**servers / factorial(servers) * servers / (servers - offered)
    known = sum(offered**n / factorial(n) for n in range(servers)) + last
    assert queueing.waits(servers, offered) == pytest.approx(last / known)


@pytest.mark.parametrize(("lines", "offered"), [(1, 0.0101), (5, 1.36), (10, 4.46), (20, 12.0), (50, 37.9)])
def test_erlang_b_agrees_with_the_printed_table_for_one_percent(lines: int, offered: float) -> None:
    assert queueing.blocked(lines, offered) == pytest.approx(0.01, rel=0.03)


def test_one_server_is_the_closed_form_of_m_m_1() -> None:
    assert queueing.waits(1, 0.7) == pytest.approx(0.7)
    assert queueing.mean_wait_s(1, 0.7, 2.0) == pytest.approx(0.7 * 2.0 / 0.3)
    assert queueing.later_than(1, 0.7, 2.0, 3.0) == pytest.approx(0.7 * exp(-0.3 * 3 / 2))


def test_more_load_than_servers_waits_for_ever() -> None:
    assert queueing.mean_wait_s(2, 2.0, 1.0) == inf
    assert queueing.later_than(2, 2.5, 1.0, 100.0) == 1


@given(LOADS, st.floats(0.05, 5), st.floats(0.01, 0.5))
def test_the_fewest_servers_are_enough_and_one_less_is_not(offered: float, limit_s: float, share: float) -> None:
    servers = queueing.servers_for_wait(offered, 1.0, limit_s, share)
    assert queueing.later_than(servers, offered, 1.0, limit_s) <= share
    assert servers == int(offered) + 1 or queueing.later_than(servers - 1, offered, 1.0, limit_s) > share


@given(LOADS, st.floats(0.001, 0.5))
def test_the_fewest_lines_are_enough_and_one_less_is_not(offered: float, share: float) -> None:
    lines = queueing.servers_for_blocking(offered, share)
    assert queueing.blocked(lines, offered) <= share
    assert lines == 0 or queueing.blocked(lines - 1, offered) > share


@pytest.mark.parametrize(("servers", "offered"), [(1, 0.5), (2, 1.6), (8, 6.5)])
def test_a_simulated_queue_waits_as_the_formula_says(servers: int, offered: float) -> None:
    """Events only: whoever comes takes the server that is free first."""
    chance, customers = Random(7), 200_000  # noqa: S311 - not for secrets
    free = [0.0] * servers
    now, waited, late = 0.0, 0, 0
    for _ in range(customers):
        now += chance.expovariate(offered)
        begins = max(now, free[0])
        heapq.heapreplace(free, begins + chance.expovariate(1.0))
        waited += begins > now
        late += begins - now > 0.5
    assert waited / customers == pytest.approx(queueing.waits(servers, offered), abs=0.02)
    assert late / customers == pytest.approx(queueing.later_than(servers, offered, 1.0, 0.5), abs=0.02)
