"""The second sink: append-only files of frames, flushed to disk before anybody is told.

A frame is length(4) | CRC-32(4) | bytes. A file is named by the number of its first frame; every opening starts a new
file, so that nothing is ever written behind a half-written frame. Reading is `verify.read_frames`.
"""

import errno
import fcntl
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from security.audit.verify import read_frames
from security.durable import flush_directory
from security.errors import AuditUnavailable

RECORDS = "rec"
CHECKPOINTS = "chk"
LEAVES = "lvs"
"""What is left of pruned records: 32 bytes each, or the record itself where later proofs need it."""
MAX_FILE_BYTES = 64 * 1024 * 1024


class SegmentFile:
    """Appends frames of one kind. Blocking: call it from a thread."""

    def __init__(self, directory: Path, suffix: str, max_file_bytes: int = MAX_FILE_BYTES) -> None:
        self._directory = directory
        self._suffix = suffix
        self._max_file_bytes = max_file_bytes
        self._path = directory
        self._descriptor = -1
        self._written = 0

    def append(self, first: int, frames: Sequence[bytes]) -> None:
        """Write frames number `first` and following, and flush. After an error the file is never written again."""
        self._refuse_if_gone()
        if self._descriptor < 0 or self._written >= self._max_file_bytes:
            self._open(first)
        data = b"".join(len(frame).to_bytes(4) + zlib.crc32(frame).to_bytes(4) + frame for frame in frames)
        try:
            _write_all(self._descriptor, data)
            os.fsync(self._descriptor)
        except OSError:
            self.close()
            raise
        self._written += len(data)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _refuse_if_gone(self) -> None:
        """An open file can be written when its disk is unmounted or its folder was taken away, and nobody reads it."""
        if self._descriptor < 0:
            return
        try:
            is_it = os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except OSError:
            self.close()
            raise
        if not is_it:
            self.close()
            raise OSError(errno.ESTALE, "another file is there than the one being written", str(self._path))

    def _open(self, first: int) -> None:
        self.close()
        attempt = len(list(self._directory.glob(f"{first:020d}.*.{self._suffix}")))
        path = self._directory / f"{first:020d}.{attempt:04d}.{self._suffix}"
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o440)
        self._written = 0
        flush_directory(self._directory)


class Segments:
    """A directory of records and checkpoints that one process at a time may write."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.records = SegmentFile(directory, RECORDS)
        self.checkpoints = SegmentFile(directory, CHECKPOINTS)
        self.leaves = SegmentFile(directory, LEAVES)
        self._lock = -1

    def __enter__(self) -> Self:
        self.directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._lock = os.open(self.directory / "writer.lock", os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise AuditUnavailable(f"another process writes {self.directory}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self.records.close()
        self.checkpoints.close()
        self.leaves.close()
        os.close(self._lock)

    def end(self, suffix: str) -> int:
        """The number that the next frame gets."""
        return end_of(self.directory, suffix)


def starts_of(directory: Path, suffix: str) -> list[int]:
    """The number of the first frame of each file, ascending."""
    return sorted(int(path.stem.split(".")[0]) for path in directory.glob(f"*.{suffix}"))


def end_of(directory: Path, suffix: str) -> int:
    newest = max(starts_of(directory, suffix), default=0)
    return newest + sum(1 for _ in read_frames(directory, suffix, newest))


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
