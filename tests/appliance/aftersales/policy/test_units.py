"""Which units are free, and which of them price protection stands on."""

from types import SimpleNamespace
from typing import Any

import pytest

from appliance.aftersales.policy.units import free_units, units_of
from models.commands import Flow


def free(build: SimpleNamespace, flow: Flow, *cases: Any, quantity: int = 3) -> int:
    return free_units(build.order(build.line(quantity=quantity), cases=cases), flow)["L1"]


def test_cases_hold_their_units(build: SimpleNamespace) -> None:
    assert free(build, Flow.EXCHANGE) == 3
    assert free(build, Flow.EXCHANGE, build.case("return_refund", ("L1", 1)), build.case("resend", ("L1", 1))) == 1


def test_no_line_has_less_than_no_free_unit(build: SimpleNamespace) -> None:
    assert free(build, Flow.RETURN_REFUND, build.case("return_refund", ("L1", 9))) == 0
    assert free(build, Flow.PRICE_PROTECTION, build.case("exchange", ("L1", 9))) == 0


def test_a_unit_both_protected_and_refunded_is_counted_once(build: SimpleNamespace) -> None:
    cases = (build.case("price_protection", ("L1", 2), refund_fen=10), build.case("return_refund", ("L1", 1)))
    assert free(build, Flow.PRICE_PROTECTION, *cases) == 1
    assert free(build, Flow.RETURN_REFUND, *cases) == 2


def test_cases_of_lines_that_the_order_has_not_change_nothing(build: SimpleNamespace) -> None:
    assert free(build, Flow.RETURN_REFUND, build.case("price_protection", ("L7", 2), refund_fen=10)) == 3


@pytest.mark.parametrize(("paid", "units"), [(7, (3, 2, 2)), (0, (0, 0, 0)), (2, (1, 1, 0))])
def test_the_first_units_carry_the_odd_fen_of_protection(
    build: SimpleNamespace, paid: int, units: tuple[int, ...]
) -> None:
    order = build.order(build.line(quantity=3), cases=(build.case("price_protection", ("L1", 3), refund_fen=paid),))
    assert units_of(order, (), {})["L1"].protection == units


def test_goodwill_takes_no_unit_and_lowers_what_each_pays_back(build: SimpleNamespace) -> None:
    """Over lines and units in proportion to what is owed for them; two of them add up."""
    lines = (build.line(price=3000, quantity=2), build.line("L2", price=1000, quantity=1))
    cases = (
        build.case("price_protection", ("L2", 1), refund_fen=1000),
        build.case("goodwill", ("L1", 1), ("L2", 1), refund_fen=500),
        build.case("goodwill", ("L1", 2), refund_fen=551),
        build.case("goodwill", ("L1", 1), refund_fen=9, status="withdrawn"),
    )
    order = build.order(*lines, cases=cases)
    units = units_of(order, (), {})
    assert (units["L1"].goodwill, units["L2"].goodwill) == ((750, 301), (0,))
    assert free_units(order, Flow.RETURN_REFUND) == {"L1": 2, "L2": 1}
    assert free_units(order, Flow.PRICE_PROTECTION) == {"L1": 2, "L2": 0}


def test_goodwill_of_units_that_are_refunded_already_lowers_nothing(build: SimpleNamespace) -> None:
    cases = (build.case("return_refund", ("L1", 3)), build.case("goodwill", ("L1", 1), refund_fen=5))
    assert units_of(build.order(build.line(quantity=3), cases=cases), (), {})["L1"].goodwill == (0, 0, 0)


def test_units_held_beside_the_order_system_count(build: SimpleNamespace) -> None:
    own = (build.case("exchange", ("L1", 1), status="open"),)
    assert free_units(build.order(), Flow.RETURN_REFUND, own, {"L1": 1})["L1"] == 0
