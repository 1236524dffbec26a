"""What a field may be read from: several places, parts joined, lists within lists, a stated value."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import Order, OrderStatus
from appliance.aftersales.orders.notation import NotReadable
from appliance.errors import ConfigurationError

STRANGER = Path(__file__).with_name("stranger.yaml").read_text("utf-8")
LINES = """    lines:
      list: goods.rows
      fields: {line_id: id, sku: sku, title: name, category: kind, quantity: n, unit_price_fen: price}
"""
GOODS = {"id": 1, "sku": "S", "name": "杯", "kind": "kitchen", "n": 2, "price": 1999}
ORDER: dict[str, Any] = {"id": 77, "buyer": 5, "state": 2, "goods": {"rows": [GOODS]}}


def load(folder: Path, *changes: tuple[str, str]) -> Mapping:
    text = STRANGER
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong, 1)
    file = folder / "shop.yaml"
    file.write_text(text, "utf-8")
    return Mapping.load(file)


def read(mapping: Mapping, row: Any) -> Order:
    order: Order = mapping.readers["order"](row)
    return order


@pytest.mark.parametrize(
    ("row", "carrier"), [({"a": "", "b": "顺丰"}, "顺丰"), ({"a": "中通", "b": "x"}, "中通"), ({}, None)]
)
def test_the_first_place_that_is_filled_counts(tmp_path: Path, row: dict[str, Any], carrier: str | None) -> None:
    mapping = load(tmp_path, ("carrier: ship.company", "carrier: [a, b]"))
    assert read(mapping, ORDER | row).carrier == carrier


def test_parts_are_joined_and_empty_ones_left_out(tmp_path: Path) -> None:
    mapping = load(tmp_path, ("carrier: ship.company", 'carrier: {join: [a, b, c], with: " "}'))
    assert read(mapping, ORDER | {"a": "浙江", "b": "-", "c": 90}).carrier == "浙江 90"
    with pytest.raises(NotReadable, match="carrier: expected texts to join"):
        read(mapping, ORDER | {"a": {}})


def test_several_words_may_say_one_state_together(tmp_path: Path) -> None:
    state = "status: {join: [state, paid], with: /, vocabulary: both}"
    both = "vocabularies:\n  both: {paid: [2/yes], unpaid: [2/no]}\n"
    mapping = load(tmp_path, ("status: state\n    paid_at", f"{state}\n    paid_at"), ("vocabularies:\n", both))
    assert read(mapping, ORDER | {"paid": "yes"}).status is OrderStatus.PAID
    assert read(mapping, ORDER | {"paid": "no"}).status is OrderStatus.UNPAID
    with pytest.raises(NotReadable, match="status: expected a word of both"):
        read(mapping, ORDER)


def test_lists_within_lists_are_laid_one_after_another(tmp_path: Path) -> None:
    mapping = load(tmp_path, ("list: goods.rows", "list: parcels.*.rows"))
    parcels = [{"rows": [GOODS, GOODS | {"id": 2}]}, {"rows": []}, {}, {"rows": [GOODS | {"id": 3}]}]
    assert [line.line_id for line in read(mapping, ORDER | {"parcels": parcels}).lines] == ["1", "2", "3"]


def test_of_many_values_the_first_that_is_filled_is_taken(tmp_path: Path) -> None:
    mapping = load(tmp_path, ("carrier: ship.company", "carrier: parcels.*.by"))
    assert read(mapping, ORDER | {"parcels": [{"by": None}, {"by": "-"}, {"by": "京东"}]}).carrier == "京东"
    assert read(mapping, ORDER | {"parcels": []}).carrier is None


def test_what_is_not_there_may_be_stated(tmp_path: Path) -> None:
    mapping = load(
        tmp_path,
        ("category: kind", "category: {path: kind, otherwise: general}"),
        ("quantity: n", "quantity: {always: 3}"),
    )
    (line,) = read(mapping, ORDER | {"goods": {"rows": [GOODS | {"kind": None, "n": 9}]}}).lines
    assert (line.category, line.quantity) == ("general", 3)


def test_a_field_may_write_times_in_a_way_of_its_own(tmp_path: Path) -> None:
    own = 'paid_at: {path: paidAt, time: {format: "%Y-%m-%d %H:%M:%S", zone: Asia/Shanghai}}'
    mapping = load(tmp_path, ("paid_at: paidAt", own))
    assert read(mapping, ORDER | {"paidAt": "2026-11-18 12:00:00"}).paid_at == datetime(2026, 11, 18, 4, tzinfo=UTC)


def test_truth_may_have_words(tmp_path: Path) -> None:
    words = 'vocabularies:\n  boolean: {true: [1, "Y"], false: [0, "N"]}\n'
    mapping = load(tmp_path, ("vocabularies:\n", words), ("carrier: ship.company", "freight_insurance: insured"))
    assert [read(mapping, ORDER | {"insured": word}).freight_insurance for word in ("Y", "N", 1, 0)] == [
        True,
        False,
        True,
        False,
    ]


def test_quantities_may_be_written_as_decimals(tmp_path: Path) -> None:
    plain, written = load(tmp_path), load(tmp_path, ("money: fen", "money: fen\nintegers: written"))
    row = ORDER | {"goods": {"rows": [GOODS | {"n": "2.0000"}]}}
    assert read(written, row).lines[0].quantity == 2
    with pytest.raises(NotReadable):
        read(plain, row)
    with pytest.raises(NotReadable):
        read(written, ORDER | {"goods": {"rows": [GOODS | {"n": "2.5"}]}})


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("quantity: n", "quantity: {always: many}", "quantity.always: expected a whole number from 0"),
        ("status: state", "status: {always: lost}", "status.always: expected one of unpaid, paid"),
        ("status: state", "status: {path: state, vocabulary: reason}", "which status does not know"),
        ("carrier: ship.company", "carrier: {path: a, time: {format: epoch_s, zone: UTC}}", "only a time is written"),
        ("carrier: ship.company", "carrier: {path: a, with: x}", "carrier.with: unknown; expected one of path"),
        ("carrier: ship.company", "carrier: {join: [a], with: 1}", "carrier.with: expected text in quotes"),
        ("money: fen", "money: fen\nintegers: any", "integers: expected one of number, written, found 'any'"),
        ("format: epoch_ms", 'format: "%y-%m-%d"', "time.format: expected iso8601"),
        ("format: epoch_ms", 'format: "%Y-%m"', "time.format: expected iso8601"),
        ("format: epoch_ms", 'format: "%Y-%m-%d %I:%M"', "time.format: %I and %p belong together"),
        ("money: fen", "money: fen\ncannot: [customer]", "cannot[0]: expected one of specs, find_operation"),
        ("money: fen", "money: fen\ncannot: [return_refund]", "writes[0].kinds: stands under cannot too"),
        ("money: fen", "money: fen\nlimits: {requests: 3}", "limits.requests: requests and per_s belong together"),
        ("kind: cursor, size: 2, next", "kind: link, size: 2, first: 1, next", "paging.first: unknown"),
    ],
)
def test_a_mistake_names_field_and_cure(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, (right, wrong))
    assert told in caught.value.detail
