"""Personal data stands in clear in no table; placeholders are stable; one shop's conversations are not another's."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from appliance.conversation.model import Choice, Text
from appliance.conversation.service import Conversations
from appliance.errors import NotFound
from appliance.ids import ConversationId
from tests.appliance.conversation.world import OTHER_SHOP, PHONE, SHOP, Talk, World
from tests.appliance.dialogue.world import CUSTOMER, DELIVERED, FOREIGN
from tests.servers import Server

pytestmark = pytest.mark.control("P-03", "M-29", "M-34")

ID_CARD = "11010519491231002X"
BANK_CARD = "6222020200012345674"
OTHER_PHONE = "13912345678"
CANARIES = (PHONE, OTHER_PHONE, ID_CARD, BANK_CARD, ID_CARD[:17], BANK_CARD[4:])


@pytest.fixture
def whole_database(database_server: Server, database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """As its superuser: no row is hidden."""
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_server.admin_url, dbname=str(name)) as conn:
        yield conn


def places_with(conn: psycopg.Connection[Any], canaries: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Table, column and canary, over every column that can hold words."""
    columns = conn.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'json', 'bytea', 'ARRAY')"
    ).fetchall()
    assert {"conversation_event", "event_body", "inbound", "quote", "audit_pending"} <= {row[0] for row in columns}
    found = []
    for table, column, kind in columns:
        as_text = sql.SQL("encode({}, 'escape')" if kind == "bytea" else "{}::text").format(sql.Identifier(column))
        for canary in canaries:
            statement = sql.SQL("SELECT count(*) FROM {} WHERE strpos({}, %s) > 0")
            row = conn.execute(statement.format(sql.Identifier(table), as_text), (canary,)).fetchone()
            if row and row[0]:
                found.append((table, column, canary))
    return found


@pytest.mark.control("K1", "P-01", "P-03", "M-29", "A9")
async def test_personal_data_stands_in_clear_nowhere(talk: Talk, whole_database: psycopg.Connection[Any]) -> None:
    await talk.say(f"我的手机号是{PHONE}，身份证{ID_CARD}")
    await talk.say(f"退到银行卡{BANK_CARD}，打我{OTHER_PHONE[:3]} {OTHER_PHONE[3:7]} {OTHER_PHONE[7:]}")
    await talk.show(UUID(int=5), caption=f"快递单，收件人电话{PHONE}")
    await talk.press(f"slot:phone={PHONE}")
    await talk.press(f"回电{OTHER_PHONE}")
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("确认")
    await talk.settle()
    await talk.say("转人工")
    await talk.say(f"联系我{PHONE}")
    assert places_with(whole_database, CANARIES) == []


async def test_the_search_for_clear_words_finds_them(world: World, whole_database: psycopg.Connection[Any]) -> None:
    """It can fail."""
    async with world.db.transaction(SHOP) as conn:
        await conn.execute(
            "INSERT INTO event_body (shop_id, body_id, conversation_id, subject_id, retention, sealed) "
            "VALUES ('shop-1', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'talk', %s)",
            (f"叫我{PHONE}".encode(),),
        )
    assert places_with(whole_database, (PHONE,)) == [("event_body", "sealed", PHONE)]


@pytest.mark.control("P-03", "P-13")
@pytest.mark.parametrize(
    "payload",
    [f"slot:phone={PHONE}", f"slot:line={PHONE}", f"slot:order={BANK_CARD}", f"affirm:{BANK_CARD}", f"身份证{ID_CARD}"],
)
async def test_the_trace_of_the_shops_engineers_holds_none_either(talk: Talk, payload: str) -> None:
    await talk.say(f"我的手机号是{PHONE}")
    await talk.press(payload)
    await talk.say("我要退鞋子，尺码不合适")
    await talk.press(payload)
    words = "".join(str(event.words) + str(event.data) for event in await talk.trace())
    assert [canary for canary in CANARIES if canary in words] == []


async def test_a_placeholder_is_the_same_for_the_same_value(talk: Talk) -> None:
    for words in (f"手机{PHONE}", f"另一个手机{OTHER_PHONE}", f"还是打{PHONE}吧"):
        await talk.say(words)
    assert await talk.heard() == ["手机⟨手机1⟩", "另一个手机⟨手机2⟩", "还是打⟨手机1⟩吧"]


