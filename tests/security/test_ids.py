"""Identifiers that grow with time."""

import pytest

from security.ids import uuid7

_MILLISECOND = 1_000_000


def test_it_is_a_uuid_of_version_7() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_of_two_milliseconds_the_later_sorts_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1_800_000_000_000 * _MILLISECOND
    made = []
    for later in range(50):
        monkeypatch.setattr("security.ids.time.time_ns", lambda later=later: at + later * _MILLISECOND)
        made.append(uuid7())
    assert made == sorted(made)


def test_within_one_millisecond_no_two_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("security.ids.time.time_ns", lambda: 1_800_000_000_000 * _MILLISECOND)
    assert len({uuid7() for _ in range(1000)}) == 1000
