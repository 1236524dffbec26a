"""The decision receipt, and what a check of it finds."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation
from appliance.aftersales.cases.receipt import DecisionReceipt, problems, receipt_document
from appliance.db import Database
from appliance.errors import NotFound
from appliance.ids import OperationId, ShopId, uuid7
from tests.appliance.aftersales.cases.world import SHOP, return_of

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]


@pytest.fixture
async def document(db: Database, quote_and_accept: Accept, new_executor: NewExecutor) -> DecisionReceipt:
    operation = await quote_and_accept(return_of(2))
    await new_executor().run_due()
    return await receipt_document(db, SHOP, operation.operation_id)


@pytest.mark.control("P-14", "P-29")
async def test_it_says_why_what_and_under_which_key(document: DecisionReceipt) -> None:
    assert (document.policy, document.rule, document.facts) == ("cn-retail/1/abc", "R5", {"days": 3})
    assert document.quote_hash == document.quote.hash == return_of(2).hash
    assert document.confirmation == "7"
    assert document.receipt is not None
    assert document.receipt.operation_id == document.operation_id
    assert problems(document) == []


async def test_it_survives_being_written_down(document: DecisionReceipt) -> None:
    again = msgspec.json.decode(msgspec.json.encode(document), type=DecisionReceipt)

    assert again == document
    assert problems(again) == []


@pytest.mark.control("M-28", "P-29")
async def test_a_changed_amount_is_found(document: DecisionReceipt) -> None:
    quote = msgspec.structs.replace(document.quote, total_fen=1)
    changed = msgspec.structs.replace(document, quote=quote)

    assert problems(changed) == [
        "the quote does not have the hash that was agreed to",
        "the request is not what was agreed to",
        "another amount was refunded than agreed",
    ]


@pytest.mark.control("M-28", "P-29")
async def test_a_changed_answer_is_found(document: DecisionReceipt) -> None:
    assert document.receipt is not None
    receipt = msgspec.structs.replace(document.receipt, case_id="AS999")

    assert problems(msgspec.structs.replace(document, receipt=receipt)) == ["the answer does not have its hash"]


@pytest.mark.control("M-16")
async def test_another_shop_has_no_such_receipt(db: Database, document: DecisionReceipt) -> None:
    with pytest.raises(NotFound):
        await receipt_document(db, ShopId("shop-2"), document.operation_id)
    with pytest.raises(NotFound):
        await receipt_document(db, SHOP, OperationId(uuid7()))
