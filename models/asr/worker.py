"""The recogniser as a program: calls by WebSocket, ``GET /health`` on the same port, engines in their own processes.

``python -m models.asr.worker --final FOLDER``, in the environment of ``compose/install/make-asr-venv.sh``. It listens
on this machine alone: whoever reaches it is heard, and nobody is asked who he is.
"""

import argparse
import asyncio
import contextlib
import itertools
import logging
import os
import signal
import socket
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

from models import handed_down
from models.asr import folders, protocol
from models.asr.call import Call
from models.asr.engine import Folders, Following, Passing
from models.asr.environment import AIR_GAP
from models.asr.errors import EngineInvalid, ProtocolBroken, RecogniserUnavailable
from models.asr.pool import Engines
from models.asr.protocol import CLOSE_BROKEN, CLOSE_BUSY, Result

HOST, PORT = "127.0.0.1", 10095
_CLOSE_FAILED = 1011
_MISCONFIGURED = 2
_QUEUED = 16
"""Messages of a call that wait to be heard; beyond them its sender waits."""
_log = logging.getLogger(__name__)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    models: Folders
    host: str = HOST
    """Another than this machine's own only inside a container, on a network that leads nowhere."""
    port: int = PORT
    engines: int = 1
    most_calls: int = 8
    device: str = "cpu"
    threads: int = 1
    listen_fd: int | None = None
    """A socket that is bound already, instead of the port."""
    ready_fd: int | None = None
    """A pipe that is told when calls are heard."""


class Worker:
    def __init__(self, engines: Engines, most_calls: int) -> None:
        self._engines, self._most_calls = engines, most_calls
        self._numbers = itertools.count(1)
        self._calls: set[Call] = set()

    async def serve_call(self, connection: ServerConnection) -> None:
        if len(self._calls) >= self._most_calls:
            await connection.close(CLOSE_BUSY, f"{self._most_calls} calls are heard already")
            return
        place = self._engines.least_asked()
        place.calls += 1
        call = Call(next(self._numbers), place, partial(_send, connection))
        self._calls.add(call)
        try:
            await self._hear(connection, call)
        finally:
            self._calls.discard(call)
            place.calls -= 1

    async def _hear(self, connection: ServerConnection, call: Call) -> None:
        both = [asyncio.create_task(job) for job in (_read(connection, call), call.pass_on())]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                await one
        except ConnectionClosed:
            pass
        except ProtocolBroken as broken:
            await connection.close(CLOSE_BROKEN, _short(str(broken)))
        except RecogniserUnavailable as gone:
            _log.error("%s", gone)
            await connection.close(_CLOSE_FAILED, _short(str(gone)))
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            with contextlib.suppress(RecogniserUnavailable):  # an engine that has ended keeps nothing of the call
                await call.close()

    def answer_http(self, connection: ServerConnection, request: Request) -> Response | None:
        """None: it is a call. Well is who has an engine that can hear at once."""
        if request.path == "/health":
            engines = self._engines
            state = {"calls": len(self._calls), "most_calls": self._most_calls, "waiting": engines.waiting}
            state |= {"owed": sum(call.owes for call in self._calls)}
            state |= {"engines": engines.many, "warm": engines.warm}
            status, code = ("ok", HTTPStatus.OK) if engines.warm else ("loading", HTTPStatus.SERVICE_UNAVAILABLE)
            response = connection.respond(code, msgspec.json.encode({"status": status, **state}).decode())
            del response.headers["Content-Type"]
            response.headers["Content-Type"] = "application/json"
            return response
        return None


async def _read(connection: ServerConnection, call: Call) -> None:
    async for message in connection:
        if isinstance(message, bytes):
            await call.audio(message)
        else:
            await call.signal(protocol.read_signal(message))


async def _send(connection: ServerConnection, result: Result) -> None:
    await connection.send(protocol.write(result))


def _short(reason: str) -> str:
    """A close frame holds 123 bytes of it."""
    return reason.encode()[:120].decode("utf-8", "ignore")


@asynccontextmanager
async def serving(
    engines: Engines, most_calls: int, port: int, listener: socket.socket | None = None, host: str = HOST
) -> AsyncIterator[int]:
    """The port; calls are let in when every engine is warm. EngineInvalid where one cannot be."""
    try:
        await engines.start()
        worker = Worker(engines, most_calls)
        async with serve(
            worker.serve_call,
            **({"host": host, "port": port} if listener is None else {"sock": listener}),
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
    having = (settings.models, settings.device, settings.threads)
    engines = Engines(
        partial(Passing, *having),
        settings.engines,
        follow=partial(Following, *having) if settings.models.follow else None,
        streams=settings.models.online is not None,
        finds_pauses=settings.models.pauses is not None,
    )
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    listener = handed_down.listener(settings.listen_fd)
    async with serving(engines, settings.most_calls, settings.port, listener, settings.host) as port:
        _log.info("hears calls on ws://%s:%d", settings.host, port)
        handed_down.say_ready(settings.ready_fd)
        await ended.wait()


def settings_of(arguments: list[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="models.asr.worker", description="Hears calls for the appliance.")
    parser.add_argument("--final", type=Path, required=True, metavar="FOLDER", help="model of the second pass")
    parser.add_argument("--online", type=Path, metavar="FOLDER", help="streaming Paraformer; else --final hears anew")
    parser.add_argument("--pauses", type=Path, metavar="FOLDER", help="FSMN-VAD; else loudness tells")
    parser.add_argument("--punctuation", type=Path, metavar="FOLDER", help="CT-Transformer; else none is added")
    parser.add_argument("--host", default=HOST, help="another only inside a container, on an internal network")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--engines", type=int, default=1, help="each with models of its own, in a process or two")
    parser.add_argument("--most-calls", type=int, default=8, help="further ones are refused")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda:0")
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    handed_down.add_options(parser)
    given = parser.parse_args(arguments)
    models = Folders(final=given.final, online=given.online, pauses=given.pauses, punctuation=given.punctuation)
    return Settings(
        models=models,
        host=given.host,
        port=given.port,
        engines=given.engines,
        most_calls=given.most_calls,
        device=given.device,
        threads=given.threads,
        listen_fd=given.listen_fd,
        ready_fd=given.ready_fd,
    )


def main() -> int:
    os.environ.update(AIR_GAP)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        asyncio.run(run(settings_of(sys.argv[1:])))
    except EngineInvalid as invalid:
        sys.stderr.write(f"FAIL: {invalid}\n")
        return _MISCONFIGURED
    return 0


if __name__ == "__main__":
    sys.exit(main())
