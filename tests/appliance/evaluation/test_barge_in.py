"""The bars of issue and suite: a meant word silences the bot, a back-channel does not."""

from collections import Counter
from pathlib import Path

import msgspec

from appliance.evaluation.barge_in import Case, Wanted, load, play, summed
from appliance.voice.phrases import Phrases

SUITE = Path(__file__).parents[2] / "suites" / "voice"


def test_the_bars_are_met() -> None:
    cases, phrases = load([SUITE]), Phrases.load()
    result = summed([play(case, phrases) for case in cases])
    assert Counter(case.wanted for case in cases) == {Wanted.YIELD: 201, Wanted.GO_ON: 198}
    assert result.yield_rate >= 0.95, result.wrong
    assert result.selectivity >= 0.8, result.wrong


def test_what_nothing_was_learned_from_comes_close() -> None:
    phrases = Phrases.load()
    result = summed([play(case, phrases) for case in load([SUITE / "barge-in-third-held-out.jsonl"])])
    assert result.yield_rate >= 0.9, result.wrong
    assert result.selectivity >= 0.8, result.wrong


def test_a_yield_that_comes_late_is_none() -> None:
    late = Case(
        id="late", partials=((900, "转人工"),), speech_ms=600, final="转人工", wanted=Wanted.YIELD, decidable_ms=300
    )
    in_time = msgspec.structs.replace(late, decidable_ms=900)
    phrases = Phrases.load()
    assert (play(late, phrases).is_right, play(in_time, phrases).is_right) == (False, True)


def test_a_bot_that_falls_silent_at_a_cough_is_wrong() -> None:
    case = Case(id="x", partials=((300, "转人工"),), speech_ms=300, final="转人工", wanted=Wanted.GO_ON)
    result = summed(
        [play(case, Phrases.load()), play(msgspec.structs.replace(case, wanted=Wanted.YIELD), Phrases.load())]
    )
    assert (result.selectivity, result.yield_rate, result.wrong) == (0.0, 0.0, ("x", "x"))
