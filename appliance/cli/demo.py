"""``appliance demo``: the product on show, and checked: exit code 0 only if every customer got what policy says."""

import asyncio
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click
from rich.console import Console

from appliance import config
from appliance.config import Profile, Settings
from appliance.errors import ConfigurationError
from appliance.supervisor import board, control
from appliance.supervisor.model import Status

_CONFIGURATION = """profile = "demo"

[webhooks]
networks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "127.0.0.0/8"]  # and systems on this machine
"""


@click.command()
@click.option("--exit", "is_short", is_flag=True, help="Stop it again when the customers have been played.")
def demo(*, is_short: bool) -> None:
    """Play customers through a demo and check what they got. Stays up until Ctrl-C."""
    settings = _demo_settings()
    console = Console(highlight=False)
    running = board.read(settings.state_path)
    if running is None:
        console.print(f"starting the demo in {settings.state_dir}")
    status = running or control.start_detached(settings)
    try:
        is_right = asyncio.run(_play(settings, status, console)) and _is_log_whole(settings, console)
        _say_where(status, console)
        if is_right and not is_short and running is None:
            console.print("it stays up: press Ctrl-C to stop it")
            _wait_for_the_end()
    finally:
        if running is None:
            control.stop(settings.state_path)
    sys.exit(0 if is_right else 1)


def _demo_settings() -> Settings:
    """A state directory that holds nothing yet becomes a demo's; another profile's is left alone."""
    settings = config.load()
    if settings.profile is Profile.DEMO:
        return settings
    file = settings.state_path / "appliance.toml"
    if file.exists() or board.read(settings.state_path) is not None:
        raise ConfigurationError(
            f"{settings.state_dir} belongs to the profile {settings.profile}: give the demo a place of its own, "
            "APPLIANCE_STATE_DIR=/some/other/folder"
        )
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    file.write_text(_CONFIGURATION, encoding="utf-8")
    return config.load()


async def _play(settings: Settings, status: Status, console: Console) -> bool:
    from appliance.clock import SystemClock
    from appliance.evaluation import showcase, stories, tryout
    from appliance.evaluation.venue import Site

    async with Site.at(settings, status) as site:
        venue = await showcase.open_shop(site)
        await venue.report_to_appliance()
        now = SystemClock().now()
        verdicts = await showcase.tell(stories.told_at(now), venue, console)
        people = tryout.at(now)
        await venue.load(people.fixtures)
    passed = sum(verdict.is_passed for verdict in verdicts)
    console.print(f"\n{passed} of {len(verdicts)} customers got what policy says")
    showcase.invite(people, console)
    return passed == len(verdicts)


def _is_log_whole(settings: Settings, console: Console) -> bool:
    """By the command that an auditor would use."""
    console.rule("audit log", align="left")
    done = subprocess.run(
        [sys.executable, "-m", "appliance.cli.main", "audit", "verify"],
        env=control.child_environment(settings),
        cwd=Path("/"),
        check=False,
    )
    return done.returncode == 0


def _say_where(status: Status, console: Console) -> None:
    for name, address in status.addresses.items():
        console.print(f"{name}: http://{address}/", soft_wrap=True)
    console.print(f"talk to it on the shop's page: http://{status.addresses['web']}/demo/shop", soft_wrap=True)
    console.print(f"where staff work: http://{status.addresses['web']}/console", soft_wrap=True)


def _wait_for_the_end() -> None:
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()
