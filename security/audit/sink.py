"""Whether the folder of the second sink is the one that was used: a marker in it names the log.

A disk that is not mounted leaves an ordinary folder, or none, in its place: writing there would bring the whole log
onto the disk of the database, and nobody would miss the other. So a log that has begun is written to no folder without
its marker, until somebody says that it is new. Until then nothing is sealed, as while the disk is away.
"""

from pathlib import Path
from typing import Final

from security.durable import replace_file
from security.errors import AuditUnavailable

MARKER: Final = "sink.log"
"""Holds the number of the log."""
_USED: Final = ("*.rec", "*.lvs", "*.chk")


def refuse_strange(directory: Path, log_id: str, *, has_begun: bool) -> None:
    """AuditUnavailable for a folder that is not this log's. One of a new log, or of an older version, is marked."""
    if (why := why_strange(directory, log_id, has_begun=has_begun)) is not None:
        raise AuditUnavailable(why)
    if not (directory / MARKER).exists():
        mark(directory, log_id)


def why_strange(directory: Path, log_id: str, *, has_begun: bool) -> str | None:
    """In words; None where it may be written."""
    try:
        named = (directory / MARKER).read_bytes().decode(errors="replace").strip()
    except FileNotFoundError:
        is_used = any(path for pattern in _USED for path in directory.glob(pattern))
        return f"{directory} is not the folder that the log was written to" if has_begun and not is_used else None
    return None if named == log_id else f"{directory} holds another installation's log"


def mark(directory: Path, log_id: str) -> None:
    """It is this log's from here on. Made if it is not there."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(directory / MARKER, f"{log_id}\n".encode(), 0o600)
