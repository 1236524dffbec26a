"""Signatures as a mapping describes them, and what such a description may not say."""

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.aftersales.orders import nodes
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.requests import Outgoing
from appliance.aftersales.orders.sections import clockwork_of
from appliance.aftersales.orders.signing import Digest, Params, Signature, signature_of
from appliance.errors import ConfigurationError

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SECRETS = Credentials(app_key="app-1", app_secret="s3cret")
AUTH = """auth:
  kind: signature
  algorithm: hmac-sha256
  encoding: hex
  key: app_secret
  credentials: [app_key, app_secret]
  text: "{params}{timestamp}"
  params: {from: [query, form], pair: "{key}={value}", join: "&"}
  timestamp: {format: epoch_s, zone: UTC}
  add: {query: {app: "{app_key}", t: "{timestamp}", sign: "{signature}"}}
"""
DEMO = (Path(__file__).parents[4] / "appliance/aftersales/orders/mappings/demo.yaml").read_text("utf-8")


def load(folder: Path, text: str) -> Signature:
    file = folder / "shop.yaml"
    file.write_text(text, "utf-8")
    return signature_of(nodes.load(file).entries()["auth"], clockwork_of)


def test_what_is_added_before_is_signed_too(tmp_path: Path) -> None:
    asked = Outgoing(method="GET", path="/orders", query={"z": "1", "b": ""}, form={"m": "杯"})
    signed = load(tmp_path, AUTH).on(asked, SECRETS, NOW)
    at = str(int(NOW.timestamp()))
    text = f"app=app-1&b=&m=杯&t={at}&z=1{at}"
    made = hmac.new(b"s3cret", text.encode(), hashlib.sha256).hexdigest()
    assert signed.query == {"z": "1", "b": "", "app": "app-1", "t": at, "sign": made}
    assert signed.form == {"m": "杯"}


def test_each_request_has_a_nonce_of_its_own(tmp_path: Path) -> None:
    auth = load(tmp_path, AUTH.replace('t: "{timestamp}"', 'n: "{nonce}"'))
    asked = Outgoing(method="GET", path="/orders")
    assert len({auth.on(asked, SECRETS, NOW).query["n"] for _ in range(50)}) == 50


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=6))
def test_the_order_in_which_parameters_are_given_does_not_matter(query: dict[str, str]) -> None:
    params = Params(parts=("query",), pair="{key}{value}", join="", skips_empty=False, is_escaped=True)
    turned = dict(reversed(query.items()))
    assert params.of(Outgoing(method="GET", path="/", query=query)) == params.of(
        Outgoing(method="GET", path="/", query=turned)
    )


@pytest.mark.parametrize(
    ("algorithm", "encoding", "key", "made"),
    [
        ("md5", "hex", None, "900150983cd24fb0d6963f7d28e17f72"),
        ("md5", "hex_upper", None, "900150983CD24FB0D6963F7D28E17F72"),
        ("sha1", "hex", None, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256", "base64", None, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
    ],
)
def test_digests_are_those_of_the_standards(algorithm: str, encoding: str, key: str | None, made: str) -> None:
    assert Digest(algorithm=algorithm, encoding=encoding, key=key).of(b"abc", SECRETS) == made


def test_hmac_is_that_of_rfc_4231() -> None:
    digest = Digest(algorithm="hmac-sha256", encoding="hex", key="jefe")
    made = digest.of(b"what do ya want for nothing?", Credentials(jefe="Jefe"))
    assert made == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("  key: app_secret\n", "", "auth.algorithm: needs key: which of the credentials app_key, app_secret keys it"),
        ("hmac-sha256", "md5", "auth.key: md5 has no key of its own"),
        (
            "hmac-sha256\n  encoding: hex\n  key: app_secret",
            "md5\n  encoding: hex",
            "auth.text: md5 has no key of its own",
        ),
        ("{params}{timestamp}", "{timestamp}", "{params} and the section params belong together"),
        ("{params}{timestamp}", "{params}{now}", "{now} is not known here; expected one of method, path"),
        ("{key}={value}", "{name}", "auth.params.pair: {name} is not known here; expected one of key, value"),
        ("[query, form]", "[headers]", "auth.params.from[0]: expected one of query, form"),
        (', sign: "{signature}"', "", 'auth.add: nothing carries "{signature}"'),
        ("key: app_secret", "key: other", "auth.key: expected one of app_key, app_secret"),
        ("encoding: hex", "encoding: hexa", "auth.encoding: expected one of hex, hex_upper, base64"),
    ],
)
def test_a_mistake_names_field_and_cure(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert right in AUTH
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, AUTH.replace(right, wrong, 1))
    assert told in caught.value.detail


def test_a_proof_in_the_form_and_a_body_do_not_go_together(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    auth = AUTH.replace("add: {query:", "add: {form:")
    file.write_text(DEMO.replace("auth: {kind: api_key, header: X-Api-Key}\n", auth), "utf-8")
    with pytest.raises(ConfigurationError, match=r"writes\[0\]\.body: auth\.add puts the proof into the form"):
        Mapping.load(file)
