"""Webhooks out, over a real database and real receivers: in order, at least once, signed, given up late, told again."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.work.model import Opening, WorkOrderKind
from appliance.conversation.events import REGISTERED
from appliance.db import Connection
from appliance.errors import Conflict, InvalidInput, NotFound
from appliance.ids import OrderId, ShopId
from appliance.integrations.webhooks import rules
from appliance.integrations.webhooks.dispatcher import KEPT_TOLD, Dispatcher
from appliance.integrations.webhooks.model import (
    Delivery,
    DeliveryFilter,
    DeliveryState,
    Failure,
    Standing,
    Webhook,
    WebhookEvent,
)
from appliance.integrations.webhooks.reader import Reader
from appliance.integrations.webhooks.sender import Sender
from appliance.integrations.webhooks.service import Webhooks
from tests.appliance.aftersales.cases.test_reconciling import RESTORED, SETTLED, as_owner
from tests.appliance.aftersales.work.terms import work_orders
from tests.appliance.conversation.world import OTHER_SHOP, SHOP, Talk, World
from tests.appliance.integrations.receiver import Receiver, Told, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEXT_SECRET = "whsec_b2xkZXItYnV0LXN0aWxsLWdvb2QtZm9yLWEtZGF5"
LOOPBACK = ip_network("127.0.0.0/8")
ALL = [event for event in WebhookEvent if event is not WebhookEvent.PING]


class Desk:
    """The appliance's side of one shop's webhooks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.secrets = [SECRET]
        self.sender = Sender([LOOPBACK], 5.0)
        self.dispatcher = self.process()
        self.webhooks = Webhooks(world.db, self, self.sender, self.dispatcher, world.clock)

    async def of(self, _shop: ShopId) -> list[str]:
        return self.secrets

    def process(self) -> Dispatcher:
        """Another worker."""
        world = self.world
        reader = Reader(world.db, world.clock)
        return Dispatcher(world.db, reader, self.sender, self, world.clock, chance=lambda: 0.5)

    async def add(self, receiver: Receiver, events: Sequence[WebhookEvent] = ALL) -> Webhook:
        return await self.webhooks.add(SHOP, receiver.url, events)

    async def tell(self) -> None:
        """All that is due, as long as something is."""
        await self.dispatcher.reader.compare()
        while await self.dispatcher.run_due():
            pass

    async def told(self, state: DeliveryState | None = None) -> tuple[Standing, ...]:
        wanted = DeliveryFilter(state=state)
        return (await self.webhooks.deliveries.page(SHOP, wanted, None, 100)).deliveries

    async def states(self) -> list[DeliveryState]:
        return [each.state for each in await self.told()]


@pytest.fixture
async def world(db: Any, tmp_path: Path) -> World:
    return World(db, tmp_path)


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    made = Desk(world)
    async with world.db.system() as conn:
        await conn.execute("INSERT INTO shop (shop_id, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", (SHOP, SHOP))
    yield made
    await made.sender.aclose()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def returned(world: World) -> Talk:
    talk = await world.talk()
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("确认")
    await talk.settle()
    return talk


def told(receiver: Receiver) -> list[str]:
    return [each.json["type"] for each in receiver.told]


async def test_a_shops_system_is_told_what_happens_in_its_order(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver)
    talk = await returned(world)
    await desk.tell()
    assert told(receiver) == ["conversation.opened", "decision.made", "case.created", "conversation.concluded"]
    created = receiver.told[2].json["data"]
    assert (created["shop"], created["conversation_id"], created["kind"]) == (
        SHOP,
        str(talk.conversation_id),
        "return_refund",
    )
    places = [each.json["data"]["seq"] for each in receiver.told]
    assert places == sorted(places)
    assert await desk.states() == [DeliveryState.DELIVERED] * 4


async def test_after_a_restore_nothing_is_told_until_two_have_ended_it(
    desk: Desk, world: World, receiver: Receiver, owner_url: str
) -> None:
    await desk.add(receiver)
    await returned(world)
    as_owner(owner_url, RESTORED)
    await desk.tell()
    assert receiver.told == []
    as_owner(owner_url, SETTLED)
    await desk.tell()
    assert told(receiver)[0] == "conversation.opened"


@pytest.mark.control("P-03")
async def test_no_words_are_told(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver)
    talk = await world.talk()
    await talk.say("我叫欧阳建国，手机13912345678，转人工")
    await talk.say("转人工")
    await desk.tell()
    sent = b"".join(each.body for each in receiver.told).decode()
    assert "conversation.handed_off" in told(receiver)
    assert [word for word in ("欧阳", "139", "⟨", "转人工") if word in sent] == []