async def test_a_typed_placeholder_is_none(talk: Talk) -> None:
    await talk.say("⟨手机1⟩")
    assert await talk.heard() == ["〈手机1〉"]


async def test_proof_may_be_a_whole_phone_number(world: World) -> None:
    """The number is masked on its way in, and looked up only to be compared."""
    talk = await world.talk(customer=None)
    assert await talk.say("我要退货") == ["verify.ask"]
    assert await talk.say(f"order {DELIVERED}") == ["verify.tail"]
    assert (await talk.say("8000"))[0] == "verify.done"


@pytest.mark.control("P-19")
async def test_verification_links_the_subject_and_changes_no_more(world: World) -> None:
    talk = await world.talk(customer=None)
    assert await world.rows("SELECT customer_id FROM conversation") == [(None,)]
    assert await world.rows("SELECT count(*) FROM subject_link") == [(0,)]
    await talk.say("我要退货")
    await talk.say(f"order {DELIVERED}")
    await talk.say("8000")
    assert await world.rows("SELECT customer_id FROM conversation") == [(CUSTOMER,)]
    linked = await world.rows(
        "SELECT l.customer_id FROM subject_link l JOIN conversation c USING (shop_id, subject_id)"
    )
    assert linked == [(CUSTOMER,)]
    assert (await talk.of("identity.checked"))[-1].data == {"is_verified": True}


async def test_a_customer_who_is_known_from_the_start_is_linked_at_once(talk: Talk, world: World) -> None:
    assert await world.rows("SELECT customer_id FROM subject_link") == [(CUSTOMER,)]


async def test_failed_proofs_link_nobody_and_tell_nothing(world: World) -> None:
    texts = []
    for order_id in (DELIVERED, FOREIGN, "20261117888888"):
        talk = await world.talk(customer=None)
        await talk.say("我要退货")
        for digits in ("1111", "2222", "3333"):
            await talk.say(f"order {order_id}")
            await talk.say(digits)
        texts.append([event.words for event in await talk.of("bot.said")][2:])
        assert (await talk.of("handoff.made"))[-1].data == {"reason": "identity_failed"}
    keys = [[len(words or "") for words in said] for said in texts]
    assert keys[0] == keys[1] == keys[2]
    assert await world.rows("SELECT count(*) FROM subject_link") == [(0,)]


# Shops.

Call = Callable[[Conversations, ConversationId], Awaitable[Any]]

CALLS: dict[str, Call] = {
    "receive": lambda it, conversation_id: it.receive(
        OTHER_SHOP, conversation_id, Text(client_message_id="x", text="你好")
    ),
    "press": lambda it, conversation_id: it.receive(
        OTHER_SHOP, conversation_id, Choice(client_message_id="x", payload="handoff")
    ),
    "flush": lambda it, conversation_id: it.flush(OTHER_SHOP, conversation_id),
    "transcript": lambda it, conversation_id: it.transcript(OTHER_SHOP, conversation_id),
    "trace": lambda it, conversation_id: it.trace(OTHER_SHOP, conversation_id),
    "move_clock": lambda it, conversation_id: it.move_clock(OTHER_SHOP, conversation_id, timedelta(days=1)),
}


@pytest.mark.control("M-16")
@pytest.mark.parametrize("call", CALLS)
async def test_another_shops_conversation_is_not_found(talk: Talk, world: World, call: str) -> None:
    conversations = world.process.conversations
    async with conversations.watch(talk.conversation_id):
        await talk.say("你好")
        before = await talk.trace()
        with pytest.raises(NotFound):
            await CALLS[call](conversations, talk.conversation_id)
    assert await talk.trace() == before
    assert await world.rows("SELECT clock_offset FROM conversation") == [(timedelta(0),)]


async def test_another_shop_takes_up_nothing(talk: Talk, world: World) -> None:
    world.orders.failures = [ValueError("left waiting")]
    await talk.send(talk.text("你好"))
    await world.process.conversations.finish()
    await world.process.turns.look(OTHER_SHOP, talk.conversation_id)
    assert await talk.said() == ["welcome"]


async def test_a_conversation_that_is_not_there_is_not_found(world: World) -> None:
    await world.process.turns.look(SHOP, ConversationId(UUID(int=1)))
    with pytest.raises(NotFound):
        await world.process.conversations.trace(SHOP, ConversationId(UUID(int=1)))
