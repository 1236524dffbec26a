"""A mistake in a mapping file is told with file, line, field and what is expected."""

from pathlib import Path
from typing import Any

import pytest

from appliance.aftersales.orders import mapping as mapping_module
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import CaseKind
from appliance.errors import ConfigurationError

DEMO = (Path(mapping_module.__file__).parent / "mappings" / "demo.yaml").read_text("utf-8")


def load(tmp_path: Path, text: str) -> Mapping:
    file = tmp_path / "shop.yaml"
    file.write_text(text, "utf-8")
    return Mapping.load(file)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_the_demo_mapping_writes_every_kind_of_case(tmp_path: Path) -> None:
    assert set(load(tmp_path, DEMO).writes) == set(CaseKind)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "money: yuan",
            "money: dollars",
            "money: expected one of fen, fen_text, li, yuan,",
        ),
        ("name: demo", "nome: demo", "nome: unknown; expected one of version, name"),
        ("version: 1", "version: 2", "version: expected a whole number from 1 to 1, found 2"),
        ("zone: Asia/Shanghai", "zone: Asia/Nowhere", "time.zone: expected a time zone like Asia/Shanghai"),
        ("connect_s: 2", "connect_s: soon", "timeouts.connect_s: expected seconds"),
        ("deadline_s: 12", "deadline_s: 1", "timeouts.deadline_s: is shorter than read_s"),
        (
            "kind: api_key",
            "kind: hmac",
            "auth.kind: expected one of api_key, bearer, basic, signature, oauth2, none, found 'hmac'",
        ),
        ("header: X-Api-Key", 'header: "X Api"', "auth.header: expected the name of a header"),
        ("    order_id: tradeNo", "    order_nr: tradeNo", "records.order.order_nr: unknown; expected one of order_id"),
        ("    customer_id: memberNo", "    customer_id: a..b", "expected a path like data.items.0.price"),
        ("vocabulary: stage", "vocabulary: stages", "records.order.cases.fields.stage.vocabulary: no such vocabulary"),
        ("list: items\n", "items: items\n", "records.order.lines.items: unknown; expected one of list, fields"),
        ('/api/trades/{order_id}"', '/api/trades/{order}"', "{order} is not known here; expected one of order_id"),
        ('remark: "{note}"', 'remark: "{lines}"', "{lines} is a list: use $each and $item"),
        ("$each: lines", "$each: evidence", "expected one of lines, found 'evidence'"),
        (
            "kind: page,",
            "kind: pages,",
            "orders_of.paging.kind: expected one of page, offset, cursor, link,",
        ),
        ("kinds: invoice", "kinds: repair", "writes[5].kinds: is written by another section already"),
        ("kinds: invoice", "kinds: gift", "writes[5].kinds: expected one of return_refund"),
        ("retry: never", "retry: always", "writes[0].retry: expected one of safe, never, found 'always'"),
        ("silver: VIP_SILVER", "silver: REGULAR", "vocabularies.level.silver: 'REGULAR' means normal already"),
        ("unavailable: [429]", "unavailable: [42]", "errors.statuses.unavailable[0]: expected a whole number from 300"),
        ("  code: code\n", "", "errors.words: needs code: where an answer holds its error word"),
        ("none: NOBODY", "nobody: NOBODY", "vocabularies.freight_payer.nobody: unknown; expected one of merchant"),
        ("    goodwill: COMPENSATION\n", "", "the vocabulary case_kind has no word for goodwill"),
        (", none: NOBODY", "", "the vocabulary freight_payer has no word for none"),
    ],
)
def test_a_mistake_names_line_field_and_cure(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert right in DEMO
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, DEMO.replace(right, wrong, 1))
    assert caught.value.detail.startswith(f"{tmp_path / 'shop.yaml'}:")
    assert told in caught.value.detail


def test_the_line_is_the_one_of_the_mistake(tmp_path: Path) -> None:
    text = DEMO.replace("silver: VIP_SILVER", "silver: REGULAR")
    with pytest.raises(ConfigurationError, match=rf"shop\.yaml:{line_of(text, 'silver: REGULAR')}: "):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("a: [", "not YAML"),
        ("- 1", "expected keys and values, found a list"),
        ("a: &x 1\nb: *x", "aliases are not read here"),
        ("name: a\nname: b", "shop.yaml:2: name: stands here twice"),
        ("version: 1", "auth, timeouts, money, time, errors, vocabularies, records, reads, writes missing"),
        ("[" * 5000, "nested too deep"),
        ("a: " + "x" * 600_000, "larger than"),
    ],
)
def test_what_is_no_mapping_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert told in caught.value.detail
    assert "\n" not in caught.value.detail


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Mapping.load(tmp_path / "none.yaml")


def test_only_an_idempotent_write_may_be_sent_again(tmp_path: Path) -> None:
    wrong = DEMO.replace("idempotent: true\n    retry: never", "idempotent: false\n    retry: safe", 1)
    with pytest.raises(ConfigurationError, match="only an idempotent write may be sent again"):
        load(tmp_path, wrong)


def test_an_idempotent_write_carries_its_key_somewhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"needs idempotency\.header, or \{operation_id\} in the body"):
        load(tmp_path, DEMO.replace("idempotency: {header: Idempotency-Key}\n", ""))


def test_of_a_pushed_event_only_its_order_is_read(tmp_path: Path) -> None:
    mapping = load(tmp_path, DEMO)
    assert mapping.events is not None
    assert mapping.events.order_of({"tradeNo": "O1", "state": "DONE"}) == "O1"
    assert mapping.events.order_of({"tradeNo": 7}) == "7"
    senseless: Any
    for senseless in ({}, {"tradeNo": True}, {"tradeNo": ""}, [], None, "O1"):
        assert mapping.events.order_of(senseless) is None


def test_what_names_goods_and_no_order_is_of_stock(tmp_path: Path) -> None:
    events = load(tmp_path, DEMO).events
    assert events is not None
    assert events.is_of_stock({"skuCode": "MUG-01", "stock": 0})
    assert events.is_of_stock({"skuCode": 4711, "stock": 0})
    others: Any
    for others in ({}, {"skuCode": ""}, {"skuCode": None}, {"skuCode": "MUG-01", "tradeNo": "O1"}, [], None):
        assert not events.is_of_stock(others)
    before = load(tmp_path, DEMO.replace(", stock: skuCode", "")).events
    assert before is not None
    assert not before.is_of_stock({"skuCode": "MUG-01", "stock": 0})
