"""Tells systemd, where it started us, that all is ready, that we stop, and again and again that we live.

systemd's own protocol: a line in a datagram to the socket that it names. Started by anybody else, nothing is said.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Final

_SOCKET: Final = "NOTIFY_SOCKET"
_WATCHDOG: Final = "WATCHDOG_USEC"
READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"


def tell(line: str, environment: Mapping[str, str] = os.environ) -> None:
    """A name that begins with ``@`` is an abstract one. A service manager that does not listen hinders nobody."""
    if not (place := environment.get(_SOCKET)):
        return
    address = "\0" + place[1:] if place.startswith("@") else place
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(address)
        sender.send(line.encode())


async def keep_telling(environment: Mapping[str, str] = os.environ) -> None:
    """Three times within the time after which the watchdog would bite; returns where none is set."""
    within_us = environment.get(_WATCHDOG, "")
    if not within_us.isdecimal() or not int(within_us):
        return
    while True:
        tell(ALIVE, environment)
        await asyncio.sleep(int(within_us) / 3e6)
