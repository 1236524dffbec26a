"""The appliance in containers of one server: its folder, images by digest, secrets, gate, and the words for Docker.

``containers`` in the state directory is what Compose works with: the files of the version, renewed by each call, beside
what is the site's (settings, secrets, lock, telephone system), written once. Only root may hand secrets to the users of
containers. Nothing is fetched: an image that is not here by its digest is refused before anything is started.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Final

from appliance.setup.claim import OF_THE_DISK
from appliance.setup.errors import StepFailed
from appliance.setup.record import Installed
from appliance.setup.running import Teller, attempt, call

READY_S: Final = 1800
"""A language model that is loaded from a slow disk takes this long."""
PORT: Final = 443
"""Of the proxy; it answers on 80 as well, to send people on."""
PROJECT: Final = "aftersales"
"""As compose.yaml names it."""
STATE: Final = "aftersales_state"
HOME: Final = "/var/lib/aftersales"
"""Where that volume is inside."""
VOLUMES: Final = (STATE, "aftersales_database", "aftersales_engines", "aftersales_metrics")
_PARTS: Final = ("server", "prometheus", "pbx")
SETTINGS: Final = frozenset({"appliance.toml", "appliance.gpu.toml"})
_SITES_OWN: Final = SETTINGS | {"pbx"}
_POSTGRES: Final = 999
"""The database's user inside its container."""
_DATABASE: Final = "postgres"
"""What the product calls it; its certificate is for that name."""
_NO_ORIGIN: Final = 'origin = ""\n'


def server(state_dir: Path) -> Path:
    return state_dir / "containers" / "server"


def compose(installed: Installed, state_dir: Path, *words: str) -> list[str]:
    """Every call names all of it: without the values of each variable Compose does not even stop a container."""
    place = server(state_dir)
    profile = place / "profiles" / f"{installed.profile}.env"
    named = [f"--env-file={file}" for file in (place / "images.lock", profile, place / "places.env")]
    return ["docker", "compose", *named, f"--file={place}/compose.yaml", f"--file={place}/gate.json", *words]


def product(installed: Installed, state_dir: Path, *words: str) -> list[str]:
    """The product's command, where web runs."""
    return compose(installed, state_dir, "exec", "--no-TTY", "web", "appliance", *words)


def as_owner(installed: Installed, state_dir: Path, *words: str) -> list[str]:
    """The product's command as the owner of the tables, whose password no container has but that of the migrations."""
    alone = ("run", "--rm", "--no-TTY", "--entrypoint", "appliance", "migrations")
    return compose(installed, state_dir, *alone, *words)


def lay_out(installed: Installed, state_dir: Path, *, weights: str, wal: str) -> None:
    """The version's files, and what is the site's where it is not there yet. No secret is touched."""
    place = server(state_dir)

    def kept(_: str, names: list[str]) -> list[str]:
        return [name for name in names if name in _SITES_OWN and (place / name).exists()]

    for part in _PARTS:
        source, target = Path(installed.folder) / "compose" / part, place.parent / part
        if part not in _SITES_OWN or not target.exists():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=kept)
    for name in sorted(_SITES_OWN):
        if (file := place / name).is_file() and (text := file.read_text("utf-8")).count(_NO_ORIGIN) == 1:
            _write(file, text.replace(_NO_ORIGIN, f"origin = {json.dumps(f'https://{installed.name}')}\n"))
    _places(state_dir, weights, wal)


def places(state_dir: Path) -> dict[str, Path]:
    """Where weights and PostgreSQL's log lie; empty before they are laid out."""
    file = server(state_dir) / "places.env"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return {name: Path(path) for name, _, path in (line.partition("=") for line in lines)}


def _places(state_dir: Path, weights: str, wal: str) -> None:
    """As answered, else as before, else in the state directory."""
    file, before = server(state_dir) / "places.env", places(state_dir)
    weights_dir = Path(weights or before.get("WEIGHTS_DIR", state_dir / "weights"))
    wal_dir = Path(wal or before.get("WAL_DIR", state_dir / "wal"))
    weights_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    wal_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if wal_dir.stat().st_uid != _POSTGRES and (others := [e for e in wal_dir.iterdir() if e.name not in OF_THE_DISK]):
        raise StepFailed(
            f"{wal_dir} holds {others[0].name} and is not PostgreSQL's, which it would be given to",
            "answer wal_dir with a new folder, or an empty one",
        )
    os.chown(wal_dir, _POSTGRES, _POSTGRES)
    _write(file, f"WEIGHTS_DIR={weights_dir}\nWAL_DIR={wal_dir}\n")


def bring_images(installed: Installed, state_dir: Path, lock: str, teller: Teller) -> None:
    """From the archives of a bundle; then each that this version uses must be here by the digest of the lock.

    Nothing that lies in the state directory is touched: it is asked before another version is stopped, too.
    """
    named = lock or str(server(state_dir) / "images.lock")
    call(teller, [installed.command, "deploy", "images", "--lock", named], state_dir)
    for archive in sorted((Path(installed.folder) / "bundle" / "images").glob("*.tar")):
        call(teller, ["docker", "load", "--input", str(archive)], None)
    own = Path(installed.folder) / "compose" / "server"
    profile = own / "profiles" / f"{installed.profile}.env"
    values = [f"--env-file={file}" for file in (named, profile, server(state_dir) / "places.env")]
    words = ["docker", "compose", *values, f"--file={own}/compose.yaml", "config", "--images"]
    wanted = call(teller, words, state_dir).split()
    absent = [each for each in sorted(set(wanted)) if attempt(["docker", "image", "inspect", each], None).returncode]
    if absent:
        raise StepFailed(
            f"{len(absent)} images are not here by their digest, first {absent[0]}",
            "'docker pull' each from your registry; 'docker load' keeps digests in containerd's image store only "
            "(docs/installation.md), and a lock of other digests than the archives' fits none",
        )


