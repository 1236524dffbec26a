"""Draws the life of a case into docs/cases.md: ``python -m tests.appliance.aftersales.cases.drawing``."""

from collections.abc import Iterator
from pathlib import Path

from appliance.aftersales.cases.life import OPENS, TOLD, TRANSITIONS, Event, Stand
from appliance.aftersales.orders.model import CaseKind

PAGE = Path(__file__).parents[4] / "docs" / "cases.md"
BEGIN, END = "<!-- drawn from appliance/aftersales/cases/life.py -->", "<!-- end -->"


def drawn() -> str:
    return "\n".join([BEGIN, "", "```mermaid", *_diagram(), "```", "", *_table(), "", END])


def page(text: str) -> str:
    """The page with the drawing of today in it."""
    before, _, rest = text.partition(BEGIN)
    return before + drawn() + rest.partition(END)[2]


def _diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    for stand in Stand:
        if kinds := [kind for kind in CaseKind if OPENS.get(kind, Stand.OPEN) is stand]:
            yield f"    [*] --> {stand}: {', '.join(kinds)}"
    yield from (f"    {each.before} --> {each.after}: {each.event}" for each in TRANSITIONS)
    ends = {each.after for each in TRANSITIONS} - {each.before for each in TRANSITIONS}
    yield from (f"    {stand} --> [*]" for stand in Stand if stand in ends)


def _table() -> Iterator[str]:
    yield "| from | event | to | the customer is told |"
    yield "| --- | --- | --- | --- |"
    for event in Event:
        for each in TRANSITIONS:
            if each.event is event:
                told = f"`progress.{each.after}`" if each.after in TOLD else "no"
                yield f"| `{each.before}` | `{event}` | `{each.after}` | {told} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
