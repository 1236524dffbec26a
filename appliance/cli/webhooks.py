"""``appliance webhooks``: which of a shop's systems are told what happens, and what became of each telling."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from appliance import config
from appliance.cli.own_cluster import reachable
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.location import database_url
from appliance.identity.model import shop_id_from
from appliance.identity.shops import Shops
from appliance.integrations.webhooks.dispatcher import Dispatcher
from appliance.integrations.webhooks.model import DeliveryFilter, DeliveryState, Sent, Standing, WebhookEvent
from appliance.integrations.webhooks.reader import Reader
from appliance.integrations.webhooks.service import Webhooks
from appliance.joints.root_key import existing_root
from appliance.joints.webhooks import WebhookSecrets, webhook_sender
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

T = TypeVar("T")
MOST_LISTED = 500

_EVENTS = [event.value for event in WebhookEvent if event is not WebhookEvent.PING]
_shop = click.argument("shop")
_as_json = click.option("--json", "as_json", is_flag=True, help="For a script.")


@click.group()
def webhooks() -> None:
    """Tell a shop's own systems what happens: signed, retried for a day, in order within a conversation.

    Bodies hold codes, amounts and ids, never words of a customer. docs/api.md shows them and how to check a signature.
    """


@webhooks.command()
@_shop
@click.argument("url")
@click.option("--event", "events", multiple=True, type=click.Choice(_EVENTS), help="Default: all. May be repeated.")
@_as_json
def add(*, shop: str, url: str, events: tuple[str, ...], as_json: bool) -> None:
    """Tell the system at URL, in a network of `webhooks.networks`, from now on."""
    wanted = [WebhookEvent(event) for event in events or _EVENTS]
    made = _run(lambda desk: desk.add(shop_id_from(shop), url, wanted))
    click.echo(_json(made) if as_json else f"{made.webhook_id}: told of {', '.join(made.events)}")


@webhooks.command("list")
@_shop
@_as_json
def list_webhooks(*, shop: str, as_json: bool) -> None:
    """Show a shop's webhooks."""
    found = _run(lambda desk: desk.of(shop_id_from(shop)))
    if as_json:
        click.echo(_json(found))
        return
    for each in found:
        click.echo(f"{each.webhook_id}  {each.url}  {' '.join(each.events)}")
    if not found:
        click.echo("none")


@webhooks.command()
@_shop
@click.argument("webhook", type=click.UUID)
def remove(*, shop: str, webhook: UUID) -> None:
    """Tell it nothing any more; what waits to be told is forgotten."""
    _run(lambda desk: desk.remove(shop_id_from(shop), webhook))
    click.echo(f"{webhook} is removed")


@webhooks.command()
@_shop
@click.argument("webhook", type=click.UUID)
@_as_json
def test(*, shop: str, webhook: UUID, as_json: bool) -> None:
    """Send one `ping` now and say how it ended. Fails if it did not arrive."""
    sent: Sent = _run(lambda desk: desk.test(shop_id_from(shop), webhook))
    click.echo(_json(sent) if as_json else _sent(sent))
    if not sent.is_delivered:
        raise SystemExit(1)


@webhooks.command()
@_shop
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="Only these.")
@_as_json
def deliveries(*, shop: str, state: str | None, as_json: bool) -> None:
    """Show what is to be told and what became of it, the newest first, at most 500."""
    wanted = DeliveryFilter(state=DeliveryState(state) if state else None)
    found = _run(lambda desk: desk.deliveries.page(shop_id_from(shop), wanted, None, MOST_LISTED)).deliveries
    if as_json:
        click.echo(_json(found))
        return
    for each in found:
        click.echo(_standing(each))
    if not found:
        click.echo("none")


@webhooks.command()
@_shop
@click.argument("delivery", type=click.UUID, required=False)
@click.option("--dead", is_flag=True, help="All that were given up.")
def replay(*, shop: str, delivery: UUID | None, dead: bool) -> None:
    """Tell again, under the same id: one DELIVERY, or with --dead all that were given up."""
    if (delivery is None) != dead:
        raise click.UsageError("name a DELIVERY, or say --dead")
    count = _run(lambda desk: desk.deliveries.replay(shop_id_from(shop), delivery))
    click.echo(f"{count} to be told again")


def _run(work: Callable[[Webhooks], Awaitable[T]]) -> T:
    return asyncio.run(_with_desk(config.load(), work))


async def _with_desk(settings: Settings, work: Callable[[Webhooks], Awaitable[T]]) -> T:
    clock = SystemClock()
    async with reachable(settings):
        db = await Database.open(database_url(settings), size=2, name="appliance-webhooks")
        sender = webhook_sender(settings.webhooks)
        try:
            ring = KeyRing(existing_root(settings), Suite[settings.crypto.suite.name], clock)
            secrets = WebhookSecrets(Shops(db, ring, clock), clock)
            dispatcher = Dispatcher(db, Reader(db, clock), sender, secrets, clock)
            return await work(Webhooks(db, secrets, sender, dispatcher, clock))
        finally:
            await sender.aclose()
            await db.close()


def _standing(each: Standing) -> str:
    how = each.failure.value if each.failure else ""
    status = f" {each.status}" if each.status and each.failure else ""
    return (
        f"{each.delivery_id}  {each.state.value:<9} {each.type.value:<25} {_about(each)}  "
        f"attempts {each.attempts}  {how}{status}"
    ).rstrip()


def _about(each: Standing) -> str:
    if each.work_order_id is not None:
        return f"work order {each.work_order_id}"
    return f"conversation {each.conversation_id} #{each.seq}"


def _sent(sent: Sent) -> str:
    if sent.is_delivered:
        return f"arrived: {sent.status}"
    return f"did not arrive: {sent.failure}" + (f" {sent.status}" if sent.status else "")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
