"""Machines and a shop on them, for backups: what is on one, what comes to another, and what its tables hold."""

import asyncio
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from appliance.cli.keys import keys
from appliance.cli.main import main
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.shops import Shops
from appliance.ids import ShopId
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from tests.security.audit.world import Log
from tests.servers import Server

SHOP = "north"
NOTE = b"INSERT INTO event_body (shop_id, body_id, conversation_id, subject_id, retention, sealed)"


class Machine:
    """One appliance: its database, as the product and as the owner enter it; its state directory, its keys."""

    def __init__(self, url: str, owner_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = url
        self.owner_url = owner_url
        self.home = home
        self._environment = monkeypatch
        self.root = home / "secrets" / "root.key"

    def run(self, *arguments: str) -> int:
        self._environment.setenv("DATABASE_URL", self.url)
        self._environment.setenv("DATABASE_OWNER_URL", self.owner_url)
        self._environment.setenv("APPLIANCE_STATE_DIR", str(self.home))
        self._environment.delenv("APPLIANCE_CONFIG", raising=False)
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert isinstance(ended.value.code, int)
        return ended.value.code

    def invoke(self, *arguments: str, typed: str) -> None:
        self._environment.setenv("DATABASE_URL", self.url)
        self._environment.setenv("DATABASE_OWNER_URL", self.owner_url)
        self._environment.setenv("APPLIANCE_STATE_DIR", str(self.home))
        with self.log().sealing_beside():
            done = CliRunner().invoke(keys, list(arguments), input=typed)
        assert done.exit_code == 0, done.output

    def ring(self) -> KeyRing:
        return KeyRing(FileRootKey(self.root), Suite.AES_256_GCM, SystemClock())

    def log(self) -> Log:
        log = Log(self.url, self.home, self.owner_url)
        log.key_file = self.home / "secrets" / "audit.key"
        log.succession = type(log.succession)(log.key_file)
        return log

    def seal(self, count: int) -> None:
        async def run() -> None:
            await self.log().append(count)
            await self.log().seal_what_is_pending()

        asyncio.run(run())

    def tamper(self, statement: str, table: str = "audit_record") -> None:
        """As the owner of the tables, with the triggers off."""
        asyncio.run(self.log().as_owner(statement, table))

    def carry_keys_to(self, other: "Machine") -> None:
        """The root key and the secrets of the epochs, as they are now: the same machine, later."""
        other.root.parent.mkdir(parents=True, exist_ok=True)
        for path in (*self.root.parent.glob("root.key*"), self.root.parent / "root-epochs"):
            (shutil.copytree if path.is_dir() else shutil.copy)(path, other.root.parent / path.name)


class Shop:
    """One shop with an order system and two customers' words, on a machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.rows: dict[str, tuple[UUID, UUID]] = {}

    def open(self) -> None:
        asyncio.run(self._open())
        self.machine.seal(5)

    async def _open(self) -> None:
        db = await Database.open(self.machine.url, size=2, name="test")
        ring = self.machine.ring()
        await Shops(db, ring, SystemClock()).create(SHOP, "x")
        link = OrderSystemLink(mapping="demo", base_url="https://erp.example", credentials={"api_key": "the key"})
        await Links(db, ring).connect(ShopId(SHOP), link)
        for who in ("erased", "staying"):
            subject, row = uuid4(), uuid4()
            async with db.transaction(ShopId(SHOP)) as conn:
                made = await ring.create_subject(conn, SHOP, subject)
                sealed = made.seal("event_body", "sealed", row, f"words of who is {who}".encode())
                values = (SHOP, row, uuid4(), subject, "talk", sealed)
                await conn.execute(NOTE + b" VALUES (%s, %s, %s, %s, %s, %s)", values)
            self.rows[who] = subject, row
        await db.close()

    def words(self, who: str, machine: Machine) -> str:
        return asyncio.run(self._words(who, machine))

    async def _words(self, who: str, machine: Machine) -> str:
        subject, row = self.rows[who]
        db = await Database.open(machine.url, size=2, name="test")
        try:
            async with db.transaction(ShopId(SHOP)) as conn:
                found = await (
                    await conn.execute(b"SELECT sealed FROM event_body WHERE body_id = %s", (row,))
                ).fetchone()
                assert found is not None
                opened = await machine.ring().keys(conn, SHOP, subject)
            return opened.open("event_body", "sealed", row, bytes(found[0])).decode()
        finally:
            await db.close()

    def erase(self, who: str) -> None:
        async def run() -> None:
            db = await Database.open(self.machine.url, size=2, name="test")
            async with db.transaction(ShopId(SHOP)) as conn:
                await self.machine.ring().destroy_subject(conn, SHOP, self.rows[who][0])
            await db.close()

        asyncio.run(run())


def contents(server: Server, url: str) -> dict[str, tuple[int, str]]:
    """Of each table: how many rows, and a hash over all of them in no order. As superuser: no row is hidden."""
    name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    found: dict[str, tuple[int, str]] = {}
    with psycopg.connect(server.admin_url, dbname=name) as conn:
        tables = conn.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            statement = sql.SQL(
                "SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
            )
            row: Any = conn.execute(statement.format(sql.Identifier(table))).fetchone()
            found[table] = row[0], row[1]
    return found


def shape(server: Server, url: str) -> list[tuple[Any, ...]]:
    """Triggers, row security, and where the sequences stand."""
    name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(server.admin_url, dbname=name) as conn:
        guards = conn.execute(
            "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
        triggers = conn.execute("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1").fetchall()
        sequences = conn.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1").fetchall()
    return [*guards, *triggers, *sequences]


def is_empty(url: str) -> bool:
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200").fetchone() == (
            0,
        )


def goes_on(machine: Machine) -> None:
    """New customers' words are sealed and opened as ever."""

    async def run() -> None:
        db = await Database.open(machine.url, size=2, name="test")
        subject = uuid4()
        async with db.transaction(ShopId(SHOP)) as conn:
            sealed = (await machine.ring().create_subject(conn, SHOP, subject)).seal("t", "c", subject, b"new")
        async with db.transaction(ShopId(SHOP)) as conn:
            assert (await machine.ring().keys(conn, SHOP, subject)).open("t", "c", subject, sealed) == b"new"
        await db.close()

    asyncio.run(run())
