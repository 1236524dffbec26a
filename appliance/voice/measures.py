"""What a call tells of itself once it is over: how long each part of its answers took, and who yielded to whom.

It only watches (``call.Watch``): no clock, no sound, and no word that was said is kept.
"""

from typing import Final

import msgspec

from appliance.conversation.call_events import AnswerTimes, CallMeasured
from appliance.voice.detection import SURE_MS
from appliance.voice.ear import EarPace
from appliance.voice.events import (
    Action,
    BotSays,
    EndUtterance,
    Event,
    FinalIsLate,
    JudgeTurn,
    KeyPressed,
    LeaveCall,
    LineEnded,
    PassOn,
    SentencePlayed,
    Sign,
    SoundMade,
    SoundSent,
    Speak,
    SpeechBegan,
    SpeechEnded,
    StopSpeaking,
    TextHeard,
    TurnJudged,
)
from appliance.voice.phrases import Phrases

GOES_ON_MS: Final = 1000
"""Who speaks again so soon after the end of a turn was decided had not come to an end."""
_MOST: Final = 300
"""Of each list: a call that lasts for hours is measured by its beginning."""
_CALLER: Final = "caller"
_BROKEN: Final = "broken"


class _Turn(msgspec.Struct):
    """The caller's turn that is going on, by the times at which its parts were over."""

    began_ms: int | None = None
    silent_ms: int | None = None
    asked_ms: int | None = None
    judged_ms: int | None = None
    ended_ms: int | None = None
    final_ms: int | None = None
    over_bot: bool = False
    stopped_ms: int | None = None
    has_partial: bool = False
    was_passed_on: bool = False
    text: str = ""


class _Answer(msgspec.Struct):
    """Passed on, and not heard yet."""

    turn: _Turn
    passed_ms: int
    seq: int | None = None
    said_ms: int | None = None
    spoken_ms: int | None = None
    made_ms: int | None = None


