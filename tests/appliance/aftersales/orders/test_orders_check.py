"""``appliance orders check`` says of every read and field what it saw, shows no value, and fails where one fails."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner, Result

from appliance.aftersales.orders import mapping as mapping_module
from appliance.aftersales.orders.fake import FakeOrderSystem
from appliance.aftersales.orders.looks import shape
from appliance.aftersales.orders.model import CaseKind, Customer, Order, OrderStatus
from appliance.aftersales.orders.trial import Trial
from appliance.aftersales.orders.trial_write import MARK, WriteTrial
from appliance.cli.orders import orders
from appliance.clock import SystemClock
from appliance.ids import CustomerId, OrderId

DEMO = Path(mapping_module.__file__).parent / "mappings" / "demo.yaml"
ADMIN = {"X-Admin-Key": "an-admin-key-for-tests"}
FIXTURE: dict[str, Any] = {
    "customer": {"id": "U7", "name": "秦岚", "phone": "13900000007", "level": "silver"},
    "orders": [
        {
            "order_id": "O7",
            "status": "paid",
            "paid_at": datetime(2026, 11, 10, tzinfo=UTC).isoformat(),
            "lines": [
                {
                    "line_id": "L1",
                    "sku": "CUP",
                    "title": "杯",
                    "category": "kitchen",
                    "quantity": 1,
                    "unit_price_fen": 100,
                }
            ],
        }
    ],
}


@pytest.fixture
def key_file(demo_url: str, tmp_path: Path) -> Path:
    with httpx.Client(base_url=demo_url, headers=ADMIN, trust_env=False) as admin:
        file = tmp_path / "shop.key"
        file.write_text("a-key-for-the-check\n")
        file.chmod(0o600)
        assert admin.put("/admin/shops/checked", json={"api_key": "a-key-for-the-check"}).is_success
        assert admin.post("/admin/shops/checked/fixtures", json=FIXTURE).is_success
    return file


def check(*arguments: str) -> Result:
    return CliRunner().invoke(orders, ["check", *arguments])


def test_a_mapping_alone_is_checked() -> None:
    result = check(str(DEMO))
    assert (result.exit_code, "5 reads, 14 of 14 writes" in result.output) == (0, True)


def test_every_read_is_tried_and_no_value_is_shown(demo_url: str, key_file: Path) -> None:
    result = check(str(DEMO), "--base-url", demo_url, "--key-file", str(key_file), "--customer", "U7", "--json")
    assert result.exit_code == 0, result.output
    tried = json.loads(result.output)["tried"]
    assert [(each["operation"], each["is_good"]) for each in tried] == [
        ("customer", True),
        ("order", True),
        ("find_operation", True),
        ("customer", True),
        ("orders_of", True),
        ("order", True),
        ("specs", True),
    ]
    seen = {field["name"]: field["state"] for field in tried[3]["fields"]}
    assert (seen["name"], seen["coupons"]) == ("filled", "empty")
    assert "秦岚" not in result.output


def test_a_field_that_is_not_mapped_is_named(demo_url: str, key_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "poor.yaml"
    file.write_text(DEMO.read_text("utf-8").replace("    points: wallet.points\n", ""), "utf-8")
    result = check(str(file), "--base-url", demo_url, "--key-file", str(key_file), "--customer", "U7")
    assert "points               not mapped" in result.output


def test_a_field_that_does_not_fit_fails_the_check(demo_url: str, key_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(DEMO.read_text("utf-8").replace("points: wallet.points", "points: wallet.balance"), "utf-8")
    result = check(str(file), "--base-url", demo_url, "--key-file", str(key_file), "--customer", "U7")
    assert result.exit_code == 1
    assert "FAIL customer: customer.points: expected a whole number" in result.output


def test_a_wrong_key_fails_the_check(demo_url: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.key"
    file.write_text("wrong")
    file.chmod(0o600)
    result = check(str(DEMO), "--base-url", demo_url, "--key-file", str(file))
    assert (result.exit_code, "KEY_INVALID" in result.output) == (1, True)


def test_an_order_system_that_asks_for_no_proof_needs_no_credentials(demo_url: str, tmp_path: Path) -> None:
    """It is asked, which is all that can be told here: the demo's does want a key."""
    file = tmp_path / "open.yaml"
    file.write_text(DEMO.read_text().replace("auth: {kind: api_key, header: X-Api-Key}", "auth: {kind: none}"))
    tried = check(str(file), "--base-url", demo_url)
    assert (tried.exit_code, "KEY_INVALID" in tried.output) == (1, True)
    missed = check(str(DEMO), "--base-url", demo_url)
    assert (missed.exit_code, "this mapping needs --key-file, with api_key" in missed.output) == (2, True)


