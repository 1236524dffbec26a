"""Inside a network namespace made for the test: a sink on the addresses that are tried, and the probes one by one.

Run as a script; the plan comes on standard input. Standard library only. What arrives at the sink has left the process
that sent it, and can leave the namespace nowhere.
"""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import Any, Final

_SIOCSIFADDR: Final = 0x8916
_SIOCSIFFLAGS: Final = 0x8914
_SIOCGIFINDEX: Final = 0x8933
_UP_RUNNING: Final = 0x1 | 0x40
_DIE_WITH_PARENT: Final = 1
_TENTATIVE_S: Final = 10.0
_LOOK_S: Final = 0.02
_SETTLE_S: Final = 0.2
"""A datagram is there before its sender has ended; the sink only has to be scheduled."""


class Sink:
    """Listens on every address and port that is tried, and notes what came."""

    def __init__(self, places: list[tuple[str, str, int]]) -> None:
        self._seen: list[tuple[str, str, int]] = []
        for kind, host, port in sorted(set(places)):
            sock = socket.socket(
                socket.AF_INET6 if ":" in host else socket.AF_INET,
                socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM,
            )
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind(sock, host, port)
            if kind == "tcp":
                sock.listen(64)
            threading.Thread(target=self._take, args=(sock, kind, host, port), daemon=True).start()

    def _take(self, sock: socket.socket, kind: str, host: str, port: int) -> None:
        while True:
            if kind == "udp":
                sock.recvfrom(4096)
            else:
                made, _ = sock.accept()
                made.close()
            self._seen.append((kind, host, port))

    def take_all(self) -> list[tuple[str, str, int]]:
        time.sleep(_SETTLE_S)
        seen, self._seen = self._seen, []
        return seen


def _bind(sock: socket.socket, host: str, port: int) -> None:
    """An IPv6 address is tentative until the kernel has got round to it; on a busy machine that takes a while."""
    give_up = time.monotonic() + _TENTATIVE_S
    while True:
        try:
            return sock.bind((host, port))
        except OSError as refused:
            if refused.errno != errno.EADDRNOTAVAIL or time.monotonic() > give_up:
                raise
            time.sleep(_LOOK_S)


def furnish(hosts: list[str]) -> None:
    """The loopback is up and has the addresses that are tried; there is nothing else."""
    with socket.socket() as any_socket:
        for number, host in enumerate(each for each in hosts if ":" not in each):
            name = f"lo:{number + 1}".encode()
            where = struct.pack("=HH4s8x", int(socket.AF_INET), 0, socket.inet_aton(host))
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _UP_RUNNING))
            fcntl.ioctl(any_socket, _SIOCSIFADDR, struct.pack("16s16s", name, where))
        index = struct.unpack("16si", fcntl.ioctl(any_socket, _SIOCGIFINDEX, struct.pack("16si", b"lo", 0)))[1]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
        for host in (each for each in hosts if ":" in each):
            packed = struct.pack("=16sIi", socket.inet_pton(socket.AF_INET6, host), 128, index)
            fcntl.ioctl(six, _SIOCSIFADDR, packed)


def main() -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, 9, 0, 0, 0)
    told: dict[str, Any] = json.load(sys.stdin)
    furnish(told["hosts"])
    sink = Sink([tuple(each) for each in told["listen"]])
    results = []
    for run in told["runs"]:
        done = subprocess.run(  # noqa: S603 (the plan is ours)
            run["argv"],
            input=json.dumps({"stands_in": False, "attempts": run["attempts"]}),
            env=run["environment"],
            capture_output=True,
            text=True,
            timeout=run["patience_s"],
            check=False,
        )
        results.append(
            {
                "name": run["name"],
                "code": done.returncode,
                "out": done.stdout,
                "err": done.stderr[-400:],
                "seen": sink.take_all(),
            }
        )
    json.dump({"results": results, "namespace": os.readlink("/proc/self/ns/net")}, sys.stdout)  # noqa: PTH115


if __name__ == "__main__":
    main()