async def test_what_was_there_before_is_not_told(desk: Desk, world: World, receiver: Receiver) -> None:
    talk = await world.talk()
    world.fixed.move(timedelta(seconds=1))
    await desk.add(receiver)
    await desk.tell()
    assert receiver.told == []
    await talk.say("转人工")
    await desk.tell()
    assert told(receiver) == ["conversation.handed_off", "conversation.concluded"]


async def test_only_what_was_subscribed_to_is_told(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver, [WebhookEvent.CASE_CREATED])
    await returned(world)
    await desk.tell()
    assert told(receiver) == ["case.created"]


async def opened(world: World, **about: Any) -> UUID:
    """A work order, not by a conversation's turn."""
    async with world.db.transaction(SHOP) as conn:
        return await open_in(conn, world, **about)


async def open_in(conn: Connection, world: World, **about: Any) -> UUID:
    work = work_orders(SealedTrail(world.db), world.clock)
    return await work.open(conn, SHOP, Opening(kind=WorkOrderKind.REQUEST, **about))


async def test_every_work_order_is_told_whoever_opened_it(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver, [WebhookEvent.WORK_ORDER_CREATED])
    talk = await world.talk()
    first = await opened(world)
    second = await opened(world, conversation_id=talk.conversation_id, order_id=OrderId("O1"))
    await desk.tell()
    assert sorted((each.json["type"], each.json["data"]["work_order_id"]) for each in receiver.told) == sorted(
        ("work_order.created", str(each)) for each in (first, second)
    )
    data = {each.json["data"]["work_order_id"]: each.json["data"] for each in receiver.told}
    common = {"shop": SHOP, "kind": "request", "team": "after_sales", "priority": "normal"}
    assert data[str(first)] == {**common, "work_order_id": str(first)}
    assert data[str(second)] == {
        **common,
        "work_order_id": str(second),
        "conversation_id": str(talk.conversation_id),
        "order_id": "O1",
    }


async def test_a_turns_work_order_is_told_once(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver, [WebhookEvent.WORK_ORDER_CREATED])
    world.orders.failures = [ValueError("a bug in an adapter")] * 20
    talk = await world.talk()
    await talk.send(talk.text("我要退鞋子，尺码不合适"))
    await world.process.conversations.finish()
    for _ in range(4):
        world.fixed.move(timedelta(seconds=5))
        await world.sweep()
    await desk.tell()
    ((work_order_id,),) = await world.rows("SELECT work_order_id FROM work_order")
    assert [each.json["data"]["work_order_id"] for each in receiver.told] == [str(work_order_id)]


async def test_a_work_order_that_came_to_nothing_is_not_told(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver, [WebhookEvent.WORK_ORDER_CREATED])
    async with world.db.transaction(SHOP) as conn:
        await open_in(conn, world)
        await conn.rollback()
    await desk.tell()
    assert receiver.told == []


async def test_a_work_order_and_its_conversation_do_not_hold_each_other_up(
    desk: Desk, world: World, receiver: Receiver
) -> None:
    await desk.add(receiver)
    talk = await world.talk()
    receiver.answers = lambda sent: (
        "500 Internal Server Error" if sent.json["type"] == "conversation.opened" else "200 OK"
    )
    await desk.tell()
    await opened(world, conversation_id=talk.conversation_id)
    await desk.tell()
    assert told(receiver) == ["conversation.opened", "work_order.created"]


