"""One owner at a time: the bot, one agent, or nobody; whoever has lost the floor says nothing more."""

import asyncio

import msgspec
import pytest

from appliance.conversation.floor import NotYours
from appliance.conversation.model import Channel, Side, Speaker, VisibleKind
from appliance.desk.looks import LAST_SAID
from appliance.desk.model import CloseReason, NoSeat, NotFree, Presence
from appliance.errors import InvalidInput, NotFound
from security.access.errors import NotAllowed
from security.access.permissions import Role
from tests.appliance.channels.pictures import picture
from tests.appliance.conversation.world import SHOP, Talk
from tests.appliance.desk.world import HERE, Agent, DeskWorld, person


async def test_a_hand_off_goes_to_an_agent_who_is_there_in_the_turn_that_makes_it(world: DeskWorld, talk: Talk) -> None:
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    await talk.say("转人工")
    assert await world.holder(talk.conversation_id) == (Side.AGENT, lin.who.staff_id)
    assert list(await lin.mine()) == [talk.conversation_id]
    types = [event.type for event in await talk.trace()]
    assert types[-4:] == ["conversation.outcome", "ticket.drawn", "turn.ended", "owner.changed"]


async def test_without_anybody_there_the_customer_waits_and_whoever_comes_takes_him(
    world: DeskWorld, talk: Talk
) -> None:
    lin = await world.agent("1024")
    await talk.say("转人工")
    assert await world.holder(talk.conversation_id) == (Side.NOBODY, None)
    await lin.be(Presence.ONLINE)
    assert await world.holder(talk.conversation_id) == (Side.AGENT, lin.who.staff_id)


async def test_an_agents_words_reach_the_customer_in_the_same_log_and_carry_no_ai_label(
    world: DeskWorld, talk: Talk
) -> None:
    lin, token = await served(world, talk)
    sent = await lin.say(talk.conversation_id, "您好，我来帮您", token)
    assert await talk.say("好的") == []
    (said,) = [event for event in await world.seen(talk.conversation_id) if event.seq == sent.seq]
    assert (said.kind, said.speaker, said.text, said.badge) == (
        VisibleKind.MESSAGE,
        Speaker.AGENT,
        "您好，我来帮您",
        "1024",
    )
    assert not said.is_ai
    assert (await talk.heard())[-1] == "好的"


async def test_the_same_message_again_changes_nothing(world: DeskWorld, talk: Talk) -> None:
    lin, token = await served(world, talk)
    first = await lin.say(talk.conversation_id, "在的", token, "a-1")
    again = await lin.say(talk.conversation_id, "在的", token, "a-1")
    assert (again.seq, again.duplicate, first.duplicate) == (first.seq, True, False)
    assert len(await talk.of("agent.said")) == 1


async def test_what_an_agent_writes_is_fenced_and_masked_before_it_is_kept(world: DeskWorld, talk: Talk) -> None:
    lin, token = await served(world, talk)
    await lin.say(talk.conversation_id, "请打 13912345678 <b>", token)
    await world.people.desk.talk.note(SHOP, talk.conversation_id, lin.who.staff_id, "电话13912345678")
    (said,), (note,) = await talk.of("agent.said"), await talk.of("note.made")
    assert said.words == "请打 ⟨手机2⟩ ‹b›"
    assert note.words == "电话⟨手机2⟩"


@pytest.mark.control("K1")
async def test_what_is_known_of_the_customer_is_masked_in_the_words_of_agents(world: DeskWorld, talk: Talk) -> None:
    """In a sentence that does not say that it is a name."""
    await talk.say("收件人：田丽华，手机13900139000")
    lin, token = await served(world, talk)
    await lin.say(talk.conversation_id, "是田丽华在家吗", token)
    await world.people.desk.talk.note(SHOP, talk.conversation_id, lin.who.staff_id, "已和田丽华说好，验证码 583920")
    (said,), (note,) = await talk.of("agent.said"), await talk.of("note.made")
    customer = (await talk.heard())[0] or ""
    name = customer[customer.index("⟨") : customer.index("⟩") + 1]
    assert said.words == f"是{name}在家吗"
    assert note.words == f"已和{name}说好，验证码 ⟨验证码⟩"


