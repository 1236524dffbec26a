"""A bundle is what was signed, byte for byte, or it is refused before anything of it is there."""

import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bundle import signing, writing
from models.bundle.errors import BundleRefused, NoRoom
from models.bundle.manifest import HEAD, MANIFEST, PUBLIC_KEY, SIGNATURE, Target, parse
from models.bundle.opening import verify
from models.bundle.signature import Trust, fingerprint
from models.bundle.unpacking import misfit, this_machine, unpack
from tests.full_disk import full_disk

HERE = this_machine()
DATE = 1_760_000_000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = signing.public_of(KEY)
TRUST = Trust(key=PUBLIC)
LONG = "bundle/wheels/" + "a_package_of_a_long_name-" * 5 + "1.0-py3-none-any.whl"
CONTENT = {
    "install.sh": b"#!/bin/sh\n",
    "a/b/c.txt": b"words\n",
    "empty": b"",
    "large.bin": os.urandom(70_000),
    LONG: b"zip",
}

Files = dict[str, Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = {}
    for name, content in CONTENT.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        made[name] = path
    made["install.sh"].chmod(0o755)
    return made


def _manifest(files: Files, target: Target = HERE) -> bytes:
    about = {"version": "1.2.3", "revision": "abc", "created": "2026-01-01T00:00:00Z"}
    return writing.manifest_of(files, **about, target=target, contents={})


@pytest.fixture
def packed(tmp_path: Path, files: Files) -> Path:
    out = tmp_path / "out" / "it.bundle"
    writing.write(out, files, _manifest(files), KEY, date=DATE)
    return out


def _unpacked(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name not in HEAD}


def test_what_was_packed_is_what_is_unpacked(packed: Path, tmp_path: Path) -> None:
    manifest = unpack(packed, tmp_path / "site", TRUST, machine=HERE)
    assert _unpacked(tmp_path / "site") == CONTENT
    assert os.access(tmp_path / "site" / "install.sh", os.X_OK)
    assert not os.access(tmp_path / "site" / "empty", os.X_OK)
    assert (manifest.version, verify(tmp_path / "site", TRUST).digest) == ("1.2.3", verify(packed, TRUST).digest)


def test_the_same_files_and_key_make_the_same_bytes(tmp_path: Path, files: Files) -> None:
    outs = [tmp_path / name / "it.bundle" for name in ("one", "two")]
    for out in outs:
        writing.write(out, files, _manifest(files), KEY, date=DATE)
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_parts_are_no_larger_than_asked_and_any_of_them_names_all(tmp_path: Path, files: Files) -> None:
    parts = writing.write(tmp_path / "it.bundle", files, _manifest(files), KEY, date=DATE, part_size=30_000)
    assert len(parts) > 2
    assert {part.stat().st_size for part in parts[:-1]} == {30_000}
    assert {verify(part, TRUST).digest for part in (parts[0], parts[-1], tmp_path)} == {verify(parts[1], TRUST).digest}
    parts[1].unlink()
    with pytest.raises(BundleRefused, match="one is missing"):
        verify(parts[0], TRUST)


@pytest.mark.control("M-03", "M-25")
@settings(max_examples=40)
@given(data=st.data())
def test_any_flipped_bit_is_refused_and_leaves_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("flip")
    source = folder / "one"
    source.write_bytes(b"0123456789" * 60)
    files = {"one": source, "two": source}
    out = folder / "it.bundle"
    writing.write(out, files, _manifest(files), KEY, date=DATE)
    content = bytearray(out.read_bytes())
    spot = data.draw(st.integers(0, len(content) - 1))
    content[spot] ^= 1 << data.draw(st.integers(0, 7))
    out.write_bytes(content)
    site = folder / "site"
    try:
        unpack(out, site, TRUST, machine=HERE)
    except BundleRefused:
        assert not site.exists()
    else:  # owner and date of a header are nobody's claim, and change no file
        assert _unpacked(site) == {"one": source.read_bytes(), "two": source.read_bytes()}


def test_every_bit_of_what_a_file_holds_counts(packed: Path) -> None:
    whole = packed.read_bytes()
    for part in (CONTENT["install.sh"], CONTENT["a/b/c.txt"], CONTENT["large.bin"][:64], b'"sha256"'):
        spot = whole.index(part)
        packed.write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
        with pytest.raises(BundleRefused):
            verify(packed, TRUST)


Change = Callable[[tarfile.TarFile, dict[str, bytes]], None]


def _rebuilt(packed: Path, change: Change) -> Path:
    """The same head, and after it whatever a hostile hand writes."""
    with tarfile.open(packed) as old:
        content = {m.name: (old.extractfile(m) or io.BytesIO()).read() for m in old}
    with tarfile.open(packed, "w", format=tarfile.GNU_FORMAT) as new:
        for name in HEAD:
            _add(new, name, content.pop(name))
        change(new, content)
    return packed


def _add(archive: tarfile.TarFile, name: str, content: bytes = b"", **fields: object) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    archive.addfile(member, io.BytesIO(content) if content else None)


def _all_and(name: str, content: bytes = b"", **fields: object) -> Change:
    def change(archive: tarfile.TarFile, there: dict[str, bytes]) -> None:
        for each, words in there.items():
            _add(archive, each, words)
        _add(archive, name, content, **fields)

    return change


def _without(name: str) -> Change:
    def change(archive: tarfile.TarFile, there: dict[str, bytes]) -> None:
        for each, words in there.items():
            if each != name:
                _add(archive, each, words)

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_without("empty"), "1 files are missing, first 'empty'"),
        (_all_and("more.txt", b"x"), "is not in the manifest"),
        (_all_and("empty"), "is there twice"),
        (_all_and("../outside", b"x"), "is not in the manifest"),
        (_all_and("/etc/cron.d/x", b"x"), "is not in the manifest"),
        (_all_and("link", type=tarfile.SYMTYPE, linkname="/etc"), "no regular file"),
        (_all_and("link", type=tarfile.LNKTYPE, linkname="empty"), "no regular file"),
        (_all_and("null", type=tarfile.CHRTYPE), "no regular file"),
        (_all_and("pipe", type=tarfile.FIFOTYPE), "no regular file"),
        (_all_and("folder", type=tarfile.DIRTYPE), "no regular file"),
        (_all_and("holes", type=tarfile.GNUTYPE_SPARSE), "no regular file"),
    ],
)
def test_what_is_missing_extra_or_no_file_is_refused(packed: Path, tmp_path: Path, change: Change, why: str) -> None:
    _rebuilt(packed, change)
    with pytest.raises(BundleRefused, match=why):
        unpack(packed, tmp_path / "site", TRUST, machine=HERE)
    assert not (tmp_path / "site").exists()
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    "names",
    [
        ["../up"], ["a/../../up"], ["/etc/passwd"], ["a//b"], ["./a"], ["C:/x"], ["a\\b"],
        ["a/."], ["end. "], ["new\nline"],
        ["README", "readme"], ["é", "e\u0301"], ["STRASSE", "straße"],
        ["a", "a/b"], ["A/x", "a"], [MANIFEST], ["x" * 300],
    ],
)  # fmt: skip
def test_names_that_lead_out_or_fall_together_are_refused_even_when_signed(names: list[str], tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.touch()
    with pytest.raises(BundleRefused):
        _manifest(dict.fromkeys(names, source))


@pytest.mark.parametrize("name", ["gz", "bz2", "xz"])
def test_a_compressed_archive_is_not_read(packed: Path, name: str) -> None:
    whole = packed.read_bytes()
    with tarfile.open(packed, f"w:{name}") as archive:  # type: ignore[call-overload]
        _add(archive, "bomb", bytes(10_000_000))
    assert len(whole) > packed.stat().st_size
    with pytest.raises(BundleRefused, match="compressed"):
        verify(packed, TRUST)


def test_a_larger_member_than_signed_is_refused_before_it_is_written(packed: Path, tmp_path: Path) -> None:
    def change(archive: tarfile.TarFile, there: dict[str, bytes]) -> None:
        _add(archive, "empty", bytes(50_000_000))

    _rebuilt(packed, change)
    with pytest.raises(BundleRefused, match="has 50000000 bytes, the manifest says 0"):
        unpack(packed, tmp_path / "site", TRUST, machine=HERE)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if "site" in str(path)) < 100_000


