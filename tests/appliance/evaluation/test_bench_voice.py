"""The bench of calls without its engines: what it needs, its callers on a real line, its two measures of a suite."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from appliance.channels.phone.server import serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.cli.main import main
from appliance.config_voice import VoiceSettings
from appliance.errors import ConfigurationError
from appliance.evaluation.bench.model import NotMeasured
from appliance.evaluation.bench.voice import engines, interrupting, plain
from appliance.evaluation.bench.voice.caller import Caller, Gone, Ports
from appliance.evaluation.bench.voice.engines import Parts as Installed
from appliance.evaluation.bench.voice.speech import FRAME, Spoken, is_loud, script
from appliance.voice.call import Call, Parts, monotonic_ms
from appliance.voice.ear import EarPace
from appliance.voice.events import BotLeaves, LeaveCall
from appliance.voice.model import Exit
from appliance.voice.phrases import Phrases
from appliance.voice.ports import Line
from models.asr.client import Recogniser
from models.asr.engine import Folders
from models.asr.launcher import SELF_TEST_MODEL
from tests.appliance.voice.engines import LoudIsSpeech, ScriptedRecogniser, ToneSpeaker, tone
from tests.appliance.voice.test_call import ScriptedTalk, says
from tests.models.asr.server import offline, online, scripted_recogniser

SETTINGS = VoiceSettings(agi_port=0, audiosocket_port=0, media_port=0)
NOWHERE: Final = Path("/nowhere")
SPOKEN = Spoken(text="运费谁出", frames=tuple(tone(300)[at : at + FRAME] for at in range(0, 4800, FRAME)))


@asynccontextmanager
async def a_bot(talk: ScriptedTalk, *lines: str) -> AsyncIterator[Ports]:
    parts = Parts(
        recogniser=ScriptedRecogniser(*lines),
        speaker=ToneSpeaker(ms_per_character=60),
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
    )

    async def hold(line: Line) -> LeaveCall:
        return await Call(line, talk, parts).run()

    async with serving(SETTINGS, Switchboard(monotonic_ms, LeaveCall(Exit.HANG_UP)), hold) as ports:
        yield Ports(agi=ports.agi, sound=ports.audiosocket)


async def test_a_caller_hears_how_long_an_answer_takes() -> None:
    """Never before the silence after which his turn is over."""
    talk = ScriptedTalk(says(1, "您好。"), answers=[[says(2, "运费由我们承担。")]])
    async with asyncio.timeout(30), a_bot(talk, "运费谁出") as ports, Caller.dial(ports) as caller:
        await caller.bot_speaks()
        await caller.bot_is_done()
        took_ms = await caller.ask(SPOKEN)
    assert talk.texts == ["运费谁出"]
    assert took_ms >= EarPace().complete_ms


async def test_a_caller_whose_call_is_given_back_is_told_so() -> None:
    talk = ScriptedTalk(says(1, "您好。"), BotLeaves(Exit.TRANSFER, "people,s"))
    async with asyncio.timeout(30), a_bot(talk) as ports, Caller.dial(ports) as caller:
        await caller.bot_speaks()
        with pytest.raises(Gone):
            await caller.bot_is_done()


async def heard(url: str, final_within_s: float = plain.FINAL_WITHIN_S) -> plain.Ears:
    async with asyncio.timeout(30):
        return await plain.hear(Recogniser(url, final_within_s=None), SPOKEN, final_within_s=final_within_s)


async def test_the_bare_engine_is_measured_from_the_end_of_the_turn_to_its_final() -> None:
    async with scripted_recogniser() as server:
        server.on_audio, server.on_end = [online("运费")], [[offline("运费谁出")]]
        ears = await heard(server.url)
    assert ears.partial is not None
    assert ears.final_at >= ears.ended_at + plain.SILENCE_MS / 1000


async def test_a_final_that_never_comes_is_no_number_and_no_wait_without_end() -> None:
    async with scripted_recogniser() as server:
        with pytest.raises(NotMeasured, match=r"no final within 0\.1 s"):
            await heard(server.url, final_within_s=0.1)


@pytest.mark.parametrize("closes_with", [(1011, "out of memory"), (1013, "full")])
async def test_a_recogniser_that_breaks_is_no_number_and_says_why(closes_with: tuple[int, str]) -> None:
    async with scripted_recogniser() as server:
        server.closes_with = closes_with
        with pytest.raises(NotMeasured, match=closes_with[1]):
            await heard(server.url)


async def test_a_recogniser_that_answers_something_else_is_no_number() -> None:
    async with scripted_recogniser() as server:
        server.on_end = [["no json"]]
        with pytest.raises(NotMeasured):
            await heard(server.url)


def test_what_ships_to_be_said_fits_a_call() -> None:
    said = script()
    assert len(said.questions) >= 10
    assert {breath.pause_ms for breath in said.breaths} >= {300, 700, 1000}
    assert is_loud(SPOKEN.frames[0])
    assert not is_loud(bytes(FRAME))


def test_meaning_tells_more_than_sound_on_the_suite() -> None:
    yields, selectivity = interrupting.measures(interrupting.SUITE)
    assert (yields.value or 0) >= 0.95
    assert (selectivity.value or 0) >= 0.8
    assert (selectivity.value or 0) > (selectivity.baseline or 0)


def test_without_a_suite_neither_is_measured(tmp_path: Path) -> None:
    assert [each.value for each in interrupting.measures(tmp_path / "none")] == [None, None]


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"asr_python": NOWHERE}, "make-asr-venv.sh"),
        ({"hears": Folders(final=NOWHERE)}, "train-asr-model.sh"),
        ({"hears": Folders(final=SELF_TEST_MODEL, pauses=NOWHERE)}, "name a folder with a FunASR model"),
        ({"espeak": NOWHERE}, "fetch-espeak.sh"),
    ],
)
def test_a_part_that_is_not_installed_is_named_with_its_cure(
    change: dict[str, Any], cure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "missing", list)
    model, espeak, python = (tmp_path / name for name in ("model", "espeak", "python"))
    model.mkdir()
    espeak.mkdir()
    for file in (python, model / "model.pt", espeak / "libespeak-ng.so.1"):
        file.touch()
    there = Installed(asr_python=python, hears=Folders(final=model), espeak=espeak)
    engines.check(there)
    with pytest.raises(ConfigurationError, match=cure):
        engines.check(msgspec.structs.replace(there, **change))


def test_the_command_says_what_is_missing_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "voice", "--espeak", str(tmp_path / "none")])
    said = capsys.readouterr().err
    assert ended.value.code not in (0, None)
    assert "run " in said
    assert "Traceback" not in said
