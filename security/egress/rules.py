"""The kernel's rules: whether ours are loaded, and which of all stopped something, by the counters of nftables."""

import functools
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

TABLE: Final = ("inet", "aftersales")
"""Ours, as ``appliance deploy rules`` writes it."""
_STOPS: Final = ("drop", "reject")
_ABSENT: Final = "No such file"

Counters = Mapping[str, int]
"""Packets by rule."""


@functools.cache
def is_loaded() -> bool | None:
    """Whether the kernel has our table; None where it cannot be asked. Asked once in a process: it may give up the
    right to."""
    nft = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if nft is None:
        return None
    words = [nft, "list", "table", *TABLE]
    done = subprocess.run(words, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return True
    return False if _ABSENT in done.stderr else None


def counted() -> Counters:
    """Empty where there is no nftables, no right to read it, or no counting rule."""
    nft = shutil.which("nft")
    if nft is None:
        return {}
    done = subprocess.run([nft, "--json", "list", "ruleset"], capture_output=True, check=False)  # noqa: S603
    return read(done.stdout) if done.returncode == 0 else {}


def read(listed: bytes) -> Counters:
    tree: dict[str, Any] = msgspec.json.decode(listed)
    found = (each["rule"] for each in tree.get("nftables", ()) if "rule" in each)
    return {_name(rule): packets for rule in found if (packets := _packets(rule.get("expr", ()))) is not None}


def risen(before: Counters, after: Counters) -> str:
    """The rule that counted, in words; empty for none."""
    return ", ".join(name for name, packets in after.items() if packets > before.get(name, 0))


def _name(rule: Mapping[str, Any]) -> str:
    said = f" ({rule['comment']})" if rule.get("comment") else ""
    return f"nft {rule['family']} {rule['table']} {rule['chain']} handle {rule['handle']}{said}"


def _packets(parts: Iterable[Mapping[str, Any]]) -> int | None:
    """None for a rule that stops nothing, or counts nothing."""
    known = list(parts)
    if not any(stop in part for part in known for stop in _STOPS):
        return None
    return next((int(part["counter"]["packets"]) for part in known if isinstance(part.get("counter"), dict)), None)
