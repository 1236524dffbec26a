"""``python -m models.tts.espeak --engine FOLDER``: the worker as a process. It listens on this machine, by default.

The key that callers must show comes in the environment, or in a file.
"""

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from models import handed_down
from models.llm.launcher import HOST
from models.tts.errors import EngineAbsent
from models.tts.espeak.server import app
from models.tts.espeak.voicing import MOST_WAITING, Voicing
from models.tts.launcher import ESPEAK_PORT, KEY_VARIABLE

_MISCONFIGURED = 2


def main(argv: Sequence[str]) -> None:
    asked = _parser().parse_args(argv)
    try:
        voicing = Voicing(asked.engine, most_waiting=asked.most_waiting)
    except EngineAbsent as absent:
        sys.stderr.write(f"FAIL: {absent}\n")
        sys.exit(_MISCONFIGURED)
    serving = app(voicing, _key(asked.api_key_file))
    listening = handed_down.listener(asked.listen_fd) or socket.create_server((asked.host, asked.port))
    sys.stdout.write(f"http://{asked.host}:{listening.getsockname()[1]}/v1\n")
    sys.stdout.flush()
    server = _Server(uvicorn.Config(serving, log_level="warning", access_log=False), asked.ready_fd)
    server.run(sockets=[listening])


class _Server(uvicorn.Server):
    """Says so when it serves."""

    def __init__(self, config: uvicorn.Config, ready_fd: int | None) -> None:
        super().__init__(config)
        self._ready_fd = ready_fd

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        handed_down.say_ready(self._ready_fd)


def _key(file: Path | None) -> str:
    if file is None:
        return os.environ.get(KEY_VARIABLE, "")
    try:
        key = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise SystemExit(f"FAIL: {file} cannot be read as an API key ({type(unreadable).__name__})") from unreadable
    if not key:
        raise SystemExit(f"FAIL: {file} is empty: write a long random key there")
    return key


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.tts.espeak", description="eSpeak NG behind /v1/audio/speech."
    )
    parser.add_argument("--engine", type=Path, required=True, help="folder with libespeak-ng.so.1 and espeak-ng-data")
    parser.add_argument("--host", default=HOST, help="another only inside a container, on an internal network")
    parser.add_argument("--api-key-file", type=Path, help=f"instead of {KEY_VARIABLE} in the environment")
    parser.add_argument("--port", type=int, default=ESPEAK_PORT, help="0 takes a free one and prints it")
    parser.add_argument("--most-waiting", type=int, default=MOST_WAITING, help="sentences; who comes then gets a 429")
    handed_down.add_options(parser)
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
