"""The secret of an epoch: with it a shop's key opens, and once it is destroyed nothing brings it back."""

import shutil
from pathlib import Path

import pytest

from security.crypto.epoch_copy import load_epoch_files, save_epoch_files
from security.crypto.epochs import EpochFiles
from security.crypto.file_root import FileRootKey
from security.crypto.shop_keys import kek_context
from security.crypto.suites import Suite
from security.errors import CiphertextRefused, EpochGone, KeyFileRefused
from tests.security.crypto.root_places import PLACES, Opened

pytestmark = pytest.mark.control("M-29", "M-33")

KEY = b"k" * 32


@pytest.fixture(params=list(PLACES))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    return PLACES[request.param](tmp_path)


def test_the_next_process_opens_what_this_one_sealed(opened: Opened) -> None:
    sealed = opened().epochs.seal("s1", 1, KEY)
    assert opened().epochs.open("s1", 1, sealed) == KEY
    assert KEY not in sealed


def test_a_destroyed_epoch_opens_nothing_and_the_later_ones_do(opened: Opened) -> None:
    epochs = opened().epochs
    first, second = epochs.seal("s1", 1, KEY), epochs.seal("s1", 2, KEY)
    elsewhere = epochs.seal("s2", 1, KEY)
    assert epochs.destroy_before("s1", 2) == 1
    for after in (epochs, opened().epochs):
        with pytest.raises(EpochGone):
            after.open("s1", 1, first)
        assert after.open("s1", 2, second) == KEY
        assert after.open("s2", 1, elsewhere) == KEY


def test_an_epoch_that_is_begun_anew_does_not_open_what_hung_on_the_destroyed_one(opened: Opened) -> None:
    epochs = opened().epochs
    sealed = epochs.seal("s1", 1, KEY)
    epochs.destroy_before("s1", 2)
    epochs.seal("s1", 1, KEY)
    with pytest.raises(CiphertextRefused):
        epochs.open("s1", 1, sealed)


def test_no_epoch_opens_for_another(opened: Opened) -> None:
    epochs = opened().epochs
    sealed = {place: epochs.seal(*place, KEY) for place in (("s1", 1), ("s1", 2), ("s2", 1))}
    for place, bytes_of in sealed.items():
        for other in sealed.keys() - {place}:
            with pytest.raises(CiphertextRefused):
                epochs.open(*other, bytes_of)


def test_destroying_twice_is_destroying_once(opened: Opened) -> None:
    epochs = opened().epochs
    epochs.seal("s1", 1, KEY)
    assert [epochs.destroy_before("s1", 2), epochs.destroy_before("s1", 2)] == [1, 0]


def test_a_shops_key_needs_the_root_and_its_epoch_both(tmp_path: Path) -> None:
    """The root key alone, kept by custodians for years, opens no key of an epoch that is gone."""
    root = FileRootKey(tmp_path / "root.key")
    wrapped = root.wrap(root.epochs.seal("s1", 1, KEY), kek_context("s1", 1))
    inner = root.unwrap(wrapped, kek_context("s1", 1))
    assert KEY not in inner
    with pytest.raises(EpochGone):
        EpochFiles(tmp_path / "another-machine", Suite.AES_256_GCM).open("s1", 1, inner)


def test_a_file_of_an_epoch_is_for_its_owner_alone_and_names_no_shop(tmp_path: Path) -> None:
    FileRootKey(tmp_path / "root.key").epochs.seal("north", 1, KEY)
    (file,) = (tmp_path / "root-epochs").iterdir()
    assert file.stat().st_mode & 0o777 == 0o400
    assert "north" not in file.name


def test_a_copy_brings_the_living_epochs_to_another_machine_and_no_destroyed_one(tmp_path: Path) -> None:
    root, copy = FileRootKey(tmp_path / "here" / "root.key"), tmp_path / "copy"
    first, second = root.epochs.seal("s1", 1, KEY), root.epochs.seal("s1", 2, KEY)
    assert save_epoch_files(copy, root) == 2
    root.epochs.destroy_before("s1", 2)
    assert save_epoch_files(copy, root) == 1
    (tmp_path / "there").mkdir()
    shutil.copy(tmp_path / "here" / "root.key", tmp_path / "there" / "root.key")
    other = FileRootKey(tmp_path / "there" / "root.key")
    assert [load_epoch_files(copy, other), load_epoch_files(copy, other)] == [1, 0]
    assert other.epochs.open("s1", 2, second) == KEY
    with pytest.raises(EpochGone):
        other.epochs.open("s1", 1, first)


def test_a_copy_opens_under_its_own_root_only_and_unchanged(tmp_path: Path) -> None:
    root, copy = FileRootKey(tmp_path / "a.key"), tmp_path / "copy"
    root.epochs.seal("s1", 1, KEY)
    save_epoch_files(copy, root)
    with pytest.raises(CiphertextRefused):
        load_epoch_files(copy, FileRootKey(tmp_path / "b.key"))
    changed = bytearray(copy.read_bytes())
    changed[-1] ^= 1
    copy.write_bytes(changed)
    with pytest.raises(CiphertextRefused):
        load_epoch_files(copy, root)
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_copy_takes_the_place_of_an_older_copy_and_of_no_other_file(tmp_path: Path) -> None:
    root = FileRootKey(tmp_path / "root.key")
    root.epochs.seal("s1", 1, KEY)
    other = tmp_path / "notes.txt"
    other.write_text("somebody's own", encoding="utf-8")
    with pytest.raises(KeyFileRefused, match="no copy of epochs"):
        save_epoch_files(other, root)
    assert other.read_text(encoding="utf-8") == "somebody's own"
    assert [save_epoch_files(tmp_path / "copy", root) for _ in range(2)] == [1, 1]


class PowerCut(Exception):
    """Between two steps of destroying."""


@pytest.mark.parametrize("step", ["chmod", "unlink"])
def test_an_epoch_whose_destruction_was_cut_off_is_destroyed_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    epochs = EpochFiles(tmp_path, Suite.AES_256_GCM)
    sealed = epochs.seal("s1", 1, KEY)

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(Path, step, cut)
        with pytest.raises(PowerCut):
            epochs.destroy_before("s1", 2)
    with pytest.raises(EpochGone):
        epochs.open("s1", 1, sealed)
    assert list(tmp_path.iterdir())
    epochs.destroy_before("s1", 2)
    assert not list(tmp_path.iterdir())
