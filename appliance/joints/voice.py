"""A conversation held on a line: what the caller says goes in as messages, what its customer may see is said."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final, Protocol

from appliance.config_voice import AfterSilence, VoiceSettings
from appliance.conversation.model import Awaiting, Channel, Choice, Form, HeardOf, Speaker, Text, Visible, VisibleKind
from appliance.conversation.service import Conversations
from appliance.conversation.tone import tone_of
from appliance.dialogue.incoming import Tone
from appliance.dialogue.render import WELCOME
from appliance.errors import ApplianceError
from appliance.ids import ConversationId, ShopId, uuid7
from appliance.joints.call_words import CallWords, GoodsOf, Words
from appliance.joints.held_calls import HeldCalls, HeldTalk, Keep, held, taped
from appliance.joints.voice_engines import Engines
from appliance.voice.call import Parts
from appliance.voice.detection import SileroDetector
from appliance.voice.end_of_turn import SmartTurn
from appliance.voice.events import (
    BotIsDone,
    BotLeaves,
    BotSays,
    BotStillWorks,
    LeaveCall,
    WasHeard,
    WordsExpected,
)
from appliance.voice.model import Caller, Exit, Prompt, Spoken
from appliance.voice.patience import Wait
from appliance.voice.phrases import Phrases
from appliance.voice.ports import Line
from appliance.voice.recording.service import Recordings
from appliance.voice.sentences import sentences
from appliance.voice.taping import TapedLine
from appliance.voice.turn_taking import Pace
from models.commands import Slot
from security.errors import SecurityError

_log = logging.getLogger(__name__)

Told = BotSays | BotIsDone | BotStillWorks | BotLeaves
UNKNOWN = Caller()
AWAY: Final = (ApplianceError, SecurityError)
"""What a conversation is not held for: the database, or the keys that all words are sealed under."""


class ConversationTalk:
    def __init__(
        self,
        conversations: Conversations,
        shop: ShopId,
        conversation_id: ConversationId,
        people: LeaveCall,
        words: Words | None = None,
        *,
        takes_photos: bool = False,
    ) -> None:
        """``people``: where a call goes on whose skill group has no place of its own in the dialplan. ``words``: what
        the recogniser is to listen for, by the titles and numbers of the caller's orders. ``takes_photos``: whether a
        caller who is asked for them can send them while he talks.
        """
        self._conversations = conversations
        self._shop = shop
        self.conversation_id = conversation_id
        self._people = people
        self._words = words
        self._takes_photos = takes_photos
        self._is_asked_to_wait = False
        self._heard: list[HeardOf] = []
        """What is still to be told to the conversation: with the caller's next words, or when the call is over."""

    @classmethod
    async def begin(
        cls,
        conversations: Conversations,
        shop: ShopId,
        people: LeaveCall,
        caller: Caller = UNKNOWN,
        words: Words | None = None,
        *,
        takes_photos: bool = False,
        welcome: str = WELCOME,
    ) -> "ConversationTalk":
        """NotFound: there is no such shop. ``welcome``: the key of what is said first, of a call that we made."""
        started = await conversations.start(
            shop=shop,
            channel=Channel.VOICE,
            customer=None,
            caller=caller.number or None,
            line=caller.headers,
            welcome=welcome,
        )
        return cls(conversations, shop, started.conversation_id, people, words, takes_photos=takes_photos)

    async def pass_on(self, spoken: Spoken) -> None:
        """A turn on the phone is whole when it comes: nothing more is waited for."""
        message = Text(
            client_message_id=str(uuid7()),
            text=spoken.digits or spoken.text,
            alternatives=spoken.alternatives,
            is_keyed=bool(spoken.digits),
            is_spoken=not spoken.digits,
            is_on_line=True,
            from_ms=spoken.from_ms,
            until_ms=spoken.until_ms,
            sounds=spoken.sounds.value if spoken.sounds else None,
        )
        if self._heard:
            await self._tell_heard()
        await self._conversations.receive(self._shop, self.conversation_id, message)
        await self._conversations.flush(self._shop, self.conversation_id)

    async def choose(self, payload: str) -> None:
        """What an offer was that the caller has said yes to."""
        message = Choice(client_message_id=str(uuid7()), payload=payload)
        await self._conversations.receive(self._shop, self.conversation_id, message)
        await self._conversations.flush(self._shop, self.conversation_id)

    async def said(self) -> AsyncGenerator[Told | WordsExpected]:
        after = 0
        async with self._conversations.watch(self.conversation_id) as watch:
            while True:
                for told in self._told(seen := await self._seen(after)):
                    yield told
                if words := await self._expected(seen):
                    yield WordsExpected(words)
                after = seen[-1].seq if seen else after
                await watch.wait()

    async def _expected(self, seen: Sequence[Visible]) -> tuple[str, ...]:
        """What is to be listened for from now on: once, when an answer has shown who calls."""
        if self._words is None or not any(event.kind is VisibleKind.STATE for event in seen):
            return ()
        orders = (await self._conversations.state(self._shop, self.conversation_id)).orders
        if not orders:
            return ()
        of_orders, self._words = self._words, None
        titles = [line.title for order in orders for line in order.lines]
        return of_orders(titles, [order.order_id for order in orders])

    async def heard(self, account: WasHeard) -> None:
        _log.info("call.prompt_heard", extra={"sentences": account.sentences, "of": account.of})
        self._heard.append(
            HeardOf(
                said_seq=account.prompt_id,
                sentences=account.sentences,
                of=account.of,
                from_ms=account.from_ms,
                until_ms=account.until_ms,
            )
        )

    async def ended(self, how: Exit) -> None:
        """The line is gone. Of what was said and not heard the conversation learns it now."""
        try:
            await self._tell_heard(self._ended(how))
        except AWAY as away:
            _log.warning("call.end_not_told", extra={"code": away.code})

    def _ended(self, how: Exit) -> str:
        return how

    async def _tell_heard(self, ended: str | None = None) -> None:
        told = len(self._heard)
        await self._conversations.heard(self._shop, self.conversation_id, self._heard[:told], ended=ended)
        del self._heard[:told]

    async def _seen(self, after: int) -> tuple[Visible, ...]:
        return await self._conversations.transcript(self._shop, self.conversation_id, after)

    def _told(self, events: tuple[Visible, ...]) -> list[Told]:
        """The way out comes last: what was said beside it is heard before. None where nobody takes calls now."""
        told = [each for event in events if (each := self._of(event)) is not None]
        moved = next((event.transfer for event in events if event.transfer is not None), None)
        return [*told, BotLeaves(Exit.TRANSFER, moved.to or self._people.target)] if moved else told

    def _of(self, event: Visible) -> Told | None:
        if event.kind is VisibleKind.STATE and event.awaiting != Awaiting.RECEIPT:
            has_a_photo_to_take = self._takes_photos and event.awaiting == Slot.EVIDENCE
            return BotIsDone(is_errand=has_a_photo_to_take or self._is_asked_to_wait)
        if event.speaker is Speaker.CUSTOMER and event.text:
            self._is_asked_to_wait = tone_of(event.text) is Tone.ASKS_TO_WAIT
        return _of(event)


