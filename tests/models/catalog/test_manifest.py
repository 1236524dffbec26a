"""A folder of weights is whole, or every fault in it is named."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from models.catalog import manifest
from models.catalog.manifest import MANIFEST, Fault
from models.errors import ModelCorrupt


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    weights = tmp_path / "weights"
    (weights / "sub").mkdir(parents=True)
    (weights / "config.json").write_text("{}")
    (weights / "model.safetensors").write_bytes(b"\0" * 1000)
    (weights / "sub" / "tokenizer.json").write_text("[]")
    manifest.write(weights)
    return weights


def test_what_was_brought_whole_has_no_fault(folder: Path) -> None:
    assert manifest.check(folder, {}) == []


def test_the_manifest_is_read_by_sha256sum_and_its_digest_is_that_of_the_file(folder: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "--strict", MANIFEST], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0
    assert manifest.digest(folder) == hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def test_it_does_not_list_itself_and_is_the_same_again(folder: Path) -> None:
    assert manifest.write(folder) == manifest.digest(folder)
    assert MANIFEST not in (folder / MANIFEST).read_text()


def test_every_file_is_told_with_its_size_before_it_is_read(folder: Path) -> None:
    told: list[tuple[str, int]] = []
    manifest.check(folder, {}, lambda file, size: told.append((file, size)))
    assert told == [("config.json", 2), ("model.safetensors", 1000), ("sub/tokenizer.json", 2)]


def test_a_single_changed_byte_is_found(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\0" * 999 + b"\1")
    assert manifest.check(folder, {}) == [Fault("model.safetensors", "is not what the manifest lists")]


def test_what_is_missing_and_what_is_new_is_found_without_reading_weights(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "sub" / "code.py").touch()
    expected = [Fault("config.json", "is not there"), Fault("sub/code.py", "is not in the manifest")]
    assert manifest.quick_check(folder, {}) == expected
    assert manifest.check(folder, {}) == expected


def test_a_link_that_leads_out_is_refused_and_one_that_stays_is_not(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"x")
    (folder / "inside.json").symlink_to("config.json")
    manifest.write(folder)
    assert manifest.check(folder, {}) == []
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(tmp_path / "blob")
    assert "is a link that leads out of the folder" in manifest.quick_check(folder, {})[0].why
    with pytest.raises(ModelCorrupt, match="leads out of the folder"):
        manifest.write(folder)


def test_a_link_to_a_folder_and_what_is_no_file_are_refused(folder: Path) -> None:
    (folder / "again").symlink_to("sub")
    os.mkfifo(folder / "pipe")
    faults = {fault.file: fault.why for fault in manifest.quick_check(folder, {})}
    assert faults == dict.fromkeys(("again", "pipe"), "is no file, nor a link to one")


def test_a_pickle_is_refused_unless_the_catalogue_names_it_by_its_hash(folder: Path) -> None:
    pickled = b"\x80\x04."
    (folder / "pytorch_model.bin").write_bytes(pickled)
    manifest.write(folder)
    good, other = hashlib.sha256(pickled).hexdigest(), "0" * 64
    assert [fault.file for fault in manifest.check(folder, {})] == ["pytorch_model.bin"]
    assert manifest.check(folder, {"pytorch_model.bin": good}) == []
    assert manifest.quick_check(folder, {"pytorch_model.bin": other}) == [
        Fault("pytorch_model.bin", "is listed with another hash than the catalogue's")
    ]


def test_a_folder_without_a_manifest_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="'appliance models hash FOLDER'"):
        manifest.check(tmp_path, {})


@pytest.mark.parametrize("line", ["nonsense", "0" * 64 + " one-space", "g" * 64 + "  file", "0" * 64 + "  "])
def test_a_line_that_is_none_is_refused_with_its_number(folder: Path, line: str) -> None:
    (folder / MANIFEST).write_text(f"{'0' * 64}  first\n{line}\n")
    with pytest.raises(ModelCorrupt, match="line 2 "):
        manifest.check(folder, {})


def test_a_file_that_is_listed_twice_is_refused(folder: Path) -> None:
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text + text)
    with pytest.raises(ModelCorrupt, match="line 4 "):
        manifest.check(folder, {})


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="there is no file in it"):
        manifest.write(tmp_path)
