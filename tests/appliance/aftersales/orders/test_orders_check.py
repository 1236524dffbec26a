"""``appliance orders check`` says of every read and field what it saw, shows no value, and fails where one fails."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from appliance.aftersales.orders import mapping as mapping_module
from appliance.cli.orders import orders

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
    assert (result.exit_code, "5 reads, 11 of 11 writes" in result.output) == (0, True)


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