def _of(event: Visible) -> Told | None:
    if event.kind is VisibleKind.STATE:
        return BotStillWorks()
    if event.speaker is Speaker.CUSTOMER or not event.text:
        return None
    is_fixed = event.kind is VisibleKind.NOTICE or event.form in (Form.QUOTE, Form.RECEIPT)
    return BotSays(
        Prompt(
            id=event.seq,
            sentences=sentences(event.text),
            may_interrupt=not is_fixed,
            is_quote=event.form is Form.QUOTE,
            is_notice=event.kind is VisibleKind.NOTICE,
        )
    )


class MadeCall(HeldTalk, Protocol):
    """A call that we made and somebody has answered."""

    @property
    def shop(self) -> ShopId: ...

    def on(self, line: Line) -> Line:
        """The line, listened to for a machine."""
        ...


class MadeCalls(Protocol):
    async def begin(self, caller: Caller) -> MadeCall | None:
        """None: nobody knows of such a call."""
        ...


class Calls:
    """All calls of a process, each with a conversation of its own."""

    def __init__(
        self,
        conversations: Conversations,
        settings: VoiceSettings,
        parts: Parts,
        recordings: Recordings | None = None,
        *,
        mask: Callable[[str], str] | None = None,
        keep: Keep | None = None,
        takes_photos: bool = False,
        made: MadeCalls | None = None,
        goods: GoodsOf | None = None,
    ) -> None:
        """``recordings``: None where calls are not recorded. ``mask``: puts signs for what is personal; None: the
        recogniser listens for no words of the caller's orders. ``keep``: takes what a call tells of itself. ``made``:
        None where no calls are made. ``goods``: what the goods of a shop are called, for whom nothing is known."""
        self._words = CallWords(settings.hotwords, mask, goods)
        self._takes_photos = takes_photos
        self._made = made
        self._recordings = recordings
        self._keep = keep
        self._conversations = conversations
        self._settings = settings
        self._parts = parts
        self._people = people_of(settings)
        self._held = HeldCalls()

    async def hold(self, line: Line) -> None:
        """One call, from its first words to its end. Where no conversation can be held, people take it."""
        with self._held.holding():
            await self._hold(line)

    async def finish(self, within_s: float) -> None:
        """Calls that are held may come to their end; those that do not are cut short, and people take them."""
        await self._held.finish(within_s)

    async def _hold(self, line: Line) -> None:
        if line.caller.outbound:
            await self._hold_made(line)
            return
        shop = shop_of(self._settings, line.caller)
        if shop is None:
            _log.warning("call.number_of_no_shop")
            await line.leave(self._people)
            return
        try:
            talk = await self._talk(shop, line.caller)
        except AWAY as away:
            await self._not_begun(line, away)
            return
        async with AsyncExitStack() as recorded:
            try:
                tape = await taped(self._recordings, recorded, line, shop, talk.conversation_id)
            except AWAY as away:
                await self._not_begun(line, away)
                await talk.ended(self._people.how)
                return
            await self._run(line, talk, shop, tape, self._people)

    async def _not_begun(self, line: Line, away: ApplianceError | SecurityError) -> None:
        _log.warning("call.not_begun", extra={"code": away.code})
        await line.leave(self._people)

    async def _run(
        self, line: Line, talk: "ConversationTalk | MadeCall", shop: ShopId, tape: TapedLine | None, left: LeaveCall
    ) -> None:
        """``left``: how a call ends that is cut short."""
        words = self._words.first(shop)
        await held(line, talk, self._parts, shop, tape=tape, left=left, keep=self._keep, hotwords=words)

    async def _hold_made(self, line: Line) -> None:
        """One that we made. What nobody knows of, or nothing can be held on, is hung up: he did not ask for people."""
        made = await self._begun(line.caller)
        if made is None:
            await line.leave(LeaveCall(Exit.HANG_UP))
            return
        async with AsyncExitStack() as opened:
            try:
                on = made.on(line)
                tape = await taped(self._recordings, opened, on, made.shop, made.conversation_id)
            except AWAY as away:
                _log.warning("call.not_begun", extra={"code": away.code})
                await line.leave(LeaveCall(Exit.HANG_UP))
                await made.ended(Exit.HANG_UP)
                return
            await self._run(on, made, made.shop, tape, LeaveCall(Exit.HANG_UP))

    async def _begun(self, caller: Caller) -> "MadeCall | None":
        if self._made is None:
            return None
        try:
            return await self._made.begin(caller)
        except AWAY as away:
            _log.warning("call.not_begun", extra={"code": away.code})
            return None

    async def _talk(self, shop: ShopId, caller: Caller) -> ConversationTalk:
        return await ConversationTalk.begin(
            self._conversations,
            shop,
            self._people,
            caller,
            self._words.of_orders(shop),
            takes_photos=self._takes_photos,
        )


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
