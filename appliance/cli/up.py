"""``appliance up``: start everything and keep it running."""

import asyncio
import logging
import sys

import click

from appliance import config
from appliance.config_platform import Keeper
from appliance.errors import ConfigurationError, Unavailable
from appliance.supervisor import Supervisor, control, egress
from appliance.supervisor.processes import plan
from security.egress import guard


@click.command()
@click.option("--foreground", is_flag=True, help="Stay in this terminal; Ctrl-C stops in order.")
@click.option("--wait", "ready_s", default=180.0, show_default=True, help="Seconds until it must be ready.")
def up(*, foreground: bool, ready_s: float) -> None:
    """Start, and return when it is ready, printing its addresses."""
    settings = config.load()
    if settings.platform.kept_by is Keeper.PLATFORM:
        raise ConfigurationError(
            "platform.kept_by is \"platform\": its containers start each process by 'appliance run'; set it to "
            '"supervisor" to start them here'
        )
    if foreground:
        guard.install_from_environment(egress.environment(settings, "supervisor"))
        _log_to_stderr()
        if failure := asyncio.run(Supervisor(settings, plan(settings)).run()):
            raise Unavailable(failure)
        return
    status = control.start_detached(settings, ready_s=ready_s)
    for name, address in status.addresses.items():
        click.echo(f"{name}: {settings.web.scheme if name == 'web' else 'http'}://{address}/")
    click.echo(f"state and logs: {settings.state_dir}")


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


class _Line(logging.Formatter):
    """``time level event key=value``: static events, values beside them."""

    _known = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        values = " ".join(f"{k}={v}" for k, v in vars(record).items() if k not in self._known)
        line = f"{self.formatTime(record)} {record.levelname.lower()} {record.getMessage()} {values}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
