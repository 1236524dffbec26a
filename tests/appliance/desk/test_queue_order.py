"""The order of the queue, by property: first come first served within a class, and nobody is overtaken without end."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.desk import rules
from appliance.desk.model import Presence, Priority
from appliance.desk.terms import Terms, shipped_terms
from appliance.errors import ConfigurationError
from appliance.ids import ConversationId
from tests.appliance.conversation.world import NOW
from tests.appliance.desk.world import HERE, DeskWorld, changed

LONGEST_START = timedelta(seconds=max(shipped_terms().head_start_s.values()))


class Asked(NamedTuple):
    at: datetime
    priority: Priority

    @property
    def rank(self) -> datetime:
        return rules.rank_of(shipped_terms(), self.priority, self.at)


asks = st.builds(
    Asked,
    st.integers(0, 3600).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.sampled_from(Priority),
)


@given(st.lists(asks, min_size=2, max_size=60))
def test_within_a_class_it_is_first_come_first_served(waiting: list[Asked]) -> None:
    served = sorted(waiting, key=lambda ask: ask.rank)
    for priority in Priority:
        times = [ask.at for ask in served if ask.priority is priority]
        assert all(a <= b for a, b in pairwise(times))


@given(st.lists(asks, min_size=2, max_size=60))
def test_nobody_is_overtaken_by_who_asks_later_than_the_head_start(waiting: list[Asked]) -> None:
    served = sorted(waiting, key=lambda ask: ask.rank)
    for place, ask in enumerate(served):
        assert all(other.at <= ask.at + LONGEST_START for other in served[:place])


@given(asks, asks)
def test_who_asks_at_the_same_moment_is_served_by_class(one: Asked, two: Asked) -> None:
    two = two._replace(at=one.at)
    order = list(Priority)
    assert (one.rank < two.rank) == (order.index(one.priority) > order.index(two.priority))


@given(st.integers(1, 500), st.integers(1, 50), st.integers(10, 7200))
def test_an_estimate_is_in_whole_minutes_and_grows_with_the_place(position: int, slots: int, seconds: int) -> None:
    handling = timedelta(seconds=seconds)
    here, behind = (rules.estimate_s(each, slots, handling) for each in (position, position + 1))
    assert here is not None
    assert behind is not None
    assert here % 60 == 0
    assert 60 <= here <= behind
    assert rules.estimate_s(position, 0, handling) is None


def test_a_route_that_leads_nowhere_is_refused() -> None:
    shipped = shipped_terms()
    with pytest.raises(ConfigurationError, match="which is not there"):
        changed(shipped, routes=(*shipped.routes[:-1], shipped.routes[-1].__class__(group="nowhere"))).__post_init__()
    with pytest.raises(ConfigurationError, match="must name nothing but a group"):
        changed(shipped, routes=shipped.routes[:1]).__post_init__()


SCRIPTED = {
    Priority.NORMAL: "转人工",
    Priority.HIGH: "什么垃圾店，气死我了",
    Priority.URGENT: "我要打12315，找律师告你们",
}


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_the_database_serves_in_the_order_of_the_rules(world: DeskWorld, seed: int) -> None:
    """Customers come, agents come, go and finish at random; each who is taken was the first of whom could be taken."""
    chance = random.Random(seed)  # noqa: S311 - which of many, not a secret
    agents = [await world.agent("1024", "general", capacity=1), await world.agent("1025", "complaints", capacity=2)]
    waiting: dict[str, dict[ConversationId, datetime]] = defaultdict(dict)
    for _ in range(40):
        world.later(seconds=chance.randrange(1, 120))
        for agent in agents:
            await agent.deeds.beat(agent.who, "shop-1")
        match chance.randrange(3):
            case 0:
                talk = await world.talk()
                await talk.say(SCRIPTED[chance.choice(list(Priority))])
                ticket = await world.ticket(talk.conversation_id)
                assert ticket is not None
                waiting[ticket.skill][talk.conversation_id] = ticket.rank_at
            case 1:
                await chance.choice(agents).be(chance.choice([Presence.ONLINE, Presence.ONLINE, Presence.BUSY]))
            case _:
                agent = chance.choice(agents)
                for conversation_id, token in (await agent.mine()).items():
                    await agent.deeds.hand_back(agent.who, conversation_id, token, HERE)
        await taken_in_order(world, waiting)


async def taken_in_order(world: DeskWorld, waiting: dict[str, dict[ConversationId, datetime]]) -> None:
    for queue in waiting.values():
        left = {each for each in queue if (ticket := await world.ticket(each)) and ticket.state == "waiting"}
        gone = [rank for each, rank in queue.items() if each not in left]
        if gone and left:
            assert max(gone) <= min(queue[each] for each in left)
        for each in queue.keys() - left:
            del queue[each]


def test_the_shipped_terms_serve_day_and_night() -> None:
    terms: Terms = shipped_terms()
    assert rules.opening_of(terms.hours, NOW) is None
    assert rules.group_of(terms, flow=None, reason="customer_asked", channel="web") == "general"
    assert rules.group_of(terms, flow="complaint", reason="policy", channel="voice") == "complaints"
    assert rules.priority_of(terms, reason="customer_asked", is_urgent=True) is Priority.URGENT
