"""Who speaks is told with every event, words of a machine are labelled, and nothing takes the label off."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from appliance.config import Settings
from appliance.conversation import events, visible
from appliance.conversation.call_events import CallTransferred
from appliance.conversation.event import EventData
from appliance.conversation.model import Channel, Speaker, Visible, VisibleKind
from tests.appliance.conversation.world import SHOP, World

AT = datetime(2026, 11, 21, tzinfo=UTC)
EVIDENCE = UUID(int=1)

BY_A_MACHINE: list[EventData] = [
    events.ConversationStarted(channel="web", is_verified=False),
    events.BotSaid(key="welcome"),
    events.BotSaid(key="receipt.return_refund", is_notice=True),
    events.DeskAway(why="full"),
    events.OwnerChanged(owner="agent", token=1, why="assigned", agent_id=EVIDENCE, badge="1024"),
    events.ServiceEnded(reason="solved", agent_id=EVIDENCE),
]
BY_NOBODY: list[EventData] = [
    events.HandoffMade(reason="customer_asked"),
    CallTransferred(group="general", to="people,general"),
    events.TurnEnded(),
]
BY_THE_CUSTOMER: list[EventData] = [
    events.CustomerSaid(client_message_id="m1"),
    events.CustomerShowed(client_message_id="m2", evidence_id=EVIDENCE),
    events.CustomerChose(client_message_id="m3"),
    events.RatingGiven(score=5),
]

BY_AN_AGENT: list[EventData] = [events.AgentSaid(client_message_id="a1", agent_id=EVIDENCE, badge="1024", token=1)]


def _seen(data: EventData) -> Visible:
    return visible.shown(1, AT, data, None)


@pytest.mark.control("L-01", "L-04", "K10")
@pytest.mark.parametrize("data", BY_A_MACHINE, ids=lambda data: data.TYPE)
def test_words_of_a_machine_are_labelled(data: EventData) -> None:
    seen = _seen(data)
    assert seen.is_ai
    assert seen.speaker in {Speaker.BOT, Speaker.SYSTEM}


@pytest.mark.control("L-01")
@pytest.mark.parametrize("data", [*BY_THE_CUSTOMER, *BY_AN_AGENT], ids=lambda data: data.TYPE)
def test_words_of_a_person_are_not(data: EventData) -> None:
    seen = _seen(data)
    assert (seen.is_ai, seen.speaker) == (False, Speaker.AGENT if data in BY_AN_AGENT else Speaker.CUSTOMER)


@pytest.mark.parametrize("data", BY_NOBODY, ids=lambda data: data.TYPE)
def test_what_has_no_words_has_no_label(data: EventData) -> None:
    seen = _seen(data)
    assert (seen.is_ai, seen.speaker, seen.text) == (False, Speaker.SYSTEM, "")


@pytest.mark.control("L-01")
def test_no_visible_event_is_left_out_here() -> None:
    """A new one must say who speaks."""
    known = {data.TYPE for data in (*BY_A_MACHINE, *BY_NOBODY, *BY_THE_CUSTOMER, *BY_AN_AGENT)}
    assert set(visible.TYPES) == known


@pytest.mark.control("L-01", "K10", "P-08")
@pytest.mark.parametrize("channel", Channel)
async def test_a_conversation_begins_with_the_notice_and_the_words_to_keep_showing(
    world: World, channel: Channel
) -> None:
    conversations = world.process.conversations
    started = await conversations.start(shop=SHOP, channel=channel, customer=None)
    notice, *_ = await conversations.transcript(SHOP, started.conversation_id)
    assert (notice.kind, notice.is_ai) == (VisibleKind.NOTICE, True)
    for told in ("人工智能", "保存这次对话", "转人工", "异议"):
        assert told in notice.text
    assert started.ai_label == "本服务由人工智能提供"


@pytest.mark.control("L-04")
def test_no_setting_takes_a_label_off() -> None:
    sections = [value for value in msgspec.structs.asdict(Settings()).values() if isinstance(value, msgspec.Struct)]
    names = {name for section in (Settings(), *sections) for name in section.__struct_fields__}
    of_labels = {name for name in names if "label" in name or "ai" in name.split("_")}
    assert of_labels == {"ai_label_producer", "pkcs11_label"}, "the second is the name of a token that keeps keys"
