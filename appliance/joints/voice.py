"""A conversation held on a line: what the caller says goes in as messages, what its customer may see is said."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from appliance.config_voice import AfterSilence, VoiceSettings
from appliance.conversation.model import Awaiting, Channel, Form, Speaker, Text, Visible, VisibleKind
from appliance.conversation.service import Conversations
from appliance.errors import ApplianceError
from appliance.ids import ConversationId, ShopId, uuid7
from appliance.joints.voice_engines import Engines
from appliance.voice.call import Call, Parts
from appliance.voice.detection import SileroDetector
from appliance.voice.end_of_turn import SmartTurn
from appliance.voice.events import BotIsDone, BotLeaves, BotSays, BotStillWorks, LeaveCall, WasHeard
from appliance.voice.model import Caller, Exit, Prompt, Spoken
from appliance.voice.patience import Wait
from appliance.voice.phrases import Phrases
from appliance.voice.ports import Line
from appliance.voice.recording.service import Recordings
from appliance.voice.sentences import sentences
from appliance.voice.taping import TapedLine
from appliance.voice.turn_taking import Pace

_log = logging.getLogger(__name__)

Told = BotSays | BotIsDone | BotStillWorks | BotLeaves


class ConversationTalk:
    def __init__(
        self, conversations: Conversations, shop: ShopId, conversation_id: ConversationId, people: LeaveCall
    ) -> None:
        """``people``: where a call goes on whose skill group has no place of its own in the dialplan."""
        self._conversations = conversations
        self._shop = shop
        self.conversation_id = conversation_id
        self._people = people

    @classmethod
    async def begin(
        cls, conversations: Conversations, shop: ShopId, people: LeaveCall, caller: str = ""
    ) -> "ConversationTalk":
        """NotFound: there is no such shop. ``caller``: the number that the call comes from, if it is shown."""
        started = await conversations.start(shop=shop, channel=Channel.VOICE, customer=None, caller=caller or None)
        return cls(conversations, shop, started.conversation_id, people)

    async def pass_on(self, spoken: Spoken) -> None:
        """A turn on the phone is whole when it comes: nothing more is waited for."""
        message = Text(
            client_message_id=str(uuid7()),
            text=spoken.digits or spoken.text,
            alternatives=spoken.alternatives,
            is_keyed=bool(spoken.digits),
        )
        await self._conversations.receive(self._shop, self.conversation_id, message)
        await self._conversations.flush(self._shop, self.conversation_id)

    async def said(self) -> AsyncGenerator[Told]:
        after = 0
        async with self._conversations.watch(self.conversation_id) as watch:
            while True:
                for told in self._told(seen := await self._seen(after)):
                    yield told
                after = seen[-1].seq if seen else after
                await watch.wait()

    async def heard(self, account: WasHeard) -> None:
        _log.info("call.prompt_heard", extra={"sentences": account.sentences, "of": account.of})

    async def _seen(self, after: int) -> tuple[Visible, ...]:
        return await self._conversations.transcript(self._shop, self.conversation_id, after)

    def _told(self, events: tuple[Visible, ...]) -> list[Told]:
        """The way out comes last: what was said beside it is heard before. None where nobody takes calls now."""
        told = [each for event in events if (each := _of(event)) is not None]
        moved = next((event.transfer for event in events if event.transfer is not None), None)
        return [*told, BotLeaves(Exit.TRANSFER, moved.to or self._people.target)] if moved else told


def _of(event: Visible) -> Told | None:
    if event.kind is VisibleKind.STATE:
        return BotStillWorks() if event.awaiting == Awaiting.RECEIPT else BotIsDone()
    if event.speaker is Speaker.CUSTOMER or not event.text:
        return None
    is_fixed = event.kind is VisibleKind.NOTICE or event.form in (Form.QUOTE, Form.RECEIPT)
    return BotSays(
        Prompt(
            id=event.seq,
            sentences=sentences(event.text),
            may_interrupt=not is_fixed,
            is_quote=event.form is Form.QUOTE,
        )
    )


class Calls:
    """All calls of a process, each with a conversation of its own."""

    def __init__(
        self,
        conversations: Conversations,
        settings: VoiceSettings,
        parts: Parts,
        recordings: Recordings | None = None,
    ) -> None:
        """``recordings``: None where calls are not recorded."""
        self._recordings = recordings
        self._conversations = conversations
        self._settings = settings
        self._parts = parts
        self._people = people_of(settings)
        self._held: set[asyncio.Task[object]] = set()

    async def hold(self, line: Line) -> None:
        """One call, from its first words to its end. Where no conversation can be held, people take it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one
        self._held.add(task)
        try:
            await self._hold(line)
        finally:
            self._held.discard(task)

    async def finish(self, within_s: float) -> None:
        """Calls that are held may come to their end; those that do not are cut short, and people take them."""
        if self._held:
            _, left = await asyncio.wait(tuple(self._held), timeout=within_s)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _hold(self, line: Line) -> None:
        shop = shop_of(self._settings, line.caller)
        if shop is None:
            _log.warning("call.number_of_no_shop")
            await line.leave(self._people)
            return
        async with AsyncExitStack() as recorded:
            try:
                talk = await ConversationTalk.begin(self._conversations, shop, self._people, line.caller.number)
                tape = await self._taped(recorded, line, shop, talk.conversation_id)
            except ApplianceError as away:
                _log.warning("call.not_begun", extra={"code": away.code})
                await line.leave(self._people)
                return
            await Call(tape or line, talk, self._parts, watch=tape.see if tape else None).run()

    async def _taped(
        self, recorded: AsyncExitStack, line: Line, shop: ShopId, conversation_id: ConversationId
    ) -> TapedLine | None:
        if self._recordings is None:
            return None
        recorder = await recorded.enter_async_context(self._recordings.record(shop, conversation_id))
        return TapedLine(line, recorder)


def call_parts(settings: VoiceSettings, engines: Engines, phrases: Phrases) -> Parts:
    """VoiceNotInstalled: without the small models nobody can be heard."""
    session = SileroDetector.session()
    return Parts(
        recogniser=engines.recogniser,
        speaker=engines.speaker,
        detector=lambda: SileroDetector(session),
        end_of_turn=SmartTurn.open() if settings.end_of_turn_model else None,
        phrases=phrases,
        pace=pace_of(settings),
        voice=settings.voice,
        speed=settings.speed,
        out_of_order=people_of(settings),
    )


def pace_of(settings: VoiceSettings) -> Pace:
    is_transfer = settings.after_silence is AfterSilence.TRANSFER
    return Pace(
        wait=Wait(silence_ms=settings.silence_s * 1000),
        after_silence=Exit.TRANSFER if is_transfer else Exit.HANG_UP,
        after_silence_target=settings.people if is_transfer else "",
    )


def people_of(settings: VoiceSettings) -> LeaveCall:
    return LeaveCall(Exit.TRANSFER, settings.people)


def shop_of(settings: VoiceSettings, caller: Caller) -> ShopId | None:
    """None: nobody has said whose number this is."""
    named = dict(each.split("=", 1) for each in settings.numbers)
    found = named.get(caller.called) or settings.shop
    return ShopId(found) if found else None
