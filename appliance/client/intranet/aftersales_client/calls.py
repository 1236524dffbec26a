"""Every operation of the API as a pure function: what is sent, and what is expected. One each, named as in OpenAPI.

Both faces of the client are made of these; nothing here sends anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import msgspec

from aftersales_client.credentials import EventSecret
from aftersales_client.model import (
    CallsAllowed,
    CallsOf,
    CallWish,
    Case,
    CasePage,
    Comment,
    CommentMade,
    ConversationPage,
    Decision,
    NewComment,
    NewWorkOrder,
    Taken,
    Trace,
    WholeWorkOrder,
    WorkDeed,
    WorkOrder,
    WorkOrderPage,
)
from aftersales_client.words import CaseKind, CaseState, Channel, ConversationState, Team, WorkOrderKind, WorkState

T_co = TypeVar("T_co", covariant=True)

_BASE: Final = "/api/v1"


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T_co]):
    method: str
    path: str
    answer: type[T_co]
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_repeatable: bool = True
    """A second time does nothing twice: it reads, or carries an id of its own."""
    proof: httpx.Auth | None = None
    """Instead of the client's."""


def report_event(event: Mapping[str, Any], *, event_id: str, event_type: str = "") -> Call[Taken]:
    """Tell what happened to an order, a parcel, a refund or the stock, in the order system's own words.

    ``event_id`` is yours and never changes over repeats. The appliance reads the order anew, so events may come late or
    out of order; stock is read anew for each offer, so word of it changes nothing. Scope ``events:write``.
    """
    return _report("", event, {"X-Event-Id": event_id, "X-Event-Type": event_type})


def report_signed_event(
    shop: str, event: Mapping[str, Any], *, secret: str, event_id: str, event_type: str = ""
) -> Call[Taken]:
    """The same without an API key: signed with the shop's ``secret`` for order events."""
    return _report(f"/{_part(shop)}", event, {"X-Event-Id": event_id, "X-Event-Type": event_type}, EventSecret(secret))


def push_event(shop: str, event: Mapping[str, Any] | bytes, *, headers: Mapping[str, str]) -> Call[Taken]:
    """What an order system pushes of its own accord: ``headers`` are its own, with its signature. To try a mapping."""
    return _report(f"/{_part(shop)}/pushed", event, headers, httpx.Auth())


