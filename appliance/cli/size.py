"""``appliance size``: how large a machine a shop needs, and how sure that is."""

from math import isfinite
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from appliance.evaluation.sizing import capacity
from appliance.evaluation.sizing.model import Demand, Size
from appliance.evaluation.sizing.sizes import SHOPS, size_of


class _Finite(click.FloatRange):
    """NaN is within every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{value} is no number to reckon with", param, ctx)
        return found


_SHARE = _Finite(0, 1)
_DEFAULT = Demand(conversations_per_day=0)


@click.command()
@click.option("--conversations", type=click.IntRange(1, 10_000_000), help="A day. Default: three sizes of shops.")
@click.option("--phone-share", type=_SHARE, default=_DEFAULT.phone_share, show_default=True, help="Of them by phone.")
@click.option("--peak-hour", type=_SHARE, default=_DEFAULT.peak_hour_share, show_default=True, help="Share of a day.")
@click.option("--burst", type=_Finite(1, 100), default=_DEFAULT.burst, show_default=True, help="Promotion.")
@click.option("--people-share", type=_SHARE, default=_DEFAULT.people_share, show_default=True, help="Handed to people.")
@click.option("--retention-days", type=click.IntRange(1, 3650), default=_DEFAULT.retention_days, show_default=True)
@click.option("--language-model", is_flag=True, help="A language model understands, beside the compact one.")
@click.option(
    "--measures", multiple=True, type=click.Path(dir_okay=False, path_type=Path), help="Of 'appliance bench … --json'."
)
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def size(
    *,
    conversations: int | None,
    phone_share: float,
    peak_hour: float,
    burst: float,
    people_share: float,
    retention_days: int,
    language_model: bool,
    measures: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Processor, memory, disk, cards, lines and people; each line says if it was measured, scaled or guessed."""
    known = capacity.of_benches(measures) if measures else capacity.shipped()
    wanted = {"given": conversations} if conversations else SHOPS
    sizes = [
        size_of(
            name,
            Demand(
                conversations_per_day=per_day,
                phone_share=phone_share,
                peak_hour_share=peak_hour,
                burst=burst,
                people_share=people_share,
                retention_days=retention_days,
                has_language_model=language_model,
            ),
            known,
        )
        for name, per_day in wanted.items()
    ]
    if as_json:
        click.echo(msgspec.json.encode(sizes).decode())
    else:
        _print(sizes)


def _print(sizes: list[Size]) -> None:
    shops = (f"{each.name} ({each.demand.conversations_per_day}/day)" for each in sizes)
    table = Table("what", *shops, "unit", "sure", "why", box=None)
    for rows in zip(*(each.lines for each in sizes), strict=True):
        line = rows[0]
        table.add_row(line.name, *(f"{row.value:g}" for row in rows), line.unit, line.sureness, line.why)
    console = Console(highlight=False, width=170)
    console.print(table)
    known = sizes[0].capacity
    console.print(f"measured {known.measured_at} on {known.machine}; {known.note}", soft_wrap=True)
