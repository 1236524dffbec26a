"""``appliance orders check`` against the demo order system behind each way to prove who asks, on loopback."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from appliance.aftersales.orders import mapping as mapping_module
from appliance.cli.orders import orders
from tests.appliance.aftersales.orders import gates
from tests.appliance.aftersales.orders.gates import Gate, TokenServer, serving
from tests.appliance.channels.tls_terminator import Authority

DEMO = (Path(mapping_module.__file__).parent / "mappings" / "demo.yaml").read_text("utf-8")
AUTH = "auth: {kind: api_key, header: X-Api-Key}\n"
ADMIN = {"X-Admin-Key": "an-admin-key-for-tests"}
UPSTREAM_KEY = "the-key-behind-the-gate"
LINE = {"line_id": "L1", "sku": "CUP", "title": "杯", "category": "kitchen", "quantity": 1, "unit_price_fen": 100}
FIXTURE: dict[str, Any] = {
    "customer": {"id": "U7", "name": "秦岚", "phone": "13900000007", "level": "silver"},
    "orders": [
        {
            "order_id": f"O{n}",
            "status": "paid",
            "paid_at": f"2026-11-{n:02}T00:00:00+00:00",
            "seller_note": "appliance-test" if n == 1 else "",
            "lines": [LINE],
        }
        for n in range(1, 4)
    ],
}
HMAC = """auth:
  kind: signature
  algorithm: hmac-sha256
  encoding: hex
  key: app_secret
  credentials: [app_key, app_secret]
  text: "{method}\\n{path}\\n{query}\\n{body_sha256}\\n{timestamp}\\n{nonce}"
  timestamp: {format: epoch_ms, zone: UTC}
  add:
    headers: {X-App: "{app_key}", X-Timestamp: "{timestamp}", X-Nonce: "{nonce}", X-Signature: "{signature}"}
"""
MD5 = """auth:
  kind: signature
  algorithm: md5
  encoding: hex_upper
  credentials: [app_key, app_secret]
  text: "{app_secret}{params}{app_secret}"
  params: {from: query, pair: "{key}{value}"}
  timestamp: {format: "%Y-%m-%d %H:%M:%S", zone: Asia/Shanghai}
  add:
    query: {app_key: "{app_key}", timestamp: "{timestamp}", sign: "{signature}"}
