"""``appliance shop`` from outside: what it prints, and that each secret is seen once."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result

from appliance.aftersales.orders import connectors
from appliance.cli.main import appliance
from appliance.errors import ApplianceError, ConfigurationError, InvalidInput, NotFound
from appliance.evaluation.picture import png
from tests.appliance.channels.tls_terminator import Authority

Run = Callable[..., Any]
DEMO = Path(connectors.__file__).parent / "mappings" / "demo.yaml"


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``appliance shop …``; parses what it prints if it is JSON."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))

    def run(*words: str, given: str | None = None) -> Any:
        result: Result = CliRunner().invoke(appliance, ["shop", *words], input=given, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.output) if "--json" in words else result.output

    return run


def test_a_shop_is_made_listed_and_shown(run: Run) -> None:
    made = run("add", "demo", "--name", "示范店", "--json")
    listed = run("list", "--json")
    shown = run("show", "demo", "--json")

    assert set(made) == {"shop", "customer_token", "order_events", "webhooks"}
    assert [(shop["shop"], shop["name"]) for shop in listed] == [("demo", "示范店")]
    assert {secret["purpose"] for secret in shown["secrets"]} == {"customer_token", "order_events", "webhooks"}
    assert made["customer_token"] not in json.dumps(shown)


def test_people_read_lines(run: Run) -> None:
    made = run("add", "demo", "--name", "示范店")

    assert made.startswith("Keep what follows")
    assert "customer_token" in made
    assert "示范店" in run("list")
    assert "purpose=order_events" in run("show", "demo")


def test_a_secret_is_rotated_with_and_without_overlap(run: Run) -> None:
    run("add", "demo", "--name", "示范店")
    new = run("rotate-secret", "demo", "customer_token", "--json")["customer_token"]
    after_one = run("show", "demo", "--json")["secrets"]
    run("rotate-secret", "demo", "customer_token", "--now")
    after_two = run("show", "demo", "--json")["secrets"]

    assert len(new) == 43
    assert [s["purpose"] for s in after_one].count("customer_token") == 2
    assert [s["purpose"] for s in after_two].count("customer_token") == 1


def test_a_key_is_made_and_revoked(run: Run) -> None:
    run("add", "demo", "--name", "示范店")
    made = run("add-key", "demo", "--name", "erp", "--scope", "events:write", "--json")
    run("revoke-key", "demo", made["key_id"])
    [key] = run("show", "demo", "--json")["api_keys"]

    assert made["api_key"].startswith("ak_demo_")
    assert (key["name"], key["scopes"]) == ("erp", ["events:write"])
    assert key["revoked_at"] is not None


def test_a_client_is_bound_to_certificates_and_set_free(run: Run, tmp_path: Path) -> None:
    run("add", "demo", "--name", "示范店")
    client = run("add-client", "demo", "--name", "erp", "--scope", "events:write", "--json")["client"].split("/")[1]
    authority = Authority(tmp_path)
    pairs = [authority.issue(name) for name in ("present", "following")]

    bound = [run("bind-certificate", "demo", client, "--file", str(each.path), "--json") for each in pairs]
    [shown] = run("show", "demo", "--json")["clients"]
    fingerprints = [sha256(each.der).hexdigest() for each in pairs]
    assert [each["certificate"] for each in bound] == fingerprints
    assert shown["certificates"] == sorted(fingerprints)

    run("unbind-certificate", "demo", client, fingerprints[0])
    [shown] = run("show", "demo", "--json")["clients"]
    assert shown["certificates"] == [fingerprints[1]]


def test_what_is_no_certificate_is_said(run: Run, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    for words in (["bind-certificate", "--file", str(nothing)], ["unbind-certificate", "xyz"]):
        command, *rest = words
        result = CliRunner().invoke(appliance, ["shop", command, "demo", str(uuid4()), *rest])
        assert (result.exit_code, "Error: Invalid value" in result.output) == (2, True)


def test_the_order_systems_key_comes_from_a_file_or_stdin(run: Run) -> None:
    run("add", "demo", "--name", "示范店")

    said = run("connect", "demo", "--mapping", "demo", "--url", "http://oms:8090", "--key-file", "-", given="k-123\n")

    assert "http://oms:8090" in said
    assert "k-123" not in said


def test_an_order_system_that_asks_for_no_proof_is_connected_without_a_key(run: Run, tmp_path: Path) -> None:
    run("add", "demo", "--name", "示范店")
    mapping = tmp_path / "open.yaml"
    mapping.write_text(DEMO.read_text().replace("auth: {kind: api_key, header: X-Api-Key}", "auth: {kind: none}"))
    assert "http://oms:8090" in run("connect", "demo", "--mapping", str(mapping), "--url", "http://oms:8090")
    with pytest.raises(ConfigurationError, match="hold no 'api_key', only nothing"):
        run("connect", "demo", "--mapping", "demo", "--url", "http://oms:8090")


@pytest.mark.parametrize(
    ("mapping", "url", "told"),
    [
        ("medusa", "http://oms:8090", "hold no 'username', only api_key"),
        ("no-such-mapping", "http://oms:8090", "no-such-mapping: cannot be read"),
        ("demo", "oms:8090", "begins with http:// or https://"),
    ],
)
def test_what_does_not_fit_is_not_connected(run: Run, database_url: str, mapping: str, url: str, told: str) -> None:
    run("add", "demo", "--name", "示范店")
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        run("connect", "demo", "--mapping", mapping, "--url", url, "--key-file", "-", given="k-123\n")
    assert [record["action"] for record in _records(database_url)] == ["shop.create"]


@pytest.mark.control("M-18", "M-19")
def test_every_change_leaves_one_record_without_its_secret(run: Run, database_url: str) -> None:
    made = run("add", "demo", "--name", "示范店", "--json")
    rotated = run("rotate-secret", "demo", "customer_token", "--json")
    run("connect", "demo", "--mapping", "demo", "--url", "http://oms:8090", "--key-file", "-", given="k-123\n")
    run("speak-as", "demo", "--tone", "professional", "--bot-name", "小鹿", "--welcome", "您好，我是{bot_name}。")
    run("widget", "demo", "--origin", "https://shop.example")
    run("rename", "demo", "--name", "鹿角小铺")
    key = run("add-key", "demo", "--name", "erp", "--scope", "events:write", "--json")
    run("revoke-key", "demo", key["key_id"])
    client = run("add-client", "demo", "--name", "wms", "--scope", "events:write", "--json")
    run("revoke-client", "demo", client["client"].partition("/")[2])

    records = _records(database_url)

    assert [(record["action"], record["object"]["type"], record["outcome"]) for record in records] == [
        ("shop.create", "shop", "success"),
        ("shop.rotate_secret", "shop", "success"),
        ("shop.connect", "shop", "success"),
        ("shop.speak_as", "shop", "success"),
        ("shop.dress", "shop", "success"),
        ("shop.rename", "shop", "success"),
        ("api_key.create", "api_key", "success"),
        ("api_key.revoke", "api_key", "success"),
        ("client.create", "client", "success"),
        ("client.revoke", "client", "success"),
    ]
    assert {(record["tenant"], record["actor"]["id"]) for record in records} == {("demo", "command-line")}
    for secret in (made["order_events"], rotated["customer_token"], "k-123", key["api_key"], client["secret"]):
        assert secret not in json.dumps(records)


def test_what_fails_leaves_no_record(run: Run, database_url: str) -> None:
    with pytest.raises(NotFound):
        run("rotate-secret", "nobody", "order_events")
    assert _records(database_url) == []


@pytest.mark.parametrize(
    ("welcome", "complaint"),
    [("已为您退款", "claims"), ("{order_id}", "may name"), ("好" * 201, "longer than 200")],
)
def test_a_way_of_speaking_that_cannot_be_is_refused(run: Run, welcome: str, complaint: str) -> None:
    run("add", "demo", "--name", "示范店", "--json")
    with pytest.raises(ApplianceError, match=complaint):
        run("speak-as", "demo", "--welcome", welcome)


def test_the_widget_is_dressed_and_undressed(run: Run, tmp_path: Path) -> None:
    run("add", "demo", "--name", "示范店", "--json")
    (tmp_path / "bot.png").write_bytes(png())
    look = ("--calls", "--accent", "#C0392B", "--avatar", str(tmp_path / "bot.png"))
    said = run("widget", "demo", "--origin", "https://Shop.example:443/", "--origin", "http://10.0.0.8:8080", *look)
    dressed = run("show", "demo", "--json")["widget"]
    run("widget", "demo")

    assert "http://10.0.0.8:8080, https://shop.example" in said
    assert dressed == {
        "origins": ["http://10.0.0.8:8080", "https://shop.example"],
        "accent": "#c0392b",
        "has_avatar": True,
        "has_calls": True,
    }
    assert run("show", "demo", "--json")["widget"] == {
        "origins": [],
        "accent": None,
        "has_avatar": False,
        "has_calls": False,
    }


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--origin", "shop.example"), "is no origin"),
        (("--origin", "https://shop.example/path"), "is no origin"),
        (("--origin", "https://*.example:x"), "is no origin"),
        (("--accent", "red"), "a colour is #"),
        (("--avatar", __file__), "must be a JPEG"),
    ],
)
def test_a_look_that_cannot_be_is_refused(run: Run, words: tuple[str, ...], complaint: str) -> None:
    run("add", "demo", "--name", "示范店", "--json")
    with pytest.raises(InvalidInput, match=complaint):
        run("widget", "demo", *words)


def _records(database_url: str) -> list[dict[str, Any]]:
    with psycopg.connect(database_url) as conn:
        conn.execute("SET ROLE appliance_system")
        return [event for (event,) in conn.execute("SELECT event FROM audit_pending ORDER BY position")]


def test_what_is_not_there_is_said(run: Run) -> None:
    for words in (["show", "nobody"], ["rotate-secret", "nobody", "order_events"]):
        with pytest.raises(NotFound):
            run(*words)
    with pytest.raises(ApplianceError):
        run("add", "Not A Shop", "--name", "x")
