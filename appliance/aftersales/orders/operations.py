"""The operations of a mapping file: request, answer, paging, patience and retries of each."""

from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from appliance.aftersales.orders.model import CaseKind, Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.reading import Notations, Path, parse_path
from appliance.aftersales.orders.templates import (
    Names,
    compile_path,
    compile_query,
    compile_value,
    names_of,
    names_of_request,
)

_LONGEST_S = 120.0


class ReadName(StrEnum):
    CUSTOMER = "customer"
    ORDERS_OF = "orders_of"
    ORDER = "order"
    SPECS = "specs"
    FIND_OPERATION = "find_operation"


_NAMES = {
    ReadName.CUSTOMER: ("customer_id",),
    ReadName.ORDERS_OF: ("customer_id", "page", "size", "cursor"),
    ReadName.ORDER: ("order_id",),
    ReadName.SPECS: ("sku",),
    ReadName.FIND_OPERATION: ("operation_id",),
}
_PAGED = {ReadName.ORDERS_OF}


class Timeouts(Record, frozen=True):
    connect_s: float
    read_s: float
    deadline_s: float
    """Over all tries and pages of one call."""


class PagingKind(StrEnum):
    PAGE = "page"
    CURSOR = "cursor"


class Paging(Record, frozen=True):
    kind: PagingKind
    size: int
    first: int = 1
    """The number of the first page; ``page`` only."""
    total: Path | None = None
    """Where an answer says how many rows there are; ``page`` only."""
    next: Path | None = None
    """Where an answer holds the next cursor; ``cursor`` only."""


class Operation(Record, frozen=True):
    name: str
    method: str
    path: Any
    """``Callable[[Values], str]``; the callables are compiled templates."""
    query: Any
    body: Any
    answer: Path
    """Where the record, or the list of them, stands in the answer."""
    timeouts: Timeouts
    paging: Paging | None = None
    is_retried: bool = False
    """A request that was not answered is sent again, within the deadline."""
    is_idempotent: bool = False
    """Of a write: the order system keeps one answer per idempotency key."""


def timeouts_of(node: Node) -> Timeouts:
    section = node.section(["connect_s", "read_s", "deadline_s"])
    found = Timeouts(**{name: each.seconds(_LONGEST_S) for name, each in section.items()})
    if found.deadline_s < found.read_s:
        section["deadline_s"].fail("is shorter than read_s")
    return found


def reads_of(node: Node, timeouts: Timeouts) -> dict[ReadName, Operation]:
    return {ReadName(name): _read(ReadName(name), each, timeouts) for name, each in node.section(ReadName).items()}


def _read(name: ReadName, node: Node, timeouts: Timeouts) -> Operation:
    optional = ["query", "body", "timeouts", "retry", *(["paging"] if name in _PAGED else [])]
    section = node.section(["method", "path", "answer"], optional)
    retry = section.get("retry")
    operation = _operation(name, section, names_of(*_NAMES[name]), timeouts, ("GET", "POST"))
    paging = section.get("paging")
    return replace(
        operation,
        paging=_paging(paging) if paging else None,
        is_retried=retry is None or retry.one_of(["safe", "never"]) == "safe",
    )


def writes_of(
    node: Node, timeouts: Timeouts, notations: Notations, key_header: str | None
) -> dict[CaseKind, Operation]:
    """A section may serve several kinds of case; a kind that none serves cannot be written."""
    found: dict[CaseKind, Operation] = {}
    for each in node.items():
        section = each.section(
            ["kinds", "method", "path", "body", "answer", "idempotent"], ["query", "timeouts", "retry"]
        )
        operation = _write(section, timeouts, names_of_request(notations, each), key_header)
        for kind in section["kinds"].one_or_more():
            word = CaseKind(kind.one_of(tuple(CaseKind)))
            if word in found:
                kind.fail("is written by another section already")
            found[word] = replace(operation, name=word)
    return found


def _write(section: dict[str, Node], timeouts: Timeouts, names: Names, key_header: str | None) -> Operation:
    is_idempotent = section["idempotent"].boolean()
    if is_idempotent and key_header is None and not section["body"].mentions("{operation_id}"):
        section["idempotent"].fail("needs idempotency.header, or {operation_id} in the body")
    retry = section.get("retry")
    is_retried = retry is not None and retry.one_of(["safe", "never"]) == "safe"
    if retry is not None and is_retried and not is_idempotent:
        retry.fail("only an idempotent write may be sent again")
    operation = _operation("", section, names, timeouts, ("POST", "PUT", "PATCH", "DELETE"))
    return replace(operation, is_retried=is_retried, is_idempotent=is_idempotent)


def _operation(
    name: str, section: dict[str, Node], names: Names, timeouts: Timeouts, methods: tuple[str, ...]
) -> Operation:
    query, body, own = section.get("query"), section.get("body"), section.get("timeouts")
    return Operation(
        name=name,
        method=section["method"].one_of(methods),
        path=compile_path(section["path"], names),
        query=compile_query(query, names) if query else None,
        body=compile_value(body, names) if body else None,
        answer=parse_path(section["answer"]),
        timeouts=timeouts_of(own) if own else timeouts,
    )


def _paging(node: Node) -> Paging:
    section = node.section(["kind", "size"], ["first", "total", "next"])
    kind = PagingKind(section["kind"].one_of(tuple(PagingKind)))
    first, total, following = section.get("first"), section.get("total"), section.get("next")
    if kind is PagingKind.CURSOR and following is None:
        node.fail("next missing: where an answer holds the next cursor")
    return Paging(
        kind=kind,
        size=section["size"].integer(1, 1000),
        first=first.integer(0, 1) if first else 1,
        total=parse_path(total) if total else None,
        next=parse_path(following) if following else None,
    )
