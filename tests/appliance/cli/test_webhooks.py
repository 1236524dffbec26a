"""``appliance webhooks``: a shop's systems are added, tried, looked after and removed, each change on record."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import pytest

from appliance.cli.main import main
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.identity.shops import Shops
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from tests.appliance.integrations.receiver import Receiver, receiving

T = TypeVar("T")


@pytest.fixture
def shop(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    (tmp_path / "appliance.toml").write_text('[webhooks]\nnetworks = ["127.0.0.0/8"]\n')

    async def make(db: Database) -> None:
        root = FileRootKey(tmp_path / "secrets" / "root.key", Suite.AES_256_GCM)
        await Shops(db, KeyRing(root, Suite.AES_256_GCM, SystemClock()), SystemClock()).create("demo", "示范店")

    with_database(database_url, make)
    return "demo"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """In a loop of its own: the commands run theirs."""
    loop, ready, stopped = asyncio.new_event_loop(), asyncio.Queue[Receiver](), asyncio.Event()

    async def serve() -> None:
        async with receiving() as made:
            await ready.put(made)
            await stopped.wait()

    thread = Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    yield asyncio.run_coroutine_threadsafe(ready.get(), loop).result(10)
    loop.call_soon_threadsafe(stopped.set)
    thread.join()
    loop.close()


def with_database(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async def do() -> T:
        db = await Database.open(url, size=1)
        try:
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(do())


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["webhooks", *arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


async def recorded(db: Database) -> list[Any]:
    statement = "SELECT event ->> 'action' FROM audit_pending WHERE event ->> 'action' LIKE %s ORDER BY position"
    async with db.system() as conn:
        return [row[0] for row in await (await conn.execute(statement, ["webhook.%"])).fetchall()]


def test_a_webhook_is_added_listed_tested_and_removed_and_each_change_is_recorded(
    shop: str, receiver: Receiver, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("add", shop, receiver.url, "--event", "case.created", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["events"] == ["case.created"]
    assert run("list", shop, "--json") == 0
    assert json.loads(capsys.readouterr().out) == [made]
    assert run("test", shop, made["webhook_id"]) == 0
    assert capsys.readouterr().out == "arrived: 204\n"
    receiver.answers = lambda _: "500 Internal Server Error"
    assert run("test", shop, made["webhook_id"]) == 1
    assert capsys.readouterr().out == "did not arrive: status 500\n"
    assert run("deliveries", shop) == 0
    assert capsys.readouterr().out == "none\n"
    assert run("replay", shop, "--dead") == 0
    assert capsys.readouterr().out == "0 to be told again\n"
    assert run("remove", shop, made["webhook_id"]) == 0
    assert with_database(database_url, recorded) == ["webhook.add", "webhook.replay", "webhook.remove"]


@pytest.mark.usefixtures("shop")
def test_mistakes_are_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", "demo", "http://8.8.8.8/") == 2
    assert "none of the networks" in capsys.readouterr().err
    assert run("add", "nowhere", "http://127.0.0.1:9/") == 2
    assert capsys.readouterr().err == "appliance: no such shop\n"
    assert run("replay", "demo") == 2
    assert "name a DELIVERY, or say --dead" in capsys.readouterr().err


def test_a_shop_without_a_secret_is_told_how_to_make_one(
    shop: str, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def forget(db: Database) -> None:
        async with db.system() as conn:
            await conn.execute("DELETE FROM shop_secret WHERE purpose = 'webhooks'")

    with_database(database_url, forget)
    assert run("add", shop, "http://127.0.0.1:9/") == 2
    assert "appliance shop rotate-secret demo webhooks" in capsys.readouterr().err