def test_an_unknown_word_is_shown_and_the_other_fields_are_told_all_the_same(
    demo_url: str, key_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(DEMO.read_text("utf-8").replace("paid: WAIT_SHIP", "paid: PACKED"), "utf-8")
    arguments = ["--base-url", demo_url, "--key-file", str(key_file), "--customer", "U7", "--json"]
    result = check(str(file), *arguments)
    assert result.exit_code == 1
    listed = json.loads(result.output)["tried"][-1]
    fields = {field["name"]: field for field in listed["fields"]}
    status = fields["status"]
    assert (status["state"], status["unknown_words"], status["expected"]) == (
        "unreadable",
        ["WAIT_SHIP"],
        "a word of order_status",
    )
    price = fields["lines.unit_price_fen"]
    assert (price["state"], price["type"], price["shape"]) == ("filled", "text", "9.99")
    assert (fields["lines.title"]["shape"], fields["invoice"]["state"]) == ("字", "empty")


def test_times_pages_and_clocks_are_told(demo_url: str, key_file: Path) -> None:
    result = check(str(DEMO), "--base-url", demo_url, "--key-file", str(key_file), "--customer", "U7", "--json")
    report = json.loads(result.output)
    assert {each["operation"]: each["requests"] for each in report["timings"]} == {
        "customer": 2,
        "order": 2,
        "find_operation": 1,
        "orders_of": 1,
        "specs": 1,
    }
    assert abs(report["clock_skew_s"]) < 60
    assert (report["tls"], report["undeclared"], report["written"]) == (None, [], [])


def test_what_is_neither_written_nor_declared_is_called_an_oversight(tmp_path: Path) -> None:
    poor = DEMO.read_text("utf-8").replace(", repair, price", ", price")
    file = tmp_path / "poor.yaml"
    file.write_text(poor, "utf-8")
    assert "cannot be written, a person does it: repair; write it, or list it under cannot" in check(str(file)).output
    file.write_text(poor + "cannot: [repair]\n", "utf-8")
    assert "a person does it: repair\n" in check(str(file)).output + "\n"


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        ("SF12 顺丰", "xx99 字字"),
        ("2026-11-10T09:00", "9999-99-99x99:99"),
        (1999, "9999"),
        ("长" * 30, "字" * 24 + "…"),
        (True, None),
    ],
)
def test_of_a_value_only_its_shape_is_shown(value: Any, drawn: str | None) -> None:
    assert shape(value) == drawn


def test_a_customer_needs_an_order_system_to_be_asked_of() -> None:
    result = check(str(DEMO), "--customer", "U7")
    assert (result.exit_code, "need --base-url" in result.output) == (2, True)


def test_a_customer_without_orders_fails_the_check(demo_url: str, key_file: Path) -> None:
    """Nothing of an order was tried, and that must not look as if it had been."""
    customer = FIXTURE["customer"] | {"id": "U8"}
    with httpx.Client(base_url=demo_url, headers=ADMIN, trust_env=False) as admin:
        assert admin.post("/admin/shops/checked/fixtures", json={"customer": customer}).is_success
    result = check(str(DEMO), "--base-url", demo_url, "--key-file", str(key_file), "--customer", "U8")
    assert result.exit_code == 1, result.output
    assert "FAIL order: not tried: this customer has no orders; name one who has" in result.output


def test_a_system_that_finds_no_operation_passes_its_write(demo_url: str, key_file: Path, tmp_path: Path) -> None:
    marked = FIXTURE["orders"][0] | {"order_id": "O9", "seller_note": MARK}
    with httpx.Client(base_url=demo_url, headers=ADMIN, trust_env=False) as admin:
        assert admin.post("/admin/shops/checked/fixtures", json=FIXTURE | {"orders": [marked]}).is_success
    mapping = yaml.safe_load(DEMO.read_text("utf-8"))
    del mapping["reads"]["find_operation"]
    file = tmp_path / "unfinding.yaml"
    file.write_text(yaml.safe_dump(mapping | {"cannot": ["find_operation"]}, allow_unicode=True), "utf-8")
    result = check(str(file), "--base-url", demo_url, "--key-file", str(key_file), "--write-order", "O9")
    assert result.exit_code == 0, result.output
    assert "ok   write: urge_shipment" in result.output
    assert "ok   find_operation: not tried: the mapping says that it cannot" in result.output


@pytest.mark.parametrize("kind", ["return_parcel", "withdraw_case"])
def test_what_needs_a_case_is_no_write_to_try(kind: str) -> None:
    result = check(str(DEMO), "--write-kind", kind)
    assert (result.exit_code, "is not one of" in result.output) == (2, True)


async def test_an_order_without_lines_is_told_and_not_written() -> None:
    order = Order(
        order_id=OrderId("O1"),
        customer_id=CustomerId("U1"),
        status=OrderStatus.PAID,
        lines=(),
        seller_note=MARK,
    )
    customer = Customer(customer_id=CustomerId("U1"), name="林小满", phone="13900000001")
    system = FakeOrderSystem(SystemClock(), [customer], [order])
    read = await Trial(system, frozenset()).run("U1")
    written = await WriteTrial(system, repeats_safely=True).run("O1", CaseKind.REFUND_ONLY)
    assert [(each.operation, each.is_good) for each in read[3:]] == [
        ("customer", True),
        ("orders_of", True),
        ("order", True),
        ("specs", False),
    ]
    assert [(each.operation, each.is_good) for each in written] == [("order", False)]
    assert "it has no lines" in written[0].detail
    assert system.writes == ()
