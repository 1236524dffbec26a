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


def test_macs_and_signatures_outlive_the_generation_that_made_them(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    running = FileRootKey(path)
    made = running.mac(b"who wants no calls"), running.public_key
    for generation in (2, 3):
        rotating = FileRootKey(path)
        rotating.begin(generation)
        assert (FileRootKey(path).mac(b"who wants no calls"), FileRootKey(path).public_key) == made
        rotating.retire_before(generation)
        restarted = FileRootKey(path)
        assert restarted.generations() == [generation]
        assert (restarted.mac(b"who wants no calls"), restarted.public_key) == made
        assert (running.mac(b"who wants no calls"), running.public_key) == made


@pytest.mark.parametrize("stray", ["root.key.007", "root.key.20261128", "root.key.1", "root.key.4"])
def test_a_copy_that_is_called_like_a_generation_is_refused_by_its_name(tmp_path: Path, stray: str) -> None:
    path = tmp_path / "root.key"
    FileRootKey(path).begin(2)
    copy = tmp_path / stray
    copy.write_bytes(path.read_bytes())
    copy.chmod(0o400)
    with pytest.raises(KeyFileRefused, match=f"{stray} .*: move it to another folder"):
        FileRootKey(path)
    copy.unlink()
    assert FileRootKey(path).generations() == [1, 2]


def test_macs_go_with_a_root_that_is_destroyed(tmp_path: Path) -> None:
    root = FileRootKey(tmp_path / "root.key")
    made = root.mac(b"m")
    root.begin(2)
    root.destroy()
    assert (list(tmp_path.iterdir()), root.mac(b"m") == made) == ([], False)
    assert FileRootKey(tmp_path / "root.key").mac(b"m") != made


@pytest.mark.parametrize("left", ["epoch", "macs"])
def test_a_root_that_is_lost_is_not_replaced_by_another(tmp_path: Path, left: str) -> None:
    path = tmp_path / "root.key"
    root = FileRootKey(path)
    if left == "epoch":
        root.epochs.seal("shop", 1, b"k" * 32)
    else:
        root.begin(2)
        (tmp_path / "root.key.2").unlink()
    path.unlink()
    with pytest.raises(KeyFileRefused, match="put it back from its backup, or join it from its shares"):
        FileRootKey(path)
    assert not path.exists()


class PowerCut(Exception):
    """Between two steps of destroying."""


@pytest.mark.parametrize("step", ["chmod", "unlink"])
def test_a_root_whose_retirement_was_cut_off_starts_with_its_successor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "root.key"
    root = FileRootKey(path)
    root.begin(2)
    secret, wrapped = path.read_bytes(), root.wrap(b"k" * 32, b"here")

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(Path, step, cut)
        with pytest.raises(PowerCut):
            root.retire_before(2)
    again = FileRootKey(path)
    assert again.generations() == [2]
    assert again.unwrap(wrapped, b"here") == b"k" * 32
    assert all(file.read_bytes() != secret for file in tmp_path.iterdir())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["root.key.2", "root.mac"]


def test_a_generation_retired_elsewhere_while_it_was_looked_for_is_not_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "root.key"
    other = FileRootKey(path)
    other.begin(2)
    listed = iter([[1, 2], [1, 2]])
    real = FileRootKey.generations
    monkeypatch.setattr(FileRootKey, "generations", lambda self: next(listed, None) or real(self))
    key_file.destroy(path)
    FileRootKey(path)
    assert not path.exists()
