"""``appliance bundle`` as a person calls it: keys, checks, unpacking; each refusal is one line."""

import json
import os
from pathlib import Path

import pytest

from appliance.cli.main import main
from models.bundle import signing, writing
from models.bundle.unpacking import this_machine

DATE = 1_760_000_000


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "release.key"
    assert _run("bundle", "key", str(path)) == 0
    assert f"{path}.pub: give it to the sites by another way" in capsys.readouterr().out
    return path


@pytest.fixture
def packed(tmp_path: Path, key: Path) -> Path:
    """Signed by that key, with two small files."""
    files = {}
    for name, content in (("install.sh", b"#!/bin/sh\n"), ("appliance/words.txt", b"words")):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files[name] = path
    (tmp_path / "source/install.sh").chmod(0o755)
    raw = writing.manifest_of(
        files, version="1.2.3", revision="abc", created="2026-01-01T00:00:00Z", target=this_machine(), contents={}
    )
    out = tmp_path / "it.bundle"
    writing.write(out, files, raw, signing.read_key(key, None), date=DATE)
    return out


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


def _refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line, after whatever was told on the way."""
    capsys.readouterr()
    assert _run(*words) == 2
    said = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("appliance: ") for line in said) == 1
    return said[-1]


def test_a_key_is_told_for_scripts_and_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.key"
    assert _run("bundle", "key", str(path), "--json") == 0
    assert json.loads(capsys.readouterr().out)["key"] == str(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "never overwritten" in _refused(capsys, "bundle", "key", str(path))


def test_what_is_whole_is_checked_and_unpacked(
    packed: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trust = ("--key", f"{key}.pub")
    assert _run("bundle", "verify", str(packed), *trust, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["version"], said["revision"], said["files"], said["is_publisher_checked"]) == ("1.2.3", "abc", 2, True)
    site = tmp_path / "site"
    assert _run("bundle", "unpack", str(packed), str(site), *trust) == 0
    assert f"unpacked into {site}; go on with {site}/install.sh" in capsys.readouterr().out
    assert os.access(site / "install.sh", os.X_OK)
    assert _run("bundle", "verify", str(site), *trust) == 0


def test_whose_signature_counts_must_be_said(packed: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--key" in _refused(capsys, "bundle", "verify", str(packed))
    assert _run("bundle", "verify", str(packed), "--trust-key-inside") == 0
    assert "who made it was not checked" in capsys.readouterr().out
    wrong = ("--fingerprint", "0" * 64)
    assert "it was signed by " in _refused(capsys, "bundle", "verify", str(packed), *wrong)


def test_a_flipped_byte_is_refused_and_nothing_of_it_is_there(
    packed: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(packed.read_bytes())
    content[content.rindex(b"words")] ^= 1
    packed.write_bytes(content)
    words = ("bundle", "unpack", str(packed), str(tmp_path / "site"), "--key", f"{key}.pub")
    assert "appliance/words.txt" in _refused(capsys, *words)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--model", "chat"), "write NAME=FOLDER"),
        (("--model", "chat=/nowhere/at/all"), "with a folder that is there"),
        (("--model", "chat=/usr", "--model", "chat=/"), "--model chat=/: chat is named twice"),
        (("--part-size", "4"), "--part-size 4: write a number and m or g"),
        (("--part-size", "0g"), "--part-size 0g"),
        (("--key", "/nowhere/release.key"), "/nowhere/release.key"),
    ],
)
def test_what_cannot_be_packed_is_said_before_anything_is_fetched(
    key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    given = ("--key", str(key), "--out", str(tmp_path / "x.bundle"), *words)
    assert complaint in _refused(capsys, "bundle", "pack", *given)
    assert not (tmp_path / "x.bundle").exists()


@pytest.mark.parametrize("environment", ["voice", "test", "funasr", "vllm-cpu", "vllm-gpu"])
def test_environments_are_named_as_the_documents_name_them(
    key: Path, capsys: pytest.CaptureFixture[str], environment: str
) -> None:
    given = ("--key", str(key), "--with", environment, "--part-size", "4")
    assert "--part-size 4: write a number" in _refused(capsys, "bundle", "pack", *given)
