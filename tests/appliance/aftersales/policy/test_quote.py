"""Money: what a quote refunds, to the fen."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from appliance.aftersales.orders.model import FreightPayer, Spec
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.model import Evidence, Quote
from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.policy.quote import seal, with_details
from models.commands import Flow, Reason


def quote_of(pack: PolicyPack, ask: Any) -> Quote:
    ruling = evaluate(pack, ask)
    assert ruling.quote is not None, ruling.decision
    return ruling.quote


def test_the_coupon_is_shared_by_price_and_the_first_units_carry_the_odd_fen(
    pack: PolicyPack, build: SimpleNamespace
) -> None:
    order = build.order(build.line(price=300, quantity=3), build.line("L2", price=100, quantity=1), coupon_fen=14)
    quote = quote_of(pack, build.ask("return_refund", order))
    # 14 over 900 and 100: 12.6 and 1.4, so 13 and 1.
    assert [(line.coupon_fen, line.refund_fen) for line in quote.lines] == [(13, 887), (1, 99)]
    first = quote_of(pack, build.ask("return_refund", order, lines=build.asked(("L1", 1))))
    assert first.lines[0].coupon_fen == 5


def test_ties_of_remainders_go_to_the_first_line(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(quantity=1), build.line("L2", quantity=1), coupon_fen=1)
    assert [line.coupon_fen for line in quote_of(pack, build.ask("return_refund", order)).lines] == [1, 0]


def test_units_leave_after_those_already_refunded(pack: PolicyPack, build: SimpleNamespace) -> None:
    def coupon(cases: tuple[Any, ...]) -> int:
        order = build.order(build.line(quantity=3), coupon_fen=1, cases=cases)
        ask = build.ask("return_refund", order, lines=build.asked(("L1", 1)))
        return quote_of(pack, ask).lines[0].coupon_fen

    assert coupon(()) == 1
    assert coupon((build.case("return_refund", ("L1", 1)),)) == 0
    assert coupon((build.case("exchange", ("L1", 1)),)) == 1
    assert coupon((build.case("return_refund", ("L1", 1), status="withdrawn"),)) == 1


def freight(pack: PolicyPack, build: SimpleNamespace, flow: str, status: str, **given: Any) -> int:
    order = build.order(status=status, freight_fen=800, days=given.pop("days", 3), cases=given.pop("cases", ()))
    return quote_of(pack, build.ask(flow, order, evidence=Evidence.YES, **given)).freight_fen


def test_freight_comes_back_if_never_shipped_never_received_or_the_merchants_fault(
    pack: PolicyPack, build: SimpleNamespace
) -> None:
    assert freight(pack, build, "cancel_order", "paid") == 800
    assert freight(pack, build, "refund_only", "shipped", reason=Reason.NOT_RECEIVED, days=11) == 800
    assert freight(pack, build, "return_refund", "delivered", reason=Reason.QUALITY) == 800
    assert freight(pack, build, "return_refund", "delivered", reason=Reason.CHANGED_MIND) == 0


def test_freight_comes_back_with_the_case_that_completes_the_refund(pack: PolicyPack, build: SimpleNamespace) -> None:
    one = build.asked(("L1", 1))
    half = {"reason": Reason.QUALITY, "lines": one}
    assert freight(pack, build, "return_refund", "delivered", **half) == 0
    earlier = (build.case("return_refund", ("L1", 1), refund_fen=10000),)
    assert freight(pack, build, "return_refund", "delivered", cases=earlier, **half) == 800
    exchanged = (build.case("exchange", ("L1", 1)),)
    assert freight(pack, build, "return_refund", "delivered", cases=exchanged, **half) == 0


def test_an_unpaid_order_refunds_nothing(pack: PolicyPack, build: SimpleNamespace) -> None:
    quote = quote_of(pack, build.ask("cancel_order", build.order(status="unpaid", freight_fen=800)))
    assert (quote.total_fen, quote.arrival) == (0, "none")


def test_price_protection_pays_the_difference_for_each_unit(pack: PolicyPack, build: SimpleNamespace) -> None:
    today = (Spec(sku="SKU-L1", product="p", spec="s", price_fen=8500),)
    quote = quote_of(pack, build.ask("price_protection", build.order(coupon_fen=500), current=today))
    assert (quote.total_fen, quote.lines[0].coupon_fen, quote.arrival) == (3000, 0, "within_days")
    refunded = build.order(cases=(build.case("return_refund", ("L1", 1), refund_fen=10000),))
    one = build.ask("price_protection", refunded, current=today, lines=build.asked(("L1", 1)))
    assert quote_of(pack, one).total_fen == 1500


def test_price_protection_lowers_a_later_refund_by_what_it_paid(pack: PolicyPack, build: SimpleNamespace) -> None:
    protected = build.case("price_protection", ("L1", 2), refund_fen=3001)
    order = build.order(cases=(protected,))
    whole = quote_of(pack, build.ask("return_refund", order))
    assert (whole.lines[0].protected_fen, whole.total_fen) == (3001, 16999)
    one = quote_of(pack, build.ask("return_refund", order, lines=build.asked(("L1", 1))))
    assert one.total_fen == 10000 - 1501


def test_a_return_after_goodwill_pays_the_rest(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(cases=(build.case("goodwill", ("L1", 1), refund_fen=2000),))
    quote = quote_of(pack, build.ask("return_refund", order))
    assert (quote.lines[0].protected_fen, quote.total_fen) == (2000, 18000)


def test_price_protection_stands_on_units_not_yet_refunded(pack: PolicyPack, build: SimpleNamespace) -> None:
    cases = (
        build.case("return_refund", ("L1", 1), refund_fen=10000),
        build.case("price_protection", ("L1", 1), refund_fen=700),
    )
    order = build.order(build.line(quantity=3), cases=cases)
    one = quote_of(pack, build.ask("return_refund", order, lines=build.asked(("L1", 1))))
    assert one.total_fen == 9300
    both = quote_of(pack, build.ask("return_refund", order, lines=build.asked(("L1", 2))))
    assert both.total_fen == 19300


def test_protection_of_several_lines_is_shared_in_proportion_to_their_price(
    pack: PolicyPack, build: SimpleNamespace
) -> None:
    protected = build.case("price_protection", ("L1", 1), ("L2", 1), refund_fen=400)
    lines = (build.line(price=3000, quantity=1), build.line("L2", price=1000, quantity=1))
    quote = quote_of(pack, build.ask("return_refund", build.order(*lines, cases=(protected,))))
    assert [line.protected_fen for line in quote.lines] == [300, 100]


@pytest.mark.parametrize(
    ("flow", "status"),
    [
        ("exchange", "delivered"),
        ("resend", "delivered"),
        ("repair", "delivered"),
        ("change_address", "paid"),
        ("change_spec", "paid"),
        ("invoice", "delivered"),
        ("urge_shipment", "paid"),
    ],
)
def test_what_moves_no_money_is_quoted_too(pack: PolicyPack, build: SimpleNamespace, flow: str, status: str) -> None:
    order = build.order(build.line(category="electronics"), status=status, freight_fen=800)
    ask = build.ask(flow, order, reason=Reason.WRONG_ITEM, evidence=Evidence.YES)
    quote = quote_of(pack, ask)
    assert (quote.total_fen, quote.freight_fen, quote.arrival) == (0, 0, "none")
    assert len(quote.hash) == 64


def test_the_same_ask_has_the_same_hash(pack: PolicyPack, build: SimpleNamespace) -> None:
    assert quote_of(pack, build.ask("return_refund")).hash == quote_of(pack, build.ask("return_refund")).hash


def test_the_hash_covers_every_field(pack: PolicyPack, build: SimpleNamespace) -> None:
    quote = quote_of(pack, build.ask("return_refund"))
    line = msgspec.structs.replace(quote.lines[0], title="another title")
    changed = {
        "flow": Flow.REFUND_ONLY,
        "kind": "refund_only",
        "order_id": "O-2",
        "lines": (line,),
        "goods_fen": quote.goods_fen + 1,
        "freight_fen": 1,
        "total_fen": quote.total_fen + 1,
        "freight_payer": FreightPayer.MERCHANT,
        "arrival": "within_days",
        "paid_by": "cash",
        "reason": Reason.SIZE,
        "target_sku": "SKU-2",
        "details": {"address": "reference"},
    }
    assert set(changed) | {"hash"} == set(Quote.__struct_fields__)
    hashes = {seal(msgspec.structs.replace(quote, **{name: value})).hash for name, value in changed.items()}
    assert len(hashes | {quote.hash}) == len(changed) + 1


def test_details_change_the_hash_and_nothing_else(pack: PolicyPack, build: SimpleNamespace) -> None:
    quote = quote_of(pack, build.ask("change_address", build.order(status="paid")))
    agreed = with_details(quote, {"address": "reference"})
    assert agreed.hash != quote.hash
    assert msgspec.structs.replace(agreed, details={}, hash=quote.hash) == quote
    assert seal(agreed) == agreed
