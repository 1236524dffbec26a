"""Cursors: a place, and nothing else."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from appliance.errors import InvalidInput
from appliance.paging import cursor_of, page_of, place_of

AT = datetime(2026, 11, 21, 2, 0, 0, 123, tzinfo=UTC)
THING = UUID("01a213ed-07d8-7495-8a2e-1a6b04dbad76")


def test_a_cursor_names_its_place() -> None:
    assert place_of(cursor_of(AT, THING)) == (AT, THING)


@pytest.mark.parametrize(
    "strange", ["", "x", "eA", cursor_of(AT, THING)[:-4], "é", cursor_of(AT.replace(tzinfo=None), THING)]
)
def test_nothing_else_is_one(strange: str) -> None:
    with pytest.raises(InvalidInput):
        place_of(strange)


def test_there_is_a_next_page_where_more_was_found_than_is_shown() -> None:
    assert page_of([1, 2, 3], 2, lambda _: (AT, THING)) == ((1, 2), cursor_of(AT, THING))
    assert page_of([1, 2], 2, lambda _: (AT, THING)) == ((1, 2), None)
    assert page_of([], 2, lambda _: (AT, THING)) == ((), None)
