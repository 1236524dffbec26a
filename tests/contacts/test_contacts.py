"""What would contact whom, and what stops it: seen, not read in source, and the page says the same."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.contacts import page
from tests.contacts.subjects import SUBJECTS
from tests.contacts.watched import watched

pytestmark = pytest.mark.control("P-18")
_LEAVING = """
import contextlib, socket
for where in (("shop.example.com", 443), ("203.0.113.9", 853), ("2001:db8::9", 80)):
    with contextlib.suppress(OSError):
        socket.create_connection(where, 2)
with contextlib.suppress(OSError):
    socket.getaddrinfo("asked-only.example.com", 443)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("198.51.100.7", 123))
with socket.create_server(("127.0.0.1", 0)) as here:
    socket.create_connection(here.getsockname())
"""


def sized(names: Iterable[str]) -> list[ParameterSet]:
    """vLLM takes minutes to start, and is looked at in every long run by ``tests/vllm/test_no_egress.py``."""
    return [pytest.param(name, marks=[pytest.mark.soak] if name.startswith("vllm") else []) for name in names]


def test_the_page_says_what_was_seen() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.written(), "run: python -m tests.contacts"
    assert page.BEGIN in page.PAGE.read_text(encoding="utf-8")
    assert page.RECORD.keys() == SUBJECTS.keys()
    assert {name for name, each in page.RECORD.items() if each["opened"]} == {
        name for name, each in SUBJECTS.items() if each.opened is not None
    }


@pytest.mark.slow
def test_the_chamber_sees_every_way_out_and_nothing_that_stays() -> None:
    seen = watched([sys.executable, "-c", _LEAVING])
    assert (seen.code, seen.contacts) == (
        0,
        ("198.51.100.7:123", "2001:db8::9:80", "203.0.113.9:853", "asked-only.example.com", "shop.example.com:443"),
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", sized(SUBJECTS))
def test_as_the_product_runs_it_it_contacts_nobody(name: str, tmp_path: Path) -> None:
    seen = SUBJECTS[name].closed(tmp_path)
    assert (seen.code, seen.contacts) == (0, ()), seen.said


@pytest.mark.slow
@pytest.mark.parametrize("name", sized(name for name, each in SUBJECTS.items() if each.opened))
def test_with_its_stop_taken_away_it_contacts_whom_the_page_names(name: str, tmp_path: Path) -> None:
    opened = SUBJECTS[name].opened
    assert opened is not None
    assert list(opened(tmp_path).contacts) == page.RECORD[name]["opened"]
