"""``python -m models.tts.espeak --engine FOLDER``: the worker as a process. It listens on this machine alone."""

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from models.llm.launcher import HOST
from models.tts.errors import EngineAbsent
from models.tts.espeak.server import app
from models.tts.espeak.voicing import MOST_WAITING, Voicing
from models.tts.launcher import ESPEAK_PORT, KEY_VARIABLE


def main(argv: Sequence[str]) -> None:
    asked = _parser().parse_args(argv)
    try:
        voicing = Voicing(asked.engine, most_waiting=asked.most_waiting)
    except EngineAbsent as absent:
        raise SystemExit(f"FAIL: {absent}") from absent
    serving = app(voicing, os.environ.get(KEY_VARIABLE, ""))
    listening = socket.create_server((HOST, asked.port))
    sys.stdout.write(f"http://{HOST}:{listening.getsockname()[1]}/v1\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(serving, log_level="warning", access_log=False)).run(sockets=[listening])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.tts.espeak", description="eSpeak NG behind /v1/audio/speech."
    )
    parser.add_argument("--engine", type=Path, required=True, help="folder with libespeak-ng.so.1 and espeak-ng-data")
    parser.add_argument("--port", type=int, default=ESPEAK_PORT, help="on 127.0.0.1; 0 takes a free one and prints it")
    parser.add_argument("--most-waiting", type=int, default=MOST_WAITING, help="sentences; who comes then gets a 429")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
