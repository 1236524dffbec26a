"""The root key in a file: made once, readable by its owner only, gone when destroyed."""

import stat
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from security.crypto import key_file
from security.crypto.file_root import FileRootKey
from security.errors import CiphertextRefused, KeyFileRefused

pytestmark = pytest.mark.control("M-29")


def test_the_file_is_made_on_first_use_for_its_owner_to_read(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "root.key"
    FileRootKey(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert list(path.parent.iterdir()) == [path]


def test_a_second_process_gets_the_same_key(tmp_path: Path) -> None:
    wrapped = FileRootKey(tmp_path / "root.key").wrap(b"k" * 32, b"here")
    assert FileRootKey(tmp_path / "root.key").unwrap(wrapped, b"here") == b"k" * 32


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPool(8) as pool:
        secrets = pool.map(lambda _: key_file.read_or_create(tmp_path / "root.key"), range(32))
    assert len(set(secrets)) == 1


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o600, 0o420, 0o402])
def test_a_file_that_others_may_read_or_anyone_write_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "root.key"
    FileRootKey(path)
    path.chmod(mode)
    with pytest.raises(KeyFileRefused, match="chmod 0400"):
        FileRootKey(path)


def test_a_link_is_refused(tmp_path: Path) -> None:
    FileRootKey(tmp_path / "real.key")
    (tmp_path / "root.key").symlink_to(tmp_path / "real.key")
    with pytest.raises(KeyFileRefused):
        FileRootKey(tmp_path / "root.key")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    path.write_bytes(b"short")
    path.chmod(0o400)
    with pytest.raises(KeyFileRefused, match="32 bytes"):
        FileRootKey(path)


def test_a_wrapped_key_opens_in_its_own_context_only(tmp_path: Path) -> None:
    root = FileRootKey(tmp_path / "root.key")
    wrapped = root.wrap(b"k" * 32, b"here")
    with pytest.raises(CiphertextRefused):
        root.unwrap(wrapped, b"there")
    for length in range(len(wrapped)):
        with pytest.raises(CiphertextRefused):
            root.unwrap(wrapped[:length], b"here")


def test_after_destroy_nothing_opens_and_a_new_file_is_another_key(tmp_path: Path) -> None:
    root = FileRootKey(tmp_path / "root.key")
    wrapped = root.wrap(b"k" * 32, b"here")
    root.destroy()
    assert not (tmp_path / "root.key").exists()
    for after in (root, FileRootKey(tmp_path / "root.key")):
        with pytest.raises(CiphertextRefused):
            after.unwrap(wrapped, b"here")


def test_a_signature_verifies_under_the_public_key(tmp_path: Path) -> None:
    root = FileRootKey(tmp_path / "root.key")
    Ed25519PublicKey.from_public_bytes(root.public_key).verify(root.sign(b"message"), b"message")


def test_a_mac_depends_on_key_and_message(tmp_path: Path) -> None:
    root, other = FileRootKey(tmp_path / "a.key"), FileRootKey(tmp_path / "b.key")
    assert root.mac(b"m") == root.mac(b"m")
    assert len({root.mac(b"m"), root.mac(b"n"), other.mac(b"m")}) == 3
