"""Named SQL blocks: what is asked for is there, or the error says what is."""

from pathlib import Path

import pytest

from appliance.db import Queries
from appliance.errors import ConfigurationError


def _queries(folder: Path, text: str) -> Queries:
    (folder / "queries.sql").write_text(text, encoding="utf-8")
    return Queries.beside(str(folder / "store.py"))


def test_a_block_runs_to_the_next_name(tmp_path: Path) -> None:
    queries = _queries(tmp_path, "-- of shops\n\n-- name: one\nSELECT 1\n  FROM a;\n\n-- name: two\nSELECT 2\n")
    assert {name: queries[name] for name in queries} == {"one": "SELECT 1\n  FROM a", "two": "SELECT 2"}


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    queries = _queries(tmp_path, "-- name: one\nSELECT 1\n")
    with pytest.raises(ConfigurationError, match=r"no query named 'on'; there are: one"):
        queries["on"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1\n", "before the first"),
        ("-- name: a\nSELECT 1\n-- name: a\nSELECT 2\n", "twice"),
        ("-- name: a\n-- name: b\nSELECT 2\n", "empty"),
    ],
)
def test_a_file_that_is_not_named_blocks_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        _queries(tmp_path, text)
