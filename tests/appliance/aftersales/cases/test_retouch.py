"""A part of a value that a quote or an operation kept before anybody knew what it was."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation, QuoteNotStanding
from appliance.aftersales.cases.retouch import replace_words
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import CaseKind
from appliance.db import Database
from appliance.ids import ConversationId, uuid7
from security.pii.mask import Part
from security.pii.parts import Parts
from tests.appliance.aftersales.cases.world import NOW, SHOP, World, accept, order, record, return_of

PARTS = Parts([Part("0013", "⟨手机1⟩")])
QUOTE = return_of(3, CaseKind.CHANGE_ADDRESS, total_fen=0, details={"phone": "0013", "address": "⟨地址1⟩"})
HERE = ConversationId(uuid7())


async def replace(db: Database, conversation_id: ConversationId = HERE) -> None:
    async with db.transaction(SHOP) as conn:
        await replace_words(conn, SHOP, conversation_id, PARTS.replaced_in, NOW)


async def rows(db: Database, statement: str) -> list[tuple[Any, ...]]:
    async with db.transaction(SHOP) as conn:
        return await (await conn.execute(statement.encode())).fetchall()


async def test_a_quote_that_changes_stands_no_longer(db: Database, service: CaseService) -> None:
    await record(db, service, QUOTE, HERE, order())
    await replace(db)
    [(body,)] = await rows(db, "SELECT body::text FROM quote")
    assert ("0013" in body, "⟨手机1⟩" in body) == (False, True)
    with pytest.raises(QuoteNotStanding):
        await accept(db, service, QUOTE, HERE, order())


async def test_a_quote_without_it_stands(db: Database, service: CaseService) -> None:
    plain = return_of(1)
    await record(db, service, plain, HERE, order())
    await replace(db)
    assert (await accept(db, service, plain, HERE, order())).request.refund_fen == plain.total_fen


async def test_another_conversations_words_stay(db: Database, service: CaseService) -> None:
    await record(db, service, QUOTE, HERE, order())
    await replace(db, ConversationId(uuid7()))
    assert await rows(db, "SELECT body -> 'details' ->> 'phone', voided_at FROM quote") == [("0013", None)]


async def test_an_operation_is_carried_out_with_the_whole_value(
    db: Database,
    world: World,
    quote_and_accept: Callable[..., Awaitable[Operation]],
    new_executor: Callable[[], Executor],
) -> None:
    world.vault = {"⟨手机1⟩": "13800138000", "⟨地址1⟩": "文三路100号"}
    await quote_and_accept(QUOTE, conversation_id=HERE)
    await replace(db)
    assert await rows(db, "SELECT request ->> 'phone', request ->> 'address' FROM operation") == [
        ("⟨手机1⟩", "⟨地址1⟩")
    ]
    await new_executor().run_due()
    assert world.system.requests[0].phone == "13800138000"
