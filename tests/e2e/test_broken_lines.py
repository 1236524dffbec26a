"""Connections that break, messages that come twice, sockets that are opened again."""

from typing import Any

Fixture = Any


async def test_after_a_reconnect_nothing_is_lost_and_nothing_comes_twice(shop: Fixture) -> None:
    async with shop.talk() as talk:
        conversation = talk.conversation
        await talk.say("我的烧水壶到哪了")
        await conversation.close()
        await conversation.open()
        await talk.return_the_lamp()
        assert [e.seq for e in conversation.events] == sorted({e.seq for e in conversation.events})
        again = shop.site.chat.resume(conversation.conversation_id, conversation.access_token)
        async with again:
            await again.until(lambda: again.last_seq >= conversation.last_seq)
            assert again.events == conversation.events


async def test_only_what_came_after_is_sent_again(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.say("我的烧水壶到哪了")
        middle = talk.conversation.events[len(talk.conversation.events) // 2].seq
        later = shop.site.chat.resume(talk.conversation.conversation_id, talk.conversation.access_token, after=middle)
        async with later:
            await later.until(lambda: later.last_seq >= talk.conversation.last_seq)
            assert later.events == [e for e in talk.conversation.events if e.seq > middle]


async def test_a_message_that_comes_twice_is_heard_once(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.conversation.say("确认", "the-yes")
        await talk.conversation.flush()
        await talk.conversation.turn_end("the-yes")
        await talk.conversation.say("确认", "the-yes")
        await talk.say("谢谢")
        said = [e for e in talk.conversation.events if e.client_message_id == "the-yes"]
        assert len(said) == 1
        assert await shop.writes() == 1


async def test_what_is_said_on_one_socket_is_seen_on_another(shop: Fixture) -> None:
    async with shop.talk() as talk:
        second = shop.site.chat.resume(talk.conversation.conversation_id, talk.conversation.access_token)
        async with second:
            await talk.say("我的烧水壶到哪了")
            await second.until(lambda: second.last_seq >= talk.conversation.last_seq)
            assert second.events == talk.conversation.events


async def test_messages_sent_at_once_are_all_heard_in_order(shop: Fixture) -> None:
    words = ["在吗", "我想问一下", "烧水壶", "到哪了"]
    async with shop.talk() as talk:
        sent = [await talk.conversation.say(each) for each in words]
        await talk.conversation.flush()
        await talk.conversation.turn_end(*sent)
        heard = [e.client_message_id for e in talk.conversation.events if e.client_message_id]
        assert heard == sent
