"""docs/reports.md: every figure by the file that declares it."""

from pathlib import Path
from typing import Final

from appliance.config_reports import ReportSettings
from appliance.reports.figures import shipped
from appliance.reports.model import Figure, Group, Unit

PAGE: Final = Path(__file__).parents[2] / "docs" / "reports.md"
_HEAD: Final = """# Reports

Written by `python -m tests.reference` from `appliance/reports/figures.toml`: change it there. How to ask:
[api.md](api.md#reports). Why it is so: [0105](decisions/0105-a-figure-is-a-statement.md).

Every figure is a column of one statement of [queries.sql](../appliance/reports/queries.sql). What the dashboard shows
is what the statement says; nothing is reckoned elsewhere. The mark beside a figure (or `GET
/api/staff/v1/reports/figures/{key}/sql`) gives the statement with its values put in, to be run by hand:

```sh
psql "$DATABASE_URL" -f figure.sql     # an outside server: by the login of the application

# our own cluster, on the box itself, by the PostgreSQL that comes with it
psql=$(find .venv -path '*pginstall*/bin/psql' -type f)
"$psql" "$(.venv/bin/python -c 'from appliance.config import load
from appliance.db.location import database_url
print(database_url(load()))')" -f figure.sql
```

It begins a transaction that only reads, takes on the role that the console reads with, and gives one row of slice
`all`, and rows by step (`at`), channel, shop and code.

* **Time.** A conversation belongs to the time at which it began, with all that came of it later: the figures of a day
  may move until its conversations are over. A wish for a person belongs to the time at which it was made. Days begin
  in the time zone `reports.zone` ({zone}).
* **Before.** Each figure stands beside as many days just before, up to the same time of the day.
* **Bounds.** By the hour 7 days at most, by the day 92, by the week or month 366. A statement that takes longer than
  `reports.timeout_s` ({timeout} s) is given up (`period_too_long`); one process counts two reports at a time, on one
  core each.
* **Rates** are of the conversations with words, where nothing else is said. Where there is nothing to count a share
  or a time of, there is no value, which is not zero.
"""
_GROUPS: Final = {
    Group.NOW: "Now",
    Group.VOLUME: "Conversations",
    Group.RESULT: "Results",
    Group.HANDOFF: "Hand-off",
    Group.SPEED: "The bot's answers",
    Group.CALL: "Telephone calls",
    Group.QUEUE: "People",
    Group.QUALITY: "Quality",
}
_UNITS: Final = {Unit.COUNT: "count", Unit.SHARE: "0 to 1", Unit.SECONDS: "s", Unit.SCORE: "1 to 5"}


def render() -> str:
    settings = ReportSettings()
    head = _HEAD.replace("{zone}", settings.zone).replace("{timeout}", str(settings.timeout_s))
    return "\n".join([head, *(_group(group, name) for group, name in _GROUPS.items())])


def _group(group: Group, name: str) -> str:
    rows = [_row(each) for each in shipped() if each.group is group]
    return "\n".join(
        [f"## {name}\n", "| figure | column | statement | unit | |", "| --- | --- | --- | --- | --- |", *rows, ""]
    )


def _row(figure: Figure) -> str:
    named = f"{figure.zh} {figure.en}"
    told = f"{figure.definition_en} {figure.definition_zh}"
    return f"| {named} | `{figure.key}` | `{figure.query}` | {_UNITS[figure.unit]} | {told} |"
