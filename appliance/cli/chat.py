"""``appliance chat``: talk to the appliance that runs here, in a terminal."""

import asyncio

import click
from rich.console import Console

from appliance import config
from appliance.config import Settings
from appliance.errors import Unavailable
from appliance.supervisor import board


@click.command()
@click.option("--customer", metavar="ID", help="Speak as this customer, with a token signed as the shop would.")
@click.option("--shop", metavar="ID", default="demo", show_default=True, help="Whose customer speaks.")
def chat(*, customer: str | None, shop: str) -> None:
    """Talk to it in a terminal. Without --customer nobody knows who you are, and the bot will ask."""
    settings = config.load()
    try:
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
    async with ChatClient(base_url) as client, await client.start(shop, token=token) as conversation:
        click.echo(f"{HELP}\n'appliance diagnose {conversation.conversation_id}' tells how each turn was decided.")
        await TerminalChat(conversation, console).run(typed_lines())


def _base_url(settings: Settings) -> str:
    status = board.read(settings.state_path)
    if status is None or "web" not in status.addresses:
        raise Unavailable(f"no appliance runs in {settings.state_dir}: start it with 'appliance up'")
    return f"http://{status.addresses['web']}"
