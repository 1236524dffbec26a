"""What must be true once the storm is over. Each check returns what is wrong, in words: an empty list is good news."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from appliance.aftersales.cases.receipt import problems, receipt_document
from appliance.db import Database
from appliance.evaluation.model import ReceivedCase
from appliance.evaluation.registrar import ShopKeys
from appliance.evaluation.venue import Site
from appliance.ids import OperationId
from tests.e2e.storm.customers import SPECIAL, Buyer
from tests.e2e.storm.street import Visit

SETTLING_S = 120.0

_UNSETTLED = "SELECT count(*) FROM operation WHERE shop_id = %(shop)s AND state IN ('accepted', 'sent', 'unknown')"
_UNHEARD = "SELECT count(*) FROM inbound WHERE shop_id = %(shop)s AND taken_by IS NULL"
_UNSEALED = "SELECT count(*) FROM audit_pending WHERE shop_id = %(shop)s"
_OPERATIONS = "SELECT operation_id::text, state, sends FROM operation WHERE shop_id = %(shop)s"
_UNITS = """
SELECT u.order_id, u.line_id, count(*) AS units, bool_and(o.state = 'succeeded') AS are_of_done_cases
FROM case_unit u JOIN operation o USING (shop_id, case_id)
WHERE u.shop_id = %(shop)s GROUP BY 1, 2
"""
_WORK = """
SELECT kind, conversation_id::text, count(*) AS times FROM work_order
WHERE shop_id = %(shop)s AND kind IN ('urge_warehouse', 'complaint', 'call_back') GROUP BY 1, 2
"""
_APPROVED = """
SELECT proposal.order_id, count(*) AS times, min(audited.times) AS audited
FROM special_refund proposal LEFT JOIN (
    SELECT object_id, count(*) AS times FROM audit_record
    WHERE shop_id = %(shop)s AND action = 'special_refund.approve' AND outcome = 'success' GROUP BY 1
) audited ON audited.object_id = proposal.proposal_id::text
WHERE proposal.shop_id = %(shop)s AND proposal.state = 'approved' GROUP BY 1
"""
_AUDITED = """
SELECT object_id, outcome, count(*) AS times FROM audit_record
WHERE shop_id = %(shop)s AND action = 'operation.execute' GROUP BY 1, 2
"""


async def settled(db: Database, keys: ShopKeys) -> None:
    """Returns once no operation is under way, nothing waits in a conversation, and nothing waits to be sealed."""
    async with asyncio.timeout(SETTLING_S):
        for waiting in (_UNSETTLED, _UNHEARD, _UNSEALED):
            while await _number(db, keys, waiting):  # noqa: ASYNC110
                await asyncio.sleep(0.2)


def _due(visits: Sequence[Visit]) -> list[Buyer]:
    """Those whose wish is a write."""
    return [visit.buyer for visit in visits if visit.buyer.written is not None]


async def writes(site: Site, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """One write each, none missing, none double, none of another amount."""
    received, count = await site.orders.received(keys.shop)
    due = _due(visits)
    wrong = [] if count == len(due) else [f"{count} writes for {len(due)} buyers"]
    keys_seen = Counter(write.operation_id for write in received)
    wrong += [f"key {key} was written {times} times" for key, times in keys_seen.items() if times > 1]
    by_order = {write.order_id: write for write in received}
    for buyer in due:
        write = by_order.get(buyer.order_id)
        if write is None:
            wrong.append(f"nothing was written for order {buyer.order_id}")
        elif _of(write) != (buyer.written, buyer.customer_id, buyer.refund_fen, buyer.target_sku, buyer.address):
            wrong.append(f"order {buyer.order_id}: {_of(write)}, due {buyer.written} of {buyer.refund_fen}")
    return wrong


async def money(db: Database, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """What was paid is what was kept and what was refunded; each refund has all that a decision receipt asks for."""
    wrong: list[str] = []
    rows = await _rows(db, keys, _OPERATIONS)
    documents = [await receipt_document(db, keys.shop, OperationId(UUID(row["operation_id"]))) for row in rows]
    refunded: Counter[str] = Counter()
    for document in documents:
        wrong += [f"operation {document.operation_id}: {problem}" for problem in problems(document)]
        refunded[document.quote.order_id] += document.receipt.refund_fen if document.receipt else 0
        if document.decision_id is None or not document.confirmation:
            wrong.append(f"operation {document.operation_id} has no decision or no yes")
    for buyer in _due(visits):
        kept = buyer.paid_fen - refunded[buyer.order_id]
        if kept < 0 or kept != buyer.paid_fen - buyer.refund_fen:
            wrong.append(f"of order {buyer.order_id} {kept} were kept of {buyer.paid_fen}")
    return wrong


def _of(write: ReceivedCase) -> tuple[str, str, int, str | None, str | None]:
    return write.kind, write.customer_id, write.refund_fen or 0, write.target_sku, write.address


async def operations(db: Database, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """Every operation succeeded, and the audit log holds its intent and its outcome once."""
    rows = await _rows(db, keys, _OPERATIONS)
    wrong = [f"operation {row['operation_id']} is {row['state']}" for row in rows if row["state"] != "succeeded"]
    if len(rows) != len(_due(visits)):
        wrong.append(f"{len(rows)} operations for {len(_due(visits))} buyers")
    audited = {(row["object_id"], row["outcome"]): row["times"] for row in await _rows(db, keys, _AUDITED)}
    due = {(row["operation_id"], outcome): 1 for row in rows for outcome in ("pending", "success")}
    return wrong + [f"audit log: {each}" for each in set(audited.items()) ^ set(due.items())]


async def units(db: Database, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """Exactly what the cases that are done go on holding is held, each by the case that is done."""
    held = {row["order_id"]: row["units"] for row in await _rows(db, keys, _UNITS) if row["are_of_done_cases"]}
    due = {visit.buyer.order_id: visit.buyer.held_units for visit in visits if visit.buyer.held_units}
    return [f"units held of order {order}: {count}" for order, count in set(held.items()) ^ set(due.items())]


async def work_orders(db: Database, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """One for each urge that was agreed to, each complaint and each message that was left; none else of these kinds."""
    made = {(row["kind"], row["conversation_id"]): row["times"] for row in await _rows(db, keys, _WORK)}
    wanted = [(visit.buyer.work_order, visit.widget.conversation.conversation_id) for visit in visits]
    due = {(kind, conversation): 1 for kind, conversation in wanted if kind}
    return [f"work orders of {each}: {count}" for each, count in set(made.items()) ^ set(due.items())]


async def approvals(db: Database, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """One for each special refund, and recorded once."""
    made = {row["order_id"]: (row["times"], row["audited"]) for row in await _rows(db, keys, _APPROVED)}
    due = {visit.buyer.order_id: (1, 1) for visit in visits if visit.buyer.kind == SPECIAL}
    return [f"approvals of {order}: {counts}" for order, counts in set(made.items()) ^ set(due.items())]


async def conversations(site: Site, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    wrong: list[str] = []
    for visit in visits:
        wrong += [f"{visit.buyer.customer_id}: {what}" for what in await _conversation(site, keys, visit)]
    return wrong


async def _conversation(site: Site, keys: ShopKeys, visit: Visit) -> list[str]:
    """What was heard over all reconnects is what the log says, in order, once; and one receipt of the right amount."""
    heard = visit.widget.conversation
    wrong = [f"event {seq} arrived {times} times" for seq, times in heard.arrivals.items() if times > 1]
    log = await site.trace(heard.conversation_id, keys.api_key)
    if [event.seq for event in log] != list(range(1, len(log) + 1)):
        wrong.append("the log has a gap")
    again = site.chat.resume(heard.conversation_id, heard.access_token)
    async with again:
        await again.until(lambda: again.last_seq >= heard.last_seq)
    if heard.events != [event for event in again.events if event.seq <= heard.last_seq]:
        wrong.append("what was heard is not what the log says")
    due = [] if visit.buyer.written is None else [visit.buyer.refund_fen]
    if len(visit.widget.receipts) != len(due):
        wrong.append(f"heard {len(visit.widget.receipts)} receipts")
    told = [event.data["refund_fen"] for event in log if event.type == "receipt.received"]
    if told != due:
        wrong.append(f"was told {told}, due {due}")
    said = Counter(event.client_message_id for event in again.events if event.client_message_id)
    wrong += [f"message {each} was taken {times} times" for each, times in said.items() if times > 1]
    return wrong


async def _rows(db: Database, keys: ShopKeys, query: str) -> list[dict[str, Any]]:
    async with db.system() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), {"shop": keys.shop})
        return await cursor.fetchall()


async def _number(db: Database, keys: ShopKeys, query: str) -> int:
    return int((await _rows(db, keys, query))[0]["count"])


async def everything(db: Database, site: Site, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """All of the above, once nothing is under way any more."""
    await settled(db, keys)
    return [
        *await writes(site, keys, visits),
        *await operations(db, keys, visits),
        *await money(db, keys, visits),
        *await units(db, keys, visits),
        *await work_orders(db, keys, visits),
        *await approvals(db, keys, visits),
        *await conversations(site, keys, visits),
    ]
