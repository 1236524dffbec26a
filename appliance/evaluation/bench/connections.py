"""``bench connections``: idle customers on one worker, and messages among them, beside a bare echo in the same run.

Each idle customer has a conversation of his own. The load generator shares the machine.
"""

import asyncio
import contextlib
import os
import ssl
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec

from appliance.client.chat import Conversation
from appliance.errors import Unavailable
from appliance.evaluation.bench import idle_echo, model
from appliance.evaluation.bench.idle import PATIENCE_S, IdleSocket, hold
from appliance.evaluation.bench.model import NotMeasured, Report
from appliance.evaluation.bench.processor import cpu_s
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import Site
from appliance.supervisor import open_files
from security.crypto import authority

SPARE_FILES = 1000
AT_ONCE = 32
MESSAGES = 60
QUIET_S = 10.0
_LIMITS = "[limits]\nstarts_per_min = 100000\nmessages_per_min = 100000\n"
_SHOP = "bench"

Open = Callable[[], Awaitable[IdleSocket]]


class Held(msgspec.Struct):
    """What one server needed for its idle sockets, and how fast one more message was answered among them."""

    sockets: list[IdleSocket]
    took_s: float
    before_kb: float
    after_kb: float
    quiet_cores: float
    alone_ms: list[float]
    among_ms: list[float]
    count: int
    """How many were still held when all was measured."""

    @property
    def kb_each(self) -> float:
        return (self.after_kb - self.before_kb) / len(self.sockets)


async def measure(customers: int, say: Callable[[str], None]) -> Report:
    _refuse_too_many(customers)
    say(f"the baseline: {customers} sockets on a bare echo")
    echo = await _on_an_echo(customers, say)
    say("the same over TLS")
    with tempfile.TemporaryDirectory(prefix="appliance-tls-") as folder:
        encrypted = await _on_an_echo(customers, say, _pair(Path(folder)))
    async with throwaway(_LIMITS, workers=1, say=say) as place, Site.at(place.settings, place.status) as site:
        keys = await site.open_shop(_SHOP)
        host, _, web_port = place.status.addresses["web"].rpartition(":")

        async def started() -> Conversation:
            return await site.chat.start(keys.shop)

        async def open_chat() -> IdleSocket:
            made = await started()
            path = f"/api/chat/v1/conversations/{made.conversation_id}/ws?after=0"
            hello = msgspec.json.encode({"type": "hello", "access_token": made.access_token})
            return await hold(host, int(web_port), path, hello)

        chat = await _hold(customers, _web(place), open_chat, _acknowledged, say)
    return Report(
        measures=tuple(_measures(chat, echo, encrypted)), machine=model.machine() | {"load": os.getloadavg()[0]}
    )


async def _on_an_echo(customers: int, say: Callable[[str], None], pair: tuple[Path, Path] | None = None) -> Held:
    trusting = ssl.create_default_context(cafile=pair[0]) if pair else None
    async with _echo(*pair or ()) as (port, pid):

        async def open_echo() -> IdleSocket:
            return await hold("127.0.0.1", port, idle_echo.PATH, trusting=trusting)

        return await _hold(customers, pid, open_echo, _echoed, say)


def _pair(folder: Path) -> tuple[Path, Path]:
    """Files of a certificate for this machine, with the authority's behind it, and of its key."""
    now = datetime.now(UTC)
    issuer = authority.make_authority("bench", now)
    pair = authority.issue(issuer, ["127.0.0.1"], now)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(pair.certificate + issuer.certificate)
    key.write_bytes(pair.key)
    return chain, key


