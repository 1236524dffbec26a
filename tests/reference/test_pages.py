"""The generated pages of docs are current."""

from tests.reference import client, intranet, reports

CURE = "run: python -m tests.reference"


def test_the_reference_of_the_client_is_what_would_be_generated() -> None:
    assert client.PAGE.read_text(encoding="utf-8") == client.render(), CURE


def test_the_reference_of_the_intranet_api_is_what_would_be_generated() -> None:
    assert intranet.PAGE.read_text(encoding="utf-8") == intranet.render(), CURE


def test_the_page_of_the_figures_is_what_would_be_generated() -> None:
    assert reports.PAGE.read_text(encoding="utf-8") == reports.render(), CURE
