"""A private cluster: closed to others, made once, whole or not at all."""

import asyncio
import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from appliance.db.embedded import Cluster
from appliance.db.embedded.account import account
from appliance.db.embedded.binaries import readable_binaries
from appliance.errors import ConfigurationError

_QUICK = {"fsync": "off", "shared_buffers": "32MB"}


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """Where any user may pass, unlike pytest's own folders: as root PostgreSQL runs as another user."""
    folder = Path(tempfile.mkdtemp(prefix="cluster-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def running(cluster: Cluster) -> Iterator[subprocess.Popen[bytes]]:
    cluster.prepare()
    process = subprocess.Popen(
        cluster.command(), env=cluster.environment, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        asyncio.run(cluster.wait_until_ready())
        yield process
    finally:
        process.send_signal(cluster.stop_signal)
        process.wait(timeout=30)


def _ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(query.encode()).fetchone()
        return row and row[0]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.control("M-01", "M-22")
def test_it_is_closed_to_everybody_else(state_dir: Path) -> None:
    cluster = Cluster(state_dir, settings=_QUICK)
    with running(cluster):
        owner = account()
        for folder in (state_dir / "postgres", cluster.data, state_dir / "postgres" / "socket"):
            assert (_mode(folder), folder.stat().st_uid) == (0o700, owner.uid)
        secrets = list((state_dir / "secrets").iterdir())
        assert {(_mode(path), path.stat().st_uid) for path in secrets} == {(0o600, os.geteuid())}
        assert _ask(cluster.superuser_url(), "SHOW listen_addresses") == ""
        hba = _ask(cluster.superuser_url(), "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules")
        assert hba == "scram-sha-256"
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(cluster.owner_url().replace(":", ":wrong", 2).replace(":wrong//", "://"))


def test_it_is_durable_checksummed_and_has_vectors(state_dir: Path) -> None:
    cluster = Cluster(state_dir)
    with running(cluster):
        settings = (
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "data_checksums",
            "server_encoding",
            "lc_collate",
        )
        shown = [_ask(cluster.owner_url(), f"SELECT current_setting('{name}', true)") for name in settings]
        assert shown[:5] == ["on", "on", "on", "on", "UTF8"]
        assert _ask(cluster.owner_url(), "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C"
        assert _ask(cluster.owner_url(), "SELECT '[1,2]'::vector <-> '[1,3]'") == 1.0


def test_the_owner_is_no_superuser(state_dir: Path) -> None:
    cluster = Cluster(state_dir, settings=_QUICK)
    with running(cluster):
        query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        assert _ask(cluster.owner_url(), query) is False


def test_who_logs_in_has_a_password_of_its_own_and_no_right_beyond_it(state_dir: Path) -> None:
    cluster = Cluster(state_dir, settings=_QUICK)
    with running(cluster):
        query = (
            "SELECT rolcanlogin AND NOT (rolsuper OR rolinherit OR rolcreaterole OR rolcreatedb OR rolreplication "
            "OR rolbypassrls) FROM pg_roles WHERE rolname = current_user"
        )
        assert _ask(cluster.url(), query) is True
        assert len({path.read_text() for path in (state_dir / "secrets").glob("postgres-*")}) == 3
        assert _mode(state_dir / "secrets" / "postgres-appliance_login") == 0o600


def test_a_cluster_of_before_gets_the_role_at_its_next_start(state_dir: Path) -> None:
    cluster = Cluster(state_dir, settings=_QUICK)
    with running(cluster), psycopg.connect(cluster.superuser_url(), autocommit=True) as conn:
        conn.execute("DROP ROLE appliance_login")
    (state_dir / "secrets" / "postgres-appliance_login").unlink()
    with running(cluster):
        assert _ask(cluster.url(), "SELECT current_user") == "appliance_login"


def test_what_was_written_is_there_after_a_restart(state_dir: Path) -> None:
    cluster = Cluster(state_dir, settings=_QUICK)
    with running(cluster), psycopg.connect(cluster.owner_url(), autocommit=True) as conn:
        conn.execute("CREATE TABLE t AS SELECT 7 AS x")
    with running(cluster):
        assert _ask(cluster.owner_url(), "SELECT x FROM t") == 7


def test_two_run_side_by_side(state_dir: Path) -> None:
    one, other = Cluster(state_dir / "one", settings=_QUICK), Cluster(state_dir / "other", settings=_QUICK)
    with running(one), running(other):
        assert _ask(one.superuser_url(), "SHOW data_directory") == str(one.data)
        assert _ask(other.superuser_url(), "SHOW data_directory") == str(other.data)


def test_a_state_directory_with_a_long_name_works(state_dir: Path) -> None:
    deep = state_dir / ("长" * 40)
    cluster = Cluster(deep, settings=_QUICK)
    with running(cluster):
        assert _ask(cluster.owner_url(), "SELECT 1") == 1
        socket_dir = Path(str(_ask(cluster.superuser_url(), "SHOW unix_socket_directories")))
    assert _mode(socket_dir) == 0o700
    socket_dir.rmdir()


def test_a_socket_folder_that_others_may_enter_is_refused(state_dir: Path) -> None:
    (state_dir / "postgres").mkdir(mode=0o755)
    (state_dir / "postgres").chmod(0o755)
    with pytest.raises(ConfigurationError, match="that nobody else may enter"):
        Cluster(state_dir, settings=_QUICK).prepare()


def test_a_cluster_half_made_is_made_anew(state_dir: Path) -> None:
    home = state_dir / "postgres"
    (home / "making").mkdir(parents=True)
    (home / "making" / "PG_VERSION").write_text("18\n")
    home.chmod(0o700)
    for path in (home, home / "making"):
        account().give(path)
    with running(Cluster(state_dir, settings=_QUICK)):
        assert _ask(Cluster(state_dir).owner_url(), "SELECT 1") == 1


def test_another_major_is_refused_with_the_cure(state_dir: Path) -> None:
    cluster = Cluster(state_dir, settings=_QUICK)
    cluster.prepare()
    (cluster.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(ConfigurationError, match=r"of PostgreSQL 15, this version brings 18: .* restore"):
        cluster.prepare()


def test_a_lock_file_that_names_a_stranger_does_not_stop_it(state_dir: Path) -> None:
    cluster = Cluster(state_dir, settings=_QUICK)
    cluster.prepare()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")
    with running(cluster):
        assert _ask(cluster.owner_url(), "SELECT 1") == 1


def test_the_binaries_are_copied_once_and_readable_by_all(state_dir: Path) -> None:
    before = os.umask(0o077)
    try:
        first = readable_binaries(state_dir)
    finally:
        os.umask(before)
    assert _mode(first.folder) & 0o055 == 0o055
    assert _mode(Path(first.program("postgres"))) == 0o755
    marker = first.folder / "marker"
    marker.touch()
    assert readable_binaries(state_dir) == first
    assert marker.exists()
    assert first.version().startswith("18.")
