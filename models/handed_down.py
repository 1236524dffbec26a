"""What an engine's program is given by whoever watches over it: a bound socket, and a pipe to say that it serves.

Standard library only: it runs in the engines' own environments, too.
"""

import argparse
import contextlib
import os
import socket


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listen-fd", type=int, metavar="FD", help="a bound socket, instead of --port")
    parser.add_argument("--ready-fd", type=int, metavar="FD", help="a pipe that gets a line once it serves")


def options(listen_fd: int | None, ready_fd: int | None) -> list[str]:
    given = {"--listen-fd": listen_fd, "--ready-fd": ready_fd}
    return [part for name, fd in given.items() if fd is not None for part in (name, str(fd))]


def listener(fd: int | None) -> socket.socket | None:
    """No other program that this one starts gets it."""
    if fd is None:
        return None
    found = socket.socket(fileno=fd)
    found.set_inheritable(False)
    return found


def say_ready(fd: int | None) -> None:
    if fd is not None:
        with contextlib.suppress(OSError):
            os.write(fd, b"ready\n")
            os.close(fd)
