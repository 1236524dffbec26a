"""``appliance diagnose``: why a turn of a conversation went as it did. Looking is recorded in the audit log."""

import asyncio
from uuid import UUID

import click
import msgspec
from rich.console import Console

from appliance import config
from appliance.cli.diagnosis_page import print_turn
from appliance.cli.own_cluster import reachable
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.conversation.diagnosis import TurnDiagnosis, diagnose
from appliance.conversation.looking import look_into
from appliance.conversation.recording import Recorded
from appliance.db import Database
from appliance.db.location import database_url
from appliance.dialogue.schema import FLOWS, load_flows
from appliance.errors import InvalidInput
from appliance.ids import ConversationId
from appliance.joints.root_key import existing_root
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

_CONNECTIONS = 2


@click.command("diagnose")
@click.argument("conversation", type=click.UUID)
@click.option("--turn", type=click.IntRange(1), help="This turn alone, counted from 1.")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def command(*, conversation: UUID, turn: int | None, as_json: bool) -> None:
    """Show what was heard, understood, read, decided, done and said in CONVERSATION, and how long each stage took.

    Personal values stay masked. Looking is recorded in the audit log.
    """
    recorded = asyncio.run(_read(config.load(), ConversationId(conversation)))
    shown = _chosen(diagnose(load_flows(FLOWS), recorded), turn)
    if as_json:
        click.echo(msgspec.json.encode({"conversation": str(conversation), "turns": shown}).decode())
        return
    console = Console(highlight=False)
    for each in shown:
        print_turn(each, console)


def _chosen(turns: list[TurnDiagnosis], number: int | None) -> list[TurnDiagnosis]:
    if number is None:
        return turns
    if number > len(turns):
        raise InvalidInput(f"this conversation has {len(turns)} turns so far: there is no turn {number}")
    return [turns[number - 1]]


async def _read(settings: Settings, conversation_id: ConversationId) -> list[Recorded]:
    suite = Suite[settings.crypto.suite.name]
    async with reachable(settings):
        db = await Database.open(database_url(settings), size=_CONNECTIONS, name="appliance-diagnose")
        try:
            ring = KeyRing(existing_root(settings), suite, SystemClock())
            return await look_into(db, ring, conversation_id)
        finally:
            await db.close()
