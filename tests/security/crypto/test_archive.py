"""An encrypted archive opens whole and unchanged, with the root's key or not at all."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.crypto import archive, backup_key
from security.crypto.archive import CHUNK_BYTES, ArchiveReader, ArchiveWriter, OpenBackupKey, read_header
from security.crypto.backup_key import BackupKey
from security.crypto.file_root import FileRootKey
from security.crypto.suites import TAG_BYTES, Suite
from security.errors import ArchiveRefused, KeyFileRefused

pytestmark = pytest.mark.control("P-03", "M-28", "M-29", "M-30")

SUITES = pytest.mark.parametrize("suite", list(Suite))
KEY = BackupKey(b"b" * 32, b"wrapped")
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES
THREE_CHUNKS = bytes(range(256)) * 256 * 2 + b"and a little more"


def opens_with(key: bytes) -> OpenBackupKey:
    return lambda _: key


def written(data: bytes, suite: Suite = Suite.AES_256_GCM, at_once: int = 1000) -> bytes:
    file = io.BytesIO()
    sealed = ArchiveWriter(file, KEY, suite, "an-id", "2026-11-25")
    for start in range(0, len(data), at_once):
        sealed.write(data[start : start + at_once])
    sealed.finish()
    return file.getvalue()


def read(sealed: bytes, key: bytes = KEY.secret) -> bytes:
    return ArchiveReader(io.BytesIO(sealed), [opens_with(key)]).readall() or b""


def head_bytes(sealed: bytes) -> int:
    file = io.BytesIO(sealed)
    read_header(file)
    return file.tell()


@SUITES
@settings(max_examples=20, deadline=None)
@given(
    size=st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES]),
    at_once=st.integers(1, 200_000),
)
def test_what_was_written_is_read(suite: Suite, size: int, at_once: int) -> None:
    data = (THREE_CHUNKS * 2)[:size]
    assert read(written(data, suite, at_once)) == data


def test_nothing_of_the_text_stands_in_it() -> None:
    assert "顾客的话".encode() not in written("顾客的话".encode() * 50)


@SUITES
def test_cut_anywhere_it_is_refused(suite: Suite) -> None:
    sealed = written(THREE_CHUNKS, suite)
    start = head_bytes(sealed)
    ends = {0, 1, start - 1, start, start + 1, len(sealed) - 1}
    ends |= {start + number * SEALED_CHUNK + more for number in (1, 2) for more in (-1, 0, 1)}
    for end in ends:
        with pytest.raises(ArchiveRefused):
            read(sealed[:end])


@SUITES
def test_a_flipped_bit_anywhere_is_refused(suite: Suite) -> None:
    sealed = written(b"a short archive", suite)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(ArchiveRefused):
            read(changed)


def _chunks(sealed: bytes) -> tuple[bytes, list[bytes]]:
    start = head_bytes(sealed)
    return sealed[:start], [sealed[at : at + SEALED_CHUNK] for at in range(start, len(sealed), SEALED_CHUNK)]


MOVES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "two exchanged": lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
    "one left out": lambda chunks: [chunks[0], *chunks[2:]],
    "one twice": lambda chunks: [chunks[0], chunks[0], *chunks[1:]],
    "the last one first": lambda chunks: [chunks[-1], *chunks[:-1]],
    "the last one twice": lambda chunks: [*chunks, chunks[-1]],
    "the last one gone": lambda chunks: chunks[:-1],
    "none at all": lambda _: [],
}


@SUITES
@pytest.mark.parametrize("move", MOVES)
def test_parts_moved_about_are_refused(suite: Suite, move: str) -> None:
    head, chunks = _chunks(written(THREE_CHUNKS, suite))
    assert len(chunks) == 3
    with pytest.raises(ArchiveRefused):
        read(head + b"".join(MOVES[move](chunks)))


def test_a_part_of_another_archive_is_refused_though_the_backup_key_is_the_same() -> None:
    head, chunks = _chunks(written(THREE_CHUNKS))
    _, others = _chunks(written(THREE_CHUNKS))
    with pytest.raises(ArchiveRefused):
        read(head + chunks[0] + others[1] + chunks[2])


def test_the_header_of_another_archive_opens_nothing_of_this_one() -> None:
    head, _ = _chunks(written(THREE_CHUNKS))
    _, chunks = _chunks(written(THREE_CHUNKS))
    with pytest.raises(ArchiveRefused):
        read(head + b"".join(chunks))


def test_another_backup_key_opens_nothing_and_says_the_cure() -> None:
    with pytest.raises(ArchiveRefused, match="appliance keys join"):
        read(written(b"x"), key=b"o" * 32)


def test_what_was_not_finished_does_not_open() -> None:
    file = io.BytesIO()
    ArchiveWriter(file, KEY, Suite.AES_256_GCM, "an-id", "now").write(THREE_CHUNKS)
    with pytest.raises(ArchiveRefused):
        read(file.getvalue())


@pytest.mark.parametrize(
    "data", [b"", b"CSAB", b"PK\x03\x04" * 20, b"CSAB\x01\xff\xff\xff\xff{}", b"CSAB\x01\0\0\0\x02{}"]
)
def test_a_stranger_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveRefused):
        read(data)


def test_nothing_unauthentic_is_given_out_before_the_refusal() -> None:
    sealed = bytearray(written(THREE_CHUNKS))
    sealed[head_bytes(bytes(sealed)) + SEALED_CHUNK] ^= 1
    reader = ArchiveReader(io.BytesIO(bytes(sealed)), [opens_with(KEY.secret)])
    assert reader.read(CHUNK_BYTES) == THREE_CHUNKS[:CHUNK_BYTES]
    with pytest.raises(ArchiveRefused):
        reader.read(1)


def test_the_backup_key_lives_through_a_change_of_the_root_and_old_archives_open(tmp_path: Path) -> None:
    root, path = FileRootKey(tmp_path / "root.key"), tmp_path / "backup.key"
    before = backup_key.read_or_create(path, root)
    root.begin(2)
    backup_key.rewrap(path, root)
    root.retire_before(2)
    after = backup_key.read_or_create(path, FileRootKey(tmp_path / "root.key"))
    assert after.secret == before.secret
    assert after.wrapped != before.wrapped
    assert path.stat().st_mode & 0o777 == 0o400


def test_the_backup_key_of_another_root_is_refused(tmp_path: Path) -> None:
    backup_key.read_or_create(tmp_path / "backup.key", FileRootKey(tmp_path / "a.key"))
    with pytest.raises(KeyFileRefused):
        backup_key.read_or_create(tmp_path / "backup.key", FileRootKey(tmp_path / "b.key"))


def test_no_two_archives_share_a_key() -> None:
    first, second = (archive.read_header(io.BytesIO(written(b"x"))) for _ in range(2))
    assert first.key != second.key
