"""An encrypted archive: a header, then chunks that open only in their order, all of them, under this header.

Layout: ``"CSAB" 01 | length(4) | header, JSON | chunk …``. A chunk is 64 KiB of text and a tag of 16 bytes; the last
one may be shorter. Its nonce is its number and whether it is the last (the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár, 2015), its associated data the header's hash: nothing can be cut off, added, moved or exchanged.
Every archive has a key of its own, wrapped by the backup key, which the header holds wrapped by the root.
"""

import base64
import io
import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, BinaryIO, NamedTuple

import msgspec

from security.crypto.backup_key import KEY_BYTES, BackupKey
from security.crypto.derive import derive
from security.crypto.encoding import length_prefixed
from security.crypto.suites import NONCE_BYTES, TAG_BYTES, Aead, Suite, aead
from security.crypto.wrapping import unwrap_key, wrap_key
from security.errors import ArchiveRefused, CiphertextRefused

MAGIC = b"CSAB\x01"
CHUNK_BYTES = 64 * 1024
_LONGEST_HEADER = 64 * 1024

OpenBackupKey = Callable[[bytes], bytes]
"""The backup key, given as it stands wrapped in a header; or CiphertextRefused."""


class LogMark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the audit log stood when the archive was begun. Nothing of it is secret."""

    state: str
    """What its verifier said: ok, incomplete, tampered; or that it had not begun."""
    checkpoint: str
    """The last one that was signed: whatever is restored has to contain it."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that can be read of an archive without a key."""

    archive_id: str
    made_at: str
    suite: str
    backup_key: str
    """Wrapped by the root; base64."""
    key: str
    """The archive's own, wrapped by the backup key; base64."""
    log: LogMark | None = None
    """None in archives from before the log was verified for them."""


class _Stream(NamedTuple):
    cipher: Aead
    associated: bytes

    def seal(self, number: int, *, is_last: bool, chunk: bytes) -> bytes:
        return self.cipher.seal(_nonce(number, is_last=is_last), chunk, self.associated)

    def open(self, number: int, *, is_last: bool, chunk: bytes) -> bytes:
        return self.cipher.open(_nonce(number, is_last=is_last), chunk, self.associated)


class ArchiveWriter(io.RawIOBase):
    """Write to it, then `finish`: an archive that was not finished does not open."""

    def __init__(
        self,
        file: BinaryIO,
        backup_key: BackupKey,
        suite: Suite,
        archive_id: str,
        made_at: str,
        log: LogMark | None = None,
    ) -> None:
        secret = os.urandom(KEY_BYTES)
        header = Header(
            archive_id=archive_id,
            made_at=made_at,
            suite=suite.name.lower(),
            backup_key=_text(backup_key.wrapped),
            key=_text(wrap_key(suite, backup_key.secret, secret, _key_context(archive_id))),
            log=log,
        )
        raw = msgspec.json.encode(header)
        head = MAGIC + len(raw).to_bytes(4) + raw
        file.write(head)
        self._file = file
        self._stream = _stream(suite, secret, head)
        self._number = 0
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:  # what is written here has a successor: it is not the last
            self._put(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        self._file.write(self._stream.seal(self._number, is_last=is_last, chunk=chunk))
        self._number += 1


class ArchiveReader(io.RawIOBase):
    """Gives out nothing that is not authentic. Only its end, reached without ArchiveRefused, says that it is whole."""

    def __init__(self, file: BinaryIO, openers: Sequence[OpenBackupKey]) -> None:
        """`openers` are tried in turn on the header's backup key."""
        head, self.header = _read_head(file)
        self._file = file
        self._stream = _stream(_suite(self.header), _secret(self.header, openers), head)
        self._number = 0
        self._next = file.read(CHUNK_BYTES + TAG_BYTES)
        self._clear = memoryview(b"")
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._clear and not self._is_over:
            self._advance()
        size = min(len(buffer), len(self._clear))
        buffer[:size] = self._clear[:size]
        self._clear = self._clear[size:]
        return size

    def _advance(self) -> None:
        chunk, self._next = self._next, self._file.read(CHUNK_BYTES + TAG_BYTES)
        self._is_over = not self._next
        try:
            opened = self._stream.open(self._number, is_last=self._is_over, chunk=chunk)
        except CiphertextRefused:
            raise ArchiveRefused(f"the archive was cut or changed (part {self._number}): take another copy") from None
        self._clear = memoryview(opened)
        self._number += 1


def read_header(file: BinaryIO) -> Header:
    return _read_head(file)[1]


def wrapped_backup_key(header: Header) -> bytes:
    return _bytes(header.backup_key)


def _read_head(file: BinaryIO) -> tuple[bytes, Header]:
    start = file.read(len(MAGIC) + 4)
    length = int.from_bytes(start[len(MAGIC) :])
    if len(start) < len(MAGIC) + 4 or start[: len(MAGIC)] != MAGIC or length > _LONGEST_HEADER:
        raise ArchiveRefused("this is no backup of this appliance")
    raw = file.read(length)
    try:
        return start + raw, msgspec.json.decode(raw, type=Header)
    except msgspec.DecodeError:
        raise ArchiveRefused("the archive's header was cut or changed: take another copy") from None


def _secret(header: Header, openers: Sequence[OpenBackupKey]) -> bytes:
    for opener in openers:
        try:
            return unwrap_key(opener(_bytes(header.backup_key)), _bytes(header.key), _key_context(header.archive_id))
        except CiphertextRefused:
            continue
    raise ArchiveRefused(
        "no key here opens this archive: put back the root key that it was made under (appliance keys join)"
    )


def _stream(suite: Suite, secret: bytes, head: bytes) -> _Stream:
    key = derive(secret, b"csa/archive/v1" + bytes([suite]), suite.key_bytes)
    return _Stream(aead(suite, key), b"csa-archive/v1" + sha256(head).digest())


def _suite(header: Header) -> Suite:
    try:
        return Suite[header.suite.upper()]
    except KeyError:
        raise ArchiveRefused("the archive's header was cut or changed: take another copy") from None


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1) + bytes([is_last])


def _key_context(archive_id: str) -> bytes:
    return length_prefixed("archive-key", archive_id)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ArchiveRefused("the archive's header was cut or changed: take another copy") from None
