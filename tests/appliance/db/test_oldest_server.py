"""The oldest server that ``DATABASE_URL`` may name. With ``--all`` whatever asks for a database runs on it too."""

import psycopg
import pytest

from appliance.db.migrate import OLDEST_SERVER, migrate, version
from tests.servers import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("database_server", ["oldest"], indirect=True, scope="session"),
]


async def test_it_is_the_oldest_that_is_not_refused(database_server: Server) -> None:
    assert await version(database_server.url("postgres")) == OLDEST_SERVER


async def test_its_owner_is_no_superuser(owner_url: str) -> None:
    with psycopg.connect(owner_url) as conn:
        assert conn.info.parameter_status("is_superuser") == "off"


async def test_what_ships_with_extensions_does_without_them(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as conn:
        assert conn.execute("SELECT extname FROM pg_extension").fetchall() == [("plpgsql",)]
