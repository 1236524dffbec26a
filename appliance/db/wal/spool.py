"""From PostgreSQL's hands into the folder: it copies each finished segment into a spool in its own home, we encrypt it.

The server has no key, and as root it runs as a user of its own: so it cannot write there itself. A segment leaves the
spool once its encrypted copy is flushed; while the folder is away the spool grows, and PostgreSQL goes on.
"""

import fcntl
import gzip
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from appliance.config_backup import BackupSettings
from appliance.db.wal.place import SUFFIX, Place
from appliance.errors import ConfigurationError
from security.crypto.archive import ArchiveReader, ArchiveWriter, OpenBackupKey
from security.crypto.backup_key import BackupKey
from security.crypto.suites import Suite
from security.durable import flush_directory

_GZIP_LEVEL = 1
"""The rest of a segment that was ended early is zeros."""


def server_settings(settings: BackupSettings, spool: Path) -> Mapping[str, str]:
    """What makes PostgreSQL hand out its log. ``spool``: in the cluster's home, which is the server's own."""
    if not settings.wal_dir:
        return {}
    done, draft = (shlex.quote(str(spool / name)).replace("%", "%%") for name in ("_name_", "._name_"))
    done, draft = done.replace("_name_", "%f"), draft.replace("_name_", "%f")
    return {
        "archive_mode": "on",
        "archive_timeout": f"{settings.wal_timeout_s}s",
        "archive_command": f"test -f {done} || {{ cp %p {draft} && sync {draft} && mv {draft} {done}; }}",
    }


def ship(spool: Path, place: Place, key: BackupKey, suite: Suite) -> int:
    """Encrypt what waits, oldest first; how many. ConfigurationError where the folder does not take it.

    Who comes while another ships waits for him.
    """
    if not spool.is_dir():
        return 0
    with locked(spool):
        waiting = sorted(path for path in spool.glob("0*") if path.is_file())
        try:
            place.wal.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in waiting:
                _ship(path, place.wal / f"{path.name}{SUFFIX}", key, suite)
        except OSError as failed:
            found = f"{failed.filename or place.wal}: {failed.strerror}"
            raise ConfigurationError(f"{found}; {len(waiting)} segments of the log wait in {spool}") from failed
        return len(waiting)


@contextmanager
def locked(folder: Path, *, waits: bool = True) -> Iterator[None]:
    """One process at a time; BlockingIOError for the second one if it does not wait."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def _ship(path: Path, target: Path, key: BackupKey, suite: Suite) -> None:
    raw = path.read_bytes()
    if target.exists():
        if segment(target, [lambda _: key.secret]) != raw:
            raise ConfigurationError(f"{target} is there already and holds something else: name another backup.wal_dir")
    else:
        _write(target, raw, key, suite, datetime.fromtimestamp(path.stat().st_mtime, tz=UTC))
    path.unlink()


def _write(target: Path, raw: bytes, key: BackupKey, suite: Suite, at: datetime) -> None:
    draft = target.with_name(f".{target.name}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sealed = ArchiveWriter(file, key, suite, str(uuid4()), at.isoformat())
        sealed.write(gzip.compress(raw, _GZIP_LEVEL, mtime=0))
        sealed.finish()
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target)
    flush_directory(target.parent)


def segment(path: Path, openers: list[OpenBackupKey]) -> bytes:
    """Its bytes; ArchiveRefused if one of them is not authentic."""
    with path.open("rb") as file:
        return gzip.decompress(ArchiveReader(file, openers).read())
