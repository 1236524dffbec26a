"""``appliance shop``: the shops that are served, the secrets shared with them, and the keys of their systems.

Secrets are printed once, when they are made, and never asked for on the command line, where others could read them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO, TypeVar
from uuid import UUID

import click
import msgspec

from appliance import config
from appliance.aftersales.orders.check import fit
from appliance.aftersales.orders.credentials import Credentials, parse
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.db.location import database_url
from appliance.dialogue.render import Manner, persona_from
from appliance.identity.api_keys import ApiKeys
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.model import OVERLAP, ApiClient, Scope, Secret, SecretPurpose, shop_id_from
from appliance.identity.shops import Shops
from appliance.identity.signed_clients import SignedClients
from appliance.identity.widgets import Look, Widgets, accent_from, avatar_from, origins_from
from appliance.joints.root_key import open_root
from security.access import certificates
from security.access.signing import SigningClient
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

T = TypeVar("T")

_CONNECTIONS: Final = 2
_ONCE: Final = "Keep what follows; it is not shown again."

as_json_option = click.option("--json", "as_json", is_flag=True, help="For a script.")
shop_argument = click.argument("shop_id", metavar="SHOP")


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What the commands work with."""

    shops: Shops
    api_keys: ApiKeys
    links: Links
    signed: SignedClients
    widgets: Widgets


@click.group()
def shop() -> None:
    """Manage shops: their secrets, their order system and the keys of their systems."""


@shop.command()
@shop_argument
@click.option("--name", required=True, help="The shop's name, as customers know it.")
@as_json_option
def add(*, shop_id: str, name: str, as_json: bool) -> None:
    """Make a shop. SHOP is its id: lower-case letters, digits, hyphens."""
    made = _run(lambda desk: desk.shops.create(shop_id, name))
    shown = {"shop": shop_id, **{secret.purpose.value: secret.value for secret in made.secrets}}
    _print(shown, as_json, _ONCE)


@shop.command("list")
@as_json_option
def list_shops(*, as_json: bool) -> None:
    """List the shops."""
    found = _run(lambda desk: desk.shops.list())
    if as_json:
        _print([{"shop": each.shop_id, "name": each.name, "created_at": each.created_at} for each in found], True)
        return
    for each in found:
        click.echo(f"{each.shop_id:<20} {each.created_at:%Y-%m-%d}  {each.name}")


@shop.command()
@shop_argument
@as_json_option
def show(*, shop_id: str, as_json: bool) -> None:
    """Show a shop, which of its secrets count, and the keys of its systems; no secret itself."""

    async def look(desk: Desk) -> dict[str, Any]:
        identity = await desk.shops.get(shop_id_from(shop_id))
        keys = await desk.api_keys.list(identity.shop.shop_id)
        clients = await desk.signed.list(identity.shop.shop_id)
        worn = await desk.widgets.of(identity.shop.shop_id)
        return {
            "shop": identity.shop.shop_id,
            "name": identity.shop.name,
            "widget": {
                "origins": worn.origins,
                "accent": worn.accent,
                "has_avatar": worn.avatar is not None,
                "has_calls": worn.has_calls,
            },
            "secrets": [_described_secret(secret) for secret in identity.secrets],
            "api_keys": [_described_key(client.key_id, client) for client in keys],
            "clients": [_described_client(client) for client in clients],
        }

    _print(_run(look), as_json)


@shop.command()
@shop_argument
@click.option("--name", required=True, help="The shop's name, as customers know it.")
def rename(*, shop_id: str, name: str) -> None:
    """Give a shop another name; its id stays."""
    _run(lambda desk: desk.shops.rename(shop_id_from(shop_id), name))
    click.echo(f"{shop_id} is called {name.strip()} from now on")


@shop.command("rotate-secret")
@shop_argument
@click.argument("purpose", type=click.Choice([purpose.value for purpose in SecretPurpose]))
@click.option("--now", "at_once", is_flag=True, help="The old secret ends at once instead of in 24 hours.")
@as_json_option
def rotate_secret(*, shop_id: str, purpose: str, at_once: bool, as_json: bool) -> None:
    """Make a new secret for PURPOSE."""
    overlap = timedelta(0) if at_once else OVERLAP
    made = _run(lambda desk: desk.shops.rotate_secret(shop_id_from(shop_id), SecretPurpose(purpose), overlap))
    _print({"shop": shop_id, purpose: made.value}, as_json, _ONCE)