class Measuring:
    def __init__(self, phrases: Phrases, pace: EarPace) -> None:
        self._phrases = phrases
        self._judge_ms = pace.judge_ms
        self._turn = _Turn()
        self._last = _Turn()
        """The turn that was over last."""
        self._over: _Turn | None = None
        """The same, until it is known what became of it."""
        self._answer: _Answer | None = None
        self._speaking: int | None = None
        """The prompt that is being said."""
        self._cut: _Turn | None = None
        """Whose words have stopped the bot, until it is known if they were meant."""
        self._decided_ms: int | None = None
        """When the last end of a turn was."""
        self._goes_on = False
        self._given_up = 0
        """Of utterances before this one no final is waited for any more."""
        self._cause: Event | None = None
        self._began_ms: int | None = None
        self._at_ms = 0
        self._left = _BROKEN
        self._answers: list[AnswerTimes] = []
        self._partials: list[int] = []
        self._yields: list[int] = []
        self._counts = dict.fromkeys(_COUNTED, 0)

    def see(self, happened: Event | Action | Sign, at_ms: int) -> None:
        if self._began_ms is None:
            self._began_ms = at_ms
        self._at_ms = at_ms
        if isinstance(happened, Event):
            self._settle_over()
        match happened:
            case SpeechBegan() | SpeechEnded() | TextHeard() | TurnJudged() | KeyPressed() | LineEnded():
                self._cause = happened
                self._caller(happened, at_ms)
            case JudgeTurn():
                self._turn.asked_ms, self._turn.judged_ms = at_ms, None
            case EndUtterance():
                self._turn.ended_ms = self._decided_ms = at_ms
                self._count("utterances")
            case FinalIsLate():
                self._is_late(at_ms)
            case PassOn():
                self._passed_on(happened, at_ms)
            case LeaveCall():
                self._left = happened.how
            case BotSays() | Speak() | SoundMade() | SoundSent():
                self._bot(happened, at_ms)
            case StopSpeaking():
                self._stopped(at_ms)
            case SentencePlayed():
                self._cause = happened
                self._speaking = None
            case _:
                self._cause = None

    def measured(self) -> CallMeasured:
        """As far as the call has come."""
        self._settle_over()
        self._settle_cut(was_meant=False)
        return CallMeasured(
            length_ms=self._at_ms - (self._began_ms or self._at_ms),
            left=self._left,
            answers=tuple(self._answers),
            partials_ms=tuple(self._partials),
            yields_ms=tuple(self._yields),
            **self._counts,
        )

    # The caller.

    def _caller(
        self, event: SpeechBegan | SpeechEnded | TextHeard | TurnJudged | KeyPressed | LineEnded, at_ms: int
    ) -> None:
        match event:
            case SpeechBegan():
                self._speech_began(at_ms)
            case SpeechEnded():
                self._turn.silent_ms = at_ms - SURE_MS
            case TextHeard():
                self._text(event, at_ms)
            case TurnJudged():
                self._turn.judged_ms = at_ms
            case KeyPressed():
                self._count("keys")
                self._answer = None
            case LineEnded():
                self._left = _CALLER

    def _speech_began(self, at_ms: int) -> None:
        self._goes_on = self._decided_ms is not None and at_ms - self._decided_ms <= GOES_ON_MS
        self._answer = None
        turn = self._turn
        if turn.began_ms is None:
            turn.began_ms, turn.over_bot = at_ms, self._speaking is not None
        turn.silent_ms = turn.asked_ms = turn.judged_ms = turn.ended_ms = None

    def _text(self, heard: TextHeard, at_ms: int) -> None:
        if heard.utterance < self._given_up:
            return
        turn = self._turn
        if heard.text and turn.began_ms is None:
            turn.began_ms, turn.over_bot = at_ms, self._speaking is not None
        if self._goes_on and not self._phrases.is_backchannel(heard.text):
            self._goes_on = False
            self._count("split")
        if not heard.is_final:
            self._partial(heard.text, at_ms)
            return
        turn.text += heard.text
        if turn.ended_ms is not None:
            turn.final_ms = at_ms
            self._turn_over()

    def _partial(self, text: str, at_ms: int) -> None:
        turn = self._turn
        if not text or turn.has_partial:
            return
        turn.has_partial = True
        if turn.began_ms is not None and turn.silent_ms is None and len(self._partials) < _MOST:
            self._partials.append(at_ms - turn.began_ms)

    def _is_late(self, at_ms: int) -> None:
        """A turn whose final did not come is over here."""
        self._count("late_finals")
        self._given_up = self._counts["utterances"]
        self._turn.final_ms = at_ms
        self._turn_over()

    def _turn_over(self) -> None:
        """What becomes of it follows at once: it stops the bot, is passed on, or neither."""
        self._last = self._over = self._turn
        self._turn = _Turn()

    def _settle_over(self) -> None:
        turn, self._over = self._over, None
        if turn is None or not turn.over_bot or turn.stopped_ms is not None or turn.was_passed_on:
            return
        self._count("backchannels" if self._phrases.is_backchannel(turn.text) else "not_yielded")

    def _passed_on(self, passed: PassOn, at_ms: int) -> None:
        """One that was held back tells nothing of an answer's time."""
        if passed.spoken.digits:
            return
        self._settle_cut(was_meant=True)
        turn = self._last
        if turn.final_ms == at_ms and turn.silent_ms is not None:
            turn.was_passed_on = True
            self._answer = _Answer(turn, at_ms)

    # The bot.

    def _bot(self, happened: BotSays | Speak | SoundMade | SoundSent, at_ms: int) -> None:
        answer = self._answer
        match happened:
            case BotSays():
                self._cause = happened
                if answer is not None and answer.seq is None:
                    answer.seq, answer.said_ms = happened.prompt.id, at_ms
            case Speak():
                self._speaks(happened, at_ms)
            case SoundMade():
                if answer is not None and happened.prompt_id == answer.seq and answer.made_ms is None:
                    answer.made_ms = at_ms
            case SoundSent():
                if answer is not None and happened.prompt_id == answer.seq:
                    self._answer = None
                    self._answered(answer, at_ms)

    def _speaks(self, speak: Speak, at_ms: int) -> None:
        self._speaking = speak.prompt_id
        self._settle_cut(was_meant=False)
        if speak.prompt_id < 0:
            self._count("fillers", speak.text in self._phrases.said.fillers)
            self._count("silences", speak.text in self._phrases.said.still_there)
        elif self._answer is not None and speak.prompt_id == self._answer.seq and self._answer.spoken_ms is None:
            self._answer.spoken_ms = at_ms

    def _answered(self, answer: _Answer, at_ms: int) -> None:
        turn = answer.turn
        times = (turn.silent_ms, turn.ended_ms, turn.final_ms, answer.said_ms, answer.spoken_ms, answer.made_ms)
        if None in times or answer.seq is None or len(self._answers) >= _MOST:
            return
        silent, ended, final, said, spoken, made = (each or 0 for each in times)
        was_waited_for = turn.judged_ms == ended
        waited_anyway_ms = SURE_MS + self._judge_ms
        self._answers.append(
            AnswerTimes(
                seq=answer.seq,
                total=at_ms - silent,
                end_of_turn=ended - silent,
                judging=max(0, ended - silent - waited_anyway_ms) if was_waited_for else 0,
                final=final - ended,
                turn=said - final,
                held=spoken - said,
                speech=made - spoken,
                line=at_ms - made,
            )
        )

    # Who yields.

    def _stopped(self, at_ms: int) -> None:
        """By words; a key is no interruption that could be mistaken, and a call that ends none at all."""
        self._speaking = None
        if isinstance(self._cause, KeyPressed | LineEnded) or self._left != _BROKEN:
            return
        turn = self._over or self._turn
        turn.stopped_ms = at_ms
        self._cut = turn

    def _settle_cut(self, *, was_meant: bool) -> None:
        cut, self._cut = self._cut, None
        if cut is None:
            return
        if not was_meant:
            self._count("false_interruptions")
        elif cut.began_ms is not None and cut.stopped_ms is not None and len(self._yields) < _MOST:
            self._yields.append(cut.stopped_ms - cut.began_ms)

    def _count(self, what: str, many: int = 1) -> None:
        self._counts[what] += many


_COUNTED: Final = (
    "false_interruptions", "not_yielded", "backchannels", "utterances", "split", "late_finals", "fillers", "silences",
    "keys",
)  # fmt: skip
