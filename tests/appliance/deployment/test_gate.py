"""The way out of containers: by name, byte by byte, and to nothing that the settings do not name."""

import json
from pathlib import Path

import pytest

from appliance.deployment.gate import LABEL, SETTLED, gate_config, gate_overlay, network_policy, through_gate
from appliance.deployment.reach import Reached, reached
from appliance.errors import ConfigurationError
from appliance.supervisor.places import Place
from tests.deployment.files import services
from tests.deployment.tools import of_debian

ERP = Place("erp.example.internal", 443, "platform.reach")
SMS = Place("sms.example.internal", 443, "platform.reach")
LOG = Place("log.example.internal", 6514, "audit.forward_to")


def _found(*wanted: Place) -> tuple[Reached, ...]:
    return reached(wanted, lambda host: [f"10.1.0.{len(host)}", "fd00::1"])


def test_each_name_leads_to_the_gate_and_what_stands_beside_needs_none() -> None:
    wanted = through_gate([ERP, LOG, Place("postgres", 5432, "database.url")])
    aliases = json.loads(gate_overlay(wanted, "", ""))["services"]["gate"]["networks"]["out"]["aliases"]
    assert aliases == ["erp.example.internal", "log.example.internal"]


def _labels(gate: str, settings: str) -> dict[str, str]:
    return {
        name: each["labels"][LABEL] for name, each in json.loads(gate_overlay((), gate, settings))["services"].items()
    }


def test_what_reads_a_file_that_changed_is_made_anew_and_nothing_else() -> None:
    """By a label: Compose does not look into the files that it mounts."""
    before = _labels("first", "a = 1")
    assert _labels("first", "a = 1") == before
    of_settings, of_gate = _labels("first", "a = 2"), _labels("second", "a = 1")
    assert {name for name in before if of_settings[name] != before[name]} == set(SETTLED)
    assert {name for name in before if of_gate[name] != before[name]} == {"gate"}


def test_every_service_that_reads_settings_or_the_gates_text_has_the_label() -> None:
    reads = {name: {each["source"] for each in service.get("configs", [])} for name, service in services().items()}
    assert {name for name, files in reads.items() if "appliance" in files} == set(SETTLED)
    assert {name for name, files in reads.items() if "gate" in files} == {"gate"}


def test_an_address_is_told_to_become_a_name() -> None:
    with pytest.raises(ConfigurationError, match=r"containers reach 10.1.2.3:443 by its name only"):
        through_gate([Place("10.1.2.3", 443, "platform.reach")])


def test_two_names_at_one_port_are_told_apart_by_the_name_that_they_are_asked_for() -> None:
    text = gate_config(_found(ERP, SMS, LOG))
    assert "use_backend out_443_1 if { req.ssl_sni -i erp.example.internal }" in text
    assert "use_backend out_443_2 if { req.ssl_sni -i sms.example.internal }" in text
    assert "default_backend out_6514_1" in text


def test_two_names_that_no_certificate_tells_apart_are_refused() -> None:
    plain = [Place(f"{name}.internal", 80, "platform.reach") for name in ("a", "b")]
    with pytest.raises(ConfigurationError, match="which no certificate tells apart"):
        gate_config(_found(*plain))


def test_the_policy_of_kubernetes_names_the_same_addresses() -> None:
    policy = json.loads(network_policy(_found(ERP)))
    assert [rule["to"][0]["ipBlock"]["cidr"] for rule in policy["spec"]["egress"]] == ["10.1.0.20/32", "fd00::1/128"]
    assert {rule["ports"][0]["port"] for rule in policy["spec"]["egress"]} == {443}


@pytest.mark.slow
def test_haproxy_takes_it(tmp_path: Path) -> None:
    for wanted in ((), (ERP,), (ERP, SMS, LOG)):
        file = tmp_path / "gate.cfg"
        file.write_text(gate_config(_found(*wanted)))
        said = of_debian("TEST_HAPROXY", "usr/sbin/haproxy").run("-c", "-f", file)
        assert said.returncode == 0, said.stderr