async def test_another_shops_system_is_told_nothing(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.webhooks.add(OTHER_SHOP, receiver.url, ALL)
    await returned(world)
    await desk.tell()
    assert receiver.told == []


@pytest.mark.control("M-26")
async def test_a_receiver_checks_the_signature_with_a_library_of_its_own(
    desk: Desk, world: World, receiver: Receiver
) -> None:
    await desk.add(receiver)
    await world.talk()
    await desk.tell()
    [opened] = receiver.told
    assert verified(opened, SECRET)
    assert not verified(Told(opened.headers, opened.body + b" "), SECRET)
    assert not verified(opened, NEXT_SECRET)


def verified(sent: Told, secret: str) -> bool:
    """By the library's own computation; its clock is the wall's, and ours stands still."""
    at = datetime.fromtimestamp(int(sent.headers["webhook-timestamp"]), UTC)
    expected = Verifier(secret).sign(sent.id, at, sent.body.decode())
    return expected in sent.headers["webhook-signature"].split(" ")


async def test_while_a_secret_is_changed_both_count(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver)
    desk.secrets = [NEXT_SECRET, SECRET]
    await world.talk()
    await desk.tell()
    assert verified(receiver.told[0], SECRET)
    assert verified(receiver.told[0], NEXT_SECRET)


async def test_a_failing_receiver_holds_up_the_conversation_and_no_other(
    desk: Desk, world: World, receiver: Receiver
) -> None:
    await desk.add(receiver)
    first = await returned(world)
    broken = str(first.conversation_id)
    receiver.answers = lambda sent: (
        "500 Internal Server Error" if sent.json["data"]["conversation_id"] == broken else "200 OK"
    )
    await desk.tell()
    assert told(receiver) == ["conversation.opened"]
    other = await world.talk()
    await other.say("转人工")
    await desk.tell()
    assert [each.json["data"]["conversation_id"] == broken for each in receiver.told] == [True, False, False, False]
    receiver.answers = lambda _: "200 OK"
    world.fixed.move(rules.PAUSES[0])
    await desk.tell()
    again = [each for each in receiver.told if each.json["data"]["conversation_id"] == broken]
    assert [each.json["type"] for each in again] == [
        "conversation.opened",
        "conversation.opened",
        "decision.made",
        "case.created",
        "conversation.concluded",
    ]
    assert again[0].id == again[1].id


FAILING = {
    "a server error": ("503 Service Unavailable", Failure.STATUS),
    "a redirect, which is not followed": ("302 Found\r\nLocation: http://127.0.0.1:1/", Failure.STATUS),
    "no answer": ("", Failure.NO_ANSWER),
}


@pytest.mark.parametrize("name", FAILING)
async def test_what_fails_is_tried_for_a_day_and_then_given_up(
    desk: Desk, world: World, receiver: Receiver, name: str
) -> None:
    answer, failure = FAILING[name]
    await desk.add(receiver, [WebhookEvent.CONVERSATION_OPENED])
    await world.talk()
    receiver.answers = lambda _: answer
    began = world.clock.now()
    await desk.tell()
    for pause in rules.PAUSES:
        assert await desk.states() == [DeliveryState.PENDING]
        world.fixed.move(pause)
        await desk.tell()
    [given_up] = await desk.told(DeliveryState.DEAD)
    assert (given_up.failure, given_up.attempts) == (failure, len(rules.PAUSES) + 1)
    assert timedelta(hours=20) < world.clock.now() - began < timedelta(hours=30)
    assert len({each.id for each in receiver.told}) == 1


async def test_a_receiver_may_ask_for_more_time(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver, [WebhookEvent.CONVERSATION_OPENED])
    await world.talk()
    receiver.answers = lambda _: "429 Too Many Requests\r\nRetry-After: 900"
    await desk.tell()
    world.fixed.move(timedelta(seconds=899))
    await desk.tell()
    assert len(receiver.told) == 1
    world.fixed.move(timedelta(seconds=1))
    await desk.tell()
    assert len(receiver.told) == 2


async def test_who_says_gone_is_not_asked_again_and_what_is_dead_is_told_again_on_demand(
    desk: Desk, world: World, receiver: Receiver
) -> None:
    await desk.add(receiver, [WebhookEvent.CONVERSATION_OPENED])
    await world.talk()
    receiver.answers = lambda _: "410 Gone"
    await desk.tell()
    assert await desk.states() == [DeliveryState.DEAD]
    receiver.answers = lambda _: "200 OK"
    assert await desk.webhooks.deliveries.replay(SHOP) == 1
    await desk.tell()
    assert await desk.states() == [DeliveryState.DELIVERED]
    assert receiver.told[0].id == receiver.told[1].id
    [one] = await desk.told()
    assert await desk.webhooks.deliveries.replay(SHOP, one.delivery_id) == 1
    await desk.tell()
    assert len(receiver.told) == 3
    with pytest.raises(NotFound):
        await desk.webhooks.deliveries.replay(SHOP, uuid4())


async def test_a_worker_that_dies_in_between_leaves_it_to_another(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver, [WebhookEvent.CONVERSATION_OPENED])
    await world.talk()

    async def dies(*_: Any) -> None:
        raise SystemError("killed")

    other = desk.process()
    other._settle = dies  # type: ignore[assignment,method-assign]
    await other.reader.compare()
    await other.run_due()
    assert (len(receiver.told), await desk.states()) == (1, [DeliveryState.PENDING])
    await desk.tell()
    assert len(receiver.told) == 1
    world.fixed.move(timedelta(seconds=61))
    await desk.tell()
    assert [each.id for each in receiver.told] == [receiver.told[0].id] * 2
    assert await desk.states() == [DeliveryState.DELIVERED]


async def test_two_workers_tell_nothing_twice(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver)
    for _ in range(4):
        await world.talk()
    other = desk.process()
    await other.reader.compare()
    await asyncio.gather(desk.tell(), other.run_due(), other.run_due())
    await desk.tell()
    assert len(receiver.told) == len({each.id for each in receiver.told}) == 4


async def test_a_notice_is_enough_to_be_told(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver)
    await desk.tell()
    talk = await world.talk()
    await desk.dispatcher.reader.heard(f"{talk.conversation_id}/1")
    assert await desk.dispatcher.run_due() == 1
    assert told(receiver) == ["conversation.opened"]


async def test_what_is_removed_is_told_nothing_more(desk: Desk, world: World, receiver: Receiver) -> None:
    webhook = await desk.add(receiver)
    await world.talk()
    await desk.dispatcher.reader.compare()
    await desk.dispatcher.reader.read()
    await desk.webhooks.remove(SHOP, webhook.webhook_id)
    await desk.tell()
    assert receiver.told == []
    with pytest.raises(NotFound):
        await desk.webhooks.remove(SHOP, webhook.webhook_id)


async def test_a_test_sends_one_ping_and_keeps_nothing(desk: Desk, receiver: Receiver) -> None:
    webhook = await desk.add(receiver)
    sent = await desk.webhooks.test(SHOP, webhook.webhook_id)
    assert (sent.is_delivered, sent.status, told(receiver)) == (True, 204, ["ping"])
    assert await desk.told() == ()


async def test_old_deliveries_are_forgotten(desk: Desk, world: World, receiver: Receiver) -> None:
    await desk.add(receiver)
    await world.talk()
    await desk.tell()
    world.fixed.move(KEPT_TOLD)
    await desk.dispatcher.forget_old()
    assert len(await desk.told()) == 1
    world.fixed.move(timedelta(seconds=1))
    await desk.dispatcher.forget_old()
    assert await desk.told() == ()


WRONG = {
    "ftp://10.0.0.1/": "no http:// or https://",
    "http:///hooks": "no http:// or https://",
    "http://user:secret@127.0.0.1/": "a name or a password",
    "http://127.0.0.1/#top": "a fragment",
    "http://8.8.8.8/": "none of the networks",
    "http://169.254.169.254/latest": "none of the networks",
    "http://[::1]/": "none of the networks",
    "http://no-such-name.invalid/": "not known here",
}


@pytest.mark.parametrize("url", WRONG)
async def test_an_address_that_webhooks_may_not_go_to_is_refused(desk: Desk, url: str) -> None:
    with pytest.raises(InvalidInput, match=WRONG[url]):
        await desk.webhooks.add(SHOP, url, ALL)


async def test_an_address_is_added_once(desk: Desk, receiver: Receiver) -> None:
    await desk.add(receiver)
    with pytest.raises(Conflict):
        await desk.add(receiver)


@pytest.mark.control("M-26")
async def test_a_name_that_changes_its_mind_leads_nowhere_else(desk: Desk, receiver: Receiver) -> None:
    """Looked up at every attempt; one address outside the networks among many is one too many."""
    answers = [["127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8"]]
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[Any]:
        asked.append(host)
        return [ip_address(each) for each in answers[len(asked) - 1]]

    sender = Sender([LOOPBACK], 5.0, resolve)
    url = f"http://erp.example:{receiver.port}/hooks"
    sent = [await sender.send(url, {}, b"{}") for _ in answers]
    await sender.aclose()
    assert [one.failure for one in sent] == [None, Failure.ADDRESS_REFUSED, Failure.ADDRESS_REFUSED]
    assert [each.headers["host"] for each in receiver.told] == [f"erp.example:{receiver.port}"]


def test_every_event_that_is_told_is_one_of_the_log_and_every_kind_can_come() -> None:
    assert set(rules.TOLD) <= set(REGISTERED)
    assert {*rules.TOLD.values(), WebhookEvent.WORK_ORDER_CREATED, WebhookEvent.PING} == set(WebhookEvent)


def test_what_is_told_of_an_event_is_json_of_its_codes() -> None:
    delivery = Delivery(
        shop_id=SHOP,
        delivery_id=uuid4(),
        webhook_id=uuid4(),
        conversation_id=UUID(int=7),  # type: ignore[arg-type]
        seq=3,
        type=WebhookEvent.CASE_CREATED,
        attempts=1,
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    body = rules.body_of(delivery, datetime(2026, 1, 1, tzinfo=UTC), {"case_id": "S1", "refund_fen": 5})
    assert json.loads(json.dumps(body)) == {
        "type": "case.created",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "data": {
            "shop": SHOP,
            "conversation_id": "00000000-0000-0000-0000-000000000007",
            "seq": 3,
            "case_id": "S1",
            "refund_fen": 5,
        },
    }
