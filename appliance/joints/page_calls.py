"""Calls from pages: held on a conversation that the page has begun, and goes on with in writing.

There is no telephone behind them: whoever is to have a person, or whose engines fail, is told to read on.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import msgspec

from appliance.channels.page_call.errors import NoCallConversation, WithPeople
from appliance.channels.page_call.line import OUT_OF_ORDER, PageLine
from appliance.conversation.earshot import WRITING
from appliance.conversation.model import Channel, Speaker, VisibleKind
from appliance.conversation.service import Conversations
from appliance.ids import ConversationId, ShopId
from appliance.joints.call_words import CallWords, Words
from appliance.joints.held_calls import HeldCalls, Keep, held, taped
from appliance.joints.voice import AWAY, ConversationTalk, Told
from appliance.voice.call import Parts
from appliance.voice.events import BotLeaves, BotSays, LeaveCall, WordsExpected
from appliance.voice.model import Exit, Prompt
from appliance.voice.recording.service import Recordings

_TO_PEOPLE = LeaveCall(Exit.TRANSFER, "people")


class PageTalk(ConversationTalk):
    """The same conversation, but that it may have been begun long ago, and that people answer in writing."""

    def __init__(
        self,
        conversations: Conversations,
        shop: ShopId,
        conversation_id: ConversationId,
        to_people: str,
        words: Words | None,
    ) -> None:
        super().__init__(conversations, shop, conversation_id, _TO_PEOPLE, words)
        self._to_people = to_people

    async def said(self) -> AsyncGenerator[Told | WordsExpected]:
        """Of what was said before, the notice, and what nobody has answered yet."""
        async with self._conversations.watch(self.conversation_id) as watch:
            seen = await self._seen(0)
            answered = max((event.seq for event in seen if event.speaker is Speaker.CUSTOMER), default=0)
            fresh = tuple(event for event in seen if event.kind is VisibleKind.NOTICE or event.seq > answered)
            for told in self._told(fresh):
                if not isinstance(told, BotLeaves):  # of people who have given it back
                    yield told
            if words := await self._expected(seen):
                yield WordsExpected(words)
            after = seen[-1].seq if seen else 0
            while True:
                await watch.wait()
                seen = await self._seen(after)
                after = seen[-1].seq if seen else after
                for told in self._told(seen):
                    if isinstance(told, BotLeaves):
                        yield BotSays(Prompt(id=after, sentences=(self._to_people,)))
                    yield told
                if words := await self._expected(seen):
                    yield WordsExpected(words)

    def _ended(self, how: Exit) -> str:
        """There is no line that people could have."""
        return WRITING if how is Exit.TRANSFER else how


class PageCalls:
    """``channels.page_call.server.Holder``."""

    def __init__(
        self,
        conversations: Conversations,
        parts: Parts,
        recordings: Recordings | None,
        *,
        keep: Keep | None = None,
        words: CallWords | None = None,
    ) -> None:
        """``recordings``: None where calls are not recorded. ``keep``: takes what a call tells of itself.
        ``words``: what the recogniser listens for."""
        self._keep = keep
        self._words = words or CallWords()
        self.is_recorded = recordings is not None
        self._conversations = conversations
        self._parts = parts
        self._recordings = recordings
        self._held = HeldCalls()

    async def admit(self, shop: ShopId, conversation_id: ConversationId) -> None:
        channel, is_bots = await self._conversations.floor(shop, conversation_id)
        if channel is not Channel.VOICE:
            raise NoCallConversation("start a conversation of channel voice: its notice is one for calls")
        if not is_bots:
            raise WithPeople("people have this conversation, and answer in writing")

    async def hold(self, line: PageLine, shop: ShopId, conversation_id: ConversationId) -> None:
        with self._held.holding():
            async with AsyncExitStack() as recorded:
                try:
                    tape = await taped(self._recordings, recorded, line, shop, conversation_id)
                except AWAY:
                    await line.leave(OUT_OF_ORDER)
                    raise
                to_people = self._parts.phrases.on_a_page.to_people
                of_orders = self._words.of_orders(shop)
                talk = PageTalk(self._conversations, shop, conversation_id, to_people, of_orders)
                await held(
                    line,
                    talk,
                    self._parts,
                    shop,
                    tape=tape,
                    left=OUT_OF_ORDER,
                    keep=self._keep,
                    hotwords=self._words.first(shop),
                    watch=line.see,
                )

    async def finish(self, within_s: float) -> None:
        await self._held.finish(within_s)


def page_parts(parts: Parts) -> Parts:
    """Of the calls of pages, made of those of telephones."""
    return msgspec.structs.replace(
        parts,
        phrases=parts.phrases.for_a_page(),
        pace=msgspec.structs.replace(parts.pace, after_silence=Exit.HANG_UP, after_silence_target=""),
        out_of_order=OUT_OF_ORDER,
    )
