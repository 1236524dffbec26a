"""The processes as containers run them: no supervisor, own ports, probes, passwords in files; the door before them."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.deployment.files import SERVER
from tests.deployment.tools import of_debian

pytestmark = [
    pytest.mark.slow,
    # By a password in a file, which the other server does not ask for.
    pytest.mark.parametrize("database_server", ["shipped"], indirect=True, scope="session"),
]

PATIENCE_S = 400
TOKEN = "a-token-of-the-test-that-is-long-enough"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _apart(url: str) -> tuple[str, str]:
    """The URL without its password, and that."""
    parts = conninfo_to_dict(url)
    password = str(parts.pop("password"))
    return make_conninfo("", **parts), password


class Site:
    """A folder as a container mounts it, and the processes that were started in it."""

    def __init__(self, folder: Path, login: str, owner: str) -> None:
        self.folder = folder
        self.web_port, self.probe_port = _free_port(), _free_port()
        self._running: list[subprocess.Popen[str]] = []
        (login_url, login_password), (self._owner_url, owner_password) = _apart(login), _apart(owner)
        for name, secret in (("login", login_password), ("owner", owner_password), ("token", TOKEN)):
            (folder / name).write_text(f"{secret}\n")
            (folder / name).chmod(0o400)
        (folder / "appliance.toml").write_text(
            f'[database]\nurl = "{login_url}"\npassword_file = "{folder}/login"\n'
            f"[web]\nport = {self.web_port}\n"
            f'[platform]\nkept_by = "platform"\nprobe_port = {self.probe_port}\n'
            f'metrics_token_file = "{folder}/token"\n'
        )
        (folder / "state").mkdir(mode=0o700)

    def start(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("APPLIANCE_", "DATABASE_"))}
        places = {
            "APPLIANCE_CONFIG": str(self.folder / "appliance.toml"),
            "APPLIANCE_STATE_DIR": str(self.folder / "state"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "appliance.cli.main", *words],
            env={**inherited, **places, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._running.append(process)
        return process

    def migrate(self) -> None:
        done = self.start(
            "run",
            "migrations",
            DATABASE_OWNER_URL=self._owner_url,
            DATABASE_OWNER_PASSWORD_FILE=str(self.folder / "owner"),
        )
        said, _ = done.communicate(timeout=PATIENCE_S)
        assert done.returncode == 0, said

    def end_all(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def site(tmp_path: Path, database_url: str, owner_url: str) -> Iterator[Site]:
    made = Site(tmp_path, database_url, owner_url)
    yield made
    made.end_all()


def _get(url: str, token: str = "", context: ssl.SSLContext | None = None) -> tuple[int, str]:
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=10, context=context) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def _until_ready(url: str, process: "subprocess.Popen[str]", context: ssl.SSLContext | None = None) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        try:
            if _get(url, context=context)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    process.kill()
    pytest.fail(f"{url} was not ready: {process.communicate()[0][-2000:]}")


def test_each_process_is_its_own_and_tells_how_it_is(site: Site) -> None:
    """Again changes nothing; what is stopped comes to its own end, and says so by its exit code."""
    site.migrate()
    site.migrate()
    web, worker = site.start("run", "web"), site.start("run", "worker")
    for port, process in ((site.web_port, web), (site.probe_port, worker)):
        at = f"http://127.0.0.1:{port}"
        _until_ready(f"{at}/health/ready", process)
        assert _get(f"{at}/health/live")[0] == 200
        assert _get(f"{at}/metrics")[0] == 401
        status, figures = _get(f"{at}/metrics", TOKEN)
        assert (status, "appliance_database_up 1.0" in figures) == (200, True)
        assert "appliance_turns_total" in figures
    for process in (web, worker):
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said


def test_nothing_but_health_and_figures_is_answered_by_a_worker(site: Site) -> None:
    worker = site.start("run", "worker")
    _until_ready(f"http://127.0.0.1:{site.probe_port}/health/ready", worker)
    assert _get(f"http://127.0.0.1:{site.probe_port}/api/staff/v1/me")[0] == 404


def test_a_port_that_is_taken_is_one_line_and_a_wrong_setting(site: Site) -> None:
    with socket.create_server(("127.0.0.1", site.web_port)):
        web = site.start("run", "web")
        said, _ = web.communicate(timeout=PATIENCE_S)
    assert web.returncode == 2
    assert f"appliance: cannot listen on 127.0.0.1:{site.web_port}" in said
    assert "Traceback" not in said


def test_the_supervisor_is_not_started_beside_a_platform(site: Site) -> None:
    said, _ = (up := site.start("up")).communicate(timeout=PATIENCE_S)
    assert (up.returncode, "containers start each process" in said) == (2, True)


@pytest.mark.control("K3")
def test_behind_the_door_customers_are_served_by_tls_and_told_no_figures(site: Site, tmp_path: Path) -> None:
    haproxy = of_debian("TEST_HAPROXY", "usr/sbin/haproxy")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "proxy.pem").write_text(certificate.read_text() + key.read_text())
    tls, plain = _free_port(), _free_port()
    door = (SERVER / "proxy.cfg").read_text()
    web_line = next(line for line in door.splitlines() if "server-template" in line)
    for old, new in (
        ("/run/secrets/proxy.pem", str(tmp_path / "proxy.pem")),
        ("bind :8443", f"bind 127.0.0.1:{tls}"),
        ("bind :8080", f"bind 127.0.0.1:{plain}"),
        # There is no name server of Docker's here: the one web process by its address.
        (web_line, f"    server web1 127.0.0.1:{site.web_port}"),
        # As many files as the image may open are not open to every user of a machine.
        ("    maxconn 20000\n", "    maxconn 100\n"),
    ):
        assert old in door
        door = door.replace(old, new)
    (tmp_path / "proxy.cfg").write_text(door)
    web = site.start("run", "web")
    _until_ready(f"http://127.0.0.1:{site.web_port}/health/ready", web)
    running = subprocess.Popen(
        [haproxy.program, "-f", tmp_path / "proxy.cfg"],
        env={**os.environ, **haproxy.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        trusted = ssl.create_default_context(cafile=str(certificate))
        _until_ready(f"https://localhost:{tls}/health/ready", running, trusted)
        assert _get(f"https://localhost:{tls}/metrics", TOKEN, trusted)[0] == 404
        with urllib.request.urlopen(f"https://localhost:{tls}/health/live", context=trusted, timeout=10) as answer:
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        with socket.create_connection(("127.0.0.1", plain), timeout=10) as asking:
            asking.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert asking.recv(1000).startswith(b"HTTP/1.1 308")
        outdated = ssl.create_default_context(cafile=str(certificate))
        outdated.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError, match=r"(?i)ssl|version|protocol|reset"):
            _get(f"https://localhost:{tls}/health/live", context=outdated)
    finally:
        running.terminate()
        running.communicate(timeout=60)