"""
OAUTH = "auth: {kind: oauth2, token_path: /oauth/token, renew_before_s: 60}\n"
MTLS = "auth: {kind: none}\ntls: {client_certificate: true, private_authority: true}\n"


@pytest.fixture
def upstream(demo_url: str) -> str:
    with httpx.Client(base_url=demo_url, headers=ADMIN, trust_env=False) as admin:
        assert admin.put("/admin/shops/gated", json={"api_key": UPSTREAM_KEY}).is_success
        admin.delete("/admin/shops/gated/data")
        assert admin.post("/admin/shops/gated/fixtures", json=FIXTURE).is_success
    return demo_url


class Desk:
    """A mapping file with this ``auth`` section, and its credentials."""

    def __init__(self, folder: Path, auth: str, credentials: str) -> None:
        assert AUTH in DEMO
        self._mapping = folder / "shop.yaml"
        self._mapping.write_text(DEMO.replace(AUTH, auth), "utf-8")
        self._keys = folder / "shop.keys"
        self._keys.write_text(credentials, "utf-8")
        self._keys.chmod(0o600)

    def check(self, url: str, *more: str) -> Result:
        arguments = [str(self._mapping), "--base-url", url, "--key-file", str(self._keys), "--customer", "U7", *more]
        return CliRunner().invoke(orders, ["check", *arguments])


def test_a_bearer_token(upstream: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, "auth: {kind: bearer}\n", 'token = "the-token"\n')
    with serving(Gate(upstream, UPSTREAM_KEY, gates.bearer("the-token"))) as url:
        result = desk.check(url)
    assert result.exit_code == 0, result.output


def test_a_user_and_a_password(upstream: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, "auth: {kind: basic}\n", 'username = "shop"\npassword = "p:w"\n')
    with serving(Gate(upstream, UPSTREAM_KEY, gates.basic("shop", "p:w"))) as url:
        result = desk.check(url)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("auth", "check"), [(HMAC, gates.Signed("app-1", "s3cret")), (MD5, gates.concatenated("s3cret"))]
)
def test_a_signature(upstream: str, tmp_path: Path, auth: str, check: gates.Check) -> None:
    desk = Desk(tmp_path, auth, 'app_key = "app-1"\napp_secret = "s3cret"\n')
    gate = Gate(upstream, UPSTREAM_KEY, check)
    with serving(gate) as url:
        result = desk.check(url, "--write-order", "O1", "--json")
    assert result.exit_code == 0, result.output
    assert gate.refused == []
    assert [each["operation"] for each in json.loads(result.output)["written"]] == ["write", "repeat", "find_operation"]
    assert "s3cret" not in result.output


def test_a_signature_under_another_secret_fails_the_check(upstream: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, HMAC, 'app_key = "app-1"\napp_secret = "another"\n')
    gate = Gate(upstream, UPSTREAM_KEY, gates.Signed("app-1", "s3cret"))
    with serving(gate) as url:
        result = desk.check(url)
    assert (result.exit_code, "KEY_INVALID" in result.output) == (1, True)
    assert set(gate.refused) == {"signature"}


def test_one_token_serves_a_whole_check(upstream: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, OAUTH, 'client_id = "us"\nclient_secret = "s3cret"\n')
    tokens = TokenServer("us", "s3cret")
    with serving(Gate(upstream, UPSTREAM_KEY, tokens.check, tokens.own)) as url:
        result = desk.check(url)
    assert result.exit_code == 0, result.output
    assert len(tokens.given) == 1
    assert tokens.given[0] not in result.output


def test_a_client_that_gets_no_token_is_told_the_servers_word(upstream: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, OAUTH, 'client_id = "us"\nclient_secret = "wrong"\n')
    tokens = TokenServer("us", "s3cret")
    with serving(Gate(upstream, UPSTREAM_KEY, tokens.check, tokens.own)) as url:
        result = desk.check(url)
    assert result.exit_code == 1
    assert "no token: status 401 (invalid_client)" in result.output


def test_a_client_certificate(upstream: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own = authority.issue("us").path
    credentials = "".join(
        f'{name} = {{file = "{path.name}"}}\n'
        for name, path in (("client_certificate", own), ("client_key", own), ("authority", authority.root.path))
    )
    desk = Desk(tmp_path, MTLS, credentials)
    gate = Gate(upstream, UPSTREAM_KEY, lambda _: None)
    with serving(gate, server=authority.issue("shop").path, authority=authority.root.path) as url:
        result = desk.check(url, "--json")
    assert result.exit_code == 0, result.output
    tls = json.loads(result.output)["tls"]
    assert (tls["version"], tls["issuer"]) == ("TLSv1.3", "authority")


def test_a_server_of_another_authority_is_not_believed(upstream: str, tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path), Authority(_folder(tmp_path / "theirs"))
    own = ours.issue("us").path
    credentials = "".join(
        f'{name} = {{file = "{path.name}"}}\n'
        for name, path in (("client_certificate", own), ("client_key", own), ("authority", ours.root.path))
    )
    gate = Gate(upstream, UPSTREAM_KEY, lambda _: None)
    with serving(gate, server=theirs.issue("shop").path) as url:
        result = Desk(tmp_path, MTLS, credentials).check(url)
    assert (result.exit_code, "TLS: CERTIFICATE_VERIFY_FAILED" in result.output) == (1, True)
    assert gate.requests == []


def test_a_write_is_made_on_a_marked_order_only(upstream: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, "auth: {kind: bearer}\n", 'token = "the-token"\n')
    gate = Gate(upstream, UPSTREAM_KEY, gates.bearer("the-token"))
    with serving(gate) as url:
        marked, other = desk.check(url, "--write-order", "O1"), desk.check(url, "--write-order", "O2")
    assert (marked.exit_code, other.exit_code) == (0, 1)
    assert "no note of it says appliance-test: nothing was written" in other.output
    writes = [request for request in gate.requests if request.method != "GET"]
    assert {request.path for request in writes} == {"/api/trades/O1/urges"}
    assert len({request.headers["idempotency-key"] for request in writes}) == 1


def test_without_being_asked_nothing_is_written(upstream: str, tmp_path: Path) -> None:
    gate = Gate(upstream, UPSTREAM_KEY, gates.bearer("the-token"))
    with serving(gate) as url:
        Desk(tmp_path, "auth: {kind: bearer}\n", 'token = "the-token"\n').check(url)
    assert {request.method for request in gate.requests} == {"GET"}


@pytest.mark.parametrize(
    ("auth", "credentials", "told"),
    [
        (HMAC, 'app_key = "a"\n', "hold no 'app_secret', only app_key"),
        (OAUTH, "just-a-key\n", "hold no 'client_id', only api_key"),
        (MTLS, 'authority = "x"\n', "'authority' is not PEM"),
    ],
)
def test_what_the_credentials_lack_is_named(tmp_path: Path, auth: str, credentials: str, told: str) -> None:
    result = Desk(tmp_path, auth, credentials).check("https://127.0.0.1:1")
    assert told in str(result.exception)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
