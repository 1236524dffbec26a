"""The operations of a mapping file: request, answer, paging, patience and retries of each."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from appliance.aftersales.orders.model import CaseKind, Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.paths import Path, parse_path
from appliance.aftersales.orders.reading import Notations
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
    ReadName.ORDERS_OF: ("customer_id", "page", "size", "cursor", "offset"),
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
    OFFSET = "offset"
    CURSOR = "cursor"
    LINK = "link"


class Paging(Record, frozen=True):
    kind: PagingKind
    size: int
    first: int = 1
    """The number of the first page; ``page`` only."""
    total: Path | None = None
    """Where an answer says how many rows there are; ``page`` and ``offset``."""
    more: Path | None = None
    """Where an answer says true while there are more; ``page`` and ``offset``."""
    next: Path | None = None
    """Where an answer holds the next cursor or link; ``cursor`` and ``link``. A ``link`` without: the header Link."""


class Operation(Record, frozen=True):
    name: str
    method: str
    path: Any
    """``Callable[[Values], str]``; the callables are compiled templates."""
    query: Any
    body: Any
    form: Any
    answer: Path
    """Where the record, or the list of them, stands in the answer."""
    timeouts: Timeouts
    paging: Paging | None = None
    is_retried: bool = False
    """A request that was not answered is sent again, within the deadline."""
    is_idempotent: bool = False
    """Of a write: the order system keeps one answer per idempotency key."""
    receipt: Any = None
    """Of a write whose answer is unlike those of the others: what reads it. ``Callable[[Any], Record]``"""


def timeouts_of(node: Node) -> Timeouts:
    section = node.section(["connect_s", "read_s", "deadline_s"])
    found = Timeouts(**{name: each.seconds(_LONGEST_S) for name, each in section.items()})
    if found.deadline_s < found.read_s:
        section["deadline_s"].fail("is shorter than read_s")
    return found


MAY_BE_MISSING = (ReadName.SPECS, ReadName.FIND_OPERATION)
"""Without the others there is nothing to serve a customer with."""


def reads_of(node: Node, timeouts: Timeouts, cannot: frozenset[str]) -> dict[ReadName, Operation]:
    needed = [name for name in ReadName if name not in cannot]
    return {ReadName(name): _read(ReadName(name), each, timeouts) for name, each in node.section(needed).items()}


def cannot_of(node: Node) -> frozenset[str]:
    """What this order system does not do: kinds of case, and reads that can be gone without."""
    found: list[str] = []
    for each in node.items():
        word = each.one_of((*MAY_BE_MISSING, *CaseKind))
        if word in found:
            each.fail("stands here twice")
        found.append(word)
    return frozenset(found)


def _read(name: ReadName, node: Node, timeouts: Timeouts) -> Operation:
    optional = ["query", "body", "form", "timeouts", "retry", *(["paging"] if name in _PAGED else [])]
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
    node: Node,
    timeouts: Timeouts,
    notations: Notations,
    key_header: str | None,
    *,
    cannot: frozenset[str],
    receipt_of: Callable[[Node], Any],
) -> dict[CaseKind, Operation]:
    """A section may serve several kinds of case; a kind that none serves cannot be written."""
    found: dict[CaseKind, Operation] = {}
    for each in node.items():
        content = "form" if "form" in each.entries() else "body"
        section = each.section(
            ["kinds", "method", "path", content, "answer", "idempotent"], ["query", "timeouts", "retry", "receipt"]
        )
        kinds = [(kind, CaseKind(kind.one_of(tuple(CaseKind)))) for kind in section["kinds"].one_or_more()]
        names = names_of_request(notations, each, frozenset(word for _, word in kinds))
        operation = _write(section, content, timeouts, names, key_header)
        receipt = section.get("receipt")
        for kind, word in kinds:
            if word in found:
                kind.fail("is written by another section already")
            if word in cannot:
                kind.fail("stands under cannot too")
            found[word] = replace(operation, name=word, receipt=receipt_of(receipt) if receipt else None)
    return found


def _write(
    section: dict[str, Node], content: str, timeouts: Timeouts, names: Names, key_header: str | None
) -> Operation:
    is_idempotent = section["idempotent"].boolean()
    if is_idempotent and key_header is None and not section[content].mentions("{operation_id}"):
        section["idempotent"].fail(f"needs idempotency.header, or {{operation_id}} in the {content}")
    retry = section.get("retry")
    is_retried = retry is not None and retry.one_of(["safe", "never"]) == "safe"
    if retry is not None and is_retried and not is_idempotent:
        retry.fail("only an idempotent write may be sent again")
    operation = _operation("", section, names, timeouts, ("POST", "PUT", "PATCH", "DELETE"))
    return replace(operation, is_retried=is_retried, is_idempotent=is_idempotent)


def _operation(
    name: str, section: dict[str, Node], names: Names, timeouts: Timeouts, methods: tuple[str, ...]
) -> Operation:
    query, body, form, own = (section.get(key) for key in ("query", "body", "form", "timeouts"))
    if form is not None and body is not None:
        form.fail("stands beside body; a request has one of them")
    return Operation(
        name=name,
        method=section["method"].one_of(methods),
        path=compile_path(section["path"], names),
        query=compile_query(query, names) if query else None,
        body=compile_value(body, names) if body else None,
        form=compile_query(form, names) if form else None,
        answer=parse_path(section["answer"]),
        timeouts=timeouts_of(own) if own else timeouts,
    )


_PAGING_KEYS = {
    PagingKind.PAGE: ("first", "total", "more"),
    PagingKind.OFFSET: ("total", "more"),
    PagingKind.CURSOR: ("next",),
    PagingKind.LINK: ("next",),
}


def _paging(node: Node) -> Paging:
    entries = node.entries()
    if "kind" not in entries:
        node.fail(f"kind missing: one of {', '.join(PagingKind)}")
    kind = PagingKind(entries["kind"].one_of(tuple(PagingKind)))
    section = node.section(["kind", "size"], _PAGING_KEYS[kind])
    first = section.get("first")
    if kind is PagingKind.CURSOR and "next" not in section:
        node.fail("next missing: where an answer holds the next cursor")
    return Paging(
        kind=kind,
        size=section["size"].integer(1, 1000),
        first=first.integer(0, 1) if first else 1,
        **{name: parse_path(section[name]) for name in ("total", "more", "next") if name in section},
    )
