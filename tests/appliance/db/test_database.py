"""The unit of work: one shop, one transaction, nothing outside it."""

import contextlib
from typing import LiteralString

import psycopg
import pytest

from appliance.db import Connection, Database
from appliance.errors import Unavailable
from appliance.ids import ShopId

NORTH, SOUTH = ShopId("north"), ShopId("south")


async def _found(conn: Connection) -> list[str]:
    return [row[0] for row in await (await conn.execute("SELECT shop_id FROM shop ORDER BY 1")).fetchall()]


async def _open_shop(db: Database, shop: ShopId) -> None:
    async with db.transaction(shop) as conn:
        await conn.execute("INSERT INTO shop (shop_id, name) VALUES (%s, 'x')", [shop])


async def _fail_after(db: Database, statement: LiteralString) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with db.transaction(NORTH) as conn:
            await conn.execute(statement)
            raise ZeroDivisionError


@pytest.mark.control("M-16")
async def test_a_shop_sees_its_own_rows_only(db: Database) -> None:
    await _open_shop(db, NORTH)
    await _open_shop(db, SOUTH)
    async with db.transaction(SOUTH) as conn:
        assert await _found(conn) == ["south"]


@pytest.mark.control("M-16")
async def test_a_shop_cannot_write_a_row_of_another(db: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.transaction(NORTH) as conn:
            await conn.execute("INSERT INTO shop (shop_id, name) VALUES ('south', 'x')")


async def test_the_system_sees_all_shops(db: Database) -> None:
    await _open_shop(db, NORTH)
    await _open_shop(db, SOUTH)
    async with db.system() as conn:
        assert await _found(conn) == ["north", "south"]


async def test_the_owner_outside_a_scope_sees_nothing(db: Database, owner_url: str) -> None:
    await _open_shop(db, NORTH)
    async with await psycopg.AsyncConnection.connect(owner_url) as conn:
        if conn.info.parameter_status("is_superuser") == "on":
            pytest.skip("this server was given with a superuser, whom nothing binds")
        assert await _found(conn) == []


async def test_a_scope_ends_with_its_transaction(db: Database) -> None:
    await _open_shop(db, NORTH)
    for _ in range(5):
        async with db.system() as conn:
            row = await (await conn.execute("SELECT coalesce(current_setting('app.shop_id', true), '')")).fetchone()
            assert row == ("",)


@pytest.mark.control("M-16")
async def test_the_app_role_owns_nothing_and_makes_no_table(db: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.transaction(NORTH) as conn:
            await conn.execute("CREATE TABLE mine (x int)")


async def test_an_error_rolls_back(db: Database) -> None:
    await _fail_after(db, "INSERT INTO shop (shop_id, name) VALUES ('north', 'x')")
    async with db.system() as conn:
        assert await _found(conn) == []


async def test_a_swallowed_sql_error_is_not_taken_for_a_commit(db: Database) -> None:
    async def swallow() -> None:
        async with db.transaction(NORTH) as conn:
            with contextlib.suppress(psycopg.errors.DivisionByZero):
                await conn.execute("SELECT 1 / 0")

    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        await swallow()


async def test_a_savepoint_inside_keeps_the_rest(db: Database) -> None:
    async with db.transaction(NORTH) as conn:
        await conn.execute("INSERT INTO shop (shop_id, name) VALUES ('north', 'x')")
        with pytest.raises(psycopg.errors.DivisionByZero):
            async with conn.transaction():
                await conn.execute("SELECT 1 / 0")
    async with db.system() as conn:
        assert await _found(conn) == ["north"]


async def _kill_all_others(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as killer:
        await killer.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_dead_connections_are_replaced_before_a_request_notices(db: Database, database_url: str) -> None:
    await _open_shop(db, NORTH)
    await _kill_all_others(database_url)
    async with db.transaction(NORTH) as conn:
        assert await _found(conn) == ["north"]


async def test_losing_the_connection_inside_a_transaction_is_unavailable(db: Database, database_url: str) -> None:
    async def lose_it() -> None:
        async with db.transaction(NORTH) as conn:
            await _kill_all_others(database_url)
            await conn.execute("SELECT 1")

    with pytest.raises(Unavailable):
        await lose_it()


async def test_waiting_for_a_connection_ends_with_unavailable(database_url: str) -> None:
    database = await Database.open(database_url, size=1, wait_s=0.05)
    async with database.transaction(NORTH):
        with pytest.raises(Unavailable):
            async with database.transaction(NORTH):
                pass
    await database.close()


async def test_a_job_is_deferred_by_a_shop_in_its_own_transaction(db: Database) -> None:
    defer = (
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('q', 't', 0, NULL, NULL, '{}', NULL)]"
        "::procrastinate_job_to_defer_v1[])"
    )
    await _fail_after(db, defer)
    async with db.transaction(NORTH) as conn:
        await conn.execute(defer)
    async with db.system() as conn:
        assert await (await conn.execute("SELECT task_name FROM procrastinate_jobs")).fetchall() == [("t",)]


async def test_a_server_that_is_not_there_is_one_line_with_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unavailable) as raised:
        await Database.open("postgresql://nobody@127.0.0.1:1/nothing", size=1, wait_s=0.5)
    assert raised.value.detail.startswith("the database does not answer within 0.5 s: connection failed")
    assert "\n" not in raised.value.detail
    assert "error connecting in" in caplog.text, "a process that keeps a log still has it there"
