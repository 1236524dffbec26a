"""``appliance orders reconcile`` against the demo order system: equal, different, unreachable, not connected."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.service import CaseService
from appliance.cli.main import main
from appliance.clock import FixedClock, SystemClock
from appliance.db import Database
from appliance.demo.order_system.server import running
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.shops import Shops
from appliance.ids import ConversationId, uuid7
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from tests.appliance.aftersales.cases.world import SHOP, World, accept, order, record, return_of
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY
from tests.appliance.aftersales.work.terms import work_orders
from tests.appliance.cli.test_webhooks import with_database


@pytest.fixture
def state(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop without an order system."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    with_database(database_url, lambda db: Shops(db, _ring(tmp_path), SystemClock()).create(SHOP, "示范店"))
    return tmp_path


@pytest.fixture
def connected(database_url: str, state: Path) -> Iterator[None]:
    with running(state / "orders.sqlite", ADMIN_KEY) as url:
        key = httpx.put(f"{url}/admin/shops/{SHOP}", headers={"X-Admin-Key": ADMIN_KEY}, json={}).json()["api_key"]
        link = OrderSystemLink(mapping="demo", base_url=url, credentials={"api_key": key})
        with_database(database_url, lambda db: Links(db, _ring(state)).connect(SHOP, link))
        yield


async def write_elsewhere(db: Database) -> None:
    """A return that was agreed to and written minutes ago, in an order system that is not the one asked now."""
    clock = FixedClock(SystemClock().now() - timedelta(minutes=5))
    world = World(clock)
    work = work_orders(world, clock)
    service = CaseService(audit=world, delivery=world, clock=clock, work=work)
    here = ConversationId(uuid7())
    await record(db, service, return_of(1), here, order())
    await accept(db, service, return_of(1), here, order())
    execution = Execution(
        db=db, systems=world, audit=world, delivery=world, disclosure=world, clock=clock, limits=Limits(), work=work
    )
    await Executor(db=db, execution=execution, clock=clock, limits=Limits()).run_due()


def _ring(state: Path) -> KeyRing:
    root = FileRootKey(state / "secrets" / "root.key", Suite.AES_256_GCM)
    return KeyRing(root, Suite.AES_256_GCM, SystemClock())


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["orders", "reconcile", *arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.mark.usefixtures("connected")
def test_equal_sides_are_said_to_be_equal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(SHOP) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "both sides say the same"


@pytest.mark.control("M-18")
@pytest.mark.usefixtures("connected")
def test_differences_are_told_once_as_new_and_the_command_fails(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with_database(database_url, write_elsewhere)

    assert run(SHOP, "--days", "7") == 1
    assert "NEW  missing" in capsys.readouterr().out
    assert run(SHOP, "--json") == 1
    [found] = json.loads(capsys.readouterr().out)["differences"]
    assert (found["kind"], found["is_new"]) == ("missing", False)

    said = with_database(database_url, lambda db: _recorded(db, "operation.reconcile"))
    assert [(event["actor"]["role"], event["outcome"]) for event in said] == [("operator", "failure")] * 2


@pytest.mark.usefixtures("state")
def test_a_shop_without_an_order_system_is_told_what_to_do(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with_database(database_url, write_elsewhere)

    assert run(SHOP) == 2
    assert "appliance shop connect shop-1" in capsys.readouterr().err


def test_an_order_system_that_does_not_answer_is_a_failure(
    database_url: str, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    link = OrderSystemLink(mapping="demo", base_url=url, credentials={"api_key": "k"})
    with_database(database_url, lambda db: Links(db, _ring(state)).connect(SHOP, link))
    with_database(database_url, write_elsewhere)

    assert run(SHOP) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "the order system stopped answering: run it again once it does"


async def _recorded(db: Database, action: str) -> list[Any]:
    statement = "SELECT event FROM audit_pending WHERE event ->> 'action' = %s ORDER BY position"
    async with db.system() as conn:
        return [row[0] for row in await (await conn.execute(statement, [action])).fetchall()]
