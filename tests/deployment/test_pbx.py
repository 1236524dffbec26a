"""``compose/pbx`` with a real Asterisk, in a place as Compose gives it: its user, its mounts, all else read-only."""

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.appliance.channels.phone.asterisk import SAMPLES, TREE, refuse_without
from tests.deployment.files import services

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount"),
]
Ask = Callable[..., "subprocess.CompletedProcess[str]"]
_PBX = services()["pbx"]
_WRITABLE = dict(each.split(":", 1) for each in _PBX["tmpfs"])
_READ_ONLY = ("usr", "etc/asterisk")


def _within(root: Path) -> list[str]:
    return ["chroot", f"--userspec={_PBX['user']}", str(root)]


def _asterisk(*words: str) -> list[str]:
    """Debian's by its own loader, since its libc is newer than that of the machine."""
    [loader], [libraries] = TREE.glob("usr/lib*/ld-linux-*.so.*"), TREE.glob("usr/lib/*-linux-gnu")
    inside = [f"/{each.relative_to(TREE)}" for each in (loader, libraries)]
    return [inside[0], "--library-path", inside[1], *_PBX["entrypoint"], *words]


def _mounts(root: Path) -> Iterator[str]:
    for source, target in ((root, ""), (TREE / "usr", "usr"), (SAMPLES, "etc/asterisk"), ("/dev", "dev")):
        yield shlex.join(["mount", "--bind", str(source), str(root / target)])
    for target in _READ_ONLY:
        yield shlex.join(["mount", "-o", "remount,bind,ro", str(root / target)])
    yield shlex.join(["mount", "-o", "remount,bind,ro", str(root)])
    for target, options in _WRITABLE.items():
        yield shlex.join(["mount", "-t", "tmpfs", "-o", options, "tmpfs", f"{root}{target}"])
    # Of an address nobody is asked; of a name, name servers.
    yield "hostname 127.0.0.1"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Once it is ready: runs it again inside, as its health check does."""
    refuse_without()
    root = tmp_path_factory.mktemp("root")
    root.chmod(0o755)
    for place in (*_WRITABLE, *_READ_ONLY, "dev"):
        (root / place.lstrip("/")).mkdir(parents=True)
    script = "\n".join(("set -e", *_mounts(root), "exec " + shlex.join([*_within(root), *_asterisk(*_PBX["command"])])))
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    process = subprocess.Popen(
        ["unshare", "--mount", "--uts", "sh", "-c", script],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip

    def ask(*words: str) -> "subprocess.CompletedProcess[str]":
        entered = ["nsenter", f"--mount=/proc/{process.pid}/ns/mnt", *_within(root), *_asterisk(*words)]
        return subprocess.run(entered, check=False, capture_output=True, text=True)

    with process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "Asterisk Ready" in line:
                break
        else:
            pytest.fail("".join(said))
        yield ask
        process.kill()


def test_it_starts_and_its_health_check_says_so(asked: Ask) -> None:
    program, *words = _PBX["healthcheck"]["test"][1:]
    done = asked(*words)
    assert (program, done.returncode, "System uptime" in done.stdout) == ("asterisk", 0, True)


def test_the_sound_of_calls_comes_to_ports_that_are_published(
    asked: Ask,
) -> None:
    [sip, sound] = _PBX["ports"]
    told = dict(line.split(":", 1) for line in asked("-rx", "rtp show settings").stdout.splitlines() if ":" in line)
    given = f"{told['  Port start'].strip()}-{told['  Port end'].strip()}"
    assert sound == f"{given}:{given}/udp"
    assert f"0.0.0.0:{sip['target']}" in asked("-rx", "pjsip show transports").stdout


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("dialplan show from-trunk", "Dial(WebSocket/appliance/"),
        ("core show channeltypes", "WebSocket"),
        ("core show application AudioSocket", "AudioSocket"),
        ("core show application AGI", "AGI"),
        ("queue show aftersales", "ringall"),
        ("pjsip show endpoints", "trunk"),
        ("http show status", "Server Disabled"),
    ],
)
def test_what_the_samples_name_is_there(asked: Ask, command: str, told: str) -> None:
    assert told in asked("-rx", command).stdout
