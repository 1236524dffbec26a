"""A customer hears in the conversation what became of a work order of his, and the turn can be replayed."""

import pytest

from appliance.aftersales.work.model import Outcome, WorkNews, WorkOrderKind, WorkState
from appliance.conversation.replay import replay
from appliance.ids import uuid7
from tests.appliance.conversation.stories import record
from tests.appliance.conversation.world import SHOP, World
from tests.appliance.dialogue.world import FLOWS


@pytest.mark.parametrize(
    ("state", "outcome", "key"),
    [
        (WorkState.IN_PROGRESS, None, "work.in_progress"),
        (WorkState.WAITING_CUSTOMER, None, "work.waiting_customer"),
        (WorkState.RESOLVED, Outcome.DONE, "work.done"),
        (WorkState.RESOLVED, Outcome.NOT_POSSIBLE, "work.not_possible"),
    ],
)
async def test_news_of_a_work_order_is_a_turn_of_its_own(
    world: World, state: WorkState, outcome: Outcome | None, key: str
) -> None:
    talk = await world.talk()
    await talk.say("你好")
    news = WorkNews(work_order_id=uuid7(), kind=WorkOrderKind.COMPLAINT, state=state, outcome=outcome)
    async with world.db.transaction(SHOP) as conn:
        await world.process.delivery.tell(conn, SHOP, talk.conversation_id, news)
    await world.sweep()
    events = await record(talk)
    said = [event.data for event in events if event.type == "bot.said"]
    assert (said[-1]["key"], said[-1]["receipt"]) == (key, str(news.work_order_id))
    assert replay(FLOWS, events).difference is None
