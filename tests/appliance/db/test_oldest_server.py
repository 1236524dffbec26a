"""The oldest server that ``DATABASE_URL`` may name: every migration runs, and a shop stays alone in its scope."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from appliance import launch
from appliance.db import Database
from appliance.db.embedded.account import account
from appliance.db.migrate import OLDEST_SERVER, migrate, version
from appliance.ids import ShopId

pytestmark = pytest.mark.slow

_PROGRAMS = Path(f"/usr/lib/postgresql/{OLDEST_SERVER}/bin")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def _as_owner(*program: str) -> list[str]:
    owner = account()
    ids = {} if owner.is_ours else {"uid": owner.uid, "gid": owner.gid}
    return launch.command([str(_PROGRAMS / program[0]), *program[1:]], death_signal=signal.SIGINT, **ids)


@pytest.fixture
def owner_url() -> Iterator[str]:
    """As a role that may make databases and roles, and is no superuser."""
    if not _PROGRAMS.is_dir():
        pytest.skip(f"PostgreSQL {OLDEST_SERVER} is not installed in {_PROGRAMS}")
    folder = Path(tempfile.mkdtemp(prefix="oldest-test-"))
    account().give(folder)
    data = str(folder / "data")
    subprocess.run(
        _as_owner("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"),
        env=_ENVIRONMENT, cwd="/", check=True, capture_output=True,
    )  # fmt: skip
    flags = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(_as_owner("postgres", "-D", data, *flags), env=_ENVIRONMENT, cwd="/", stderr=log)
    try:
        with _connect(f"postgresql://postgres@/postgres?host={folder}") as conn:
            conn.execute("CREATE ROLE shopkeeper LOGIN CREATEROLE CREATEDB")
            conn.execute("CREATE DATABASE shops OWNER shopkeeper")
        yield f"postgresql://shopkeeper@/shops?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(folder)


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    deadline = time.monotonic() + 30
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


async def test_it_carries_the_whole_product(owner_url: str) -> None:
    assert await version(owner_url) == OLDEST_SERVER
    assert "appliance/0001_create_shop" in await migrate(owner_url)
    db = await Database.open(owner_url, size=2)
    try:
        async with db.transaction(ShopId("north")) as conn:
            await conn.execute("INSERT INTO shop (shop_id, name) VALUES ('north', 'x')")
        async with db.transaction(ShopId("south")) as conn:
            assert await (await conn.execute("SELECT shop_id FROM shop")).fetchall() == []
        async with db.system() as conn:
            assert await (await conn.execute("SELECT shop_id FROM shop")).fetchall() == [("north",)]
    finally:
        await db.close()
    with psycopg.connect(owner_url) as bare:
        assert bare.execute("SELECT shop_id FROM shop").fetchall() == []
