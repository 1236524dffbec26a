"""``appliance orders``: try a mapping of an order system before anybody relies on it, and compare with it afterwards.

Exit codes: 0 all is well; 1 the order system does not fit; 2 the file, the credentials or the command line is wrong.
"""

import asyncio
from pathlib import Path

import click
import msgspec

from appliance.aftersales.orders import connectors
from appliance.aftersales.orders.check import Asked, Report, of_mapping
from appliance.aftersales.orders.check import check as try_it
from appliance.aftersales.orders.connectors import Connector, RestConnector
from appliance.aftersales.orders.credentials import Credentials, read_file
from appliance.aftersales.orders.looks import FieldSeen
from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.orders.trial_write import MARK, TRIED_KINDS
from appliance.cli.orders_reconcile import reconcile
from appliance.clock import SystemClock


@click.group()
def orders() -> None:
    """Try a mapping of an order system; compare what was written with what it has."""


orders.add_command(reconcile)


@orders.command()
@click.argument("mapping")
@click.option("--base-url", metavar="URL", help="Also try every read against this order system. Nothing is written.")
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Holds the API key, or the credentials by name; not for auth: {kind: none}.",
)
@click.option("--customer", metavar="ID", help="A customer with orders, to try every field.")
@click.option("--write-order", metavar="ID", help=f"Also write once, on this order; a note of it must say {MARK}.")
@click.option(
    "--write-kind",
    type=click.Choice([kind.value for kind in TRIED_KINDS]),
    default=CaseKind.URGE_SHIPMENT.value,
    show_default=True,
    help="What is written with --write-order.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(
    *,
    mapping: str,
    base_url: str | None,
    key_file: Path | None,
    customer: str | None,
    write_order: str | None,
    write_kind: str,
    as_json: bool,
) -> None:
    """Check MAPPING, a file or the name of one that ships, and with --base-url also the order system that it describes.

    Values are never shown, only their shape: whether a field was filled, of which type, or could not be read.

    Exit code 0: all is well; 1: the order system does not fit; 2: the file or the credentials are wrong.
    """
    loaded = connectors.load(mapping)
    report = of_mapping(loaded)
    if base_url is not None:
        if key_file is None and loaded.credentials:
            raise click.UsageError(f"this mapping needs --key-file, with {', '.join(loaded.credentials)}")
        asked = Asked(
            base_url=base_url,
            credentials=Credentials(**(read_file(key_file) if key_file else {})),
            customer=customer,
            write_order=write_order,
            write_kind=CaseKind(write_kind),
        )
        report = asyncio.run(try_it(loaded, asked, SystemClock()))
    elif write_order is not None or customer is not None:
        raise click.UsageError("--customer and --write-order need --base-url")
    click.echo(msgspec.json.encode(report).decode() if as_json else _as_text(mapping, loaded, report))
    if not report.is_good:
        raise SystemExit(1)


def _as_text(file: str, loaded: Connector, report: Report) -> str:
    lines = [f"{file}: {report.name}: {_in_short(loaded)}"]
    for kind in report.not_written:
        oversight = "; write it, or list it under cannot" if kind in report.undeclared else ""
        lines.append(f"  cannot be written, a person does it: {kind}{oversight}")
    for each in (*report.tried, *report.written):
        lines.append(f"{'ok  ' if each.is_good else 'FAIL'} {each.operation}: {each.detail}")
        lines += [f"       {_field(field)}" for field in each.fields]
    lines += [
        f"took {each.operation}: {each.requests} requests, median {each.median_ms:g} ms, longest {each.longest_ms:g} ms"
        for each in report.timings
    ]
    if report.clock_skew_s is not None:
        lines.append(f"clock: theirs is {report.clock_skew_s:+g} s from ours (whole seconds)")
    if report.tls is not None:
        seen = report.tls
        lines.append(f"TLS: {seen.version}, {seen.cipher}, {seen.subject}, until {seen.valid_until:%Y-%m-%d}")
    return "\n".join(lines)


def _in_short(loaded: Connector) -> str:
    if not isinstance(loaded, RestConnector):
        return f"a Python adapter; {len(CaseKind) - len(loaded.unwritten())} of {len(CaseKind)} writes"
    mapping = loaded.mapping
    return f"{len(mapping.reads)} reads, {len(mapping.writes)} of {len(CaseKind)} writes"


def _field(seen: FieldSeen) -> str:
    words = f"; unknown words: {', '.join(map(str, seen.unknown_words))}" if seen.unknown_words else ""
    expected = f"expected {seen.expected}" if seen.expected else ""
    parts = [part for part in (seen.type, seen.shape, expected) if part]
    told = f"  ({', '.join(parts)}{words})" if parts else ""
    return f"{seen.name:<20} {seen.state}{told}"
