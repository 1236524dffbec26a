"""Runs a program where all that it would contact is written down (``chamber``), or says why that cannot be."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

_CHAMBER = Path(__file__).with_name("chamber.py")
_APART = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
_PATIENCE_S = 200


class Seen(NamedTuple):
    contacts: tuple[str, ...]
    """``name:port`` of connections and datagrams, and names that were looked up and not connected to."""
    code: int
    said: str


@cache
def _why_not() -> str:
    for program in ("unshare", "ip", "mount"):
        if shutil.which(program) is None:
            return f"{program} is not here"
    probe = [*_APART, "sh", "-c", "ip link set lo up && ip route add local 0.0.0.0/0 dev lo"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else "this machine lets nobody make a network namespace"


def watched(argv: Sequence[str | Path], environment: Mapping[str, str] = {}) -> Seen:
    if why := _why_not():
        pytest.skip(why)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as resolver:
        resolver.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        resolver.flush()
        around = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": tempfile.gettempdir(), **environment}
        told = {
            "argv": list(map(str, argv)),
            "environment": around,
            "patience_s": _PATIENCE_S,
            "resolver": resolver.name,
        }
        command = [*_APART, sys.executable, "-I", str(_CHAMBER)]
        done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return Seen(_in_short(found["contacts"]), found["code"], found["out"] + found["err"])


def _in_short(contacts: list[list[str]]) -> tuple[str, ...]:
    reached = {what for kind, what in contacts if kind != "dns"}
    hosts = {what.rpartition(":")[0] for what in reached}
    return tuple(sorted(reached | {what for kind, what in contacts if kind == "dns" and what not in hosts}))
