"""Whatever happens in whatever order: one thing is said at a time, and nothing that matters is lost or made up."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from appliance.voice.events import (
    BotIsDone,
    BotLeaves,
    BotSays,
    Event,
    KeyPressed,
    LeaveCall,
    LineEnded,
    SentencePlayed,
    Speak,
    SpeechBegan,
    SpeechEnded,
    StopSpeaking,
    TextHeard,
    TurnJudged,
    WasHeard,
)
from appliance.voice.model import Exit, Prompt
from tests.appliance.voice.conftest import PHRASES, PaperCall

_WORDS = ("", "嗯", "好的", "等一下", "我要退货", "不同意", "退", "四四零二", "转人工")
_PLAYED = "played"
_HANG_UP = "hang up"
_Step = Event | str | int

_steps = st.lists(
    st.one_of(
        st.builds(
            BotSays,
            st.builds(
                Prompt,
                id=st.just(0),
                sentences=st.lists(st.sampled_from(("甲。", "乙。")), min_size=1, max_size=3).map(tuple),
                may_interrupt=st.booleans(),
                is_quote=st.booleans(),
            ),
        ),
        st.just(BotIsDone()),
        st.just(SpeechBegan()),
        st.just(SpeechEnded()),
        st.builds(TextHeard, st.sampled_from(_WORDS), is_final=st.booleans(), utterance=st.integers(0, 3)),
        st.builds(TurnJudged, st.booleans()),
        st.builds(KeyPressed, st.sampled_from("0123456789*#")),
        st.integers(min_value=20, max_value=3000),
        st.just(_PLAYED),
        st.just(_PLAYED),
    ),
    max_size=40,
)


class _Told(PaperCall):
    """Gives prompts ids of their own, and remembers what was fed in."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: dict[int, Prompt] = {}
        self.played: list[SentencePlayed] = []
        self.stopped: list[Speak] = []

    def take(self, step: _Step) -> None:
        match step:
            case int():
                self.wait(step)
            case BotSays(prompt=prompt):
                self._say(prompt)
            case str():
                if self.speaking is not None:
                    self.played.append(SentencePlayed(self.speaking.prompt_id, self.speaking.index))
                    self.play_sentence()
            case _:
                self.on(step)

    def on(self, *events: Event) -> list[object]:  # type: ignore[override]
        before = self.speaking
        actions = super().on(*events)
        if before is not None and StopSpeaking() in actions:
            self.stopped.append(before)
        return list(actions)

    def _say(self, prompt: Prompt) -> None:
        own = Prompt(
            id=len(self.prompts) + 1,
            sentences=prompt.sentences,
            may_interrupt=prompt.may_interrupt and not prompt.is_quote,
            is_quote=prompt.is_quote,
        )
        self.prompts[own.id] = own
        super().on(BotSays(own))


def _told(steps: Sequence[_Step]) -> _Told:
    """PaperCall's line asserts with every step that one thing is said at a time."""
    call = _Told()
    for step in steps:
        call.take(step)
    return call


@given(_steps)
def test_what_may_not_be_interrupted_is_played_whole(steps: list[_Step]) -> None:
    """But a quote to somebody who asks for people."""
    call = _told(steps)
    asks = any(isinstance(step, TextHeard) and PHRASES.asks_for_people(step.text) for step in steps)
    whole_ids = {each.id for each in call.prompts.values() if not each.may_interrupt and not (asks and each.is_quote)}
    assert [speak for speak in call.stopped if speak.prompt_id in whole_ids] == []
    while call.speaking is not None:
        call.take(_PLAYED)
    for prompt in call.prompts.values():
        if prompt.id in whole_ids and any(speak.prompt_id == prompt.id for speak in call.all(Speak)):
            whole = [SentencePlayed(prompt.id, index) for index in range(len(prompt.sentences))]
            assert [each for each in call.played if each.prompt_id == prompt.id] == whole


@given(_steps)
def test_what_was_not_heard_is_not_counted_as_said(steps: list[_Step]) -> None:
    call = _told(steps)
    call.on(LineEnded())
    accounts = {account.prompt_id: account for account in call.all(WasHeard)}
    assert len(accounts) == len(call.all(WasHeard))
    left = bool(call.all(LeaveCall))
    for prompt in call.prompts.values():
        assert left or prompt.id in accounts
        if prompt.id in accounts:
            heard = len({each.index for each in call.played if each.prompt_id == prompt.id})
            assert accounts[prompt.id].sentences == heard


@given(_steps, _steps)
def test_after_the_end_nothing_is_done(steps: list[_Step], later: list[_Step]) -> None:
    call = _told([*steps])
    call.on(LineEnded())
    done = len(call.done)
    assert call.speaking is None
    for step in later:
        call.take(step)
    assert len(call.done) == done


@given(_steps)
def test_a_turn_with_meaning_is_passed_on_once(steps: list[_Step]) -> None:
    """But for a yes to a quote that was not heard whole, and words said again by a recogniser that was late."""
    call = _told([step for step in steps if not isinstance(step, TextHeard | SpeechBegan | SpeechEnded | KeyPressed)])
    call.caller_says("我要改地址")
    while call.speaking is not None:
        call.take(_PLAYED)
    call.on(LineEnded())
    is_over = bool(call.all(LeaveCall))
    owed_quote = any(prompt.is_quote for prompt in call.prompts.values())
    assert call.passed in ([["我要改地址"]] if not (is_over or owed_quote) else [["我要改地址"], []])


@given(_steps)
def test_a_call_that_is_to_be_left_is_left(steps: list[_Step]) -> None:
    call = _told(steps)
    call.on(BotLeaves(Exit.TRANSFER, "desk"))
    for _ in range(60):
        call.take(_PLAYED)
        call.wait(400)
        call.on(SpeechEnded())
    assert call.all(LeaveCall), "the call's own way out may have come before"
    assert call.turns.is_over


@given(_steps)
def test_back_channels_alone_stop_nothing(steps: list[_Step]) -> None:
    harmless = [
        step
        for step in steps
        if not isinstance(step, KeyPressed)
        and not (isinstance(step, TextHeard) and not PHRASES.is_backchannel(step.text))
    ]
    call = _told(harmless)
    assert call.all(StopSpeaking) == []
    assert all(PHRASES.is_backchannel(text) for text in call.passed)
