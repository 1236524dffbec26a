"""Rows of cases and operations, read and written one statement each. Decides nothing and never commits."""

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Json, Jsonb

from appliance.aftersales.cases.model import Claimed, OperationState, StandingCase
from appliance.aftersales.cases.rules import UNSETTLED, sources_of
from appliance.aftersales.policy.dry_run import Past, without_persons
from appliance.aftersales.policy.model import Ask, Decision, Quote
from appliance.db import Connection, Queries
from appliance.ids import DecisionId, OperationId, OrderId, ShopId, uuid7

SQL = Queries.beside(__file__)

Row = dict[str, Any]

_AT_ONCE = 500


async def rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def row(conn: Connection, name: str, values: Mapping[str, Any]) -> Row | None:
    found = await rows(conn, name, values)
    return found[0] if found else None


async def execute(conn: Connection, name: str, values: Mapping[str, Any]) -> int:
    """How many rows it touched."""
    return (await conn.execute(SQL[name], values)).rowcount


def jsonb(value: Any) -> Jsonb:
    return Jsonb(value, dumps=msgspec.json.encode)


def decision_values(decision: Decision, decision_id: DecisionId, business_at: datetime, ask: Ask | None = None) -> Row:
    trace = msgspec.json.encode(decision.trace)
    outcome = {
        "lines": decision.lines,
        "offers": decision.offers,
        "redirect": decision.redirect,
        "freight_payer": decision.freight_payer,
        "needs_work_order": decision.needs_work_order,
    }
    return {
        "decision_id": decision_id,
        "order_id": decision.order_id,
        "flow": decision.flow,
        "verdict": decision.verdict,
        "rule": decision.rule,
        "refusal": decision.refusal,
        "kind": decision.kind,
        "outcome": jsonb(outcome),
        "facts": jsonb(decision.facts),
        "trace": Json(trace, dumps=bytes),
        "trace_sha256": hashlib.sha256(trace).hexdigest(),
        "asked": jsonb(without_persons(ask)) if ask else None,
        "policy": decision.policy,
        "business_at": business_at,
    }


def quote_values(quote: Quote, basis: int, valid_until: datetime) -> Row:
    return {
        "quote_id": uuid7(),
        "order_id": quote.order_id,
        "quote_flow": quote.flow,
        "hash": quote.hash,
        "body": jsonb(quote),
        "basis": basis,
        "valid_until": valid_until,
    }


async def past(conn: Connection, shop: ShopId, *, since: datetime, until: datetime) -> AsyncIterator[Past]:
    """Decisions of this business time that can be decided anew, in the order in which they were made."""
    values = {"shop": shop, "since": since, "until": until, "limit": _AT_ONCE}
    after: str | None = None
    while found := await rows(conn, "past_decisions", values | {"after": after}):
        for one in found:
            yield msgspec.convert(one, Past)
        after = found[-1]["decision_id"]


async def cases_of_order(conn: Connection, shop: ShopId, order_id: OrderId) -> list[StandingCase]:
    return [
        msgspec.convert(found, StandingCase)
        for found in await rows(conn, "cases_of_order", {"shop": shop, "order_id": order_id})
    ]


async def claim(conn: Connection, *, owner: UUID, now: datetime, until: datetime, limit: int) -> list[Claimed]:
    """Lease what is due, of all shops."""
    found = await rows(conn, "claim", {"owner": owner, "now": now, "until": until, "limit": limit})
    return [msgspec.convert(one, Claimed) for one in found]


async def prolong(conn: Connection, *, owner: UUID, held: Collection[Claimed], until: datetime) -> None:
    """What was lost or put off in the meantime stays as it is."""
    values = {
        "owner": owner,
        "shops": [one.shop_id for one in held],
        "operation_ids": [one.operation_id for one in held],
        "tokens": [one.token for one in held],
        "until": until,
    }
    await execute(conn, "prolong", values)


async def mark_sent(conn: Connection, claimed: Claimed, now: datetime) -> bool:
    """False: the lease was lost, and nothing may be sent."""
    return await execute(conn, "mark_sent", _fence(claimed, sources_of(OperationState.SENT)) | {"now": now}) == 1


async def put_off(
    conn: Connection, claimed: Claimed, state: OperationState | None, due_at: datetime
) -> OperationState | None:
    """The state it rests in; without ``state`` that is where it stands, and unknown if it was being sent.

    None: the lease was lost.
    """
    sources = UNSETTLED if state is None else UNSETTLED & (sources_of(state) | {state})
    values = _fence(claimed, sources) | {"state": state, "due_at": due_at}
    found = await row(conn, "put_off", values)
    return None if found is None else OperationState(found["state"])


async def settle(
    conn: Connection, claimed: Claimed, sources: Collection[OperationState], values: Mapping[str, Any]
) -> bool:
    return await row(conn, "settle", {**_fence(claimed, sources), **values}) is not None


async def withdraw(conn: Connection, claimed: Claimed) -> list[UUID]:
    """The case that the operation took back, where it is one of ours: it holds nothing any more."""
    request = claimed.request
    where = {"order_id": request.order_id, "order_system_case_id": request.withdrawn_case_id}
    return [found["case_id"] for found in await rows(conn, "withdraw", {"shop": claimed.shop_id, **where})]


async def take_up(
    conn: Connection, shop: ShopId, operation_id: OperationId, version: int | None = None
) -> Claimed | None:
    """``version``: as whom it may be taken up was seen; None: as it is."""
    found = await row(conn, "take_up", {"shop": shop, "operation_id": operation_id, "version": version})
    return None if found is None else msgspec.convert(found, Claimed)


def _fence(claimed: Claimed, sources: Collection[OperationState]) -> Row:
    return {
        "shop": claimed.shop_id,
        "operation_id": claimed.operation_id,
        "token": claimed.token,
        "from": [state.value for state in sources],
    }
