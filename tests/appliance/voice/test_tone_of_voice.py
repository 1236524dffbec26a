"""How a voice sounds is passed on with the words, where the recogniser says anything, and changes nothing else."""

import pytest

from appliance.voice.ear import Ear, EarPace
from appliance.voice.events import TextHeard
from appliance.voice.model import Sounds, tone_of_voice
from appliance.voice.phrases import Phrases


@pytest.mark.parametrize(
    ("tag", "sounds"),
    [("ANGRY", Sounds.ANGRY), ("SAD", Sounds.SAD), ("NEUTRAL", None), ("EMO_UNKNOWN", None), ("", None), (None, None)],
)
def test_only_what_says_something_is_kept(tag: str | None, sounds: Sounds | None) -> None:
    assert tone_of_voice(tag) is sounds


def test_of_a_turn_in_pieces_the_last_that_says_something_counts_and_the_next_begins_anew() -> None:
    ear = Ear(Phrases.load(), EarPace())
    ear.began(0)
    ear.heard(TextHeard("我要退货", is_final=True, sounds=Sounds.ANGRY), 500)
    ear.heard(TextHeard("快一点", is_final=True), 900)
    turn = ear.take()
    assert (turn.text, turn.sounds) == ("我要退货快一点", Sounds.ANGRY)
    ear.heard(TextHeard("好的", is_final=True), 2000)
    assert ear.take().sounds is None
