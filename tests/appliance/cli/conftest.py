"""Two machines for what is carried from one to another: backups, keys, logs."""

from pathlib import Path

import psycopg
import pytest

from tests.appliance.cli.backups import Machine
from tests.servers import Server


@pytest.fixture
def machine(database_url: str, owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(database_url, owner_url, tmp_path / "here", monkeypatch)


@pytest.fixture
def other(empty_database_url: str, database_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A new machine: an empty database, and no key."""
    login = database_server.url(str(psycopg.conninfo.conninfo_to_dict(empty_database_url)["dbname"]))
    return Machine(login, empty_database_url, tmp_path / "there", monkeypatch)