@shop.command()
@shop_argument
@click.option("--mapping", required=True, help="Name of a mapping that ships, or the path of one of your own.")
@click.option("--url", required=True, help="Base address of the order system, on the intranet.")
@click.option(
    "--key-file",
    type=click.File(),
    help="Where its API key, or its credentials by name, stand; - reads them from stdin. Not for auth: {kind: none}.",
)
def connect(*, shop_id: str, mapping: str, url: str, key_file: TextIO | None) -> None:
    """Say how the shop's order system is reached. Mapping, address and credentials must fit; nothing is sent.

    To try the order system itself: appliance orders check.
    """
    credentials = parse(key_file.read(), Path(key_file.name).parent, key_file.name) if key_file else {}
    link = OrderSystemLink(mapping=mapping, base_url=url, credentials=credentials)

    async def fit_and_connect(desk: Desk) -> None:
        await fit(link.mapping, link.base_url, Credentials(**credentials), SystemClock())
        await desk.links.connect(shop_id_from(shop_id), link)

    _run(fit_and_connect)
    click.echo(f"{shop_id} reads and writes orders at {url}")


@shop.command("speak-as")
@shop_argument
@click.option("--tone", type=click.Choice([manner.value for manner in Manner]), help="As shipped: warm.")
@click.option("--bot-name", help="What the bot calls itself.")
@click.option("--shop-name", help="What it calls the shop; the shop's name if it is not given.")
@click.option("--call", help="How it begins a sentence; an empty one begins with nothing.")
@click.option("--oh", help="How it ends one; an empty one ends with nothing.")
@click.option("--welcome", help="Its first words after the notice; may name {shop_name} and {bot_name}.")
def speak_as(*, shop_id: str, **given: str | None) -> None:
    """Say how the shop's bot speaks. What is not given is as shipped again."""
    persona = {name: value for name, value in given.items() if value is not None}
    persona_from(persona)
    _run(lambda desk: desk.links.speak_as(shop_id_from(shop_id), persona))
    click.echo(f"{shop_id} speaks so from now on")


@shop.command()
@shop_argument
@click.option(
    "--origin", "origins", multiple=True, help="A page's scheme, host and port that may embed it; repeatable."
)
@click.option("--accent", help="Its colour, such as #1f5fbf.")
@click.option("--avatar", type=click.File("rb"), help="The bot's picture: JPEG, PNG, WebP or GIF.")
@click.option("--calls", "has_calls", is_flag=True, help="Customers may call from its pages (docs/page-call.md).")
def widget(
    *, shop_id: str, origins: tuple[str, ...], accent: str | None, avatar: BinaryIO | None, has_calls: bool
) -> None:
    """Say where the shop's chat widget may appear, and how. What is not given is as shipped again.

    Without --origin it appears on pages of the appliance itself only.
    """
    picture = None if avatar is None else avatar_from(avatar.read())
    look = Look(origins=origins_from(origins), accent=accent_from(accent), avatar=picture, has_calls=has_calls)
    _run(lambda desk: desk.widgets.dress(shop_id_from(shop_id), look))
    click.echo(f"the widget of {shop_id} may appear on: {', '.join(look.origins) or 'the appliance itself only'}")


