"""Entry point of ``appliance``. It loads only the subcommand that is called, and turns errors into one clear line."""

import importlib
import importlib.util
import os
import sys
from typing import Any

import click

from appliance.cli import guarding, owner
from appliance.errors import ApplianceError, ConfigurationError, InputError

COMMANDS = {
    "admin": "appliance.cli.admin:admin",
    "audit": "appliance.cli.audit:audit",
    "backup": "appliance.cli.backup:backup",
    "bench": "appliance.cli.bench:bench",
    "bundle": "appliance.cli.bundle:bundle",
    "certificates": "appliance.cli.certificates:certificates",
    "chat": "appliance.cli.chat:chat",
    "config": "appliance.cli.config:config",
    "demo": "appliance.cli.demo:demo",
    "deploy": "appliance.cli.deploy:deploy",
    "diagnose": "appliance.cli.diagnose:command",
    "doctor": "appliance.cli.doctor:doctor",
    "down": "appliance.cli.down:down",
    "egress": "appliance.cli.egress:egress",
    "eval": "appliance.cli.eval:evaluate",
    "keys": "appliance.cli.keys:keys",
    "migrate": "appliance.cli.migrate:migrate",
    "models": "appliance.cli.models:models",
    "orders": "appliance.cli.orders:orders",
    "policy": "appliance.cli.policy:policy",
    "recovery": "appliance.cli.recovery:recovery",
    "restore": "appliance.cli.restore:restore",
    "run": "appliance.cli.run:run",
    "selftest": "appliance.cli.selftest:selftest",
    "shop": "appliance.cli.shop:shop",
    "size": "appliance.cli.size:size",
    "status": "appliance.cli.status:status",
    "up": "appliance.cli.up:up",
    "webhooks": "appliance.cli.webhooks:webhooks",
}
"""Subcommand to ``module:command``."""

_HELP = {
    "admin": "Make the first administrators; disable and reset accounts.",
    "audit": "Check and export the audit log.",
    "backup": "Write everything that must survive to an encrypted archive.",
    "bench": "Measure on this machine.",
    "bundle": "Pack everything for a site without a network; check and unpack it.",
    "certificates": "Issue and renew the certificates of this installation.",
    "chat": "Talk to the appliance in a terminal.",
    "config": "Show the settings.",
    "demo": "Play customers through a demo and check what they got.",
    "deploy": "Write what keeps processes and lets out nothing else: units, rules, images.",
    "diagnose": "Show why a turn of a conversation went as it did.",
    "doctor": "Look for what is wrong, with a cure for each finding.",
    "down": "Stop.",
    "egress": "Prove that nothing can leave.",
    "eval": "Score a suite.",
    "keys": "Rotate keys, and keep the root key.",
    "migrate": "Bring the tables up to date while nothing runs.",
    "models": "See which local models there are, check weights, start a model server.",
    "orders": "Try a mapping of an order system; compare with it what was written.",
    "policy": "Check a policy pack, compare two, try a draft on the past.",
    "recovery": "Before and after a disaster: what can be restored, a drill, the end of a restore.",
    "restore": "Put a backup into an empty database.",
    "run": "Run one process of the tree (the supervisor or a container does).",
    "selftest": "Check an installation by using it; 'voice' tries the telephone.",
    "shop": "Manage shops.",
    "size": "Say how large a machine a shop needs.",
    "status": "Show what runs.",
    "up": "Start and keep running.",
    "webhooks": "Tell a shop's own systems what happens.",
}
"""One line each, so that ``--help`` imports nothing."""

_WRONG_USE = 2


class LazyGroup(click.Group):
    """Knows its commands by name; imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return [name for name, place in COMMANDS.items() if _is_there(place)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        place = COMMANDS.get(cmd_name)
        if place is None or not _is_there(place):
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _HELP[name]) for name in self.list_commands(ctx)])


def _is_there(place: str) -> bool:
    return importlib.util.find_spec(place.partition(":")[0]) is not None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aftersales-appliance")
def appliance() -> None:
    """Answers an online shop's customers about orders, parcels, returns and refunds, on your own machines."""


def main(arguments: list[str] | None = None) -> None:
    """Exit code 0: done; 1: it did not work; 2: called or configured wrongly."""
    try:
        owner.become(sys.argv[1:] if arguments is None else arguments)
        if arguments is None:  # called as a program, whose process it is
            guarding.stand(sys.argv[1:])
        code: Any = appliance.main(args=arguments, prog_name="appliance", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except click.Abort:
        sys.exit(130)
    except ApplianceError as failed:
        if os.environ.get("APPLIANCE_DEBUG") == "1":
            raise
        click.echo(f"appliance: {failed.detail}", err=True)
        sys.exit(_WRONG_USE if isinstance(failed, (ConfigurationError, InputError)) else 1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
