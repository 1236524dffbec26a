"""The recogniser as a program: calls by WebSocket, ``GET /health`` on the same port, engines in their own processes.

``python -m models.asr.worker --final FOLDER``, in the environment of ``compose/install/make-asr-venv.sh``. It listens
on this machine alone: whoever reaches it is heard, and nobody is asked who he is.
"""

import argparse
import asyncio
import itertools
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from models.asr import folders, protocol
from models.asr.call import Call
from models.asr.engine import Engine, Folders
from models.asr.environment import AIR_GAP
from models.asr.errors import EngineInvalid, ProtocolBroken, RecogniserUnavailable
from models.asr.pool import Engines
from models.asr.protocol import CLOSE_BROKEN, CLOSE_BUSY, Result

HOST, PORT = "127.0.0.1", 10095
_CLOSE_FAILED = 1011
_QUEUED = 16
"""Messages of a call that wait to be heard; beyond them its sender waits."""
_log = logging.getLogger(__name__)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    models: Folders
    port: int = PORT
    engines: int = 1
    most_calls: int = 8
    device: str = "cpu"
    threads: int = 1


class Worker:
    def __init__(self, engines: Engines, most_calls: int) -> None:
        self._engines, self._most_calls = engines, most_calls
        self._numbers = itertools.count(1)
        self._calls = 0

    async def serve_call(self, connection: ServerConnection) -> None:
        if self._calls >= self._most_calls:
            await connection.close(CLOSE_BUSY, f"{self._most_calls} calls are heard already")
            return
        place = self._engines.least_asked()
        self._calls += 1
        place.calls += 1
        call = Call(next(self._numbers), place, partial(_send, connection))
        try:
            await self._hear(connection, call)
        finally:
            self._calls -= 1
            place.calls -= 1

    async def _hear(self, connection: ServerConnection, call: Call) -> None:
        try:
            async for message in connection:
                if isinstance(message, bytes):
                    await call.audio(message)
                else:
                    await call.signal(protocol.read_signal(message))
            await call.close()
        except ConnectionClosed:
            await call.close()
        except ProtocolBroken as broken:
            await connection.close(CLOSE_BROKEN, _short(str(broken)))
        except RecogniserUnavailable as gone:
            _log.error("%s", gone)
            await connection.close(_CLOSE_FAILED, _short(str(gone)))

    def answer_http(self, connection: ServerConnection, request: Request) -> Response | None:
        """None: it is a call."""
        if request.path == "/health":
            state = {"calls": self._calls, "most_calls": self._most_calls, "waiting": self._engines.waiting}
            response = connection.respond(HTTPStatus.OK, msgspec.json.encode({"status": "ok", **state}).decode())
            del response.headers["Content-Type"]
            response.headers["Content-Type"] = "application/json"
            return response
        return None


async def _send(connection: ServerConnection, result: Result) -> None:
    await connection.send(protocol.write(result))


def _short(reason: str) -> str:
    """A close frame holds 123 bytes of it."""
    return reason.encode()[:120].decode("utf-8", "ignore")


@asynccontextmanager
async def serving(engines: Engines, most_calls: int, port: int) -> AsyncIterator[int]:
    """The port; it opens when every engine is warm. EngineInvalid where one cannot be."""
    try:
        await engines.start()
        worker = Worker(engines, most_calls)
        async with serve(
            worker.serve_call,
            HOST,
            port,
            process_request=worker.answer_http,
            max_size=protocol.MAX_MESSAGE_BYTES,
            max_queue=_QUEUED,
            compression=None,
        ) as server:
            yield next(iter(server.sockets)).getsockname()[1]
    finally:
        engines.stop()


async def run(settings: Settings) -> None:
    """Until it is told to end."""
    for folder in settings.models.all():
        folders.check(folder)
    engines = Engines(
        partial(Engine, settings.models, settings.device, settings.threads),
        settings.engines,
        streams=settings.models.online is not None,
        finds_pauses=settings.models.pauses is not None,
    )
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(engines, settings.most_calls, settings.port) as port:
        _log.info("hears calls on ws://%s:%d", HOST, port)
        await ended.wait()


def settings_of(arguments: list[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="models.asr.worker", description="Hears calls for the appliance.")
    parser.add_argument("--final", type=Path, required=True, metavar="FOLDER", help="model of the second pass")
    parser.add_argument("--online", type=Path, metavar="FOLDER", help="streaming Paraformer; else --final hears anew")
    parser.add_argument("--pauses", type=Path, metavar="FOLDER", help="FSMN-VAD; else loudness tells")
    parser.add_argument("--punctuation", type=Path, metavar="FOLDER", help="CT-Transformer; else none is added")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--engines", type=int, default=1, help="processes, each with models of its own")
    parser.add_argument("--most-calls", type=int, default=8, help="further ones are refused")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda:0")
    parser.add_argument("--threads", type=int, default=1, help="of each engine")
    given = parser.parse_args(arguments)
    models = Folders(final=given.final, online=given.online, pauses=given.pauses, punctuation=given.punctuation)
    return Settings(
        models=models,
        port=given.port,
        engines=given.engines,
        most_calls=given.most_calls,
        device=given.device,
        threads=given.threads,
    )


def main() -> int:
    os.environ.update(AIR_GAP)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        asyncio.run(run(settings_of(sys.argv[1:])))
    except EngineInvalid as invalid:
        sys.stderr.write(f"FAIL: {invalid}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
