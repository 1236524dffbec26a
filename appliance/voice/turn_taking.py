"""Whose turn it is: fed with what happens and the time, it answers with what is to be done. No clock, no audio, no I/O.

The caller's words decide: a back-channel (嗯, 好的, a cough) leaves the bot speaking, a word that means something stops
it. What may not be interrupted is played whole; what was said meanwhile is passed on after it, but no yes to a quote
of which not all was heard, and be it that it has not begun: the conversation would take it for one. Only who asks for
people stops a quote, too.
"""

from typing import assert_never

import msgspec

from appliance.conversation.refusal import refuses_recording
from appliance.conversation.telephone import NO_RECORDING
from appliance.voice.ear import Ear, EarPace, Turn
from appliance.voice.events import (
    Action,
    BotIsDone,
    BotLeaves,
    BotSays,
    BotStillWorks,
    Event,
    FinalIsLate,
    KeyPressed,
    LeaveCall,
    LineEnded,
    PassOn,
    SentencePlayed,
    SpeechBegan,
    SpeechEnded,
    TextHeard,
    Tick,
    TurnJudged,
)
from appliance.voice.keypad import Keypad
from appliance.voice.model import Exit, Prompt, Spoken
from appliance.voice.mouth import Mouth
from appliance.voice.patience import Nudge, Patience, Wait
from appliance.voice.phrases import Phrases, Verdict


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    ear: EarPace = EarPace()
    wait: Wait = Wait()
    keypad_pause_ms: int = 3000
    open_speech_ms: int = 1600
    """Speech of which the words do not tell yet stops the bot when it has lasted so long."""
    most_unheard: int = 3
    """Turns in a row of which too little was heard to go on; then people take over."""
    after_silence: Exit = Exit.HANG_UP
    after_silence_target: str = ""


