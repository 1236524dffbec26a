"""``appliance orders``: try a mapping of an order system before anybody relies on it."""

import asyncio
from pathlib import Path

import click
import msgspec

from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.orders.rest import RestOrderSystem
from appliance.aftersales.orders.trial import Trial, Tried
from appliance.clock import SystemClock
from appliance.errors import ConfigurationError


@click.group()
def orders() -> None:
    """Try a mapping of an order system."""


@orders.command()
@click.argument("mapping", type=click.Path(path_type=Path))
@click.option("--base-url", metavar="URL", help="Also try every read against this order system. Nothing is written.")
@click.option("--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Holds the API key.")
@click.option("--customer", metavar="ID", help="A customer with orders, to try every field.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(*, mapping: Path, base_url: str | None, key_file: Path | None, customer: str | None, as_json: bool) -> None:
    """Check the file MAPPING, and with --base-url also the order system that it describes.

    Values are never shown, only whether a field was filled, empty or is not mapped.
    """
    loaded = Mapping.load(mapping)
    tried: list[Tried] = []
    if base_url is not None:
        if key_file is None:
            raise click.UsageError("--base-url needs --key-file")
        tried = asyncio.run(_try(loaded, base_url, _key(key_file), customer))
    click.echo(_as_json(loaded, tried) if as_json else _as_text(mapping, loaded, tried))
    if not all(each.is_good for each in tried):
        raise SystemExit(1)


def _key(file: Path) -> Credentials:
    try:
        return Credentials(api_key=file.read_text("utf-8").strip())
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not UTF-8") from error


async def _try(mapping: Mapping, base_url: str, credentials: Credentials, customer: str | None) -> list[Tried]:
    system = RestOrderSystem(mapping, base_url, credentials, SystemClock())
    try:
        return await Trial(mapping, system).run(customer)
    finally:
        await system.aclose()


def _unwritten(mapping: Mapping) -> list[str]:
    return [kind for kind in CaseKind if kind not in mapping.writes]


def _as_json(mapping: Mapping, tried: list[Tried]) -> str:
    report = {"name": mapping.name, "not_written": _unwritten(mapping), "tried": tried}
    return msgspec.json.encode(report).decode()


def _as_text(file: Path, mapping: Mapping, tried: list[Tried]) -> str:
    lines = [f"{file}: {mapping.name}: {len(mapping.reads)} reads, {len(mapping.writes)} of {len(CaseKind)} writes"]
    lines += [f"  cannot be written: {kind}" for kind in _unwritten(mapping)]
    for each in tried:
        lines.append(f"{'ok  ' if each.is_good else 'FAIL'} {each.operation}: {each.detail}")
        lines += [f"       {field.name:<20} {field.state}" for field in each.fields]
    return "\n".join(lines)
