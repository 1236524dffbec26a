"""``appliance bench``: measure on this machine, each beside a baseline of its own in the same run."""

import asyncio
import importlib
import importlib.util
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
from rich.console import Console

_ELSEWHERE = {
    "audit": "appliance.cli.bench_audit:audit",
    "connections": "appliance.cli.bench_connections:connections",
    "crypto": "appliance.cli.bench_crypto:crypto",
    "handoff": "appliance.cli.bench_handoff:handoff",
    "llm": "appliance.cli.bench_llm:llm",
    "pii": "appliance.cli.bench_pii:pii",
    "search": "appliance.cli.bench_search:search",
    "voice": "appliance.cli.bench_voice:voice",
}
"""Subcommands that live beside what they measure."""


class BenchGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        there = [name for name, place in _ELSEWHERE.items() if importlib.util.find_spec(place.partition(":")[0])]
        return sorted([*super().list_commands(ctx), *there])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module, _, attribute = _ELSEWHERE.get(cmd_name, "").partition(":")
        if not module or importlib.util.find_spec(module) is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=BenchGroup)
def bench() -> None:
    """Measure on this machine."""


@bench.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures here.")
@click.option("--duration-s", type=click.FloatRange(2, 3600), default=20.0, show_default=True, help="Of each phase.")
@click.option(
    "--load",
    "loads",
    multiple=True,
    type=click.IntRange(1, 95),
    help="Percent of saturation, beside what queueing says.",
)
def text(*, json_file: Path | None, duration_s: float, loads: tuple[int, ...]) -> None:
    """Whole conversations through the chat WebSocket of a throw-away appliance: turns a second, milliseconds a turn."""
    from appliance.evaluation.bench.text import measure

    tell(measure(duration_s, loads, Console(stderr=True, highlight=False).print), json_file)


def tell(measuring: Coroutine[Any, Any, Any], json_file: Path | None) -> None:
    """Run a measurement, print its table, and write its JSON where asked."""
    import uvloop

    from appliance.evaluation.bench.model import print_report

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        report = runner.run(measuring)
    print_report(report, Console(highlight=False))
    if json_file is not None:
        json_file.write_bytes(report.as_json())