class TurnTaking:
    def __init__(self, phrases: Phrases, pace: Pace | None = None, out_of_order: LeaveCall | None = None) -> None:
        """``out_of_order``: how a call is left whose caller cannot be heard; None: to people."""
        self._out_of_order = out_of_order or LeaveCall(Exit.TRANSFER)
        self._phrases = phrases
        self._pace = pace or Pace()
        self._mouth = Mouth()
        self._ear = Ear(phrases, self._pace.ear)
        self._keypad = Keypad(self._pace.keypad_pause_ms)
        said = phrases.said
        self._patience = Patience(self._pace.wait, len(said.fillers), len(said.still_there))
        self._own_id = 0
        self._leaving: BotLeaves | None = None
        self._gives_up = False
        self._held: list[Spoken] = []
        self._was_early = False
        self._unheard = 0
        self._was_quoted = False
        """A quote was said, and no receipt since."""
        self.is_over = False

    def on(self, event: Event, at_ms: int) -> list[Action]:
        """``at_ms``: of any clock that never goes back."""
        if self.is_over:
            return []
        match event:
            case BotSays():
                return self._bot_says(event.prompt, at_ms)
            case BotIsDone():
                self._patience.answered(is_errand=event.is_errand)
                return []
            case BotStillWorks():
                self._patience.works(at_ms)
                return []
            case BotLeaves():
                self._patience.answered()
                self._leaving = event
                return self._move_on(at_ms)
            case SentencePlayed():
                return [*self._played(event, at_ms), *self._move_on(at_ms)]
            case SpeechBegan():
                return self._speech_began(at_ms)
            case SpeechEnded():
                self._ear.ended(at_ms)
                return []
            case TurnJudged():
                self._ear.judged(event.is_complete)
                return self._tick(at_ms)
            case TextHeard():
                return self._text(event, at_ms)
            case KeyPressed():
                return self._key(event, at_ms)
            case Tick():
                return self._tick(at_ms)
            case LineEnded():
                return self._line_ended()
            case _:
                assert_never(event)

    def _bot_says(self, prompt: Prompt, at_ms: int) -> list[Action]:
        self._patience.answered()
        self._patience.stirred()
        if prompt.is_quote or not prompt.may_interrupt:
            self._was_quoted = prompt.is_quote
        self._mouth.add(prompt)
        return self._speak(at_ms)

    def _played(self, event: SentencePlayed, at_ms: int) -> list[Action]:
        """Keys that were pressed before the end of a quote and gathered until then are no yes to it either."""
        owed_a_quote = self._mouth.owes_a_quote
        actions = self._mouth.played(event.prompt_id, event.index)
        if event.prompt_id > 0:
            self._keypad.answered()
        if owed_a_quote and not self._mouth.owes_a_quote and (digits := self._keypad.take()):
            if digits == NO_RECORDING:
                return [*actions, *self._pass_on_all(at_ms, Spoken(digits=digits))]
            self._was_early = True
        return actions

    def _speak(self, at_ms: int) -> list[Action]:
        """Unless the caller speaks: nobody is talked over."""
        return [] if self._ear.holds_floor(at_ms) else self._mouth.go_on()

    def _move_on(self, at_ms: int) -> list[Action]:
        """After something has ended: what was held back, the next prompt, or the way out."""
        if self._mouth.is_playing:
            return []
        actions: list[Action] = []
        if any(not self._phrases.is_assent(spoken.text) for spoken in self._held):
            actions += self._mouth.give_up()
        actions += self._pass_on_all(at_ms)
        if self._was_early:
            self._was_early = False
            actions += self._say(self._phrases.said.say_again, at_ms)
        actions += self._speak(at_ms)
        if self._leaving is not None and self._is_still(at_ms):
            actions += self._leave(LeaveCall(self._leaving.how, self._leaving.target))
        return actions

    def _leave(self, leave: LeaveCall) -> list[Action]:
        self.is_over = True
        return [*self._rest(), *self._mouth.end(), leave]

    def _speech_began(self, at_ms: int) -> list[Action]:
        self._opens()
        self._ear.began(at_ms)
        self._patience.stirred()
        return []

    def _opens(self) -> None:
        """A sound may have lasted since before the bot began: what was said is as early as its first word, too."""
        if not self._ear.is_open:
            self._was_quote_owed = self._mouth.owes_a_quote
            self._was_last_sentence = self._mouth.is_in_last_sentence
            self._was_over_bot = self._mouth.is_playing and not self._was_last_sentence
        elif not self._ear.text and self._mouth.owes_a_quote:
            self._was_quote_owed = True

    def _is_still(self, at_ms: int) -> bool:
        return self._mouth.is_idle and not self._ear.holds_floor(at_ms) and not self._keypad.is_open

    _was_quote_owed = False
    """When the caller began to speak."""
    _was_last_sentence = False
    _was_over_bot = False

    def _text(self, event: TextHeard, at_ms: int) -> list[Action]:
        self._opens()
        turn = self._ear.heard(event, at_ms)
        if turn is not None and turn.is_guess:
            return self._unsettled(turn, at_ms)
        if turn is not None:
            self._unheard = 0
            return self._turn(turn, at_ms)
        return self._stop_if_meant(at_ms)

    def _stop_if_meant(self, at_ms: int) -> list[Action]:
        if self._phrases.asks_for_people(self._ear.text):
            return self._mouth.stop(for_people=True)
        if not self._mouth.may_be_stopped or not self._ear.text:
            return []
        verdict = self._phrases.judge(self._ear.text)
        is_long = self._ear.speech_ms(at_ms) >= self._pace.open_speech_ms
        if verdict is Verdict.STOP or (verdict is Verdict.OPEN and is_long):
            return self._mouth.stop()
        return []

    def _turn(self, turn: Turn, at_ms: int) -> list[Action]:
        """The caller has come to an end."""
        spoken = _spoken(turn)
        if self._gives_up and turn.text.strip():
            return [*self._stays(), *self._pass_on_all(at_ms, spoken), *self._move_on(at_ms)]
        if self._mouth.was_cut:
            return self._after_cut(spoken, at_ms)
        if self._mouth.is_playing:
            return self._while_playing(spoken, at_ms)
        if self._was_quote_owed and not self._may_be_early(spoken):
            is_answer = not self._mouth.owes_a_quote and self._phrases.says_yes(turn.text)
            self._was_early = is_answer or not self._phrases.is_backchannel(turn.text)
            return self._move_on(at_ms)
        if self._was_over_bot and self._phrases.is_backchannel(turn.text):
            return self._move_on(at_ms)
        is_nothing = self._patience.is_thinking or not self._phrases.is_assent(turn.text)
        if not turn.text.strip() or (is_nothing and self._phrases.is_hesitation(turn.text)):
            return self._move_on(at_ms)
        return [*self._pass_on_all(at_ms, spoken), *self._move_on(at_ms)]

    def _unsettled(self, turn: Turn, at_ms: int) -> list[Action]:
        """No second pass came in time: what was heard on the way counts if that is enough, or is asked for again."""
        is_over_bot = self._mouth.was_cut or self._mouth.is_playing or self._was_over_bot
        if self._may_count(turn.text) or (is_over_bot and self._phrases.is_backchannel(turn.text)):
            self._unheard = 0
            return self._turn(turn, at_ms)
        actions = self._stays() or (self._mouth.give_up() if self._mouth.was_cut else [])
        self._unheard += 1
        if self._unheard < self._pace.most_unheard:
            return [*actions, *self._say(self._phrases.said.not_heard, at_ms)]
        self._leaving = BotLeaves(self._out_of_order.how, self._out_of_order.target)
        return [*actions, *self._say(self._phrases.said.out_of_order, at_ms)]

    def _may_count(self, text: str) -> bool:
        """What a quote is answered with decides about money: there only a no counts that was heard on the way.

        A number at the end may lack its last digit, and a wrong one is a failed proof: it is asked for again.
        """
        if self._phrases.ends_in_a_number(text):
            return False
        if self._was_quoted:
            return self._phrases.refuses(text)
        return self._phrases.sounds_complete(text)

    def _after_cut(self, spoken: Spoken, at_ms: int) -> list[Action]:
        if self._phrases.is_backchannel(spoken.text):
            return self._mouth.resume()
        for_people = self._phrases.asks_for_people(spoken.text)
        if self._mouth.was_quote_cut and not for_people:
            return [*self._mouth.resume(), *self._while_playing(spoken, at_ms)]
        left = self._mouth.give_up(for_people=for_people)
        return [*left, *self._pass_on_all(at_ms, spoken), *self._move_on(at_ms)]

    def _while_playing(self, spoken: Spoken, at_ms: int) -> list[Action]:
        if self._phrases.is_backchannel(spoken.text):
            if self._was_last_sentence and not self._was_quote_owed and self._phrases.is_assent(spoken.text):
                self._held.append(spoken)
            return []
        if stopped := self._mouth.stop(for_people=self._phrases.asks_for_people(spoken.text)):
            return [*stopped, *self._after_cut(spoken, at_ms)]
        if self._was_quote_owed and not self._may_be_early(spoken):
            self._was_early = True
        else:
            self._held.append(spoken)
        return []

    def _pass_on(self, spoken: Spoken, at_ms: int) -> list[Action]:
        self._patience.passed_on(at_ms)
        if self._gives_up:
            self._gives_up, self._leaving = False, None
        return [PassOn(spoken)]

    def _pass_on_all(self, at_ms: int, *last: Spoken) -> list[Action]:
        """In the order in which it was said: what was held back comes first."""
        told, self._held = [*self._held, *last], []
        return [action for spoken in told if not self._is_early(spoken) for action in self._pass_on(spoken, at_ms)]

    def _is_early(self, spoken: Spoken) -> bool:
        """Before the end of a quote nothing is a yes to it. Who says more than a back-channel is to say it again."""
        if not self._mouth.owes_a_quote or self._may_be_early(spoken):
            return False
        self._was_early = self._was_early or bool(spoken.digits) or not self._phrases.is_backchannel(spoken.text)
        return True

    def _may_be_early(self, spoken: Spoken) -> bool:
        """A no, and that a call is not to be recorded, may be said at any time."""
        return refuses_recording(spoken.text, spoken.digits) or self._phrases.refuses(spoken.text)

    def _stays(self) -> list[Action]:
        """Somebody is there after all: the goodbye ends here, and nobody is hung up on."""
        if not self._gives_up:
            return []
        self._gives_up, self._leaving = False, None
        return [*self._mouth.stop(), *self._mouth.give_up()]

    def _key(self, pressed: KeyPressed, at_ms: int) -> list[Action]:
        """A key is meant: whatever may be interrupted stops. A 0 into the notice is an answer to it, and complete."""
        self._unheard = 0
        key = pressed.key
        self._patience.stirred()
        if pressed.is_whole or (key == NO_RECORDING and self._mouth.gives_notice and not self._keypad.is_open):
            return [*self._stays(), *self._pass_on(Spoken(digits=key), at_ms)]
        actions = self._stays()
        if self._mouth.may_be_stopped:
            actions += [*self._mouth.stop(), *self._mouth.give_up()]
        return [*actions, *self._digits(self._keypad.press(key, at_ms), at_ms)]

    def _digits(self, digits: str, at_ms: int) -> list[Action]:
        if not digits:
            return []
        return [*self._pass_on_all(at_ms, Spoken(digits=digits)), *self._move_on(at_ms)]

    def _tick(self, at_ms: int) -> list[Action]:
        actions = [*self._stop_if_meant(at_ms), *self._ear.tick(at_ms), *self._digits(self._keypad.tick(at_ms), at_ms)]
        if (turn := self._ear.overdue(at_ms)) is not None:
            actions += [FinalIsLate(), *self._unsettled(turn, at_ms)]
        actions += self._speak(at_ms)
        if self._is_still(at_ms):
            actions += self._nudge(at_ms) if self._leaving is None else self._move_on(at_ms)
        return actions

    def _nudge(self, at_ms: int) -> list[Action]:
        said = self._phrases.said
        match self._patience.still(at_ms):
            case Nudge.FILLER:
                return self._say(said.fillers[self._patience.fillers - 1], at_ms)
            case Nudge.STILL_THERE:
                return self._say(said.still_there[self._patience.questions - 1], at_ms)
            case Nudge.LEAVE:
                pace = self._pace
                self._leaving, self._gives_up = BotLeaves(pace.after_silence, pace.after_silence_target), True
                is_transfer = pace.after_silence is Exit.TRANSFER
                return self._say(said.to_a_person if is_transfer else said.goodbye, at_ms)
            case None:
                return []

    def _say(self, text: str, at_ms: int) -> list[Action]:
        """The call's own words; their ids count down from -1."""
        self._own_id -= 1
        self._mouth.add(Prompt(id=self._own_id, sentences=(text,)))
        return self._speak(at_ms)

    def _line_ended(self) -> list[Action]:
        """What was said and not passed on yet is, with the words as far as they were heard."""
        self.is_over = True
        return [*self._rest(), *self._mouth.end()]

    def _rest(self) -> list[Action]:
        rest = [*self._held]
        is_guess = self._was_quoted and not self._ear.is_settled
        if self._phrases.refuses(self._ear.text) or not (
            self._phrases.is_backchannel(self._ear.text) or self._was_quote_owed or is_guess
        ):
            rest.append(_spoken(self._ear.take()))
        if digits := self._keypad.take():
            rest.append(Spoken(digits=digits))
        return [PassOn(spoken) for spoken in rest if not self._is_early(spoken)]


def _spoken(turn: Turn) -> Spoken:
    return Spoken(
        text=turn.text,
        alternatives=turn.alternatives,
        from_ms=turn.from_ms,
        until_ms=turn.until_ms,
        sounds=turn.sounds,
    )
