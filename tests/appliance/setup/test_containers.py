"""Installing into containers, with a stand-in for Docker that records; secrets, certificates, gate and lock are real.

Nothing here says that Docker would do it: only with which words and files it is called, and in which order.
"""

import json
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.deployment.gate import SETTLED
from appliance.deployment.images import known
from tests.appliance.setup.stand_in import ROOT, site

__all__ = ["site"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to the users of containers"),
]

PRODUCT = '#!/bin/sh\nPYTHONPATH="{root}" exec "{python}" -P -m appliance.cli.main "$@"\n'
DOCKER = """#!{python}
import json, os, pathlib, shutil, sys
here, words = pathlib.Path(__file__).parent, sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(words) + "\\n")
plain = [word for word in words if not word.startswith("--")]
volumes, fails = here / "volumes", (here / "fails").read_text() if (here / "fails").exists() else None
if fails and fails in " ".join(words):
    if (here / "once").exists():
        (here / "fails").unlink()
    if (here / "archives").exists():
        pathlib.Path((here / "archives").read_text()).touch()
    sys.exit("as told")
if words[0] == "version" or words[:2] == ["compose", "version"]:
    print("29.1.0")
elif plain[:2] == ["image", "inspect"]:
    sys.exit(plain[2] in (here / "absent").read_text() if (here / "absent").exists() else 0)
elif plain[:2] == ["volume", "inspect"]:
    print(volumes / plain[-1]) if (volumes / plain[-1]).exists() else sys.exit("no such volume")
elif plain[:2] == ["volume", "rm"]:
    shutil.rmtree(volumes / plain[2])
elif "config" in plain:
    lock = next(word.partition("=")[2] for word in words if word.endswith("images.lock"))
    print("\\n".join(line.partition("=")[2] for line in open(lock).read().splitlines()))
elif "up" in plain:
    file = next(word.partition("=")[2] for word in words if word.startswith("--file"))
    version = "second" if "# the second" in pathlib.Path(file).read_text() else "first"
    log = (here / "log").read_text() if (here / "log").exists() else "audit"
    for file in (word.partition("=")[2] for word in words if word.startswith(("--env-file", "--file"))):
        assert pathlib.Path(file).is_file(), file
    for name in ("secrets", log):
        (volumes / "aftersales_state" / name).mkdir(parents=True, exist_ok=True)
    (volumes / "aftersales_state" / "secrets" / "root.key").write_text("key")
    (volumes / "aftersales_database").mkdir(exist_ok=True)
    (here / "running").touch()
    with (volumes / "aftersales_state" / log / "records").open("a") as records:
        records.write(version + ";")
    if version == "second" and (here / "breaks").exists():
        pathlib.Path((here / "archives").read_text()).touch()
        sys.exit("as told")
elif "down" in plain:
    file = next(word.partition("=")[2] for word in words if word.startswith("--file"))
    if (here / "unfit").exists() and "# the second" in pathlib.Path(file).read_text():
        sys.exit("required variable NEW_IMAGE is missing a value")
    (here / "running").unlink(missing_ok=True)
elif "ps" in plain:
    print("1234" if (here / "running").exists() else "")
elif plain[-2:-1] == ["backup"] and "run" in plain:
    assert words[-6:-2] == ["--no-TTY", "--entrypoint", "appliance", "migrations"], words
    (volumes / "aftersales_state" / pathlib.Path(plain[-1]).name).write_text("backup")
elif "run" in plain:
    assert not (here / "running").exists()
    with (volumes / "aftersales_database" / "data").open("a") as data:
        data.write("declared;" if "declare" in plain else "tables;")
elif "exec" in plain:
    assert (here / "running").exists()
    if "backup" in plain or "declare" in plain:
        sys.exit("this needs the owner of the tables: set DATABASE_OWNER_URL")
    if plain[-2:] == ["appliance", "doctor"]:
        print("[]")
    elif plain[-2:] == ["admin", "bootstrap"]:
        print(json.dumps([dict(role="sys_admin", token="secret-token", expires_at="2030")]))
"""
NFT = """#!{python}
import pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "rules").open("a") as rules:
    rules.write(" ".join(sys.argv[1:]) + "\\n")
if (here / "refuses").exists():
    sys.exit("Error: Could not process rule: Operation not supported")
"""


