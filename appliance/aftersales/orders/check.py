"""Whether an order system fits its mapping, and whether it can be reached: what is tried before anybody relies on it.

Reads only, but for one write on a marked order where that is asked for. Values are never shown, only their shape.
"""

import ssl
from urllib.parse import urlsplit

import msgspec

from appliance.aftersales.orders import connectors, tls
from appliance.aftersales.orders.connectors import Connector, RestConnector
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.orders.rest import RestOrderSystem
from appliance.aftersales.orders.tls import TlsSeen
from appliance.aftersales.orders.trial import Seen, Timing, Trial, Tried
from appliance.aftersales.orders.trial_write import WriteTrial
from appliance.clock import Clock
from appliance.errors import OrderSystemUnavailable


class Report(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    not_written: tuple[CaseKind, ...]
    """A person does them by hand."""
    undeclared: tuple[CaseKind, ...] = ()
    """Of these, those that do not stand under ``cannot`` either."""
    tried: tuple[Tried, ...] = ()
    written: tuple[Tried, ...] = ()
    timings: tuple[Timing, ...] = ()
    clock_skew_s: float | None = None
    tls: TlsSeen | None = None

    @property
    def is_good(self) -> bool:
        return all(each.is_good for each in (*self.tried, *self.written))


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What of a living order system is tried."""

    base_url: str
    credentials: Credentials
    customer: str | None = None
    write_order: str | None = None
    write_kind: CaseKind = CaseKind.URGE_SHIPMENT


def of_mapping(loaded: Connector) -> Report:
    """What the mapping says by itself."""
    unwritten = loaded.unwritten()
    undeclared = tuple(kind for kind in unwritten if kind not in loaded.cannot)
    return Report(name=loaded.name, not_written=unwritten, undeclared=undeclared)


async def fit(mapping: str, base_url: str, credentials: Credentials, clock: Clock) -> None:
    """ConfigurationError where the three do not go together. Nothing is sent."""
    await connectors.load(mapping).connect(base_url, credentials, clock).aclose()


async def check(loaded: Connector, asked: Asked, clock: Clock) -> Report:
    """ConfigurationError where mapping, address and credentials do not fit one another."""
    seen = Seen(clock)
    mapping = loaded.mapping if isinstance(loaded, RestConnector) else None
    system: OrderSystem
    if mapping is not None:
        system = RestOrderSystem(mapping, asked.base_url, asked.credentials, clock, watch=seen.note)
    else:
        system = loaded.connect(asked.base_url, asked.credentials, clock)
    written: list[Tried] = []
    try:
        found, failed = await _probe(loaded, asked)
        tried = await Trial(system, loaded.cannot, mapping, seen).run(asked.customer)
        if asked.write_order is not None:
            repeats_safely = loaded.repeats_safely(asked.write_kind)
            trial = WriteTrial(system, repeats_safely=repeats_safely, cannot=loaded.cannot)
            written = await trial.run(asked.write_order, asked.write_kind)
    finally:
        await system.aclose()
    return msgspec.structs.replace(
        of_mapping(loaded),
        tried=(*failed, *tried),
        written=tuple(written),
        timings=seen.timings(),
        clock_skew_s=seen.clock_skew_s(),
        tls=found,
    )


async def _probe(loaded: Connector, asked: Asked) -> tuple[TlsSeen | None, list[Tried]]:
    url = urlsplit(asked.base_url)
    if url.scheme != "https" or url.hostname is None:
        return None, []
    described = loaded.mapping.tls if isinstance(loaded, RestConnector) else None
    context = tls.context_of(described, asked.credentials) if described else ssl.create_default_context()
    try:
        return await tls.probe(url.hostname, url.port or 443, context), []
    except OrderSystemUnavailable as error:
        return None, [Tried(operation="tls", is_good=False, detail=error.detail)]