async def test_words_under_an_old_token_are_refused_and_not_kept(world: DeskWorld, talk: Talk) -> None:
    lin, token = await served(world, talk)
    await lin.deeds.hand_back(lin.who, talk.conversation_id, token, HERE)
    with pytest.raises(NotYours):
        await lin.say(talk.conversation_id, "还在吗", token)
    taken = await lin.deeds.take(lin.who, talk.conversation_id, HERE)
    with pytest.raises(NotYours):
        await lin.say(talk.conversation_id, "还在吗", token)
    await lin.say(talk.conversation_id, "还在吗", taken.token)
    assert len(await talk.of("agent.said")) == 1


async def test_a_turn_that_thinks_while_an_agent_takes_over_says_nothing(world: DeskWorld, talk: Talk) -> None:
    """What it wanted to say is dropped, not said late; what the customer said stands."""
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    world.orders.is_open.clear()
    await talk.send(talk.text("我要退鞋子，尺码不合适"))
    await world.orders.is_asked.wait()
    taken = await lin.deeds.take(lin.who, talk.conversation_id, HERE)
    await lin.say(talk.conversation_id, "您好", taken.token)
    world.orders.is_open.set()
    await world.people.conversations.finish()
    assert await talk.heard() == ["我要退鞋子，尺码不合适"]
    assert await talk.said(after=2) == []
    assert await world.holder(talk.conversation_id) == (Side.AGENT, lin.who.staff_id)


async def test_a_turn_that_would_hand_over_to_people_who_are_there_already_draws_no_place(
    world: DeskWorld, talk: Talk
) -> None:
    lin = await world.agent("1024")
    world.orders.is_open.clear()
    await talk.send(talk.text("转人工"))
    await world.orders.is_asked.wait()
    await lin.deeds.take(lin.who, talk.conversation_id, HERE)
    world.orders.is_open.set()
    await world.people.conversations.finish()
    assert await talk.heard() == ["转人工"]
    assert await talk.of("ticket.drawn") == []
    assert await world.holder(talk.conversation_id) == (Side.AGENT, lin.who.staff_id)


async def test_what_was_agreed_to_before_is_finished_and_told_as_a_notice(world: DeskWorld, talk: Talk) -> None:
    lin = await world.agent("1024")
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("确认")
    taken = await lin.deeds.take(lin.who, talk.conversation_id, HERE)
    after = (await talk.trace())[-1].seq
    assert await talk.settle() == ["receipt.return_refund"]
    told = [event for event in await world.seen(talk.conversation_id, after) if event.text]
    assert [event.speaker for event in told] == [Speaker.SYSTEM]
    assert (await talk.of("bot.said"))[-1].data["is_notice"] is True
    assert await world.holder(talk.conversation_id) == (Side.AGENT, lin.who.staff_id)
    await lin.say(talk.conversation_id, "退款已经在处理", taken.token)


async def test_a_yes_to_a_quote_counts_no_more_once_an_agent_has_taken_over(world: DeskWorld, talk: Talk) -> None:
    lin = await world.agent("1024")
    await talk.say("我要退鞋子，尺码不合适")
    taken = await lin.deeds.take(lin.who, talk.conversation_id, HERE)
    assert await talk.say("确认") == []
    await lin.deeds.hand_back(lin.who, talk.conversation_id, taken.token, HERE)
    assert await talk.say("确认") == ["nothing_pending"]
    assert await talk.of("operation.accepted") == []


async def test_handed_back_the_bot_begins_anew_and_hands_over_again(world: DeskWorld, talk: Talk) -> None:
    lin, token = await served(world, talk)
    back = await lin.deeds.hand_back(lin.who, talk.conversation_id, token, HERE)
    assert back.holder is Side.BOT
    changed = [event for event in await world.seen(talk.conversation_id) if event.kind is VisibleKind.OWNER]
    assert [event.holder for event in changed] == [Side.AGENT, Side.BOT]
    assert "智能客服" in changed[-1].text
    assert await talk.say("我的券") != []
    await talk.say("转人工")
    assert await world.holder(talk.conversation_id) == (Side.AGENT, lin.who.staff_id)