class Server:
    """A machine with Docker, an unpacked version and answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.docker = folder / "docker"
        self.version = folder / "first"
        self.place = self.state / "containers" / "server"
        self.docker.mkdir()
        self._program(self.docker / "docker", DOCKER.format(python=sys.executable))
        self._program(self.docker / "nft", NFT.format(python=sys.executable))
        self._unpack(self.version)
        self.lock = folder / "images.lock"
        self.lock.write_text("".join(f"{each.name}={each.reference}@sha256:{'0' * 64}\n" for each in known()))
        self.answers = folder / "answers.toml"
        self.answers.write_text(
            f'mode = "compose"\nservice = "supervisor"\nprofile = "cpu"\n'
            f'state_dir = "{self.state}"\nname = "shop.example"\nsip_trunks = ["10.4.0.0/24"]\n'
            f'images_lock = "{self.lock}"\nwal_dir = "{folder}/wal"\naccept = ["memory", "cpus"]\n'
        )

    def _unpack(self, version: Path) -> None:
        self._program(version / ".venv/bin/appliance", PRODUCT.format(root=ROOT, python=sys.executable))
        for part in ("server", "prometheus", "pbx"):
            shutil.copytree(ROOT / "compose" / part, version / "compose" / part)
        (version / "models/catalog").mkdir(parents=True)
        shutil.copy(ROOT / "models/catalog/profiles.toml", version / "models/catalog")
        (version / "pyproject.toml").write_text('[project]\nversion = "1"\n')

    def next_version(self) -> None:
        """Whose Compose file is another."""
        self.version = self.folder / "second"
        self._unpack(self.version)
        with (self.version / "compose/server/compose.yaml").open("a") as file:
            file.write("# the second\n")

    @property
    def is_second(self) -> bool:
        return (self.place / "compose.yaml").read_text().endswith("# the second\n")

    def volume(self, name: str) -> Path:
        return self.docker / "volumes" / name

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        path = f"{self.docker}:{os.environ['PATH']}"
        return subprocess.run(
            [sys.executable, "-P", "-m", "appliance.setup", *(words or ("install",)), "--answers", str(self.answers)],
            cwd=self.version, env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def rules(self) -> list[str]:
        """What the kernel was told."""
        path = self.docker / "rules"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def calls(self) -> list[list[str]]:
        """Of Compose, without the files that every call names; of Docker itself, whole."""
        found = [json.loads(line) for line in (self.docker / "calls").read_text().splitlines()]
        (self.docker / "calls").unlink()
        return [[word for word in each if not word.startswith(("--env-file", "--file"))] for each in found]

    def _program(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_folder_with_others_things_in_it_is_not_given_to_postgresql(server: Server) -> None:
    (server.folder / "wal").mkdir()
    (server.folder / "wal" / "photo").touch()
    refused = server.run()
    assert (refused.returncode, "holds photo and is not PostgreSQL's" in refused.stderr) == (1, True)
    assert (server.folder / "wal").stat().st_uid == 0


def test_it_is_installed_by_digest_with_secrets_certificates_and_gate_and_taken_away_again(server: Server) -> None:
    (server.version / "bundle/images").mkdir(parents=True)
    (server.version / "bundle/images/product.tar").touch()
    done = server.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "sys_admin    secret-token" in done.stdout
    assert "on https://shop.example/" in done.stdout
    assert "secret-token" not in (server.state / "install/install.log").read_text()
    calls = [each for each in server.calls() if each[0] not in {"version", "info"} and each[1] != "inspect"]
    up = ["up", "--detach", "--pull", "never", "--remove-orphans", "--wait", "--wait-timeout", "1800"]
    inside = ["compose", "exec", "--no-TTY", "web", "appliance"]
    assert calls == [
        ["compose", "version", "--short"],
        ["load", "--input", f"{server.version}/bundle/images/product.tar"],
        ["compose", "config", "--images"],
        ["compose", *up],
        [*inside, "doctor", "--json"],
        [*inside, "admin", "bootstrap", "--json"],
    ]

    owners = dict(
        line.split()[:2] for line in (server.place / "secrets.list").read_text().splitlines() if line[0] != "#"
    )
    for name, owner in owners.items():
        found = (server.place / "secrets" / name).stat()
        assert (found.st_uid, found.st_mode & 0o777, found.st_size > 0) == (int(owner), 0o400, True), name
    context = ssl.create_default_context(cafile=str(server.place / "authority.pem"))
    context.load_cert_chain(server.place / "secrets/proxy.pem")  # certificate and key fit
    assert 'origin = "https://shop.example"\n' in (server.place / "appliance.toml").read_text()
    assert (
        server.place / "places.env"
    ).read_text() == f"WEIGHTS_DIR={server.state}/weights\nWAL_DIR={server.folder}/wal\n"
    assert (server.folder / "wal").stat().st_uid == 999
    assert "gate" in json.loads((server.place / "gate.json").read_text())["services"]
    assert server.rules() == [f"-f {server.place}/rules.nft"]
    rules = (server.place / "rules.nft").read_text()
    assert 'iifname "as-wire" ip daddr { 10.4.0.0/24 } meta l4proto { tcp, udp } accept' in rules
    assert "WARNING: nothing loads the kernel's rules after a restart of the machine. Cure: load them" in done.stdout

    _again_nothing_is_made_twice(server)
    _taken_away(server)


def _again_nothing_is_made_twice(server: Server) -> None:
    """But who reads the settings, which changed, is: Compose sees that by their labels."""
    kept = {path: path.read_bytes() for path in (server.place / "secrets").iterdir()}
    labels = _labels(server)
    (server.place / "appliance.toml").write_text('access.origin = "https://mine"\n')
    left_out = ('mode = "compose"\n', 'name = "shop.example"\n', f'images_lock = "{server.lock}"\n')
    server.answers.write_text("".join(line for line in server.answers.open() if line not in left_out))
    again = server.run()
    assert (again.returncode, again.stderr) == (0, "")
    assert {path: path.read_bytes() for path in (server.place / "secrets").iterdir()} == kept
    assert (server.place / "appliance.toml").read_text() == 'access.origin = "https://mine"\n'
    assert (server.place / "images.lock").read_text() == server.lock.read_text()
    calls = server.calls()
    assert (any("up" in each for each in calls), any("restart" in each for each in calls)) == (True, False)
    assert {name for name, label in _labels(server).items() if label != labels[name]} == set(SETTLED)
    server.answers.write_text(f'mode = "native"\n{server.answers.read_text()}')
    refused = server.run()
    assert (refused.returncode, "it was installed as compose, and native is answered" in refused.stderr) == (1, True)
    server.answers.write_text(server.answers.read_text().partition("\n")[2])


def _labels(server: Server) -> dict[str, dict[str, str]]:
    return {
        name: each["labels"] for name, each in json.loads((server.place / "gate.json").read_text())["services"].items()
    }


def _taken_away(server: Server) -> None:
    left = server.run("uninstall")
    assert (left.returncode, "in Docker's volumes" in left.stdout) == (0, True)
    assert server.calls()[-1] == ["compose", "down"]
    assert server.rules()[-1] == "delete table inet aftersales"
    assert not (server.place / "rules.nft").exists()
    gone = server.run("uninstall", "--destroy-keys", "--confirm", f"destroy {server.state}")
    assert (gone.returncode, gone.stderr, server.state.exists()) == (0, "", False)
    assert list((server.docker / "volumes").iterdir()) == []
    record = json.loads(next((server.folder / "uninstalled").glob("*.json")).read_text())
    assert record["units_removed"] == ["docker volume aftersales_state", "docker volume aftersales_database"]
    assert {key.rpartition("/")[2] for key in record["keys"]} >= {"root.key", "ca.key", "owner.password", "models.key"}
    assert any(each.startswith(f"{server.folder}/wal: ") for each in record["stays"])
    assert Path(record["audit_log_kept_in"]).is_dir()


def test_an_image_that_is_not_here_by_its_digest_is_named_before_a_start_and_what_failed_is_gone_on_with(
    server: Server,
) -> None:
    absent = server.lock.read_text().split("\n", 1)[0].partition("=")[2]
    (server.docker / "absent").write_text(absent)
    done = server.run()
    assert (done.returncode, f"1 images are not here by their digest, first {absent}" in done.stderr) == (1, True)
    assert not any("up" in each for each in server.calls())
    (server.docker / "absent").unlink()

    (server.docker / "fails").write_text(" up --detach")
    done = server.run()
    assert (done.returncode, "ended with 1: as told. Cure: " in done.stderr) == (1, True)
    (server.docker / "fails").unlink()
    server.calls()
    assert server.run().returncode == 0
    assert not any("load" in each or "config" in each for each in server.calls())


def test_a_kernel_that_takes_no_rules_is_said_and_holds_up_nothing(server: Server) -> None:
    (server.docker / "refuses").touch()
    done = server.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "WARNING: the kernel does not take the rules of " in done.stdout
    assert "Operation not supported. Cure: see that the kernel has nf_tables" in done.stdout


def test_a_lock_without_digests_is_refused(server: Server) -> None:
    server.lock.write_text(server.lock.read_text().replace("@sha256:", ":", 1))
    done = server.run()
    assert (done.returncode, "named by its digest" in done.stderr) == (1, True)
    assert not any("up" in each or "load" in each for each in server.calls())


def test_certificates_of_the_site_are_kept(server: Server) -> None:
    server.place.joinpath("secrets").mkdir(parents=True)
    given = [
        server.place / "authority.pem",
        *(server.place / "secrets" / f"{n}" for n in ("proxy.pem", "postgres.pem")),
    ]
    for path in (*given, server.place / "secrets" / "postgres.key"):
        path.write_text("the site's")
    done = server.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert all(path.read_text() == "the site's" for path in given)
    assert "are the site's own" in done.stdout


def test_what_is_missing_is_said_before_anything_is_made(server: Server) -> None:
    server.lock.unlink()
    looked = server.run("look", "--dry-run")
    assert (looked.returncode, "images lock" in looked.stderr) == (1, True)
    assert "docker compose" in looked.stdout
    assert not server.state.exists()


def test_an_upgrade_saves_stops_brings_up_the_tables_and_starts(server: Server) -> None:
    assert server.run().returncode == 0
    server.calls()
    server.next_version()
    done = server.run()
    assert (done.returncode, done.stderr, server.is_second) == (0, "", True)
    calls = [each for each in server.calls() if each[0] == "compose" and each[1] != "version" and "ps" not in each]
    said = [" ".join(word for word in each[1:] if not word.startswith("-"))[:30] for each in calls]
    assert said == [
        "exec web appliance doctor",
        "run appliance migrations backu",
        "config",
        "down",
        "run migrations",
        "up never 1800",
        "exec web appliance doctor",
    ]
    (archive,) = (server.state / "backups").glob("before-1-*.csab")
    assert archive.read_text() == "backup"
    assert not list(server.volume("aftersales_state").glob("*.csab"))
    assert not (server.state / "install" / "before").exists()


def test_an_image_that_an_upgrade_lacks_stops_nothing(server: Server) -> None:
    assert server.run().returncode == 0
    server.calls()
    server.next_version()
    lock = server.lock.read_text()
    (server.docker / "absent").write_text(lock.split("\n", 1)[0].partition("=")[2])
    absent = server.run()
    server.lock.write_text("".join(lock.splitlines(keepends=True)[1:]))
    unnamed = server.run()
    for done, why in ((absent, "1 images are not here by their digest"), (unnamed, "is missing")):
        assert (done.returncode, "failed before anything was stopped: " in done.stderr, why in done.stderr) == (
            1,
            True,
            True,
        )
    assert ((server.docker / "running").exists(), server.is_second) == (True, False)
    assert (server.place / "images.lock").read_text() == lock
    assert not any("down" in each for each in server.calls())


def test_files_that_do_not_fit_each_other_hold_up_no_way_back(server: Server) -> None:
    assert server.run().returncode == 0
    server.next_version()
    (server.docker / "fails").write_text("--no-TTY migrations")
    (server.docker / "once").touch()
    (server.docker / "unfit").touch()
    done = server.run()
    assert (done.returncode, "rolled back: " in done.stderr, server.is_second) == (1, True, False)
    assert (server.docker / "running").exists()
    assert not (server.state / "install" / "progress.json").exists()


@pytest.mark.parametrize("may_have_served", [False, True])
def test_an_upgrade_that_fails_puts_volumes_and_files_back(server: Server, *, may_have_served: bool) -> None:
    """But for what the new version wrote into the audit log, in the folder of the settings."""
    (server.docker / "log").write_text("kept/log")
    server.place.mkdir(parents=True)
    settings = (ROOT / "compose/server/appliance.toml").read_text()
    settings += '\n[audit]\nsegments_dir = "/var/lib/aftersales/kept/log"\n'
    (server.place / "appliance.toml").write_text(settings)
    assert server.run().returncode == 0
    database, wal = server.volume("aftersales_database") / "data", server.folder / "wal"
    database.write_text("of before;")
    (wal / "000000010000000000000001").write_text("of before")
    os.utime(wal / "000000010000000000000001", (1, 1))
    server.calls()
    server.next_version()
    if may_have_served:
        (server.docker / "breaks").touch()
    else:
        (server.docker / "fails").write_text("--no-TTY migrations")
        (server.docker / "once").touch()
    (server.docker / "archives").write_text(str(wal / "000000010000000000000002"))
    done = server.run()
    assert (done.returncode, "rolled back: " in done.stderr, server.is_second) == (1, True, False)
    assert ("it is reconciling" in done.stdout) == may_have_served
    assert database.read_text() == ("of before;declared;" if may_have_served else "of before;")
    records = server.volume("aftersales_state") / "kept/log/records"
    assert records.read_text() == ("first;second;first;" if may_have_served else "first;first;")
    assert (server.docker / "running").exists()
    declared = [each for each in server.calls() if "declare" in each]
    assert len(declared) == may_have_served
    assert {path.name for path in wal.iterdir() if path.is_file()} == {"000000010000000000000001"}
    (aside,) = wal.glob("left-*")
    assert [path.name for path in aside.iterdir()] == ["000000010000000000000002"]
    assert not (server.state / "install" / "progress.json").exists()
