"""A mapping file may name a Python class in place of describing requests."""

from pathlib import Path
from typing import Any

import pytest

from appliance.aftersales.orders import connectors
from appliance.aftersales.orders.connectors import Connection
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.fake import FakeOrderSystem
from appliance.aftersales.orders.model import CaseKind, CaseRequest
from appliance.aftersales.orders.port import CannotWrite
from appliance.aftersales.orders.trial import Trial
from appliance.clock import SystemClock
from appliance.errors import ConfigurationError
from appliance.ids import CustomerId, OperationId, OrderId, uuid7

HERE = "tests.appliance.aftersales.orders.test_connectors"
seen: list[Connection] = []


def connect(connection: Connection) -> FakeOrderSystem:
    """What an enterprise would write."""
    seen.append(connection)
    return FakeOrderSystem(connection.clock, cannot={CaseKind.REPAIR})


def broken(connection: Connection) -> Any:
    raise AssertionError


def write(folder: Path, text: str) -> str:
    file = folder / "shop.yaml"
    file.write_text(f"version: 1\nname: own\n{text}", "utf-8")
    return str(file)


def test_it_gets_what_the_file_and_the_shop_say(tmp_path: Path) -> None:
    text = (
        f"python: {HERE}:connect\nsettings: {{region: east, most: 5}}\nidempotent: [return_refund]\ncannot: [repair]\n"
    )
    connector = connectors.load(write(tmp_path, text))
    connector.connect("https://erp.example", Credentials(token="t"), SystemClock())
    assert (seen[-1].base_url, seen[-1].settings) == ("https://erp.example", {"region": "east", "most": 5})
    assert seen[-1].credentials.secret("token") == "t"
    assert (connector.repeats_safely(CaseKind.RETURN_REFUND), connector.repeats_safely(CaseKind.INVOICE)) == (
        True,
        False,
    )
    assert connector.unwritten() == (CaseKind.REPAIR,)


async def test_it_is_tried_like_any_other(tmp_path: Path) -> None:
    connector = connectors.load(write(tmp_path, f"python: {HERE}:connect\ncannot: [repair]\n"))
    system = connector.connect("https://erp.example", Credentials(token="t"), SystemClock())
    assert all(each.is_good for each in await Trial(system, connector.cannot).run(None))
    with pytest.raises(CannotWrite):
        await system.execute(
            CaseRequest(
                operation_id=OperationId(uuid7()),
                kind=CaseKind.REPAIR,
                order_id=OrderId("O1"),
                customer_id=CustomerId("U1"),
            )
        )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("python: here", ":3: python: expected module:function"),
        ("python: no_such_module:connect", "python: cannot be imported (No module named 'no_such_module')"),
        (f"python: {HERE}:none", f"python: {HERE} has no function none"),
        (f"python: {HERE}:connect\nsetting: {{}}", "setting: unknown; expected one of version, name, python"),
        (f"python: {HERE}:connect\nsettings: {{a: [1]}}", "settings.a: expected a single value"),
        (f"python: {HERE}:connect\nidempotent: [repair]\ncannot: [repair]", "cannot: repair: stands under idempotent"),
    ],
)
def test_a_mistake_names_field_and_cure(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        connectors.load(write(tmp_path, text))
    assert told in caught.value.detail


def test_a_mapping_that_ships_is_called_by_its_name() -> None:
    assert connectors.load("demo").name == "demo"
