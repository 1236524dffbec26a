"""As a process of its own: a write that was acknowledged outlives a kill -9, and nothing else starts beside it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ADMIN_KEY = "an-admin-key-for-tests"


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    key_file = folder / "admin.key"
    key_file.write_text(ADMIN_KEY)
    command = [sys.executable, "-m", "appliance.demo.order_system", "--port", str(port)]
    return subprocess.Popen([*command, "--storage", str(folder / "shop.db"), "--admin-key-file", str(key_file)])


@pytest.fixture
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
        return number


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


async def until_it_answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await client.get("/health")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


async def test_an_acknowledged_write_outlives_a_kill(
    tmp_path: Path, port: int, processes: list[subprocess.Popen[bytes]], fixture: dict[str, Any]
) -> None:
    order = fixture["orders"][0] | {"status": "paid", "shipped_at": None, "delivered_at": None}
    fixture["orders"] = [order | {"order_id": f"O{n}"} for n in range(200)]
    acknowledged: list[int] = []
    processes.append(start(tmp_path, port))
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False
    ) as client:
        await until_it_answers(client)
        client.headers["X-Api-Key"] = (await client.put("/admin/shops/s", json={})).json()["api_key"]
        await client.post("/admin/shops/s/fixtures", json=fixture)

        async def urge(number: int) -> None:
            answer = await client.post(
                f"/api/trades/O{number}/urges", json={"memberNo": "U1"}, headers={"Idempotency-Key": f"k{number}"}
            )
            assert answer.status_code == 201
            acknowledged.append(number)
            if len(acknowledged) == 60:
                os.kill(processes[0].pid, signal.SIGKILL)

        await asyncio.gather(*(urge(number) for number in range(200)), return_exceptions=True)
        processes[0].wait()
        assert 60 <= len(acknowledged) < 200

        processes.append(start(tmp_path, port))
        await until_it_answers(client)
        for number in acknowledged:
            assert (await client.get(f"/api/requests/k{number}")).status_code == 200
            assert (await client.get(f"/api/trades/O{number}")).json()["trade"]["remarks"]["urges"]
        kept = (await client.get("/admin/shops/s/counters")).json()["order_system_writes"]
        assert kept >= len(acknowledged)


async def test_one_storage_has_one_process(tmp_path: Path, port: int, processes: list[subprocess.Popen[bytes]]) -> None:
    processes.append(start(tmp_path, port))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        await until_it_answers(client)
    second = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "appliance.demo.order_system", "--port", "1", "--storage", str(tmp_path / "shop.db")],
        *["--admin-key-file", str(tmp_path / "admin.key")],
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await second.communicate()
    assert second.returncode == 1
    assert b"does another process have it open?" in said