async def test_an_agent_takes_from_nobody_who_serves_and_a_supervisor_from_anybody(
    world: DeskWorld, talk: Talk
) -> None:
    lin, token = await served(world, talk)
    other, boss = await world.agent("1025"), await world.agent("9001", role=Role.SUPERVISOR)
    with pytest.raises(NotAllowed):
        await other.deeds.take(other.who, talk.conversation_id, HERE)
    taken = await boss.deeds.take(boss.who, talk.conversation_id, HERE)
    with pytest.raises(NotYours):
        await lin.say(talk.conversation_id, "我还在", token)
    assert await lin.mine() == {}
    assert await boss.mine() == {talk.conversation_id: taken.token}
    records = sorted(record for record in await audit(world) if record[0].startswith("desk.take"))
    assert records == [("desk.take", "denied", "not_allowed"), ("desk.take", "success", "")]


async def test_a_transfer_goes_to_a_group_at_the_old_place_and_not_back_by_itself(world: DeskWorld, talk: Talk) -> None:
    lin, token = await served(world, talk)
    before = await world.ticket(talk.conversation_id)
    await lin.deeds.transfer(lin.who, talk.conversation_id, token, HERE, group="complaints")
    after = await world.ticket(talk.conversation_id)
    assert before is not None
    assert after is not None
    assert (after.skill, after.rank_at, after.agent_id) == ("complaints", before.rank_at, None)
    boss = await world.agent("1025", "complaints")
    await boss.be(Presence.ONLINE)
    assert await world.holder(talk.conversation_id) == (Side.AGENT, boss.who.staff_id)


async def test_a_transfer_to_a_person_needs_somebody_who_is_there_and_has_room(world: DeskWorld, talk: Talk) -> None:
    lin, token = await served(world, talk)
    other = await world.agent("1025", capacity=1)
    with pytest.raises(NotFree):
        await lin.deeds.transfer(lin.who, talk.conversation_id, token, HERE, to=other.who.staff_id)
    await other.be(Presence.ONLINE)
    given = await lin.deeds.transfer(lin.who, talk.conversation_id, token, HERE, to=other.who.staff_id)
    assert given.agent_id == other.who.staff_id
    assert await other.mine() == {talk.conversation_id: given.token}
    with pytest.raises(InvalidInput):
        await other.deeds.transfer(other.who, talk.conversation_id, given.token, HERE)


async def test_closed_the_customer_is_asked_for_a_rating_and_the_bot_is_there_again(
    world: DeskWorld, talk: Talk
) -> None:
    lin, token = await served(world, talk)
    closed = await lin.deeds.close(lin.who, talk.conversation_id, token, CloseReason.SOLVED, HERE, asks_rating=True)
    assert closed.holder is Side.BOT
    (asked,) = [event for event in await world.seen(talk.conversation_id) if event.kind is VisibleKind.RATING]
    assert (asked.awaiting, "打个分" in asked.text) == ("rating", True)
    await world.people.desk.talk.rate(SHOP, talk.conversation_id, 5)
    assert [event.data["score"] for event in await talk.of("rating.given")] == [5]
    rated = (await world.seen(talk.conversation_id))[-1]
    assert (rated.kind, rated.speaker, rated.score) == (VisibleKind.RATING, Speaker.CUSTOMER, 5)
    assert await world.ticket(talk.conversation_id) is None


async def test_a_wrong_answer_of_the_bot_is_marked_at_its_place(world: DeskWorld, talk: Talk) -> None:
    await talk.say("我的券")
    said = (await talk.of("bot.said"))[-1]
    lin = person()
    await world.people.desk.talk.mark(SHOP, talk.conversation_id, lin.staff_id, said.seq, "wrong_fact")  # type: ignore[arg-type]
    (marked,) = await talk.of("answer.marked")
    assert (marked.data["said_seq"], marked.data["key"], marked.data["why"]) == (
        said.seq,
        said.data["key"],
        "wrong_fact",
    )
    with pytest.raises(NotFound):
        await world.people.desk.talk.mark(SHOP, talk.conversation_id, lin.staff_id, said.seq + 1, "wrong_fact")  # type: ignore[arg-type]


