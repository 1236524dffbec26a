"""A call that people take: the channel is told where the telephone system is to move it, the desk what it is about."""

from pathlib import Path

import msgspec
import pytest

from appliance.conversation.model import Channel, Transfer, VisibleKind
from appliance.desk.terms import SHIPPED, load_terms, shipped_terms
from appliance.errors import ConfigurationError
from tests.appliance.conversation.world import PHONE, Talk
from tests.appliance.desk.world import GENERAL, PEOPLE, DeskWorld, moving


async def handed_over(world: DeskWorld, channel: Channel = Channel.VOICE, words: str = "转人工") -> Talk:
    talk = await world.talk(channel=channel, caller=PHONE if channel == Channel.VOICE else None)
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say(words)
    return talk


async def transfers(world: DeskWorld, talk: Talk) -> list[Transfer]:
    return [event.transfer for event in await world.seen(talk.conversation_id) if event.transfer]


@pytest.fixture
def moved(world: DeskWorld) -> DeskWorld:
    world.people.queue.terms = moving(shipped_terms())
    return world


async def test_the_channel_learns_where_to_move_the_call_after_the_words_are_said(moved: DeskWorld) -> None:
    call = await handed_over(moved)
    assert await transfers(moved, call) == [Transfer(group=GENERAL, to=PEOPLE)]
    seen = await moved.seen(call.conversation_id)
    place = next(n for n, event in enumerate(seen) if event.transfer)
    assert [event.kind for event in seen[place - 2 : place]] == [VisibleKind.MESSAGE, VisibleKind.HANDOFF]


async def test_the_desk_has_intent_slots_and_who_calls(moved: DeskWorld) -> None:
    call = await handed_over(moved)
    (made,) = await call.of("handoff.made")
    assert made.words is not None
    assert made.words.startswith("转接摘要：退货退款")
    summary = (await moved.summary(call))["summary"]
    assert (summary["flow"], summary["slots"]["reason"], summary["caller"]) == ("return_refund", "size", "⟨手机1⟩")


async def test_what_is_written_is_not_moved(moved: DeskWorld) -> None:
    assert await transfers(moved, await handed_over(moved, Channel.WEB)) == []


async def test_a_group_without_a_place_in_the_dialplan_leaves_it_to_the_settings_of_calls(moved: DeskWorld) -> None:
    (transfer,) = await transfers(moved, await handed_over(moved, words="什么垃圾店，气死我了"))
    assert (transfer.group != GENERAL, transfer.to) == (True, "")


async def test_where_nobody_can_take_it_the_call_stays(moved: DeskWorld) -> None:
    terms = moved.people.queue.terms
    full = msgspec.structs.replace(terms.groups[GENERAL], most_waiting=1)
    moved.people.queue.terms = msgspec.structs.replace(terms, groups={**terms.groups, GENERAL: full})
    first, second = await handed_over(moved), await handed_over(moved)
    assert (len(await transfers(moved, first)), await transfers(moved, second)) == (1, [])


@pytest.mark.parametrize("place", ["people", "people,general,1", "people, general", "系统(x),1"])
def test_what_is_no_place_in_a_dialplan_is_refused(tmp_path: Path, place: str) -> None:
    own = tmp_path / "terms.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    own.write_text(text.replace("[groups.general]\n", f'[groups.general]\ntransfer_to = "{place}"\n'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="transfer_to"):
        load_terms(own)
