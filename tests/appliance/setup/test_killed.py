"""The installer and all that it has started, killed at its later steps: each time the next call goes on.

What exists at a kill is what exists at the end: no secret, authority, database or setting is made a second time.
"""

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.appliance.setup.test_upgrading import Site
from tests.passable import passable_folder

pytestmark = [pytest.mark.soak]

_PATIENCE_S = 600


@pytest.fixture
def site() -> Iterator[Site]:
    with passable_folder() as folder:
        made = Site(folder)
        yield made
        _kill_everything_of(made)


def _everything_of(site: Site) -> list[int]:
    """Every process that names this site's own folder: the installer, what it called, supervisor, database."""
    folder, found = os.fsencode(site.folder), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = any(folder in (process / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            continue
        if is_ours and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def _kill_everything_of(site: Site) -> None:
    """Until nobody is left, because what is being killed may start others."""
    deadline = time.monotonic() + _PATIENCE_S
    while left := _everything_of(site):
        assert time.monotonic() < deadline
        for process in left:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def _kept(site: Site) -> dict[str, str]:
    """What must never be made twice, by its hash; files under way have other names."""
    roots = [site.state / "secrets", site.state / "tls"]
    files = [path for root in roots if root.is_dir() for path in root.rglob("*") if path.is_file()]
    files += [path for path in (site.state / "appliance.toml",) if path.is_file()]
    return {
        str(path.relative_to(site.state)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix not in {".new", ".tmp"}
    }


def _done(site: Site) -> list[str]:
    file = site.state / "install" / "progress.json"
    return list(json.loads(file.read_text())["done"]) if file.exists() else []


def _secrets(site: Site) -> bool:
    return (site.state / "secrets" / "postgres-postgres").exists()


def _root_key(site: Site) -> bool:
    return (site.state / "secrets" / "root.key").exists()


def _database(site: Site) -> bool:
    return any(site.state.glob("**/global/pg_control"))


def _cluster(site: Site) -> bytes:
    """The number that a database cluster is born with: the first eight bytes of its control file."""
    (file,) = site.state.glob("**/global/pg_control")
    return file.read_bytes()[:8]


def _behind(step: str) -> Callable[[Site], bool]:
    return lambda site: step in _done(site)


def test_killed_at_each_later_step_it_goes_on_and_makes_nothing_twice(site: Site) -> None:
    version = site.version("first")
    kept: dict[str, str] = {}
    cluster = b""
    for is_there in (_behind("certificates"), _secrets, _database, _root_key, _behind("service")):
        process = site.begin(version)
        deadline = time.monotonic() + _PATIENCE_S
        while not is_there(site):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        _kill_everything_of(site)
        process.communicate()
        assert not (site.state / "install" / "installation.json").exists()
        now = _kept(site)
        assert {name: now.get(name) for name in kept} == kept
        kept = now
        if "service" in _done(site):
            assert cluster in (b"", _cluster(site))
            cluster = _cluster(site)

    code, out, err = site.install(version)
    assert (code, err, out.count(" until ")) == (0, "", 4)
    now = _kept(site)
    assert {name: now.get(name) for name in kept} == kept
    assert {"secrets/root.key", "secrets/ca.key", "tls/ca.pem", "tls/localhost.pem", "appliance.toml"} <= set(kept)
    assert _cluster(site) == cluster
    for words in (("status",), ("doctor",), ("audit", "verify")):
        answered = site.ask(version, *words)
        assert answered.returncode == 0, answered.stdout + answered.stderr
