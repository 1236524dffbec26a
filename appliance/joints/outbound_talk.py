"""A call that we made: first whether it is a good moment and the right person, then a conversation like any other.

Whatever is said in it, "call me no more" ends it, and is kept before it is promised; where that may not have been
meant, it is asked back.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

import psycopg

from appliance.config_calls import Purpose
from appliance.conversation.service import Conversations
from appliance.errors import ApplianceError
from appliance.ids import ConversationId, ShopId
from appliance.joints.voice import AWAY, ConversationTalk, Told
from appliance.outbound.model import Attempt, Outcome
from appliance.outbound.opening import MOST_ASKED, NO_RECORDING, Answer, OpeningWords
from appliance.outbound.refusal import Refusal
from appliance.outbound.service import OutboundDesk
from appliance.outbound.unkept import UnkeptWishes
from appliance.voice.beep import Beep
from appliance.voice.events import BotLeaves, BotSays, LeaveCall, WasHeard, WordsExpected
from appliance.voice.model import Caller, Exit, Prompt, Spoken
from appliance.voice.ports import Audio, Key, Line, Reached
from appliance.voice.sentences import sentences
from models.commands import Flow

_log = logging.getLogger(__name__)

FLOWS: Final = {
    Purpose.PARCEL_BACK: Flow.REFUND_PROGRESS,
    Purpose.REFUNDED: Flow.REFUND_PROGRESS,
    Purpose.SEND_BACK: Flow.REFUND_PROGRESS,
}
"""What somebody wants to hear who says yes to news: told once it is known that it is his."""
_FIRST_OWN_ID: Final = -1_000_000
"""The call's own prompts count down from -1; these are as little a part of the log as those."""
_ENDS: Final = {
    Answer.NOT_NOW: Outcome.NOT_NOW,
    Answer.WRONG_PERSON: Outcome.WRONG_PERSON,
    Answer.STAND_IN: Outcome.STAND_IN,
    Answer.MACHINE: Outcome.MACHINE,
}


_NOT_TOLD: Final = (*AWAY, psycopg.Error)
"""What does not reach the desk now."""


def welcome_of(purpose: Purpose) -> str:
    """The key of what a call that we make begins with, after the notice."""
    return f"outbound.{purpose}"


