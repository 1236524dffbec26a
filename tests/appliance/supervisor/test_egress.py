"""Which places the settings name, and what the guards of all processes are seen to have refused."""

import json
from pathlib import Path

import msgspec
import pytest

from appliance.config import Settings, parse
from appliance.deployment.reach import destinations
from appliance.supervisor import egress, places
from security.egress import guard
from security.egress.guard import Guard

SAID = """
[llm]
url = "http://10.1.2.3:8000/v1"
[voice]
recogniser_url = "ws://asr.example.internal:10095"
speaker_url = "https://[2001:db8::7]/v1"
[outbound]
ari_url = "https://pbx.example.internal:8089/ari"
[audit]
forward_to = "syslog+tls://siem.example.internal:6514"
[telemetry]
traces_url = "https://otel.example.internal:4318/v1/traces"
[platform]
reach = ["erp.example.internal:443", "sms.example.internal:8443"]
[database]
url = "postgresql://app@pg1.example.internal:5432,pg2.example.internal:5433/app?sslmode=verify-full&sslrootcert=/x"
"""


OF_CUSTOMERS: set[str] = set()
"""Addresses that a customer's browser follows, and no process of ours."""


def test_the_settings_name_each_place_with_its_port() -> None:
    assert egress.named(parse(SAID, source="x")) == {
        "platform.reach": "erp.example.internal:443",
        "platform.reach (2)": "sms.example.internal:8443",
        "llm.url": "10.1.2.3:8000",
        "telemetry.traces_url": "otel.example.internal:4318",
        "voice.recogniser_url": "asr.example.internal:10095",
        "voice.speaker_url": "[2001:db8::7]:443",
        "outbound.ari_url": "pbx.example.internal:8089",
        "audit.forward_to": "siem.example.internal:6514",
        "database.url": "pg1.example.internal:5432",
        "database.url (2)": "pg2.example.internal:5433",
    }


def test_guards_and_the_rules_of_the_kernel_are_made_from_one_list() -> None:
    """A guard admits one thing more: where the appliance itself listens, which the kernel's rules leave to ``lo``."""
    settings = parse(SAID + '[web]\nhost = "10.1.2.4"\n', source="x")
    said = json.loads(egress.environment(settings, "worker")[guard.VARIABLE])
    named = {str(each) for each in destinations(settings)}
    assert named == set(egress.named(settings).values())
    assert set(said["allow"]) - named == {"10.1.2.4", settings.voice.host}
    assert named < set(said["allow"])


def test_every_setting_that_is_the_address_of_a_server_is_in_the_list() -> None:
    """One that is added and forgotten there would be blocked, or reached by nobody's leave."""
    found = {
        f"{section}.{name}"
        for section in Settings.__struct_fields__
        if isinstance(part := getattr(Settings(), section), msgspec.Struct)
        for name in part.__struct_fields__
        if name.endswith(("_url", "forward_to")) or name == "url"
    }
    assert found == {*places.URLS, "database.url"} | OF_CUSTOMERS


def test_without_settings_nothing_is_named() -> None:
    assert egress.named(parse("", source="x")) == {}


def test_what_all_processes_tried_is_summed_and_the_latest_comes_first(tmp_path: Path) -> None:
    egress.begin(tmp_path)
    for process, port in (("web-1", 443), ("worker", 80)):
        with pytest.raises(PermissionError):
            Guard(process, [], str(egress.folder(tmp_path))).connecting("192.0.2.1", port)
    found = egress.blocked(tmp_path)
    assert [(each.process, each.destination) for each in found] == [
        ("worker", "192.0.2.1:80"),
        ("web-1", "192.0.2.1:443"),
    ]
    assert egress.by_kind(found) == {"tcp": 2, "udp": 0, "dns": 0, "raw": 0}


def test_a_count_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    egress.begin(tmp_path)
    (egress.folder(tmp_path) / "web-1-1.json").write_text(json.dumps({"process": "web-1"}))
    assert [(each.process, each.host) for each in egress.blocked(tmp_path)] == [("web-1-1", "unreadable-count")]


def test_a_new_run_begins_with_none(tmp_path: Path) -> None:
    egress.begin(tmp_path)
    with pytest.raises(PermissionError):
        Guard("web-1", [], str(egress.folder(tmp_path))).connecting("192.0.2.1", 443)
    egress.begin(tmp_path)
    assert egress.blocked(tmp_path) == ()
