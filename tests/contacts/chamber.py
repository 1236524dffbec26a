"""Inside a network namespace in which every address is this machine: what a program looks up and connects to is written
down, whichever language asked for it, and leads nowhere.

Run as a script; what to run comes on standard input. Standard library only. A look-up gets an address of its own for
each name (198.18.0.0/15, which is kept for tests), so that a connection is told by the name that it was made for.
"""

import contextlib
import ctypes
import ipaddress
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import Any, Final

_INVENTED: Final = int(ipaddress.ip_address("198.18.0.0"))
_SYN_ONLY: Final = 0x02
_FLAGS: Final = 0x12
_TCP, _UDP = 6, 17
_DNS: Final = 53
_PACKET_OUT: Final = 4
_SETTLE_S: Final = 0.3


class Book:
    """What was asked for, by whom nobody knows."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.seen: set[tuple[str, str]] = set()

    def address_of(self, name: str) -> bytes:
        self.seen.add(("dns", name))
        if name not in self.names:
            self.names.append(name)
        return (_INVENTED + 1 + self.names.index(name)).to_bytes(4, "big")

    def connected(self, kind: str, host: str, port: int) -> None:
        address = ipaddress.ip_address(host)
        number = int(address) - _INVENTED - 1
        known = address.version == 4 and 0 <= number < len(self.names)
        self.seen.add((kind, f"{self.names[number] if known else host}:{port}"))


def answer_names(book: Book) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", _DNS))

    def serve() -> None:
        while True:
            question, asker = sock.recvfrom(4096)
            with contextlib.suppress(IndexError, UnicodeDecodeError, OSError):
                sock.sendto(_answer(book, question), asker)

    threading.Thread(target=serve, daemon=True).start()


def _answer(book: Book, question: bytes) -> bytes:
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii"))
        at += 1 + question[at]
    kind, end = struct.unpack("!H", question[at + 1 : at + 3])[0], at + 5
    head = question[:2] + b"\x81\x80" + question[4:6]
    address = book.address_of(".".join(labels).lower())
    if kind != 1:
        return head + b"\0\0\0\0\0\0" + question[12:end]
    return head + b"\0\1\0\0\0\0" + question[12:end] + b"\xc0\x0c\0\1\0\1\0\0\0\x01\0\4" + address


def watch_packets(book: Book) -> None:
    """Every packet that is not from this machine's own addresses to them."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))

    def watch() -> None:
        while True:
            packet, where = sock.recvfrom(256)
            if where[2] == _PACKET_OUT:
                with contextlib.suppress(IndexError, struct.error, ValueError):
                    _note(book, packet)

    threading.Thread(target=watch, daemon=True).start()


def _note(book: Book, packet: bytes) -> None:
    if packet[0] >> 4 == 4:
        protocol, host, body = (
            packet[9],
            socket.inet_ntop(socket.AF_INET, packet[16:20]),
            packet[(packet[0] & 15) * 4 :],
        )
    else:
        protocol, host, body = packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[40:]
    address = ipaddress.ip_address(host)
    if address.is_loopback or address.is_multicast or address.is_link_local:
        return
    port = struct.unpack("!H", body[2:4])[0]
    if protocol == _TCP and body[13] & _FLAGS == _SYN_ONLY:
        book.connected("tcp", host, port)
    elif protocol == _UDP and port:
        book.connected("udp", host, port)


def furnish(resolver: str) -> None:
    for words in (
        ("ip", "link", "set", "lo", "up"),
        ("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo"),
        ("ip", "-6", "route", "add", "local", "::/0", "dev", "lo"),
        ("mount", "--bind", resolver, os.path.realpath("/etc/resolv.conf")),
    ):
        subprocess.run(words, check=words[1] != "-6", capture_output=True)


def main() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    told: dict[str, Any] = json.load(sys.stdin)
    furnish(told["resolver"])
    book = Book()
    answer_names(book)
    watch_packets(book)
    done = subprocess.run(
        told["argv"], env=told["environment"], capture_output=True, text=True, timeout=told["patience_s"], check=False
    )
    time.sleep(_SETTLE_S)
    said = {"code": done.returncode, "out": done.stdout[-2000:], "err": done.stderr[-2000:]}
    json.dump({**said, "contacts": sorted(map(list, book.seen))}, sys.stdout)


if __name__ == "__main__":
    main()
