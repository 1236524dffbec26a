"""Yield rate and back-channel selectivity on a suite, beside a bot that falls silent at any sound of some length."""

from pathlib import Path
from typing import Final

import appliance
from appliance.evaluation import barge_in
from appliance.evaluation.bench import model
from appliance.evaluation.bench.model import Measure
from appliance.voice.phrases import Phrases

SUITE: Final = Path(appliance.__file__).parents[1] / "tests" / "suites" / "voice"
"""Of the checkout. Where only the product lies there is none, and these two are not measured."""
_SOUND_MS: Final = 300
"""So long a sound silences a bot that listens for voice alone."""
_NAMES: Final = ("yield_rate", "backchannel_selectivity")


def measures(suite: Path) -> tuple[Measure, ...]:
    """Both None where there is no suite."""
    if not suite.exists():
        return tuple(Measure(name=name, unit="share", value=None) for name in _NAMES)
    cases, phrases = barge_in.load([suite]), Phrases.load()
    ours = barge_in.summed([barge_in.play(case, phrases) for case in cases])
    by_sound = barge_in.summed([_by_sound(case) for case in cases])
    pairs = ((ours.yield_rate, by_sound.yield_rate), (ours.selectivity, by_sound.selectivity))
    return tuple(model.compared(name, "share", *pair) for name, pair in zip(_NAMES, pairs, strict=True))


def _by_sound(case: barge_in.Case) -> barge_in.Played:
    return barge_in.Played(case=case, stopped_ms=_SOUND_MS if case.speech_ms >= _SOUND_MS else None)
