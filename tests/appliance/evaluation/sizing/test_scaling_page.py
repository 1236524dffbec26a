"""The figures of ``docs/scaling.md`` are those that the model gives."""

from pathlib import Path

from tests.appliance.evaluation.sizing import page

LINES = (Path(__file__).parents[4] / "docs" / "scaling.md").read_text(encoding="utf-8").splitlines()


def test_its_sizes_are_computed() -> None:
    assert [row for row in page.sizes() if row not in LINES] == []


def test_its_queue_is_computed() -> None:
    assert [row for row in page.queue() if row not in LINES] == []
