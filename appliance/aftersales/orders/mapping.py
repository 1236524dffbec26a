"""The mapping file: how one order system's REST/JSON becomes our port. Data only; checked when loaded.

Every mistake is a ConfigurationError that names file, line, field and what was expected (docs/order-systems.md).
"""

from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

from appliance.aftersales.orders import nodes
from appliance.aftersales.orders.answers import Errors
from appliance.aftersales.orders.credentials import ApiKeyHeader
from appliance.aftersales.orders.model import CaseKind, CaseStatus, Customer, Order, Record, Spec
from appliance.aftersales.orders.operations import Operation, ReadName, reads_of, timeouts_of, writes_of
from appliance.aftersales.orders.reading import Path, compile_record, dig, parse_path
from appliance.aftersales.orders.sections import auth_of, errors_of, header_of, notations_of
from appliance.ids import OrderId

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
    auth: ApiKeyHeader
    key_header: str | None
    """The header that carries the idempotency key."""
    errors: Errors
    reads: dict[ReadName, Operation]
    writes: dict[CaseKind, Operation]
    readers: dict[str, Any]
    """``Callable[[Any], Record]`` by record name: ``customer order spec receipt``."""
    fields: dict[str, tuple[str, ...]]
    """The fields that are mapped, by record name."""
    event_order: Path | None
    """Where an event that the order system pushes names its order."""
    most_rows: int
    answer_bytes: int
    connections: int

    def order_of_event(self, body: Any) -> OrderId | None:
        """The order that a pushed event is about; None if it names none. Of an event nothing else is believed."""
        named = dig(body, self.event_order) if self.event_order is not None else None
        return OrderId(named) if isinstance(named, str) and named else None

    @staticmethod
    def load(path: FilePath) -> "Mapping":
        root = nodes.load(path).section(
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
            ["events", "idempotency", "limits", "nulls"],
        )
        root["version"].integer(_VERSION, _VERSION)
        limits = root["limits"].section([], ["answer_kib", "rows", "connections"]) if "limits" in root else {}
        notations = notations_of(
            root["money"], root["time"], root.get("nulls"), root["vocabularies"], limits.get("rows")
        )
        timeouts = timeouts_of(root["timeouts"])
        key_header = header_of(root["idempotency"].section(["header"])["header"]) if "idempotency" in root else None
        records = root["records"].section(_RECORDS)
        return Mapping(
            name=root["name"].text(),
            auth=auth_of(root["auth"]),
            key_header=key_header,
            errors=errors_of(root["errors"]),
            reads=reads_of(root["reads"], timeouts),
            writes=writes_of(root["writes"], timeouts, notations, key_header),
            readers={name: compile_record(kind, records[name], notations) for name, kind in _RECORDS.items()},
            fields={name: tuple(records[name].entries()) for name in _RECORDS},
            event_order=parse_path(root["events"].section(["order_id"])["order_id"]) if "events" in root else None,
            most_rows=notations.most_rows,
            answer_bytes=(limits["answer_kib"].integer(1, 65_536) if "answer_kib" in limits else 2048) * 1024,
            connections=limits["connections"].integer(1, 1000) if "connections" in limits else 20,
        )
