"""A network of its own whose only way out ends at a sink, which keeps every frame that arrives.

Two namespaces and a wire between them: what runs inside has addresses, default routes and neighbours of both versions
of IP, so an attempt to leave does leave, and is seen. Only root can make it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

_HOLD: Final = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
_KEEP: Final = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3)) as wire, open(sys.argv[1], "a") as kept:
    wire.bind(("outside", 0))
    print("listening", flush=True)
    while True:
        frame, about = wire.recvfrom(65535)
        if about[2] != socket.PACKET_OUTGOING:
            print(frame.hex(), file=kept, flush=True)
"""
_MAC: Final = "02:00:00:00:00:01"
_WIRED: Final = (
    ("link", "set", "lo", "up"),
    ("link", "set", "inside", "addrgenmode", "none", "up"),
    ("addr", "add", "10.99.0.2/24", "dev", "inside"),
    ("-6", "addr", "add", "fd00:99::2/64", "dev", "inside", "nodad"),
    ("neigh", "add", "10.99.0.1", "lladdr", _MAC, "dev", "inside", "nud", "permanent"),
    ("-6", "neigh", "add", "fd00:99::1", "lladdr", _MAC, "dev", "inside", "nud", "permanent"),
    ("route", "add", "default", "via", "10.99.0.1"),
    ("-6", "route", "add", "default", "via", "fd00:99::1"),
)
_ETHERNET: Final = 14
_IPV6: Final = 0x86DD
_ICMPV6: Final = 58
NOBODY: Final = 65534
_ATTEMPTS: Final = """
import socket
for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.sendto(b"?", (address, 53))
    with socket.socket(family) as calling:
        calling.setblocking(False)
        calling.connect_ex((address, 443))
"""
_V4, _V6 = bytes.fromhex("c0000201"), bytes.fromhex("20010db8000000000000000000000001")
_ATTEMPTED: Final = {("0800", 17, _V4), ("0800", 6, _V4), ("86dd", 17, _V6), ("86dd", 6, _V6)}
_PATIENCE_S: Final = 60
_OF_THE_KERNEL: Final = frozenset({131, 133, 143})
"""ICMPv6: a multicast report, a solicitation of routers. The kernel sends them for the address; no program asked."""


class Sealed:
    def __init__(self, holder: int, kept: Path) -> None:
        self._holder = holder
        self._kept = kept

    def run(
        self, *words: str | Path, cwd: Path, env: dict[str, str] | None = None, user: int = 0
    ) -> "subprocess.CompletedProcess[str]":
        """Inside."""
        enter = ["nsenter", f"--net=/proc/{self._holder}/ns/net"]
        return subprocess.run(
            [*enter, *_as_user(user), *words], cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def arrived(self) -> list[bytes]:
        """Every frame that some program inside has sent."""
        frames = [bytes.fromhex(line) for line in self._kept.read_text().splitlines()]
        return [frame for frame in frames if not _is_kernels(frame)]

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Nothing but attempts of ours, made behind the body, arrives: so anything else would have, before them."""
        before = len(self.arrived())
        yield
        tried = self.run(sys.executable, "-I", "-c", _ATTEMPTS, cwd=Path("/"))
        assert tried.returncode == 0, tried.stderr
        deadline = time.monotonic() + _PATIENCE_S
        while not (seen := {_whither(frame) for frame in self.arrived()[before:]}) >= _ATTEMPTED:
            assert time.monotonic() < deadline, seen
            time.sleep(0.05)
        assert seen == _ATTEMPTED, f"this left too: {seen - _ATTEMPTED}"


def _whither(frame: bytes) -> tuple[str, int, bytes]:
    """The protocol of the frame, that of the packet in it, and whom it is for."""
    protocol = frame[12:14].hex()
    return (protocol, frame[23], frame[30:34]) if protocol == "0800" else (protocol, frame[20], frame[38:54])


def _is_kernels(frame: bytes) -> bool:
    """Multicast reports have a hop-by-hop header of 8 bytes before them."""
    if int.from_bytes(frame[12:14]) != _IPV6:
        return False
    packet = frame[_ETHERNET:]
    following, body = packet[6], packet[40:]
    if following == 0:
        following, body = body[0], body[8:]
    return following == _ICMPV6 and body[0] in _OF_THE_KERNEL


@cache
def python_of_all() -> str | None:
    """One that every user may run, of the version that the packages are for."""
    number = f"{sys.version_info[0]}.{sys.version_info[1]}"
    asked = "import sys; print(f'{sys.version_info[0]}.{sys.version_info[1]}')"
    for candidate in (f"/usr/bin/python{number}", f"/usr/local/bin/python{number}", sys.executable):
        words = [*_as_user(NOBODY), candidate, "-I", "-c", asked]
        if Path(candidate).exists():
            said = subprocess.run(words, cwd="/", capture_output=True, text=True, check=False).stdout
            if said.strip() == number:
                return candidate
    return None


@cache
def lacking() -> str:
    """What the machine lacks for such a network, and for an installation in it as any user; empty if nothing."""
    if os.geteuid() != 0:
        return "only root makes a network with a sink outside it"
    absent = [name for name in ("ip", "nsenter", "setpriv", "unshare") if shutil.which(name) is None]
    if absent:
        return f"a network of its own cannot be made here: {', '.join(absent)} is not there"
    tried = "ip link add inside type veth peer name outside"
    if subprocess.run(["unshare", "--net", "sh", "-c", tried], capture_output=True, check=False).returncode != 0:
        return "a network of its own cannot be made here: the kernel lets nobody make a wire"
    if python_of_all() is None:
        return f"no Python {sys.version_info[0]}.{sys.version_info[1]} is here that every user may run"
    return ""


def _as_user(user: int) -> list[str]:
    """With no group of root's."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []


@contextmanager
def sealed(folder: Path) -> Iterator[Sealed]:
    kept = folder / "frames"
    kept.touch()
    started: list[subprocess.Popen[str]] = []
    try:
        inside, outside = (_begin(started, "unshare", "--net", sys.executable, "-c", _HOLD) for _ in range(2))
        holder, beyond = (int(_said(each)) for each in (inside, outside))
        _ip(holder, ["link", "add", "inside", "type", "veth", "peer", "name", "outside", "netns", str(beyond)])
        _ip(beyond, ["link", "set", "outside", "address", _MAC, "addrgenmode", "none", "up"])
        keeper = _begin(started, "nsenter", f"--net=/proc/{beyond}/ns/net", sys.executable, "-c", _KEEP, str(kept))
        assert _said(keeper) == "listening"
        for words in _WIRED:
            _ip(holder, words)
        yield Sealed(holder, kept)
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGKILL)
            process.communicate()


def _begin(started: "list[subprocess.Popen[str]]", *words: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    started.append(process)
    return process


def _said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _ip(of: int, words: Sequence[str]) -> None:
    subprocess.run(["nsenter", f"--net=/proc/{of}/ns/net", "ip", *words], check=True, capture_output=True)
