"""The database as ``database.yaml`` has CloudNativePG make it, in the order of its documentation, on a real PostgreSQL.

First the owner and the database, then ``postInitApplicationSQL`` as a superuser inside it, at last the managed roles:
one that is there already is altered.
"""

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from appliance.config import DatabaseSettings, Settings
from appliance.db.location import OWNER_VARIABLE
from appliance.db.login import bring_up, excess
from tests.deployment.files import of_kind
from tests.servers import Server, shipped

pytestmark = pytest.mark.slow

ATTRIBUTES = ("login", "inherit", "superuser", "createdb", "createrole", "bypassrls")
PASSWORD = "of the test"


def _execute(url: str, statement: str, *names: str) -> int:
    with psycopg.connect(url, autocommit=True) as conn:
        composed = sql.SQL(statement).format(*map(sql.Identifier, names))
        return conn.execute(composed).rowcount


def _bootstrap(server: Server, cluster: dict[str, Any]) -> tuple[str, str]:
    """The URLs of the login and of the owner."""
    begun, (managed,) = cluster["bootstrap"]["initdb"], cluster["managed"]["roles"]
    database, owner, login = begun["database"], begun["owner"], managed["name"]
    # The server of the tests has made a role of that name for itself.
    _execute(server.admin_url, "DROP ROLE IF EXISTS {}", login)
    _execute(server.admin_url, f"CREATE ROLE {{}} LOGIN PASSWORD '{PASSWORD}'", owner)
    _execute(server.admin_url, "CREATE DATABASE {} OWNER {}", database, owner)
    for statement in begun["postInitApplicationSQL"]:
        _execute(make_conninfo(server.admin_url, dbname=database), statement)
    words = " ".join(("" if managed[each] else "NO") + each.upper() for each in ATTRIBUTES)
    is_there = _execute(server.admin_url, f"SELECT FROM pg_roles WHERE rolname = '{login}'") == 1
    verb = "ALTER" if is_there else "CREATE"
    _execute(server.admin_url, f"{verb} ROLE {{}} {words} PASSWORD '{PASSWORD}'", login)
    given = {"dbname": database, "password": PASSWORD}
    return make_conninfo(server.admin_url, user=login, **given), make_conninfo(server.admin_url, user=owner, **given)


def test_the_job_brings_the_tables_up_and_lets_in_who_logs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    (cluster,) = of_kind("Cluster")
    with shipped() as server:
        login, owner = _bootstrap(server, cluster["spec"])
        monkeypatch.setenv(OWNER_VARIABLE, owner)
        asyncio.run(bring_up(Settings(state_dir="/nonexistent", database=DatabaseSettings(url=login))))
        assert asyncio.run(excess(login)) == []
        with psycopg.connect(login) as conn:
            conn.execute("SET ROLE appliance_app")
            assert conn.execute("SELECT count(*) FROM shop").fetchone() == (0,)
