"""The real worker with real FunASR, started as the product does it: ``install.sh test --all`` makes its environment."""

import os
import socket
import subprocess
import time
from pathlib import Path

import httpx

from models.asr.client import Recogniser
from models.asr.engine import Folders
from models.asr.heard import Heard
from models.asr.launcher import launch
from models.asr.worker import Settings

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-asr" / "bin" / "python"
_START_WITHIN_S = 300
_END_WITHIN_S = 60


class AsrWorker:
    def __init__(self, folder: Path, models: Folders, *, most_calls: int = 4, prefix: tuple[str, ...] = ()) -> None:
        """``prefix`` is the beginning of a command line that runs the rest of it."""
        self._port = _free_port()
        self._log = folder / "worker.log"
        settings = Settings(models=models, port=self._port, most_calls=most_calls)
        started = launch(settings, python=PYTHON, home=folder, inherited=os.environ)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*prefix, *started.argv], env=started.environment, cwd=folder, stdout=log, stderr=log
            )

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def recogniser(self) -> Recogniser:
        return Recogniser(self.url, open_within_s=30, final_within_s=60)

    def health(self) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self._port}/health", trust_env=False)

    def wait(self) -> None:
        """Until it hears calls. RuntimeError with the end of its log if it does not come up."""
        give_up_at = time.monotonic() + _START_WITHIN_S
        while not self._is_up():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self.stop()
                raise RuntimeError(f"the worker did not start:\n{self.log[-4000:]}")
            time.sleep(0.2)

    def _is_up(self) -> bool:
        try:
            return self.health().is_success
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        self._process.terminate()
        try:
            return self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def turns_heard(worker: AsrWorker, *turns: bytes) -> list[list[Heard]]:
    """All turns of one call, fed in pieces of 20 ms faster than they were said."""
    async with worker.recogniser().listen(hotwords=("跑鞋",)) as hearing:
        results, heard = hearing.results(), []
        for pcm in turns:
            for start in range(0, len(pcm), 640):
                await hearing.feed(pcm[start : start + 640])
            await hearing.end_utterance()
            heard.append(await _until_final(results))
        return heard


async def _until_final(results: object) -> list[Heard]:
    heard: list[Heard] = []
    async for one in results:  # type: ignore[attr-defined]
        heard.append(one)
        if one.is_final:
            return heard
    raise AssertionError("there was no final")
