"""One contract, both faces: every operation of the API through the client, on the real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aftersales_client import (
    ApiKey,
    AsyncClient,
    CallsAllowed,
    CallsOf,
    Case,
    CaseState,
    Client,
    Deed,
    HowRefused,
    LostUpdate,
    NewComment,
    NewWorkOrder,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Taken,
    Unfit,
    WhyAllowed,
    WorkDeed,
    WorkState,
)
from aftersales_client.client import Operations
from aftersales_client.faces import Every, Operation
from appliance.identity.model import Scope
from tests.appliance.aftersales.cases.world import ORDER_ID, SHOP
from tests.appliance.channels.busy_shop import EVENT, BusyShop

Face = Any


class Blocking:
    """The blocking client where awaiting is at home: each operation in a thread, so one contract fits both."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        asked = getattr(self._client, name)
        return _streamed(asked) if name.startswith("every_") else _threaded(asked)


def _threaded(asked: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def ask(*args: Any, **more: Any) -> Any:
        return await asyncio.to_thread(asked, *args, **more)

    return ask


def _streamed(asked: Callable[..., Iterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    async def every(**wanted: Any) -> AsyncIterator[Any]:
        for each in await asyncio.to_thread(lambda: list(asked(**wanted))):
            yield each

    return every


@asynccontextmanager
async def face_of(kind: str, url: str, key: str) -> AsyncIterator[Face]:
    if kind == "async":
        async with AsyncClient(url, ApiKey(key)) as awaited:
            yield awaited
    else:
        with Client(url, ApiKey(key)) as blocking:
            yield Blocking(blocking)


@pytest.fixture(params=["sync", "async"])
async def client(request: pytest.FixtureRequest, shop: BusyShop) -> AsyncIterator[Face]:
    async with face_of(request.param, shop.whole.url, shop.api_key) as face:
        yield face


async def test_from_a_case_to_its_decision(client: Face) -> None:
    page = await client.list_cases(state=[CaseState.PENDING], order_id=ORDER_ID)
    (case,) = page.items
    assert [each async for each in client.every_case()] == [case]
    assert isinstance(case, Case)
    assert await client.read_case(case.case_id) == case
    assert (case.refund_fen, page.cursor) == (39900, None)
    why = await client.explain_decision(case.decision_id)
    assert (why.order_id, why.rule, why.verdict) == (ORDER_ID, "R5", "approve")
    assert why.rows[0].law


async def test_from_a_conversation_to_its_trace(client: Face, shop: BusyShop) -> None:
    ids = [each.conversation_id async for each in client.every_conversation()]
    assert ids == [shop.conversation_id]
    assert (await client.list_conversations(limit=1)).items[0].channel == "web"
    trace = await client.trace(shop.conversation_id)
    assert trace.events[0].type == "conversation.started"
    assert trace.metadata.produce_id == str(shop.conversation_id)
    assert (await client.trace(shop.conversation_id, after=trace.events[-1].seq)).events == ()


async def test_the_life_of_a_work_order(client: Face, shop: BusyShop) -> None:
    new = NewWorkOrder(words="请核对发票抬头", order_id=ORDER_ID, conversation_id=shop.conversation_id)
    opened = await client.open_work_order(new, idempotency_key="k-1")
    assert await client.open_work_order(new, idempotency_key="k-1") == opened
    moved = await client.move_work_order(opened.work_order_id, WorkDeed(deed=Deed.CANCEL), version=opened.version)
    assert moved.state is WorkState.CANCELLED
    with pytest.raises(LostUpdate):
        await client.move_work_order(opened.work_order_id, WorkDeed(deed=Deed.REOPEN), version=opened.version)
    await client.comment(opened.work_order_id, NewComment(words="已处理"))
    assert [each.words for each in await client.list_comments(opened.work_order_id)] == [new.words, "已处理"]
    assert (await client.read_work_order(opened.work_order_id)).work_order == moved
    assert (await client.list_work_orders(state=[WorkState.CANCELLED])).items == (moved,)


async def test_who_wants_no_calls_is_told_asked_and_taken_back(client: Face) -> None:
    who = CallsOf(customer_id="U1001", phone="+86 138-0013-8000")
    assert (await client.look_up_call_refusal(who)).is_refused is False
    refused = await client.refuse_calls(who)
    assert (refused.is_refused, refused.how) == (True, HowRefused.BY_SYSTEM)
    assert await client.refuse_calls(CallsOf(phone="13800138000")) == refused
    assert await client.look_up_call_refusal(CallsOf(customer_id="U1001")) == refused
    allowed = CallsAllowed(customer_id="U1001", phone="13800138000", why=WhyAllowed.CUSTOMER_ASKED)
    for _ in range(2):
        assert (await client.allow_calls(allowed)).is_refused is False
    for nobody in (CallsOf(), CallsOf(phone="95588123")):
        with pytest.raises(Unfit):
            await client.refuse_calls(nobody)


async def test_an_event_counts_once_whichever_way_it_comes(client: Face, shop: BusyShop) -> None:
    body = b'{"tradeNo": "%s", "number": "9"}' % ORDER_ID.encode()
    for is_repeat in (False, True):
        taken = Taken(duplicate=is_repeat)
        assert await client.report_event(EVENT, event_id="e-1", event_type="refund_paid") == taken
        assert await client.report_signed_event(SHOP, EVENT, secret=shop.events_secret, event_id="e-2") == taken
        assert await client.push_event(SHOP, body, headers=shop.signed(body)) == taken


async def test_a_list_is_leafed_through_page_by_page(client: Face) -> None:
    made = [(await client.open_work_order(NewWorkOrder())).work_order_id for _ in range(5)]
    found = [each.work_order_id async for each in client.every_work_order(limit=2)]
    assert found == made[::-1]


async def test_what_has_not_changed_is_the_object_that_was_given_before(client: Face) -> None:
    before = await client.list_cases()
    assert await client.list_cases() is before
    assert await client.list_cases(limit=1) is not before


async def test_what_is_refused_says_why(client: Face, shop: BusyShop) -> None:
    with pytest.raises(NotFound) as missing:
        await client.read_case(shop.conversation_id)
    assert (missing.value.problem.code, bool(missing.value.problem.request_id)) == ("not_found", True)
    with pytest.raises(Unfit) as unfit:
        await client.list_cases(limit=0)
    assert unfit.value.problem.errors


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_who_may_not_is_told_whether_he_is_known(shop: BusyShop, kind: str) -> None:
    key = await shop.whole.key_of(SHOP, Scope.EVENTS_WRITE)
    async with face_of(kind, shop.whole.url, key) as known, face_of(kind, shop.whole.url, "ak_x") as unknown:
        with pytest.raises(NotAllowed):
            await known.list_cases()
        with pytest.raises(NotAuthenticated):
            await unknown.list_cases()


def test_the_contract_leaves_no_operation_out() -> None:
    here = Path(__file__).read_text("utf-8")
    kinds = {name for name, what in vars(Operations).items() if isinstance(what, Operation | Every)}
    assert {name for name in kinds if f"client.{name}(" not in here} == set()