def keep_lock(state_dir: Path, lock: str) -> None:
    """The answered one, which a start goes by from now on."""
    if lock:
        _write(server(state_dir) / "images.lock", Path(lock).read_text("utf-8"))


def make_certificates(installed: Installed, state_dir: Path, teller: Teller) -> None:
    """By the authority of this installation, where the site gave none of its own. Who runs takes a new one up."""
    place, tls = server(state_dir), state_dir / "tls"
    if _is_given(place, tls):
        teller.say(f"the certificates of {place}/secrets are the site's own, and kept as they are")
        return
    for name in (_DATABASE, installed.name):
        call(teller, [installed.command, "certificates", "issue", name, "--if-missing"], state_dir)
    call(teller, [installed.command, "certificates", "renew"], state_dir)
    pair = [(tls / f"{installed.name}{end}").read_text("utf-8") for end in (".pem", ".key")]
    texts = {
        place / "secrets" / "postgres.pem": (tls / f"{_DATABASE}.pem").read_text("utf-8"),
        place / "secrets" / "postgres.key": (tls / f"{_DATABASE}.key").read_text("utf-8"),
        place / "secrets" / "proxy.pem": "".join(pair),
        place / "authority.pem": (tls / "ca.pem").read_text("utf-8"),
    }
    changed = {path: text for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text}
    (place / "secrets").mkdir(mode=0o700, exist_ok=True)
    for path, text in changed.items():
        _write(path, text, mode=0o644 if path.name == "authority.pem" else 0o400)
    make_secrets(state_dir, teller)
    if changed and (place / "gate.json").exists() and (place / "images.lock").exists():
        running = call(teller, compose(installed, state_dir, "ps", "--quiet", _DATABASE, "proxy"), state_dir)
        if running.strip():
            call(teller, compose(installed, state_dir, "restart", _DATABASE, "proxy"), state_dir)


def _is_given(place: Path, tls: Path) -> bool:
    """A site that brought an authority of its own keeps its certificates by itself."""
    authority, ours = place / "authority.pem", tls / "ca.pem"
    return authority.is_file() and (not ours.is_file() or authority.read_bytes() != ours.read_bytes())


def make_secrets(state_dir: Path, teller: Teller) -> None:
    call(teller, [str(server(state_dir) / "make-secrets.sh")], None)


def make_gate(installed: Installed, state_dir: Path, teller: Teller) -> None:
    """What the settings name may be reached, and nothing else."""
    place = server(state_dir)
    named = f"APPLIANCE_CONFIG={settings(installed, state_dir)}"
    call(teller, ["env", named, installed.command, "deploy", "gate", "--to", str(place)], state_dir)


def settings(installed: Installed, state_dir: Path) -> Path:
    """Of its profile."""
    place = server(state_dir)
    lines = (place / "profiles" / f"{installed.profile}.env").read_text("utf-8").splitlines()
    return place / next(line.partition("=")[2] for line in lines if line.startswith("SETTINGS="))


def start(installed: Installed, state_dir: Path, teller: Teller) -> None:
    """The tables first: web and worker wait for the container that brings them up to date."""
    wait = ("--wait", "--wait-timeout", str(READY_S))
    call(
        teller, compose(installed, state_dir, "up", "--detach", "--pull", "never", "--remove-orphans", *wait), state_dir
    )


def bring_up_tables(installed: Installed, state_dir: Path, teller: Teller) -> None:
    """With the database alone."""
    call(teller, compose(installed, state_dir, "run", "--rm", "--no-TTY", "migrations"), state_dir)


def stop(installed: Installed, state_dir: Path, teller: Teller) -> None:
    """What was laid out only in part never ran. Its files may not fit each other then: where Docker knows of no
    container of the project there is nothing to stop, whatever 'down' makes of them."""
    if not (server(state_dir) / "gate.json").exists():
        return
    try:
        call(teller, compose(installed, state_dir, "down"), state_dir)
    except StepFailed:
        left = attempt(["docker", "compose", "--project-name", PROJECT, "ps", "--all", "--quiet"], None)
        if left.returncode != 0 or left.stdout.strip():
            raise
        teller.note(f"there is no container of {PROJECT}: nothing to stop")


def volume(name: str) -> Path | None:
    """Where Docker keeps it on this machine; None where there is none."""
    done = attempt(["docker", "volume", "inspect", "--format", "{{.Mountpoint}}", name], None)
    return Path(done.stdout.strip()) if done.returncode == 0 and done.stdout.strip() else None


def remove_volumes(teller: Teller) -> list[str]:
    there = [name for name in VOLUMES if volume(name) is not None]
    for name in there:
        call(teller, ["docker", "volume", "rm", name], None)
    return [f"docker volume {name}" for name in there]


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    scratch = path.with_name(f".{path.name}.new")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    scratch.rename(path)
