"""Load on the baseline: raw HTTP/1.1 over sockets that stay open, so that the generator costs next to nothing."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from appliance.errors import Unavailable
from appliance.evaluation.bench.baseline import PATH

_BODY = b'{"text":"' + b"x" * 120 + b'"}'
_REQUEST = (
    f"POST {PATH} HTTP/1.1\r\nHost: baseline\r\nContent-Type: application/json\r\nContent-Length: {len(_BODY)}\r\n\r\n"
).encode() + _BODY


@asynccontextmanager
async def baseline_at(database_url: str, environment: dict[str, str]) -> AsyncIterator[int]:
    """Its port, while it runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "appliance.evaluation.bench.baseline",
        stdout=asyncio.subprocess.PIPE,
        env=environment | {"DATABASE_URL": database_url},
        cwd="/",
    )
    try:
        line = await process.stdout.readline() if process.stdout is not None else b""
        if not line.strip():
            raise Unavailable("the baseline did not start")
        yield int(line)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def write_rows(port: int, sockets: int, duration_s: float, rows_per_s: float | None = None) -> list[float]:
    """Milliseconds of each row. Without a rate every socket writes again at once; with one, in turn and on time."""
    until = time.perf_counter() + duration_s
    pause = sockets / rows_per_s if rows_per_s else 0.0

    async def place(number: int) -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        taken: list[float] = []
        due = time.perf_counter() + pause * number / sockets
        while time.perf_counter() < until:
            if pause:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            began = due if pause else time.perf_counter()
            await _write(reader, writer)
            taken.append((time.perf_counter() - began) * 1000)
            due += pause
        writer.close()
        return taken

    everything = await asyncio.gather(*(place(number) for number in range(sockets)))
    return [ms for taken in everything for ms in taken]


async def _write(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 2"):
        status, _, _ = head.decode("latin-1").partition("\r\n")
        raise Unavailable(f"the baseline answered {status}")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    if body := int(length or 0):
        await reader.readexactly(body)


def own_cpu_s() -> float:
    """Processor time of this very process: the load generator's."""
    times = os.times()
    return times.user + times.system
