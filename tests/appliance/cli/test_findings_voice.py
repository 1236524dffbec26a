"""What ``appliance doctor`` finds of calls: each finding comes with its cure, and goes away when it is cured."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.channels.phone import ports_file
from appliance.channels.phone.server import Ports
from appliance.cli import findings_voice
from appliance.cli.findings import CHECKS
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.config_voice import SpeakerProtocol, VoiceSettings
from appliance.installation.model import Grade
from appliance.supervisor.board import Board
from appliance.supervisor.lock import StateLock
from appliance.supervisor.model import Phase, ProcessState, ProcessStatus, Status
from appliance.voice.onnx import pinned
from tests.models.asr.server import offline, scripted_recogniser
from tests.models.tts.runtime import cosyvoice_runtime
from tests.models.tts.server import KEY, scripted_speech
from tests.models.tts.voice_file import voice_file

NAMES = ("recogniser", "speaker", "phone")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """Of an appliance that seems to run: this process holds its lock."""
    (tmp_path / "run").mkdir()
    with StateLock(tmp_path):
        yield tmp_path


def settings(state: Path, **voice: Any) -> Settings:
    return Settings(state_dir=str(state), voice=VoiceSettings(**{"enabled": True, "shop": "shop-1", **voice}))


def runs(state: Path, addresses: dict[str, str] | None = None, **states: Any) -> None:
    processes = tuple(ProcessStatus(name=name, state=states.get(name, ProcessState.READY)) for name in NAMES)
    clock = SystemClock()
    status = Status(
        pid=os.getpid(), phase=Phase.READY, since=clock.now(), addresses=addresses or {}, processes=processes
    )
    Board(state, status, clock)


@pytest.mark.parametrize("name", NAMES)
async def test_where_calls_are_off_nothing_is_looked_at(tmp_path: Path, name: str) -> None:
    grade, found, cure = await CHECKS[name](settings(tmp_path, enabled=False))
    assert (grade, found, "voice.enabled" in cure) == (Grade.SKIPPED, "calls are off", True)


@pytest.mark.parametrize("name", NAMES)
async def test_what_does_not_run_is_started_by_up(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_voice, "missing", list)
    grade, _, cure = await CHECKS[name](settings(tmp_path))
    assert (grade, cure) == (Grade.SKIPPED, "start it: 'appliance up'")


@pytest.mark.parametrize("name", NAMES)
async def test_a_process_that_is_not_ready_is_wrong(state: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_voice, "missing", list)
    backing_off: dict[str, Any] = {name: ProcessState.BACKING_OFF}
    runs(state, **backing_off)
    grade, found, cure = await CHECKS[name](settings(state))
    assert (grade, found, cure) == (Grade.WRONG, "it is backing_off", f"look into {state}/log/{name}.log")


async def test_calls_without_their_small_models_are_wrong(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs(state)
    monkeypatch.setattr(findings_voice, "missing", lambda: [next(iter(pinned().values()))])
    grade, found, cure = await findings_voice.phone(settings(state))
    assert (grade, "is not there" in found, cure.startswith("run ./install.sh voice")) == (Grade.WRONG, True, True)


@asynccontextmanager
async def listening(state: Path, *, but: str = "") -> AsyncIterator[None]:
    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ports_file.write(state, Ports(**{"agi": port, "audiosocket": port, "media": port, **({but: 1} if but else {})}))
        yield


@pytest.mark.parametrize(("but", "name"), [("agi", "FastAGI"), ("audiosocket", "AudioSocket"), ("media", "chan_web")])
async def test_a_port_that_does_not_answer_is_named(
    state: Path, but: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_voice, "missing", list)
    runs(state)
    async with listening(state, but=but):
        grade, found, _ = await findings_voice.phone(settings(state))
    assert (grade, found.startswith(name)) == (Grade.WRONG, True)


@pytest.mark.parametrize(("shop", "grade"), [("shop-1", Grade.OK), ("", Grade.WARNING)])
async def test_calls_that_belong_to_no_shop_are_a_warning(
    state: Path, shop: str, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_voice, "missing", list)
    runs(state)
    async with listening(state):
        assert (await findings_voice.phone(settings(state, shop=shop)))[0] is grade


async def test_a_recogniser_elsewhere_that_is_away_is_wrong_with_its_setting(state: Path) -> None:
    grade, found, cure = await findings_voice.recogniser(settings(state, recogniser_url="ws://127.0.0.1:1"))
    assert (grade, "cannot be reached" in found) == (Grade.WRONG, True)
    assert cure == "start it, or mend voice.recogniser_url"


async def test_the_self_test_model_is_a_warning_however_well_it_hears(state: Path) -> None:
    async with scripted_recogniser() as recogniser:
        recogniser.on_end = [[offline("")], [offline("")]]
        runs(state, {"recogniser": recogniser.url.removeprefix("ws://")})
        grade, found, cure = await findings_voice.recogniser(settings(state))
        assert (grade, "understands no human caller" in found, "weights" in cure) == (Grade.WARNING, True, True)
        assert "no human caller" in findings_voice.loud_words(settings(state))
        (state / "weights" / "paraformer-zh").mkdir(parents=True)
        assert (await findings_voice.recogniser(settings(state)))[0] is Grade.OK
        assert findings_voice.loud_words(settings(state)) == ""


async def test_a_speaker_elsewhere_is_asked_to_speak(state: Path) -> None:
    key = state / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    async with scripted_speech() as speech:
        named = settings(state, speaker_url=speech.url, speaker_key_file=str(key), voice="selftest-female")
        assert (await findings_voice.speaker(named))[0] is Grade.OK
    grade, _, cure = await findings_voice.speaker(named)
    assert (grade, cure.startswith("start it, or mend voice.speaker_url")) == (Grade.WRONG, True)


def cosyvoice(state: Path, url: str, protocol: str = "cosyvoice") -> Settings:
    return settings(
        state,
        speaker_url=url,
        speaker_protocol=SpeakerProtocol(protocol),
        voices_file=str(voice_file(state)),
        voice="lin",
    )


async def test_cosyvoices_own_runtime_is_asked_to_speak(state: Path) -> None:
    async with cosyvoice_runtime() as runtime:
        assert (await findings_voice.speaker(cosyvoice(state, runtime.url)))[0] is Grade.OK


async def test_what_is_wrong_with_cosyvoice_comes_with_its_cure(state: Path) -> None:
    async with cosyvoice_runtime() as runtime, cosyvoice_runtime("GET") as old, scripted_speech() as other:
        for named, cure in (
            (
                cosyvoice(state, f"{runtime.url}/v1", "openai"),
                f"set voice.speaker_protocol to cosyvoice, speaker_url to {runtime.url}:",
            ),
            (cosyvoice(state, f"{runtime.url}/v1"), f"set voice.speaker_url to {runtime.url}:"),
            (cosyvoice(state, old.url), "this version of CosyVoice's runtime takes no POST"),
            (cosyvoice(state, other.url), f"set voice.speaker_protocol to openai, speaker_url to {other.url}:"),
            (cosyvoice(state, "http://127.0.0.1:1"), "start it, or mend voice.speaker_url ('appliance models speak'"),
        ):
            grade, _, found = await findings_voice.speaker(named)
            assert (grade, found[: len(cure)]) == (Grade.WRONG, cure)
        runtime.fails = True
        grade, _, found = await findings_voice.speaker(cosyvoice(state, runtime.url))
        assert (grade, "log" in found) == (Grade.WRONG, True)
