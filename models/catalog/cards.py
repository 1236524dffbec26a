"""The graphics cards of this machine, as the driver's own tool tells them. No tool, no cards."""

import csv
import shutil
import subprocess

import msgspec

_MIB_PER_GIB = 1024
_ANSWER_WITHIN_S = 20


class Card(msgspec.Struct, frozen=True):
    name: str
    memory_gib: float


def cards() -> list[Card]:
    """Empty without a driver, or where it does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=True, timeout=_ANSWER_WITHIN_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    return parse(done.stdout)


def parse(answer: str) -> list[Card]:
    """Lines of ``name, MiB``; a card that does not tell its memory is left out."""
    rows = csv.reader(answer.splitlines(), skipinitialspace=True)
    return [Card(row[0], int(row[1]) / _MIB_PER_GIB) for row in rows if len(row) == 2 and row[1].strip().isdigit()]