@shop.command("add-key")
@shop_argument
@click.option("--name", required=True, help="What you call the system, such as erp.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@as_json_option
def add_key(*, shop_id: str, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make an API key for one of the shop's systems."""
    client, key = _run(lambda desk: desk.api_keys.create(shop_id_from(shop_id), name, map(Scope, scopes)))
    _print({"shop": shop_id, "key_id": str(client.key_id), "api_key": key}, as_json, _ONCE)


@shop.command("add-client")
@shop_argument
@click.option("--name", required=True, help="What you call the system, such as erp.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@as_json_option
def add_client(*, shop_id: str, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a client that signs its requests, for one of the shop's systems."""
    client, secret = _run(lambda desk: desk.signed.create(shop_id_from(shop_id), name, map(Scope, scopes)))
    _print({"client": f"{shop_id}/{client.client_id}", "secret": secret}, as_json, _ONCE)


@shop.command("bind-certificate")
@shop_argument
@click.argument("client_id", type=click.UUID)
@click.option("--file", "pem", type=click.File("rb"), required=True, help="The certificate as PEM; no key is read.")
@as_json_option
def bind_certificate(*, shop_id: str, client_id: UUID, pem: BinaryIO, as_json: bool) -> None:
    """Let a client that signs come only with this certificate, or another that it is bound to."""
    try:
        certificate = certificates.from_pem(pem.read())
    except ValueError as wrong:
        raise click.BadParameter("there is no certificate in PEM in it", param_hint="--file") from wrong
    _run(lambda desk: desk.signed.bind(shop_id_from(shop_id), client_id, certificate))
    _print({"client": f"{shop_id}/{client_id}", "certificate": certificate.sha256.hex()}, as_json)


@shop.command("unbind-certificate")
@shop_argument
@click.argument("client_id", type=click.UUID)
@click.argument("fingerprint")
def unbind_certificate(*, shop_id: str, client_id: UUID, fingerprint: str) -> None:
    """End a certificate of a client. FINGERPRINT is its SHA-256 in hex, as ``shop show`` lists it.

    Without its last one the client needs its signature only; to end the client itself: revoke-client.
    """
    try:
        sha256 = bytes.fromhex(fingerprint.replace(":", ""))
    except ValueError as wrong:
        raise click.BadParameter("64 hex digits", param_hint="FINGERPRINT") from wrong
    _run(lambda desk: desk.signed.unbind(shop_id_from(shop_id), client_id, sha256))
    click.echo(f"{client_id} is not bound to {sha256.hex()} any more")


@shop.command("revoke-client")
@shop_argument
@click.argument("client_id", type=click.UUID)
def revoke_client(*, shop_id: str, client_id: UUID) -> None:
    """End a client that signs. Every process obeys at once."""
    _run(lambda desk: desk.signed.revoke(shop_id_from(shop_id), client_id))
    click.echo(f"{client_id} is revoked")


@shop.command("revoke-key")
@shop_argument
@click.argument("key_id", type=click.UUID)
def revoke_key(*, shop_id: str, key_id: UUID) -> None:
    """End an API key. Every process obeys within half a minute."""
    _run(lambda desk: desk.api_keys.revoke(shop_id_from(shop_id), key_id))
    click.echo(f"{key_id} is revoked")


def _run(work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    async def at_the_desk() -> T:
        async with _desk() as desk:
            return await work(desk)

    return asyncio.run(at_the_desk())


@asynccontextmanager
async def _desk() -> AsyncIterator[Desk]:
    settings = config.load()
    clock = SystemClock()
    suite = Suite[settings.crypto.suite.name]
    db = await Database.open(database_url(settings), size=_CONNECTIONS, name="appliance-shop")
    try:
        ring = KeyRing(open_root(settings), suite, clock)
        yield Desk(
            shops=Shops(db, ring, clock),
            api_keys=ApiKeys(db, clock),
            links=Links(db, ring),
            signed=SignedClients(db, ring, clock),
            widgets=Widgets(db, clock),
        )
    finally:
        await db.close()


def _described_secret(secret: Secret) -> dict[str, Any]:
    return {"purpose": secret.purpose, "created_at": secret.created_at, "valid_until": secret.valid_until}


def _described_key(key_id: UUID, client: ApiClient | SigningClient) -> dict[str, Any]:
    return {
        "key_id": str(key_id),
        "name": client.name,
        "scopes": sorted(client.scopes),
        "created_at": client.created_at,
        "revoked_at": client.revoked_at,
        "last_used_at": client.last_used_at,
    }


def _described_client(client: SigningClient) -> dict[str, Any]:
    bound = sorted(sha256.hex() for sha256 in client.certificates)
    return {**_described_key(client.client_id, client), "certificates": bound}


def _print(shown: Any, as_json: bool, notice: str = "") -> None:
    if as_json:
        click.echo(msgspec.json.encode(shown).decode())
        return
    if notice:
        click.echo(notice)
    for name, value in shown.items():
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            click.echo(f"{name:<16} {_in_a_line(row)}")


def _in_a_line(value: Any) -> str:
    plain = msgspec.to_builtins(value, str_keys=True)
    if not isinstance(plain, dict):
        return str(plain)
    return "  ".join(f"{key}={part}" for key, part in plain.items() if part is not None)