def list_cases(
    *,
    state: Sequence[CaseState] = (),
    kind: CaseKind | None = None,
    order_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Call[CasePage]:
    """One page of the shop's cases, the newest first. Scope ``cases:read``."""
    wanted = [("state", each) for each in state]
    query = _query(kind=kind, order_id=order_id, since=since, until=until, cursor=cursor, limit=limit)
    return _read("/cases", CasePage, [*wanted, *query])


def read_case(case_id: UUID | str) -> Call[Case]:
    """Where a case stands, and the order system's receipt. Scope ``cases:read``."""
    return _read(f"/cases/{_part(case_id)}", Case)


def explain_decision(decision_id: UUID | str) -> Call[Decision]:
    """Why something was decided: rows, laws, and the facts that were read. Scope ``decisions:read``."""
    return _read(f"/decisions/{_part(decision_id)}", Decision)


def list_conversations(
    *,
    state: Sequence[ConversationState] = (),
    channel: Channel | None = None,
    order_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Call[ConversationPage]:
    """One page of the shop's conversations, the newest first; no words. Scope ``conversations:read``."""
    wanted = [("state", each) for each in state]
    query = _query(channel=channel, order_id=order_id, since=since, until=until, cursor=cursor, limit=limit)
    return _read("/conversations", ConversationPage, [*wanted, *query])


def trace(conversation_id: UUID | str, *, after: int = 0) -> Call[Trace]:
    """Every event of a conversation after ``after``, oldest first, masked. Scope ``conversations:read``."""
    return _read(f"/conversations/{_part(conversation_id)}/trace", Trace, _query(after=after))


def list_work_orders(
    *,
    state: Sequence[WorkState] = (),
    team: Team | None = None,
    kind: WorkOrderKind | None = None,
    conversation_id: UUID | str | None = None,
    order_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Call[WorkOrderPage]:
    """One page of the shop's work orders, the newest first. Scope ``work_orders:read``."""
    wanted = [("state", each) for each in state]
    query = _query(team=team, kind=kind, conversation_id=conversation_id, order_id=order_id, cursor=cursor, limit=limit)
    return _read("/work-orders", WorkOrderPage, [*wanted, *query])


def open_work_order(new: NewWorkOrder, *, idempotency_key: str | None = None) -> Call[WorkOrder]:
    """Open a work order. Sent again under the same key, it is opened once. Scope ``work_orders:write``.

    Without a key one is made, which counts for the repeats of this call; give one of your own to be safe over restarts.
    """
    return _write("/work-orders", new, WorkOrder, {"Idempotency-Key": idempotency_key or uuid4().hex})


def read_work_order(work_order_id: UUID | str) -> Call[WholeWorkOrder]:
    """A work order and the pictures that belong to it. Scope ``work_orders:read``."""
    return _read(f"/work-orders/{_part(work_order_id)}", WholeWorkOrder)


def move_work_order(work_order_id: UUID | str, deed: WorkDeed, *, version: int) -> Call[WorkOrder]:
    """Move it on. ``version`` is the one that was read: LostUpdate if somebody was first. Scope ``work_orders:write``.

    It is not sent again after a broken line: read it to see whether the deed was done.
    """
    return _write(
        f"/work-orders/{_part(work_order_id)}/deeds", deed, WorkOrder, {"If-Match": f'"{version}"'}, is_repeatable=False
    )


def list_comments(work_order_id: UUID | str) -> Call[tuple[Comment, ...]]:
    """Its comments, oldest first. Scope ``work_orders:read``."""
    return _read(f"/work-orders/{_part(work_order_id)}/comments", tuple[Comment, ...])


def comment(work_order_id: UUID | str, new: NewComment, *, idempotency_key: str | None = None) -> Call[CommentMade]:
    """Comment; customers never see it. The key is as for ``open_work_order``. Scope ``work_orders:write``."""
    headers = {"Idempotency-Key": idempotency_key or uuid4().hex}
    return _write(f"/work-orders/{_part(work_order_id)}/comments", new, CommentMade, headers)


def refuse_calls(new: CallsOf) -> Call[CallWish]:
    """Somebody wants no calls: neither call-backs nor notices. A repeat changes nothing. Scope ``call_refusals:write``.

    A repeat that arrives after a withdrawal counts anew: keep the order in which your customers said so.
    """
    return _write("/call-refusals", new, CallWish, {})


def allow_calls(new: CallsAllowed) -> Call[CallWish]:
    """He may be called again; a repeat changes nothing. Scope ``call_refusals:write``."""
    return _write("/call-refusals/withdrawal", new, CallWish, {})


def look_up_call_refusal(new: CallsOf) -> Call[CallWish]:
    """Whether somebody wants no calls. Scope ``call_refusals:write``."""
    return _write("/call-refusals/look-up", new, CallWish, {})


T = TypeVar("T")


def _read(path: str, answer: type[T], query: Sequence[tuple[str, str]] = ()) -> Call[T]:
    return Call(method="GET", path=_BASE + path, answer=answer, query=query)


def _write(
    path: str, body: msgspec.Struct, answer: type[T], headers: Mapping[str, str], *, is_repeatable: bool = True
) -> Call[T]:
    sent = {"Content-Type": "application/json", **headers}
    return Call(
        method="POST",
        path=_BASE + path,
        answer=answer,
        headers=sent,
        body=msgspec.json.encode(body),
        is_repeatable=is_repeatable,
    )


def _report(
    path: str, event: Mapping[str, Any] | bytes, headers: Mapping[str, str], proof: httpx.Auth | None = None
) -> Call[Taken]:
    return Call(
        method="POST",
        path=f"{_BASE}/order-events{path}",
        answer=Taken,
        headers={"Content-Type": "application/json", **headers},
        body=event if isinstance(event, bytes) else msgspec.json.encode(event),
        proof=proof,
    )


def _query(**values: object) -> list[tuple[str, str]]:
    return [(name, _said(name, value)) for name, value in values.items() if value is not None]


def _said(name: str, value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{name} needs an offset: datetime.now().astimezone(), or tzinfo=UTC")
        return value.isoformat()
    return str(value)


def _part(value: UUID | str) -> str:
    return quote(str(value), safe="")
