"""What docs/order-systems.md shows as an example is read by the code that it explains."""

import re
from pathlib import Path

import pytest

from appliance.aftersales.orders import connectors, nodes
from appliance.aftersales.orders.credentials import parse
from appliance.aftersales.orders.events import events_of
from appliance.aftersales.orders.operations import cannot_of
from appliance.aftersales.orders.sections import clockwork_of, errors_of
from appliance.aftersales.orders.signing import signature_of

ROOT = Path(__file__).parents[4]
GUIDE = (ROOT / "docs" / "order-systems.md").read_text("utf-8")
SHIPPED = sorted(file.stem for file in (ROOT / "appliance/aftersales/orders/mappings").glob("*.yaml"))


def block(begin: str, kind: str = "yaml") -> str:
    found = [text for text in re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL) if text.startswith(begin)]
    assert len(found) == 1, begin
    text: str = found[0]
    return text


def section(folder: Path, name: str) -> nodes.Node:
    file = folder / "shop.yaml"
    file.write_text(block(f"{name}:"), "utf-8")
    return nodes.load(file).entries()[name]


def test_the_signature(tmp_path: Path) -> None:
    auth = signature_of(section(tmp_path, "auth"), clockwork_of)
    assert (auth.digest.key, auth.credentials) == ("app_secret", ("app_key", "app_secret"))


def test_the_concatenated_signature(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    rest = block("auth:").split("  text:")[0].replace("  algorithm: hmac-sha256", "  #")
    rest = re.sub(r"  key: .*\n", "", rest) + "  timestamp: {format: epoch_s, zone: UTC}\n"
    file.write_text(rest + '  add: {query: {sign: "{signature}"}}\n' + block("  algorithm: md5"), "utf-8")
    assert signature_of(nodes.load(file).entries()["auth"], clockwork_of).params is not None


def test_the_events(tmp_path: Path) -> None:
    rules = events_of(section(tmp_path, "events"))
    assert rules.signature is not None


def test_what_it_cannot(tmp_path: Path) -> None:
    assert cannot_of(section(tmp_path, "cannot")) == {"specs", "find_operation", "repair", "invoice"}


def test_the_errors(tmp_path: Path) -> None:
    assert errors_of(section(tmp_path, "errors")).statuses


def test_the_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "s")
    (tmp_path / "client.pem").write_text("pem")
    assert set(parse(block("client_id", "toml"), tmp_path, "guide")) == {
        "client_id",
        "client_secret",
        "client_certificate",
        "client_key",
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_every_mapping_that_ships_loads_and_is_told(name: str) -> None:
    assert connectors.load(name).name == name
    assert f"| `{name}` |" in GUIDE
