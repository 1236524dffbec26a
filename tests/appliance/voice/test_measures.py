"""What a call tells of itself: the parts of an answer, who yielded, who went on."""

from collections.abc import Sequence

import pytest

from appliance.conversation.call_events import AnswerTimes, CallMeasured
from appliance.voice.detection import SURE_MS
from appliance.voice.ear import EarPace
from appliance.voice.events import (
    Action,
    BotLeaves,
    BotSays,
    EndUtterance,
    Event,
    JudgeTurn,
    KeyPressed,
    LineEnded,
    SentencePlayed,
    SoundMade,
    SoundSent,
    Speak,
    SpeechBegan,
    SpeechEnded,
    TextHeard,
    Tick,
    TurnJudged,
)
from appliance.voice.measures import Measuring
from appliance.voice.model import FRAME_MS, Exit, Prompt
from appliance.voice.phrases import Phrases
from appliance.voice.turn_taking import TurnTaking

PHRASES = Phrases.load()


class MeasuredCall:
    """A call on paper whose engines take the time that they are said to take."""

    def __init__(self, *, judging_ms: int = 0, final_ms: int = 80, made_ms: int = 30, sent_ms: int = 20) -> None:
        self.took = {JudgeTurn: judging_ms, EndUtterance: final_ms, Speak: made_ms}
        self._sent_ms = sent_ms
        self._turns, self.measuring = TurnTaking(PHRASES), Measuring(PHRASES, EarPace())
        self.at_ms = 0
        self._utterance = 0
        self._due: list[tuple[int, Event | SoundMade | SoundSent]] = []
        self.final = ""
        self.is_complete = True

    def on(self, *events: Event) -> None:
        for event in events:
            actions = self._turns.on(event, self.at_ms)
            for each in (event, *actions):
                self.measuring.see(each, self.at_ms)
            self._engines(actions)

    def _engines(self, actions: Sequence[Action]) -> None:
        for action in actions:
            due_ms = self.at_ms + self.took.get(type(action), 0)
            match action:
                case JudgeTurn():
                    self._due.append((due_ms, TurnJudged(self.is_complete)))
                case EndUtterance():
                    heard = TextHeard(self.final, is_final=True, utterance=self._utterance)
                    self._due.append((due_ms, heard))
                    self._utterance += 1
                case Speak():
                    self._due.append((due_ms, SoundMade(action.prompt_id, action.index)))
                    self._due.append((due_ms + self._sent_ms, SoundSent(action.prompt_id, action.index)))

    def wait(self, ms: int) -> None:
        for _ in range(ms // FRAME_MS):
            self.at_ms += FRAME_MS
            due = [each for when, each in self._due if when <= self.at_ms]
            self._due = [(when, each) for when, each in self._due if when > self.at_ms]
            for each in due:
                if isinstance(each, SoundMade | SoundSent):
                    self.measuring.see(each, self.at_ms)
                else:
                    self.on(each)
            self.on(Tick())

    def says(self, text: str, *, partial: str | None = None, ms: int = 600) -> None:
        """To the end of the turn."""
        self.final = text
        self.on(SpeechBegan())
        self.wait(ms)
        self.on(TextHeard(text if partial is None else partial, is_final=False), SpeechEnded())
        self.wait(1600)

    def bot_says(self, prompt_id: int, text: str = "这一单可以退货。", *, may_interrupt: bool = True) -> None:
        self.on(BotSays(Prompt(id=prompt_id, sentences=(text,), may_interrupt=may_interrupt)))

    def heard_out(self, prompt_id: int) -> None:
        self.wait(100)
        self.on(SentencePlayed(prompt_id, 0))

    @property
    def measured(self) -> CallMeasured:
        return self.measuring.measured()


def test_the_parts_of_an_answer_follow_one_another() -> None:
    call = MeasuredCall(judging_ms=0, final_ms=80, made_ms=40, sent_ms=20)
    call.final = "运费谁出"
    call.on(SpeechBegan())
    call.wait(600)
    call.on(TextHeard("运费谁出", is_final=False), SpeechEnded())
    call.wait(320)
    call.bot_says(7)
    call.wait(100)
    (answer,) = call.measured.answers
    assert answer.seq == 7
    assert answer.total == answer.end_of_turn + answer.final + answer.turn + answer.held + answer.speech + answer.line
    assert (answer.final, answer.speech, answer.line) == (80, 40, 20)
    assert answer.end_of_turn + answer.final + answer.turn == SURE_MS + 320
    assert answer.own == answer.judging + answer.turn + answer.line


@pytest.mark.parametrize(("takes_ms", "judging_ms"), [(100, 0), (260, 160)])
def test_what_the_model_of_the_sound_takes_beyond_the_silence_is_the_appliances_own(
    takes_ms: int, judging_ms: int
) -> None:
    call = MeasuredCall(judging_ms=takes_ms)
    call.final = "运费谁出"
    call.on(SpeechBegan())
    call.wait(600)
    call.on(TextHeard("运费谁出", is_final=False), SpeechEnded())
    call.wait(500)
    call.bot_says(7)
    call.wait(100)
    (answer,) = call.measured.answers
    assert answer.judging == judging_ms


def test_what_language_model_and_order_system_take_is_not_the_appliances_own() -> None:
    times = AnswerTimes(
        seq=7, total=900, end_of_turn=300, judging=40, final=80, turn=450, elsewhere=420, speech=50, line=20
    )
    assert times.own == 40 + 30 + 20


def test_the_first_words_are_told_from_the_beginning_of_the_sound() -> None:
    call = MeasuredCall()
    call.on(SpeechBegan())
    call.wait(340)
    call.on(TextHeard("运费", is_final=False))
    call.wait(200)
    call.on(TextHeard("运费谁出", is_final=False), SpeechEnded())
    call.wait(1600)
    assert call.measured.partials_ms == (340,)


def test_an_interruption_that_means_something_is_a_yield() -> None:
    call = MeasuredCall()
    call.bot_says(3)
    call.wait(200)
    call.says("等一下", ms=400)
    measured = call.measured
    assert measured.yields_ms == (400,)
    assert (measured.false_interruptions, measured.backchannels, measured.not_yielded) == (0, 0, 0)


def test_a_bot_that_fell_silent_for_nothing_is_a_false_interruption() -> None:
    call = MeasuredCall()
    call.bot_says(3)
    call.wait(200)
    call.says("嗯", partial="等一下", ms=400)
    measured = call.measured
    assert (measured.false_interruptions, measured.yields_ms) == (1, ())


def test_a_backchannel_leaves_the_bot_speaking_and_is_counted() -> None:
    call = MeasuredCall()
    call.bot_says(3)
    call.wait(200)
    call.says("嗯嗯", ms=300)
    measured = call.measured
    assert (measured.backchannels, measured.yields_ms, measured.answers) == (1, (), ())


def test_what_is_said_over_a_notice_is_not_yielded_to_and_times_no_answer() -> None:
    call = MeasuredCall()
    call.bot_says(1, may_interrupt=False)
    call.wait(200)
    call.says("我要退货", ms=500)
    call.heard_out(1)
    call.bot_says(5)
    call.wait(200)
    measured = call.measured
    assert (measured.not_yielded, measured.backchannels, measured.answers) == (1, 0, ())


@pytest.mark.parametrize(("pause_ms", "split"), [(600, 1), (1800, 0)])
def test_who_goes_on_within_a_second_had_not_come_to_an_end(pause_ms: int, split: int) -> None:
    call = MeasuredCall()
    call.final = "我要退货"
    call.on(SpeechBegan())
    call.wait(500)
    call.on(TextHeard("我要退货", is_final=False), SpeechEnded())
    call.wait(pause_ms)
    call.on(SpeechBegan(), TextHeard("尺码不合适", is_final=False))
    assert (call.measured.utterances, call.measured.split) == (1, split)


def test_a_final_that_never_comes_is_counted_and_the_answer_is_timed() -> None:
    call = MeasuredCall(final_ms=60_000)
    call.says("运费谁出", ms=500)
    call.wait(300)
    call.bot_says(7)
    call.wait(100)
    measured = call.measured
    assert measured.late_finals == 1
    assert measured.answers[0].final >= 1500


def test_an_answer_that_waits_for_a_filler_was_held_by_it() -> None:
    call = MeasuredCall()
    call.says("我的订单到哪了", ms=500)
    call.bot_says(7)
    call.wait(300)
    call.on(SentencePlayed(-1, 0))
    call.wait(100)
    (answer,) = call.measured.answers
    assert answer.held == 300
    assert answer.own == answer.judging + answer.turn + answer.line
    assert call.measured.fillers == 1


def test_a_final_that_comes_too_late_is_none_of_the_next_turn() -> None:
    call = MeasuredCall(final_ms=2000)
    call.says("运费谁出", ms=500)
    call.wait(200)
    call.bot_says(7)
    call.wait(600)
    call.took[EndUtterance] = 80
    call.says("嗯", ms=200)
    measured = call.measured
    assert (measured.late_finals, measured.backchannels, measured.not_yielded) == (1, 1, 0)


def test_fillers_silences_and_keys_are_counted() -> None:
    call = MeasuredCall()
    call.says("我的订单到哪了", ms=500)
    call.wait(1200)
    call.on(KeyPressed("1"), KeyPressed("2"))
    measured = call.measured
    assert (measured.fillers, measured.keys, measured.silences) == (1, 2, 0)
    alone = MeasuredCall()
    alone.wait(7200)
    assert alone.measured.silences == 1


def test_how_a_call_was_left_is_told() -> None:
    gone, moved = MeasuredCall(), MeasuredCall()
    gone.wait(400)
    gone.on(LineEnded())
    moved.on(BotLeaves(Exit.TRANSFER, "people,s"))
    moved.wait(100)
    assert (gone.measured.left, gone.measured.length_ms) == ("caller", 380)
    assert moved.measured.left == "transfer"
    assert MeasuredCall().measured.left == "broken"
