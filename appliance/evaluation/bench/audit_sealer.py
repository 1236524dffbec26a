"""The sealer of ``bench audit``, in a process of its own: ``python -m … DATABASE_URL FOLDER``."""

import asyncio
import signal
import sys
from pathlib import Path

import psycopg
import uvloop
from psycopg.rows import TupleRow

from appliance.clock import SystemClock
from security.audit.file_signer import FileSigner
from security.audit.sealer import Sealer


async def seal(url: str, folder: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def connect() -> psycopg.AsyncConnection[TupleRow]:
        return await psycopg.AsyncConnection.connect(url, autocommit=True)

    await Sealer(connect, folder / "audit", FileSigner(folder / "audit.key"), SystemClock()).run(stop)


if __name__ == "__main__":
    uvloop.run(seal(sys.argv[1], Path(sys.argv[2])))
