"""Tries to leave, once in each of the ways that it is told on standard input, and prints what stopped it.

Run as a script by the interpreter of any process or engine. Standard library only. ``stand_in`` sends nothing: what
would have been sent counts as having left.
"""

import ctypes
import http.client
import ipaddress
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final

PATIENCE_S: Final = 2.0
GUARD: Final = "refused_by_guard"
KERNEL: Final = "refused_by_kernel"
NO_ROUTE: Final = "no_route"
LEFT: Final = "left"
NO_ANSWER: Final = "no_answer"
NOT_TRIED: Final = "not_tried"
FAILED: Final = "failed"

_REFUSING: Final = {1, 13}
_NO_ROUTE: Final = {101, 113, 97, 99}
_ANSWERED: Final = {104, 111}
"""A reset or a refusal comes from the other side: the packet was there."""
_QUESTION: Final = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0begress-test\x07invalid\x00\x00\x01\x00\x01"


class StoodIn(OSError):
    """Instead of a packet."""


def _stand_in(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.__new__"):
        if event == "socket.__new__" and int(arguments[2]) & 0xF != int(socket.SOCK_RAW):
            return
        if event == "socket.getaddrinfo" and _is_address(arguments[0]):
            return
        raise StoodIn(0, "it would have left")


def _is_address(host: object) -> bool:
    """Nobody is asked for what is an address already."""
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True


def _tcp(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.settimeout(PATIENCE_S)
        sock.connect((host, port))


def _udp(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(_QUESTION, (host, port))


def _look_up(host: str, port: int) -> None:
    socket.getaddrinfo(host, port)


def _http(host: str, port: int) -> None:
    http.client.HTTPConnection(host, port, timeout=PATIENCE_S).request("GET", "/")


def _https(host: str, port: int) -> None:
    context = ssl._create_unverified_context()  # noqa: S323 - nothing is said over it
    try:
        http.client.HTTPSConnection(host, port, timeout=PATIENCE_S, context=context).request("GET", "/")
    except (ssl.SSLError, TimeoutError):
        return  # it was connected: the other side speaks no TLS, or waits


def _proxy(host: str, port: int) -> None:
    """By what a shell may have left in the environment."""
    os.environ["http_proxy"] = os.environ["HTTP_PROXY"] = f"http://{host}:{port}"
    try:
        urllib.request.urlopen("http://egress-test.invalid/", timeout=PATIENCE_S)
    except urllib.error.URLError as wrapped:
        if isinstance(wrapped.reason, OSError):
            raise wrapped.reason from wrapped
        raise


def _raw(host: str, port: int) -> None:  # noqa: ARG001
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        sock.sendto(b"\x08\x00\xf7\xff\x00\x00\x00\x00", (host, 0))


def _ctypes(host: str, port: int) -> None:
    """Straight to the C library, past all that Python could see."""
    libc = ctypes.CDLL(None, use_errno=True)
    sock = libc.socket(int(socket.AF_INET), int(socket.SOCK_STREAM), 0)
    where = struct.pack("=HH4s8x", int(socket.AF_INET), socket.htons(port), socket.inet_aton(host))
    libc.setsockopt(sock, int(socket.SOL_SOCKET), 21, struct.pack("ll", int(PATIENCE_S), 0), struct.calcsize("ll"))
    result, number = libc.connect(sock, where, len(where)), ctypes.get_errno()
    libc.close(sock)
    if result:
        raise OSError(number, os.strerror(number))


def _shell(host: str, port: int) -> None:
    _run(["bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}"])


def _child(host: str, port: int) -> None:
    """Another Python that was told of no guard."""
    _run(
        [sys.executable, "-I", "-S", "-c", f"import socket; socket.create_connection(({host!r}, {port}), {PATIENCE_S})"]
    )


def _run(argv: list[str]) -> None:
    if shutil.which(argv[0]) is None:
        raise FileNotFoundError(2, argv[0])
    try:
        done = subprocess.run(  # noqa: S603 (a fixed list)
            argv,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S + 1,
            env={"PATH": os.environ.get("PATH", "")},
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise TimeoutError from late
    said = done.stderr.lower()
    for words, number in (("not permitted", 1), ("unreachable", 101), ("no route", 113), ("refused", 111)):
        if words in said:
            raise OSError(number, words)
    if done.returncode:
        raise OSError(0, said.strip()[-200:])


WAYS: Final[Mapping[str, Callable[[str, int], None]]] = {
    "tcp": _tcp,
    "udp": _udp,
    "look_up": _look_up,
    "http": _http,
    "https": _https,
    "proxy": _proxy,
    "raw": _raw,
    "ctypes": _ctypes,
    "shell": _shell,
    "child": _child,
}
PAST_PYTHON: Final = ("ctypes", "shell", "child")
"""Ways that no guard in Python can see."""


def attempt(way: str, host: str, port: int, *, stands_in: bool) -> tuple[str, str]:
    """What became of it, and in whose words."""
    if stands_in and way in PAST_PYTHON:
        return NOT_TRIED, "a stand-in cannot catch what goes past Python"
    try:
        WAYS[way](host, port)
    except Exception as stopped:
        return judged(stopped)
    return LEFT, ""


def judged(stopped: Exception) -> tuple[str, str]:
    said = f"{type(stopped).__name__}: {stopped}"[:200]
    if type(stopped).__name__ == "EgressRefused":
        return GUARD, said
    if isinstance(stopped, StoodIn):
        return LEFT, said
    if isinstance(stopped, (TimeoutError, socket.timeout)):
        return NO_ANSWER, said
    number = getattr(stopped, "errno", None)
    for known, outcome in ((_REFUSING, KERNEL), (_NO_ROUTE, NO_ROUTE), (_ANSWERED, LEFT)):
        if number in known:
            return outcome, said
    return (LEFT if isinstance(stopped, http.client.HTTPException) else FAILED), said


def main() -> None:
    told = json.load(sys.stdin)
    if told["stands_in"]:
        sys.addaudithook(_stand_in)
    outcomes = []
    for each in told["attempts"]:
        outcome, said = attempt(each["way"], each["host"], each["port"], stands_in=told["stands_in"])
        outcomes.append({**each, "outcome": outcome, "said": said})
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
