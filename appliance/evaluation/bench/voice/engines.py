"""The engines that hear and speak, started as their launchers say, and stopped again: for a bench."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import msgspec

import models
from appliance.errors import ConfigurationError
from appliance.evaluation.bench.model import NotMeasured
from appliance.voice import onnx
from appliance.voice.missing import missing
from models.asr.client import Recogniser
from models.asr.engine import Folders
from models.asr.launcher import SELF_TEST_MODEL
from models.asr.launcher import launch as ears
from models.asr.worker import Settings
from models.llm.launcher import Launch
from models.tts.client import Endpoint, SpeechClient
from models.tts.launcher import espeak as mouth
from models.tts.speaker import Speaker
from models.tts.voices import Engine, load

_ROOT: Final = Path(models.__file__).parents[1]
ASR_PYTHON: Final = _ROOT / ".venv-asr" / "bin" / "python"
ESPEAK: Final = _ROOT / ".espeak-ng" / "espeakng_loader"
_MODEL_CURE: Final = "bash compose/install/train-asr-model.sh, or name a folder with a FunASR model"
_READY_S: Final = 240.0
_STOP_S: Final = 20.0


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the installed parts lie, and how the recogniser runs: as ``models.asr.worker`` is told."""

    asr_python: Path = ASR_PYTHON
    hears: Folders = Folders(final=SELF_TEST_MODEL)
    device: str = "cpu"
    """Or ``cuda:0``."""
    engines: int = 1
    threads: int = 1
    espeak: Path = ESPEAK


class Engines(msgspec.Struct, frozen=True, kw_only=True):
    recogniser_url: str
    speaker_url: str
    most_calls: int
    ears_pid: int
    mouth_pid: int

    def recogniser(self) -> Recogniser:
        """The bench decides how long a final is waited for."""
        return Recogniser(self.recogniser_url, final_within_s=None)

    @asynccontextmanager
    async def speaker(self) -> AsyncIterator[Speaker]:
        client = SpeechClient(Endpoint(url=self.speaker_url), at_once=self.most_calls)
        try:
            yield Speaker(load(()), {Engine.ESPEAK: client})
        finally:
            await client.aclose()


def check(parts: Parts) -> None:
    """VoiceNotInstalled or ConfigurationError with the cure; before anything is started."""
    if absent := missing():
        raise onnx.VoiceNotInstalled(f"the model {absent[0].file} is not there: run ./install.sh voice")
    for path, what, cure in (
        (parts.asr_python, "FunASR", "bash compose/install/make-asr-venv.sh"),
        *((folder / "model.pt", "a model to hear with", _MODEL_CURE) for folder in parts.hears.all()),
        (parts.espeak / "libespeak-ng.so.1", "eSpeak NG", "bash compose/install/fetch-espeak.sh"),
    ):
        if not path.exists():
            raise ConfigurationError(f"{what} is not installed ({path} is not there): run {cure}")


@asynccontextmanager
async def running(parts: Parts, folder: Path, most_calls: int) -> AsyncIterator[Engines]:
    """Both, warm. ``folder``: where they may write, and their logs lie. NotMeasured if one does not start."""
    hears_at, speaks_at = free_port(), free_port()
    settings = Settings(
        models=parts.hears,
        port=hears_at,
        most_calls=most_calls,
        engines=parts.engines,
        device=parts.device,
        threads=parts.threads,
    )
    recogniser = ears(settings, python=parts.asr_python, home=folder, inherited=os.environ)
    speaker = mouth(Path(sys.executable), parts.espeak, "", os.environ, speaks_at)
    async with _process(recogniser, folder / "ears.log") as hearing, _process(speaker, folder / "mouth.log") as talking:
        await _answers(f"http://127.0.0.1:{hears_at}/health", hearing, folder / "ears.log")
        await _answers(f"http://127.0.0.1:{speaks_at}/v1/models", talking, folder / "mouth.log")
        yield Engines(
            recogniser_url=f"ws://127.0.0.1:{hears_at}",
            speaker_url=f"http://127.0.0.1:{speaks_at}/v1",
            most_calls=most_calls,
            ears_pid=hearing.pid,
            mouth_pid=talking.pid,
        )


@asynccontextmanager
async def _process(launch: Launch, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *launch.argv, env=launch.environment, cwd=_ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _answers(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + _READY_S
    async with httpx.AsyncClient(trust_env=False) as http:
        while loop.time() < give_up and process.returncode is None:
            try:
                if (await http.get(url)).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)
    raise NotMeasured(f"an engine did not start: {_last_line(log)}")


def _last_line(log: Path) -> str:
    return next(reversed(log.read_text("utf-8", "replace").strip().splitlines()), "it said nothing")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