def _measures(chat: Held, echo: Held, encrypted: Held) -> Sequence[model.Measure]:
    return (
        model.compared("connections_held", "sockets", chat.count, echo.count),
        model.compared("memory_mb", "MB", chat.after_kb / 1024, echo.after_kb / 1024),
        model.compared("memory_kb_per_connection", "KB", chat.kb_each, echo.kb_each),
        model.plain("tls_kb_per_connection", "KB", encrypted.kb_each - echo.kb_each),
        model.rate("connections_per_second", len(chat.sockets) / chat.took_s, len(echo.sockets) / echo.took_s),
        model.compared("idle_cores", "cores", chat.quiet_cores, echo.quiet_cores),
        model.latency("acknowledged_ms_among_idle", chat.among_ms, chat.alone_ms),
        model.latency("echoed_ms_among_idle", echo.among_ms, echo.alone_ms),
    )


async def _hold(
    customers: int, pid: int, open_one: Open, ask: Callable[[IdleSocket], Awaitable[None]], say: Callable[[str], None]
) -> Held:
    talker = await open_one()
    alone = await _ask(ask, talker)
    before, began = _memory_kb(pid), time.perf_counter()
    sockets: list[IdleSocket] = []
    for tenth in range(1, 11):
        sockets += await _open_many(customers * tenth // 10 - len(sockets), open_one)
        say(f"  {len(sockets)} held, {_memory_kb(pid) / 1024:.0f} MB")
    took = time.perf_counter() - began
    busy = cpu_s(pid)
    await asyncio.sleep(QUIET_S)
    busy = cpu_s(pid) - busy
    among = await _ask(ask, talker)
    count = sum(not socket.is_lost for socket in sockets)
    held = Held(sockets, took, before, _memory_kb(pid), busy / QUIET_S, alone, among, count)
    lost = customers - held.count
    for socket in [talker, *sockets]:
        socket.close()
    if lost:
        raise NotMeasured(f"{lost} of {customers} sockets were closed by the server: there is no number")
    return held


async def _open_many(number: int, open_one: Open) -> list[IdleSocket]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> IdleSocket:
        async with gate:
            return await open_one()

    return list(await asyncio.gather(*(one() for _ in range(number))))


async def _ask(ask: Callable[[IdleSocket], Awaitable[None]], talker: IdleSocket) -> list[float]:
    taken = []
    for _ in range(MESSAGES):
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await ask(talker)
        except TimeoutError as late:
            raise NotMeasured(f"no answer among the idle after {PATIENCE_S:g} s") from late
        taken.append((time.perf_counter() - began) * 1000)
    return taken


async def _echoed(socket: IdleSocket) -> None:
    socket.say(b'{"text":"' + b"x" * 40 + b'"}')
    await socket.texts.get()


async def _acknowledged(socket: IdleSocket) -> None:
    """Until the message is kept for good, which is when a customer is told so; the turn comes after."""
    message = uuid4().hex
    socket.say(msgspec.json.encode({"type": "message", "id": message, "text": "在吗"}))
    while True:
        frame = msgspec.json.decode(await socket.texts.get())
        if frame["type"] == "ack" and frame["id"] == message:
            return
        if frame["type"] == "error":
            raise NotMeasured(f"a message was refused: {frame['code']}")


def _memory_kb(pid: int) -> float:
    """The process's own share: what it shares with others is divided among them."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return float(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))


def _web(place: Throwaway) -> int:
    pid = next(each.pid for each in place.status.processes if each.name == "web-1")
    if pid is None:
        raise Unavailable("the web process is not there")
    return pid


def _refuse_too_many(customers: int) -> None:
    may = open_files.raise_to_most()
    if may < customers + SPARE_FILES:
        raise NotMeasured(
            f"{customers} sockets need {customers + SPARE_FILES} open files a process, and the hard limit is {may}: "
            f"raise it (ulimit -Hn, LimitNOFILE), or ask for fewer: --customers {max(1, may - SPARE_FILES)}"
        )


@asynccontextmanager
async def _echo(*pair: Path) -> AsyncIterator[tuple[int, int]]:
    """Port and process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "appliance.evaluation.bench.idle_echo",
        *map(str, pair),
        stdout=asyncio.subprocess.PIPE,
        cwd="/",
    )
    try:
        line = await process.stdout.readline() if process.stdout is not None else b""
        if not line.strip():
            raise Unavailable("the baseline did not start")
        yield int(line), process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
