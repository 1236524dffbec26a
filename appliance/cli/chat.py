"""``appliance chat``: talk to the appliance that runs here, in a terminal."""

import asyncio
import ssl
from pathlib import Path

import click
from rich.console import Console

from appliance import config
from appliance.config import Settings
from appliance.errors import InputError, Unavailable
from appliance.supervisor import board

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--customer", metavar="ID", help="Speak as this customer, with a token signed as the shop would.")
@click.option("--shop", metavar="ID", default="demo", show_default=True, help="Whose customer speaks.")
@click.option("--voice", "by_voice", is_flag=True, help="Ring it up: by microphone, where there is one, or by typing.")
@click.option("--from", "caller", default="", metavar="NUMBER", help="With --voice: the number that you call from.")
@click.option("--say", multiple=True, type=_FILE, help="With --voice: say this WAV file once the bot is silent.")
@click.option("--to", type=_FILE, help="With --voice: write what the bot says to this WAV file.")
def chat(
    *, customer: str | None, shop: str, by_voice: bool, caller: str, say: tuple[Path, ...], to: Path | None
) -> None:
    """Talk to it in a terminal. Without --customer nobody knows who you are, and the bot will ask."""
    settings = config.load()
    if not by_voice and (caller or say or to):
        raise InputError("--from, --say and --to are about calls: give --voice too")
    if by_voice and customer:
        raise InputError("nobody is known on the telephone before he has said an order: leave out --customer")
    try:
        if by_voice:
            from appliance.cli.chat_voice import Wishes, talk

            asyncio.run(talk(settings, Wishes(shop=shop, caller=caller, say=say, to=to)))
        else:
            asyncio.run(_talk(settings, shop, customer))
    except KeyboardInterrupt:
        click.echo()


async def _talk(settings: Settings, shop: str, customer: str | None) -> None:
    from appliance.client import ChatClient
    from appliance.client.terminal import HELP, TerminalChat, typed_lines
    from appliance.clock import SystemClock
    from appliance.evaluation.registrar import keys_of

    base_url, token = _base_url(settings), None
    if customer is not None:
        keys = await keys_of(settings, shop)
        token = keys.token(customer, SystemClock())
    console = Console(highlight=False)
    async with (
        ChatClient(base_url, tls=_tls(settings)) as client,
        await client.start(shop, token=token) as conversation,
    ):
        click.echo(f"{HELP}\n'appliance diagnose {conversation.conversation_id}' tells how each turn was decided.")
        await TerminalChat(conversation, console).run(typed_lines())


def _base_url(settings: Settings) -> str:
    status = board.read(settings.state_path)
    if status is None or "web" not in status.addresses:
        raise Unavailable(f"no appliance runs in {settings.state_dir}: start it with 'appliance up'")
    return f"{settings.web.scheme}://{status.addresses['web']}"


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """Our own web processes are believed by their certificate, under any name."""
    from appliance.web.tls import to_ourselves

    found = to_ourselves(settings.web)
    return found if isinstance(found, ssl.SSLContext) else None