class OutboundTalk:
    """``voice.ports.Talk``"""

    def __init__(
        self,
        talk: ConversationTalk,
        desk: OutboundDesk,
        attempt: Attempt,
        words: OpeningWords,
        unkept: UnkeptWishes,
    ) -> None:
        """``unkept``: takes a wish that the desk cannot keep now."""
        self._talk = talk
        self._unkept = unkept
        self._desk = desk
        self._attempt = attempt
        self._words = words
        self._told: asyncio.Queue[Told | WordsExpected | Exception] = asyncio.Queue()
        self._is_opening = True
        self._has_answered = False
        self._unclear = 0
        """Answers in the opening of which nothing was understood."""
        self._is_asked_back = False
        """Whether he wants no calls any more."""
        self._is_leaving = False
        self._own_id = _FIRST_OWN_ID
        self.outcome = Outcome.HUNG_UP
        """Until something better is known."""

    async def pass_on(self, spoken: Spoken) -> None:
        if self._is_leaving or not (spoken.text.strip() or spoken.digits):
            return
        if self._is_asked_back and spoken.digits != NO_RECORDING and await self._is_settled(spoken):
            return
        if self._is_opening and spoken.digits != NO_RECORDING:
            await self._open(spoken)
            return
        match self._words.refusal(spoken.text):
            case Refusal.FIRM:
                await self._refuse()
            case Refusal.DOUBTFUL:
                self._ask_back()
            case Refusal.NONE:
                await self._talk.pass_on(spoken)

    async def said(self) -> AsyncGenerator[Told | WordsExpected]:
        following = asyncio.create_task(self._follow())
        try:
            while True:
                told = await self._told.get()
                if isinstance(told, Exception):
                    raise told
                yield told
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def heard(self, account: WasHeard) -> None:
        await self._talk.heard(account)

    def beeped(self) -> None:
        """A machine is about to record: nothing is left on it."""
        if self._is_opening:
            self._end(Answer.MACHINE)

    @property
    def shop(self) -> ShopId:
        return self._attempt.shop_id

    @property
    def conversation_id(self) -> ConversationId:
        return self._talk.conversation_id

    def on(self, line: Line) -> Line:
        return BeepLine(line, self)

    async def ended(self, how: Exit) -> None:
        """The call is over: what came of it is kept, and what follows. To hang up on the question is a yes to it."""
        if self._is_asked_back:
            self.outcome = Outcome.OPTED_OUT
        await self._talk.ended(how)
        try:
            await self._desk.ended(self._attempt, self.outcome)
        except _NOT_TOLD as away:
            _log.warning("call.outcome_not_told", extra={"why": type(away).__name__})
            if self.outcome is Outcome.OPTED_OUT:
                await self._leave_unkept()

    async def _follow(self) -> None:
        try:
            async for told in self._talk.said():
                self._told.put_nowait(told)
        except Exception as broken:
            self._told.put_nowait(broken)

    async def _open(self, spoken: Spoken) -> None:
        answer = self._words.answer(spoken.text, spoken.digits, is_first=not self._has_answered)
        self._has_answered = True
        if answer is Answer.UNCLEAR:
            self._unclear += 1
            if self._unclear < MOST_ASKED:
                self._say(self._words.said.again)
                return
            answer = Answer.NOT_NOW
        if answer is Answer.REFUSES:
            await self._refuse()
        elif answer is Answer.DOUBTFUL:
            self._ask_back()
        elif answer in _ENDS:
            self._end(answer)
        else:
            await self._begin(answer, spoken)

    async def _begin(self, answer: Answer, spoken: Spoken) -> None:
        self._is_opening = False
        self.outcome = Outcome.TALKED
        flow = FLOWS.get(self._attempt.purpose)
        if answer is Answer.MATTER:
            await self._talk.pass_on(spoken)
        elif flow is None:
            self._say(self._words.said.go_on)
        else:
            await self._talk.choose(f"flow:{flow}")

    def _ask_back(self) -> None:
        self._is_asked_back = True
        self._say(self._words.said.ask_back)

    async def _is_settled(self, spoken: Spoken) -> bool:
        """Whether nothing but the question was answered. False: what else he says goes where all goes."""
        self._is_asked_back = False
        confirmed = self._words.is_refusal_confirmed(spoken.text, spoken.digits)
        if confirmed:
            await self._refuse()
        elif confirmed is False and self._words.answer(spoken.text, "", is_first=False) is Answer.UNCLEAR:
            self._say(self._words.said.still_called)
        else:
            return False
        return True

    async def _refuse(self) -> None:
        """Nothing is promised that is not kept."""
        self.outcome = Outcome.OPTED_OUT
        said = self._words.said
        try:
            await self._desk.refused(self._attempt)
        except _NOT_TOLD as away:
            _log.warning("call.wish_not_kept", extra={"why": type(away).__name__})
            await self._leave_unkept()
            self._leave(said.not_kept)
        else:
            self._leave(said.refused)

    async def _leave_unkept(self) -> None:
        try:
            await asyncio.to_thread(self._unkept.leave, self._attempt)
        except OSError:
            _log.exception("call.wish_lost", extra={"call_id": str(self._attempt.call_id)})

    def _end(self, answer: Answer) -> None:
        self.outcome = _ENDS[answer]
        said = self._words.said
        farewells = {
            Answer.NOT_NOW: said.not_now,
            Answer.WRONG_PERSON: said.wrong,
            Answer.STAND_IN: said.not_now,
        }
        self._leave(farewells.get(answer))

    def _leave(self, farewell: str | None) -> None:
        self._is_opening, self._is_asked_back, self._is_leaving = False, False, True
        if farewell:
            self._say(farewell)
        self._told.put_nowait(BotLeaves(Exit.HANG_UP))

    def _say(self, words: str) -> None:
        self._own_id -= 1
        self._told.put_nowait(BotSays(Prompt(id=self._own_id, sentences=sentences(words))))


class BeepLine:
    """A line on which a beep is noticed; ``voice.ports.Line``."""

    def __init__(self, line: Line, talk: OutboundTalk) -> None:
        self._line = line
        self._talk = talk
        self._beep = Beep(line.rate_hz)

    @property
    def caller(self) -> Caller:
        return self._line.caller

    @property
    def rate_hz(self) -> int:
        return self._line.rate_hz

    async def events(self) -> AsyncIterator[Audio | Key | Reached]:
        async for event in self._line.events():
            if isinstance(event, Audio) and self._beep.feed(event.pcm):
                self._talk.beeped()
            yield event

    async def play(self, frame: bytes) -> None:
        await self._line.play(frame)

    async def mark(self, mark: str) -> None:
        await self._line.mark(mark)

    async def flush(self) -> None:
        await self._line.flush()

    async def leave(self, leave: LeaveCall) -> None:
        await self._line.leave(leave)


class OutboundCalls:
    """``joints.voice.MadeCalls``"""

    def __init__(
        self,
        conversations: Conversations,
        desk: OutboundDesk,
        words: OpeningWords,
        people: LeaveCall,
        unkept: UnkeptWishes,
        *,
        takes_photos: bool = False,
    ) -> None:
        """``people``: where a call goes on that is handed over."""
        self._conversations = conversations
        self._desk = desk
        self._words = words
        self._people = people
        self._unkept = unkept
        self._takes_photos = takes_photos

    async def begin(self, caller: Caller) -> OutboundTalk | None:
        attempt = await self._desk.answered(caller.outbound, caller.number)
        if attempt is None:
            _log.warning("call.not_ours")
            return None
        try:
            talk = await ConversationTalk.begin(
                self._conversations,
                attempt.shop_id,
                self._people,
                caller,
                takes_photos=self._takes_photos,
                welcome=welcome_of(attempt.purpose),
            )
            await self._desk.held_in(attempt, talk.conversation_id)
        except ApplianceError:
            await self._desk.ended(attempt, Outcome.HUNG_UP)
            raise
        return OutboundTalk(talk, self._desk, attempt, self._words, self._unkept)
