"""What is claimed is proven, every marker names a control, and the page says what the tests and the catalogue say."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.compliance import matrix
from tests.compliance.controls import ROOT, Status, parts
from tests.compliance.evidence import MARKER, MarkerUnreadable, all_evidence, evidence_in

CONTROLS = {control.id: control for part in parts() for control in part.controls}
PROVEN = {each for ids in all_evidence().values() for each in ids}


def test_every_control_has_an_id_of_its_own() -> None:
    counts = Counter(control.id for part in parts() for control in part.controls)
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_marker_names_a_control() -> None:
    assert {test: ids for test, ids in all_evidence().items() if set(ids) - CONTROLS.keys()} == {}


def test_what_the_product_is_said_to_meet_has_a_test() -> None:
    claimed = {name for name, control in CONTROLS.items() if control.status is Status.MET}
    assert sorted(claimed - PROVEN) == []


def test_what_is_not_met_says_what_is_missing() -> None:
    open_ = [control for control in CONTROLS.values() if control.status in {Status.MISSING, Status.SHARED}]
    assert [control.id for control in open_ if not control.gap] == []


def test_every_place_in_the_product_is_there() -> None:
    places = {control.id: [path for path in control.where if not any(ROOT.glob(path))] for control in CONTROLS.values()}
    assert {name: missing for name, missing in places.items() if missing} == {}


def test_the_page_is_what_would_be_generated() -> None:
    cure = "run: python -m tests.compliance"
    assert matrix.PAGE.read_text(encoding="utf-8") == matrix.render(), cure


def test_markers_are_read_as_pytest_reads_them(request: pytest.FixtureRequest) -> None:
    """Of every test that this run has collected."""
    read = all_evidence()
    wrong = []
    for item in request.session.items:
        marked = {each for mark in item.iter_markers(MARKER) for each in mark.args}
        if set(read.get(re.sub(r"\[.*", "", item.nodeid), ())) != marked:
            wrong.append(item.nodeid)
    assert wrong == []


_ONE = "import pytest\n\n\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'{_ONE}@pytest.mark.{MARKER}("B", "A")\nasync def test_it(): ...\n', {"test_f.py::test_it": ("A", "B")}),
        (
            f'{_ONE}pytestmark = [pytest.mark.slow, pytest.mark.{MARKER}("A")]\n\ndef test_it(): ...\n',
            {"test_f.py::test_it": ("A",)},
        ),
        (
            f'{_ONE}@pytest.mark.{MARKER}("A")\nclass TestAll:\n    def test_it(self): ...\n',
            {"test_f.py::TestAll::test_it": ("A",)},
        ),
    ],
)
def test_each_form_of_the_marker_is_read(tmp_path: Path, text: str, found: dict[str, tuple[str, ...]]) -> None:
    file = tmp_path / "test_f.py"
    file.write_text(text, encoding="utf-8")
    assert evidence_in(file) == found


@pytest.mark.parametrize(
    "text",
    [
        f"{_ONE}NAME = 'A'\n\n@pytest.mark.{MARKER}(NAME)\ndef test_it(): ...\n",
        f'{_ONE}proof = pytest.mark.{MARKER}("A")\n\n@proof\ndef test_it(): ...\n',
        f'{_ONE}@pytest.fixture\n@pytest.mark.{MARKER}("A")\ndef thing(): ...\n',
    ],
)
def test_a_marker_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "test_f.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MarkerUnreadable):
        evidence_in(file)