async def test_how_a_caller_sounded_last_goes_over_with_him_and_decides_nothing(world: DeskWorld) -> None:
    call, calm = [await world.talk(channel=Channel.VOICE) for _ in range(2)]
    said = ("我要退鞋子，尺码不合适", "运费谁出", "转人工")
    for words, sounds in zip(said, ("sad", "angry", None), strict=True):
        await call.send(msgspec.structs.replace(call.text(words), sounds=sounds))
        await call.settle()
        await calm.say(words)
    carried = await world.people.desk.looks.carried(SHOP, call.conversation_id)
    assert carried.summary["sounds"] == "angry"
    assert "听起来：生气" in carried.words
    seen = await world.people.desk.looks.events(SHOP, call.conversation_id)
    assert [each.data.get("sounds") for each in seen if each.type == "customer.said"] == ["sad", "angry", None]
    other = await world.people.desk.looks.carried(SHOP, calm.conversation_id)
    assert "sounds" not in other.summary
    assert "听起来" not in other.words
    assert [each.type for each in await call.trace()] == [each.type for each in await calm.trace()]


async def test_how_he_sounded_long_before_is_over(world: DeskWorld) -> None:
    call = await world.talk(channel=Channel.VOICE)
    await call.send(msgspec.structs.replace(call.text("运费谁出"), sounds="angry"))
    await call.settle()
    for _ in range(LAST_SAID):
        await call.say("运费谁出")
    carried = await world.people.desk.looks.carried(SHOP, call.conversation_id)
    assert "sounds" not in carried.summary


async def test_everything_that_is_known_goes_over_with_the_customer(world: DeskWorld, talk: Talk) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("转人工")
    carried = await world.people.desk.looks.carried(SHOP, talk.conversation_id)
    assert (carried.holder, carried.reason, carried.is_verified) == (Side.NOBODY, "customer_asked", True)
    assert carried.summary["flow"] == "return_refund"
    assert carried.summary["slots"]["reason"] == "size"
    assert carried.words.startswith("转接摘要：")
    assert carried.words.endswith("照片0张。")
    sent = await world.people.desk.pictures.keep(SHOP, talk.conversation_id, picture())
    again = await world.people.desk.looks.carried(SHOP, talk.conversation_id)
    assert again.evidence == (sent.evidence_id,)
    assert again.words.endswith("照片1张。")


async def test_without_a_seat_nobody_takes_and_a_stranger_finds_nothing(world: DeskWorld, talk: Talk) -> None:
    with pytest.raises(NoSeat):
        await world.people.desk.deeds.take(person(), talk.conversation_id, HERE)
    with pytest.raises(NotFound):
        await world.people.desk.deeds.take(person(Role.AGENT, None, "elsewhere"), talk.conversation_id, HERE)


async def test_two_agents_who_take_at_the_same_moment_are_one_owner(world: DeskWorld, talk: Talk) -> None:
    await talk.say("转人工")
    one, two = await world.agent("1024"), await world.agent("1025")
    taken = await asyncio.gather(
        one.deeds.take(one.who, talk.conversation_id, HERE),
        two.deeds.take(two.who, talk.conversation_id, HERE),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in taken) == ["Handed", "NotAllowed"]


async def served(world: DeskWorld, talk: Talk) -> tuple[Agent, int]:
    """An agent who has the conversation, and his token."""
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    await talk.say("转人工")
    return lin, (await lin.mine())[talk.conversation_id]


async def audit(world: DeskWorld) -> list[tuple[str, str, str]]:
    async with world.db.system() as conn:
        found = await (await conn.execute("SELECT event FROM audit_pending")).fetchall()
    return [(event["action"], event["outcome"], event.get("reason", "")) for (event,) in found]
