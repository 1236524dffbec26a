"""The generated pages of docs are current."""

from appliance.cli.findings import CHECKS, NEEDED
from tests.reference import client, doctor, intranet, reports

CURE = "run: python -m tests.reference"
OF_CALLS = {"phone", "recogniser", "speaker"}
"""Their faults are made in tests/appliance/cli/test_findings_voice.py."""


def test_the_reference_of_the_client_is_what_would_be_generated() -> None:
    assert client.PAGE.read_text(encoding="utf-8") == client.render(), CURE


def test_the_reference_of_the_intranet_api_is_what_would_be_generated() -> None:
    assert intranet.PAGE.read_text(encoding="utf-8") == intranet.render(), CURE


def test_the_page_of_the_figures_is_what_would_be_generated() -> None:
    assert reports.PAGE.read_text(encoding="utf-8") == reports.render(), CURE


def test_the_page_of_the_doctor_is_what_would_be_generated() -> None:
    assert doctor.PAGE.read_text(encoding="utf-8") == doctor.render(), CURE


def test_every_check_says_what_it_needs_and_is_broken_by_a_test() -> None:
    assert NEEDED.keys() == CHECKS.keys()
    assert {each.check for each in doctor.faults()} == CHECKS.keys() - OF_CALLS