def test_what_follows_the_end_is_refused(packed: Path) -> None:
    packed.write_bytes(packed.read_bytes() + b"more")
    with pytest.raises(BundleRefused, match="follows the end"):
        verify(packed, TRUST)


def test_another_key_is_refused_and_no_key_is_no_leave(packed: Path) -> None:
    other = Trust(key=signing.public_of(Ed25519PrivateKey.generate()))
    for trust, why in (
        (other, "the signature is not of"),
        (Trust(), "whose signature counts"),
        (Trust(fingerprint="ab"), "it was signed by"),
    ):
        with pytest.raises(BundleRefused, match=why):
            verify(packed, trust)
    assert verify(packed, Trust(fingerprint=fingerprint(PUBLIC).upper())).version == "1.2.3"
    assert verify(packed, Trust(inside=True)).version == "1.2.3"


def test_without_cryptography_openssl_decides(packed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert verify(packed, TRUST).version == "1.2.3"
    with pytest.raises(BundleRefused, match="the signature is not of"):
        verify(packed, Trust(key=signing.public_of(Ed25519PrivateKey.generate())))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BundleRefused, match="nothing here can check a signature"):
        verify(packed, TRUST)


def test_an_unpacked_folder_is_compared_with_what_was_signed(packed: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    unpack(packed, site, TRUST, machine=HERE)
    empty = site / "empty"
    empty.write_text("x")
    _is_refused(site, "has 1 bytes")
    empty.unlink()
    empty.symlink_to("/etc/passwd")
    _is_refused(site, "no regular file")
    empty.unlink()
    _is_refused(site, "are missing")
    empty.touch()
    (site / "more").touch()
    _is_refused(site, "is not in the manifest")


def _is_refused(folder: Path, why: str) -> None:
    with pytest.raises(BundleRefused, match=why):
        verify(folder, TRUST)


def test_cut_off_it_goes_on_and_what_was_spoiled_meanwhile_is_written_anew(packed: Path, tmp_path: Path) -> None:
    class Cut(Exception):
        pass

    def cut(path: str, *_: int) -> None:
        if path == LONG:
            raise Cut

    site, stage = tmp_path / "site", tmp_path / "site.unpacking"
    with pytest.raises(Cut):
        unpack(packed, site, TRUST, machine=HERE, progress=cut)
    assert not site.exists()
    kept = stage / "a/b/c.txt"
    before = kept.stat().st_ino
    (stage / LONG).write_bytes(b"bad")
    unpack(packed, site, TRUST, machine=HERE)
    assert (site / "a/b/c.txt").stat().st_ino == before
    assert _unpacked(site) == CONTENT


def test_what_somebody_puts_into_the_unfinished_folder_is_not_carried_over(packed: Path, tmp_path: Path) -> None:
    stage = tmp_path / "site.unpacking"
    unpack(packed, tmp_path / "site", TRUST, machine=HERE)
    (tmp_path / "site").rename(stage)
    (stage / "planted").touch()
    with pytest.raises(BundleRefused, match="'planted' appeared"):
        unpack(packed, tmp_path / "site", TRUST, machine=HERE)


def test_a_link_in_the_unfinished_folder_is_not_followed(packed: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    unpack(packed, tmp_path / "site", TRUST, machine=HERE)
    (tmp_path / "site").rename(tmp_path / "site.unpacking")
    (tmp_path / "site.unpacking" / "empty").unlink()
    (tmp_path / "site.unpacking" / "empty").symlink_to(victim)
    unpack(packed, tmp_path / "site", TRUST, machine=HERE)
    assert (victim.read_text(), (tmp_path / "site" / "empty").is_symlink()) == ("mine", False)


def test_a_folder_that_is_there_is_never_written_into(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with pytest.raises(BundleRefused, match="is there already"):
        unpack(packed, tmp_path / "site", TRUST, machine=HERE)


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (Target(machine="aarch64", python="3.12", glibc="2.36"), "packed for x86_64"),
        (Target(machine="x86_64", python="3.11", glibc="2.36"), "packed for Python 3.12"),
        (Target(machine="x86_64", python="3.12", glibc="2.9"), "needs glibc 2.28, found 2.9"),
        (Target(machine="x86_64", python="3.12", glibc=""), "another C library"),
    ],
)
def test_another_machine_is_refused_by_name(machine: Target, why: str) -> None:
    assert why in misfit(Target(machine="x86_64", python="3.12", glibc="2.28"), machine)


def test_a_full_disk_is_seen_first(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.bundle.unpacking.SPARE", 2**62)
    with pytest.raises(NoRoom, match="must be free"):
        unpack(packed, tmp_path / "site", TRUST, machine=HERE)


def test_a_manifest_of_another_form_is_not_guessed_at() -> None:
    for text in (
        "{",
        "[]",
        "{}",
        json.dumps({"format": "other/1"}),
        '{"format": "aftersales-appliance-bundle/1", "files": [1]}',
    ):
        with pytest.raises(BundleRefused):
            parse(text.encode())


def test_the_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    path = tmp_path / "release.key"
    public = signing.make_key(path, b"words")
    assert (path.stat().st_mode & 0o777, (tmp_path / "release.key.pub").read_bytes()) == (0o600, public)
    assert signing.public_of(signing.read_key(path, b"words")) == public
    for passphrase in (None, b"other"):
        with pytest.raises(BundleRefused, match="does not open"):
            signing.read_key(path, passphrase)
    with pytest.raises(BundleRefused, match="never overwritten"):
        signing.make_key(path, None)
    path.chmod(0o644)
    with pytest.raises(BundleRefused, match="others may read"):
        signing.read_key(path, b"words")


def test_a_full_disk_leaves_no_half_key_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "release.key"
    with full_disk(), pytest.raises(OSError, match="too large"):
        signing.make_key(path, None)
    public = signing.make_key(path, None)
    assert signing.public_of(signing.read_key(path, None)) == public


def test_the_head_of_a_bundle_is_bounded(packed: Path) -> None:
    with tarfile.open(packed, "w", format=tarfile.GNU_FORMAT) as archive:
        _add(archive, MANIFEST, b"{}")
        _add(archive, SIGNATURE, bytes(65))
        _add(archive, PUBLIC_KEY, PUBLIC)
    with pytest.raises(BundleRefused, match="it does not begin with"):
        verify(packed, TRUST)
