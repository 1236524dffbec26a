"""What a draft changes is shown row by row, cell by cell, and in the cases that end otherwise."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.aftersales.policy.difference import CaseChange, RowChange, RowDeed, TermChange, difference
from appliance.aftersales.policy.files import PackFiles
from appliance.aftersales.policy.pack import DEFAULT_PACK
from appliance.errors import ConfigurationError
from tests.appliance.aftersales.policy.drafts import without

BASE = PackFiles.of(DEFAULT_PACK)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT_PACK, tmp_path / "draft"))


def edit(file: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(file.read_text("utf-8"))
    change(content)
    file.write_text(json.dumps(content), "utf-8")


def rows(document: Any) -> Any:
    return next(node for node in document["nodes"] if node["type"] == "decisionTableNode")["content"]["rules"]


def test_a_pack_does_not_differ_from_itself() -> None:
    found = difference(BASE, BASE)
    assert (found.base, found.terms, found.rows, found.cases) == (found.draft, (), (), ())


def test_a_changed_constant_is_named_with_both_values(draft: Path) -> None:
    edit(draft / "pack.json", lambda terms: terms["window_days"].update(gold=30))
    [change] = difference(BASE, PackFiles.of(draft)).terms
    days = {"normal": 7, "silver": 7}
    assert change == TermChange(name="window_days", before=days | {"gold": 15}, after=days | {"gold": 30})


def test_a_changed_cell_is_shown_with_the_cases_that_end_otherwise(draft: Path) -> None:
    edit(draft / "repair.json", lambda document: rows(document)[0].update(in_days="<= 100"))
    found = difference(BASE, PackFiles.of(draft))
    assert found.rows == (
        RowChange(table="repair", row_id="W1", deed=RowDeed.CHANGED, cells={"days": ("<= 365", "<= 100")}),
    )
    assert (
        CaseChange(
            table="repair",
            name="electronics on day 365",
            before={"rule": "W1", "verdict": "approve", "refusal": None, "kind": "repair", "freight": "merchant"},
            after={"rule": "W2", "verdict": "refuse", "refusal": "no_warranty", "kind": None, "freight": "none"},
        )
        in found.cases
    )


def test_added_removed_and_moved_rows_are_told_apart(draft: Path) -> None:
    def change(document: Any) -> None:
        table = rows(document)
        table.insert(0, table[0] | {"_id": "new"})
        del table[2]
        table[-2], table[-1] = table[-1], table[-2]

    edit(draft / "exchange.json", change)
    deeds = {row.row_id: row.deed for row in difference(BASE, PackFiles.of(draft)).rows}
    before = [row["_id"] for row in rows(json.loads((DEFAULT_PACK / "exchange.json").read_text("utf-8")))]
    assert deeds["new"] is RowDeed.ADDED
    assert deeds[before[1]] is RowDeed.REMOVED
    assert {deeds[before[-1]], deeds[before[-2]]} == {RowDeed.MOVED}
    assert set(deeds) == {"new", before[1], before[-1], before[-2]}


def test_a_case_that_no_row_of_the_draft_fits_is_shown_with_the_others(tmp_path: Path) -> None:
    files = PackFiles.of(without(tmp_path, "return_refund", "R11", "D1.1", "D1.2"))
    cases = difference(BASE, files).cases
    assert {case.after["verdict"] for case in cases} == {"no row"}
    assert {case.before["rule"] for case in cases} == {"R11", "D1"}


def test_a_draft_that_does_not_load_is_an_error_with_its_file(draft: Path) -> None:
    (draft / "repair.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"repair\.json:1:2: not JSON"):
        difference(BASE, PackFiles.of(draft))
