"""What an order system pushes to us: how it proves itself, which order it names, which event it is. Pure.

Nothing else of an event is believed: the order is read anew.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from appliance.aftersales.orders.answers import as_written
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.notation import Clockwork, NotReadable
from appliance.aftersales.orders.paths import Path, dig, parse_path
from appliance.aftersales.orders.sections import clockwork_of, header_of
from appliance.aftersales.orders.signing import ENCODINGS, Digest, fill, template
from appliance.ids import OrderId

_ALGORITHMS: Final = ("hmac-sha256", "hmac-sha512", "hmac-sha1", "hmac-md5", "sha256", "sha512", "md5")
_AN_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SECRET: Final = "secret"  # noqa: S105


class EventNotProven(Exception):
    """The signature of an event does not hold. Says why, never what was expected."""


class EventSignature(Record, frozen=True):
    """``signature: {header: X-Sign, algorithm: hmac-sha256, encoding: hex, text: "{timestamp}.{body}", …}``"""

    header: str
    prefix: str
    algorithm: str
    encoding: str
    text: str
    timestamp_header: str | None
    timestamp: Clockwork | None
    window: timedelta

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Raises EventNotProven unless one of the secrets made it, and lately where a time is signed."""
        given = headers.get(self.header.lower(), "")
        written = headers.get(self.timestamp_header.lower(), "") if self.timestamp_header else ""
        if self.timestamp is not None:
            self._require_fresh(written, now)
        if not given.startswith(self.prefix):
            raise EventNotProven(f"{self.header} does not begin as the shop's mapping says")
        value = given.removeprefix(self.prefix)
        if not any(_same(value, self._of(written, body, secret)) for secret in secrets):
            raise EventNotProven(f"{self.header} does not fit this event under the shop's secret")

    def signed(self, headers: Mapping[str, str], body: bytes) -> bytes:
        """What no two events have in common."""
        stamp = headers.get(self.timestamp_header.lower(), "") if self.timestamp_header else ""
        return f"{stamp}\n".encode() + body

    def _of(self, timestamp: str, body: bytes, secret: str) -> str:
        before, _, after = self.text.partition("{body}")
        known = {"timestamp": timestamp, _SECRET: secret}
        text = fill(before, known).encode() + body + fill(after, known).encode()
        return Digest(algorithm=self.algorithm, encoding=self.encoding, key=None).under(secret, text)

    def _require_fresh(self, written: str, now: datetime) -> None:
        assert self.timestamp is not None  # noqa: S101
        try:
            at = self.timestamp.read(written)
        except NotReadable:
            raise EventNotProven(f"{self.timestamp_header} is no time as the shop's mapping has it") from None
        if abs(at - now) > self.window:
            raise EventNotProven(f"{self.timestamp_header} is too far from our clock; compare both clocks")


class EventRules(Record, frozen=True):
    order_id: Path
    """Where an event names its order."""
    event_id: Path | None = None
    """Where it names itself; None: what it says is its name."""
    type: Path | None = None
    ignored: frozenset[str] = frozenset()
    """Types that say nothing about an order of ours."""
    stock: Path | None = None
    """Where an event that names no order names the goods whose stock has changed."""
    signature: EventSignature | None = None

    def order_of(self, body: Any) -> OrderId | None:
        """The order that a pushed event is about; None if it names none."""
        named = _name_at(body, self.order_id)
        return OrderId(named) if named else None

    def is_of_stock(self, body: Any) -> bool:
        """Nothing is to be done about it: stock is kept nowhere and read anew for each offer."""
        return self.order_of(body) is None and self.stock is not None and bool(_name_at(body, self.stock))

    def id_of(self, body: Any, signed: bytes) -> str:
        """The same for each repeat of one event: its own name, or what was signed, time and all."""
        named = as_written(dig(body, self.event_id)) if self.event_id is not None else ""
        return named if _AN_ID.fullmatch(named) else sha256(signed).hexdigest()

    def is_ignored(self, body: Any) -> bool:
        return self.type is not None and as_written(dig(body, self.type)) in self.ignored


def _name_at(body: Any, path: Path) -> str:
    """An id, written as text or as a number; empty if there is none."""
    named = dig(body, path)
    if isinstance(named, int) and not isinstance(named, bool):
        return str(named)
    return named if isinstance(named, str) else ""


def events_of(node: Node) -> EventRules:
    section = node.section(["order_id"], ["event_id", "type", "ignore", "stock", "signature"])
    kind, ignored, signature = section.get("type"), section.get("ignore"), section.get("signature")
    if ignored is not None and kind is None:
        ignored.fail("needs type: where an event names its type")
    if signature is not None and "event_id" not in section and "timestamp" not in signature.entries():
        signature.fail("needs timestamp, or event_id beside it: two events that say the same must differ somewhere")
    return EventRules(
        order_id=parse_path(section["order_id"]),
        event_id=parse_path(section["event_id"]) if "event_id" in section else None,
        type=parse_path(kind) if kind else None,
        ignored=frozenset(each.text() for each in ignored.one_or_more()) if ignored else frozenset(),
        stock=parse_path(section["stock"]) if "stock" in section else None,
        signature=_signature(signature) if signature else None,
    )


def _signature(node: Node) -> EventSignature:
    section = node.section(["header", "algorithm", "encoding", "text"], ["prefix", "timestamp"])
    algorithm = section["algorithm"].one_of(_ALGORITHMS)
    stamp = section["timestamp"].section(["header", "format", "zone", "window_s"]) if "timestamp" in section else None
    text = template(section["text"], ("body", "timestamp", _SECRET))
    if text.count("{body}") != 1:
        section["text"].fail("{body} stands in it once: what is not signed is not believed")
    if algorithm.startswith("hmac-") is ("{secret}" in text):
        section["text"].fail("{secret} stands in it where the algorithm has no key of its own, and only there")
    if ("{timestamp}" in text) is not (stamp is not None):
        section["text"].fail("{timestamp} and the section timestamp belong together")
    prefix = section.get("prefix")
    return EventSignature(
        header=header_of(section["header"]),
        prefix=prefix.text() if prefix else "",
        algorithm=algorithm,
        encoding=section["encoding"].one_of(ENCODINGS),
        text=text,
        timestamp_header=header_of(stamp["header"]) if stamp else None,
        timestamp=clockwork_of(section["timestamp"].only("format", "zone")) if stamp else None,
        window=timedelta(seconds=stamp["window_s"].seconds(3600)) if stamp else timedelta(0),
    )


def _same(given: str, made: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), made.encode())
