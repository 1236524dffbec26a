"""What must be true once the storm is over. Each check returns what is wrong, in words: an empty list is good news."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from psycopg.rows import dict_row

from appliance.db import Database
from appliance.evaluation.model import ReceivedCase
from appliance.evaluation.registrar import ShopKeys
from appliance.evaluation.venue import Site
from tests.e2e.storm.customers import Visit

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
_URGED = """
SELECT order_id, count(*) AS times FROM work_order
WHERE shop_id = %(shop)s AND kind = 'urge_warehouse' GROUP BY 1
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


async def writes(site: Site, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """One write each, none missing, none double, none of another amount."""
    received, count = await site.orders.received(keys.shop)
    wrong = [] if count == len(visits) else [f"{count} writes for {len(visits)} buyers"]
    keys_seen = Counter(write.operation_id for write in received)
    wrong += [f"key {key} was written {times} times" for key, times in keys_seen.items() if times > 1]
    by_order = {write.order_id: write for write in received}
    for visit in visits:
        buyer, write = visit.buyer, by_order.get(visit.buyer.order_id)
        if write is None:
            wrong.append(f"nothing was written for order {buyer.order_id}")
        elif _of(write) != (buyer.kind, buyer.customer_id, buyer.refund_fen, buyer.target_sku, buyer.address):
            wrong.append(f"order {buyer.order_id}: {_of(write)}, due {buyer.kind} of {buyer.refund_fen}")
    return wrong


def _of(write: ReceivedCase) -> tuple[str, str, int, str | None, str | None]:
    return write.kind, write.customer_id, write.refund_fen or 0, write.target_sku, write.address


async def operations(db: Database, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """Every operation succeeded, and the audit log holds its intent and its outcome once."""
    rows = await _rows(db, keys, _OPERATIONS)
    wrong = [f"operation {row['operation_id']} is {row['state']}" for row in rows if row["state"] != "succeeded"]
    if len(rows) != len(visits):
        wrong.append(f"{len(rows)} operations for {len(visits)} buyers")
    audited = {(row["object_id"], row["outcome"]): row["times"] for row in await _rows(db, keys, _AUDITED)}
    due = {(row["operation_id"], outcome): 1 for row in rows for outcome in ("pending", "success")}
    return wrong + [f"audit log: {each}" for each in set(audited.items()) ^ set(due.items())]


async def units(db: Database, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """Exactly what the cases that are done go on holding is held, each by the case that is done."""
    held = {row["order_id"]: row["units"] for row in await _rows(db, keys, _UNITS) if row["are_of_done_cases"]}
    due = {visit.buyer.order_id: visit.buyer.held_units for visit in visits if visit.buyer.held_units}
    return [f"units held of order {order}: {count}" for order, count in set(held.items()) ^ set(due.items())]


async def work_orders(db: Database, keys: ShopKeys, visits: Sequence[Visit]) -> list[str]:
    """One to the warehouse for each urge that was agreed to, and none else."""
    made = {row["order_id"]: row["times"] for row in await _rows(db, keys, _URGED)}
    due = {visit.buyer.order_id: visit.buyer.work_orders for visit in visits if visit.buyer.work_orders}
    return [f"work orders of {order}: {count}" for order, count in set(made.items()) ^ set(due.items())]


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
    if len(visit.widget.receipts) != 1:
        wrong.append(f"heard {len(visit.widget.receipts)} receipts")
    told = [event.data["refund_fen"] for event in log if event.type == "receipt.received"]
    if told != [visit.buyer.refund_fen]:
        wrong.append(f"was told {told}, due {visit.buyer.refund_fen}")
    said = Counter(event.client_message_id for event in again.events if event.client_message_id)
    wrong += [f"message {each} was taken {times} times" for each, times in said.items() if times > 1]
    return wrong


async def _rows(db: Database, keys: ShopKeys, query: str) -> list[dict[str, Any]]:
    async with db.system() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), {"shop": keys.shop})
        return await cursor.fetchall()


async def _number(db: Database, keys: ShopKeys, query: str) -> int:
    return int((await _rows(db, keys, query))[0]["count"])
