"""The mapping file: how one order system's REST/JSON becomes our port. Data only; checked when loaded.

Every mistake is a ConfigurationError that names file, line, field and what was expected (docs/order-systems.md).
"""

from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

from appliance.aftersales.orders import nodes
from appliance.aftersales.orders.answers import Errors
from appliance.aftersales.orders.events import EventRules, events_of
from appliance.aftersales.orders.limiter import Pace, pace_of
from appliance.aftersales.orders.model import CaseKind, CaseStatus, Customer, Order, Record, Spec
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.operations import (
    Operation,
    ReadName,
    cannot_of,
    reads_of,
    timeouts_of,
    writes_of,
)
from appliance.aftersales.orders.proofs import Auth, auth_of
from appliance.aftersales.orders.reading import compile_record
from appliance.aftersales.orders.sections import clockwork_of, errors_of, header_of, notations_of
from appliance.aftersales.orders.signing import Signature
from appliance.aftersales.orders.tls import Tls, tls_of

_VERSION = 1


class ReceiptRead(Record, frozen=True):
    """What an answer to a write tells. Only the order system's own words count; nothing is filled in for it."""

    case_id: str
    kind: CaseKind
    status: CaseStatus
    refund_fen: int = 0
    operation_id: str | None = None
    created_at: datetime | None = None
    expected_at: datetime | None = None
    return_address: str | None = None


_RECORDS: dict[str, type[Record]] = {"customer": Customer, "order": Order, "spec": Spec, "receipt": ReceiptRead}


class Mapping(Record, frozen=True):
    name: str
    auth: Auth
    tls: Tls | None
    key_header: str | None
    """The header that carries the idempotency key."""
    errors: Errors
    reads: dict[ReadName, Operation]
    writes: dict[CaseKind, Operation]
    readers: dict[str, Any]
    """``Callable[[Any], Record]`` by record name: ``customer order spec receipt``."""
    fields: dict[str, tuple[str, ...]]
    """The fields that are mapped, by record name."""
    cannot: frozenset[str]
    """What the order system does not do: kinds of case and reads."""
    events: EventRules | None
    """What the order system pushes to us."""
    most_rows: int
    answer_bytes: int
    connections: int
    pace: Pace | None

    @staticmethod
    def load(path: FilePath) -> "Mapping":
        return Mapping.of(nodes.load(path))

    @staticmethod
    def of(file: Node) -> "Mapping":
        root = file.section(
            [
                "version",
                "name",
                "auth",
                "timeouts",
                "money",
                "time",
                "errors",
                "vocabularies",
                "records",
                "reads",
                "writes",
            ],
            ["cannot", "events", "idempotency", "integers", "limits", "nulls", "tls"],
        )
        root["version"].integer(_VERSION, _VERSION)
        keys = ["answer_kib", "rows", "connections", "requests", "per_s"]
        limits = root["limits"].section([], keys) if "limits" in root else {}
        notations = notations_of(
            root["money"],
            root["time"],
            root.get("nulls"),
            root["vocabularies"],
            limits.get("rows"),
            root.get("integers"),
        )
        timeouts = timeouts_of(root["timeouts"])
        key_header = header_of(root["idempotency"].section(["header"])["header"]) if "idempotency" in root else None
        cannot = cannot_of(root["cannot"]) if "cannot" in root else frozenset[str]()
        kinds = {name: kind for name, kind in _RECORDS.items() if name != "spec" or ReadName.SPECS not in cannot}
        records = root["records"].section(kinds)
        auth = auth_of(root["auth"], header_of, clockwork_of, timeouts)
        if isinstance(auth, Signature) and "form" in auth.add:
            _require_forms(root)
        return Mapping(
            name=root["name"].text(),
            auth=auth,
            tls=tls_of(root["tls"]) if "tls" in root else None,
            key_header=key_header,
            errors=errors_of(root["errors"]),
            reads=reads_of(root["reads"], timeouts, cannot),
            writes=writes_of(
                root["writes"],
                timeouts,
                notations,
                key_header,
                cannot=cannot,
                receipt_of=lambda node: compile_record(ReceiptRead, node, notations),
            ),
            readers={name: compile_record(kind, records[name], notations) for name, kind in kinds.items()},
            fields={name: tuple(records[name].entries()) for name in kinds},
            cannot=cannot,
            events=events_of(root["events"]) if "events" in root else None,
            most_rows=notations.most_rows,
            answer_bytes=(limits["answer_kib"].integer(1, 65_536) if "answer_kib" in limits else 2048) * 1024,
            connections=limits["connections"].integer(1, 1000) if "connections" in limits else 20,
            pace=pace_of(limits.get("requests"), limits.get("per_s")),
        )


def _require_forms(root: dict[str, Node]) -> None:
    """A request has a form or a body: where the proof goes into the form, there is no place for another."""
    for each in (*root["reads"].entries().values(), *root["writes"].items()):
        if "body" in each.entries():
            each.entries()["body"].fail("auth.add puts the proof into the form: write form in place of body")
