"""Which conversations a shop has: newest first, with how they stand, and nobody else's."""

from datetime import timedelta

import pytest

from appliance.conversation.listing import ConversationFilter, ConversationLooks, ConversationState
from appliance.conversation.model import Channel
from appliance.db import Database
from tests.appliance.conversation.world import NOW, OTHER_SHOP, SHOP, World, later
from tests.appliance.dialogue.world import DELIVERED

EVERYTHING = ConversationFilter()


async def test_each_says_how_it_stands(world: World, db: Database) -> None:
    talks = []
    for words in (("你好",), ("我要退鞋子，尺码不合适", "确认"), ("转人工",)):
        talk = await world.talk()
        talks.append(talk)
        for each in words:
            await talk.say(each)
        world.fixed.move(later(1))
    await talks[1].settle()

    page = await ConversationLooks(db).page(SHOP, EVERYTHING, None, 50)

    assert [each.conversation_id for each in page.conversations] == [talk.conversation_id for talk in reversed(talks)]
    person, returned, greeted = page.conversations
    assert person.state is ConversationState.WITH_PERSON
    assert (returned.state, returned.outcome) == (ConversationState.CONCLUDED, "case_created")
    assert (greeted.state, greeted.outcome, greeted.channel) == (ConversationState.OPEN, None, Channel.WEB)


async def test_pages_follow_each_other(world: World, db: Database) -> None:
    for _ in range(3):
        await world.talk()
    looks = ConversationLooks(db)
    first = await looks.page(SHOP, EVERYTHING, None, 2)
    second = await looks.page(SHOP, EVERYTHING, first.cursor, 2)
    assert len({each.conversation_id for each in first.conversations + second.conversations}) == 3
    assert second.cursor is None


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        (ConversationFilter(order_id=DELIVERED, states=(ConversationState.OPEN,), channel=Channel.WEB), True),
        (ConversationFilter(since=NOW, until=NOW + timedelta(minutes=1)), True),
        (ConversationFilter(order_id="another"), False),
        (ConversationFilter(channel=Channel.VOICE), False),
        (ConversationFilter(states=(ConversationState.CONCLUDED, ConversationState.WITH_PERSON)), False),
        (ConversationFilter(until=NOW), False),
        (ConversationFilter(since=NOW + timedelta(minutes=1)), False),
    ],
)
async def test_every_filter_must_hold(world: World, db: Database, wanted: ConversationFilter, is_found: bool) -> None:
    await (await world.talk()).say("我要退鞋子，尺码不合适")
    assert bool((await ConversationLooks(db).page(SHOP, wanted, None, 50)).conversations) == is_found


async def test_another_shop_sees_none(world: World, db: Database) -> None:
    await world.talk()
    assert (await ConversationLooks(db).page(OTHER_SHOP, EVERYTHING, None, 50)).conversations == ()
