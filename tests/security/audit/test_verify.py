"""The stand-alone verifier: a whole log passes, and whatever anybody changes in one is found and named."""

import ast
import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.audit import verify
from security.audit.canonical import canonical
from security.audit.checkpoint import FIRST, Checkpoint, note_hash, origin_of
from security.audit.head import Head, Stamp
from security.audit.note import VerifierKey, sign_note
from security.audit.segments import Segments
from security.audit.verify import control_line, read_frames
from tests.security.audit.world import Log

LOG_ID = "0190f5c0-0000-7000-8000-000000000001"
STAMP = Stamp(LOG_ID, "node-1", "boot-1")
SIGNER_KEY = Ed25519PrivateKey.from_private_bytes(b"s" * 32)


class Signer:
    def __init__(self, key: Ed25519PrivateKey = SIGNER_KEY) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.sign = key.sign


KEY = str(VerifierKey(origin_of(LOG_ID), Signer().public_key))


class Made:
    """A small log made in memory: its records, and a checkpoint after every fourth."""

    def __init__(
        self, count: int = 10, signer: Signer | None = None, time_of: Callable[[int], str] | None = None
    ) -> None:
        self.signer = signer or Signer()
        self.lines = [control_line({"export": "audit-export/v1", "key": KEY, "log": LOG_ID})]
        self.raws: list[bytes] = []
        self.notes: list[tuple[int, str]] = []
        self._head = Head()
        self._prev = FIRST
        for number in range(count):
            ts = time_of(number) if time_of else f"2026-11-21T00:00:{number:02}.000000Z"
            event = Log.event(detail={"step": str(number)}, reason="换货")
            self.raws.append(self._head.seal(event, ts, STAMP).raw)
            self.lines.append(self.raws[-1] + b"\n")
            if number % 4 == 3 or number == count - 1:
                self._checkpoint(number + 1)
        self.lines.append(control_line({"end": str(count)}))

    def _checkpoint(self, size: int) -> None:
        root, ts = self._head.frontier.root(), "2026-11-21T00:00:00.000000Z"
        checkpoint = Checkpoint(
            origin=origin_of(LOG_ID), size=size, root=root, chain=self._head.chain, ts=ts, prev=self._prev
        )
        note = sign_note(checkpoint.text(), checkpoint.origin, self.signer)
        self._prev = note_hash(note)
        self.notes.append((size, note))
        self.lines.append(control_line({"checkpoint": note}))


def report_of(tmp_path: Path, data: bytes, key: str = KEY) -> verify.Report:
    path = tmp_path / "export.jsonl"
    path.write_bytes(data)
    return verify.verify_export(path, key)


def test_it_imports_nothing_of_the_product() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert modules - {"cryptography"} <= sys.stdlib_module_names


def test_a_whole_export_passes(tmp_path: Path) -> None:
    made = Made()
    report = report_of(tmp_path, b"".join(made.lines))
    assert (report.status, report.records, report.checkpoints, report.unsigned) == ("ok", 10, 3, 0)


@pytest.mark.control("A2")
def test_every_flipped_byte_of_an_export_is_noticed(tmp_path: Path) -> None:
    data = b"".join(Made(4).lines)
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ (0x01 if at % 2 else 0x20)]) + data[at + 1 :]
        assert report_of(tmp_path, changed).status != "ok", f"byte {at}: {data[max(at - 20, 0) : at + 20]!r}"


def test_a_flipped_byte_is_noticed_without_a_key_of_ones_own(tmp_path: Path) -> None:
    made = Made(6)
    data = b"".join(made.lines)
    start = len(made.lines[0])
    for at in range(start, len(data), 7):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert report_of(tmp_path, changed, key="").status != "ok"


def rewritten(made: Made, number: int, change: dict[str, str]) -> bytes:
    """The export with one record changed, and neither hashes nor signatures made to fit."""
    lines = list(made.lines)
    raw = made.raws[number]
    lines[lines.index(raw + b"\n")] = canonical({**json.loads(raw), **change}) + b"\n"
    return b"".join(lines)


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("change", [{"reason": "退款"}, {"prev": "1" * 64}])
def test_a_rewritten_record_is_named(tmp_path: Path, number: int, change: dict[str, str]) -> None:
    report = report_of(tmp_path, rewritten(Made(), number, change))
    assert (report.status, report.exit_code, report.first_bad) == ("tampered", 1, number)


def record_lines(made: Made) -> list[int]:
    return [place for place, line in enumerate(made.lines) if line.startswith(b'{"action"')]


@pytest.mark.control("A3")
@pytest.mark.parametrize("number", range(10))
def test_a_deleted_record_is_named(tmp_path: Path, number: int) -> None:
    made = Made()
    del made.lines[record_lines(made)[number]]
    report = report_of(tmp_path, b"".join(made.lines))
    assert (report.status, report.first_bad) == ("tampered", number)


@pytest.mark.control("A3")
@pytest.mark.parametrize("number", range(9))
def test_swapped_records_are_named(tmp_path: Path, number: int) -> None:
    made = Made()
    places = record_lines(made)
    here, there = places[number], places[number + 1]
    made.lines[here], made.lines[there] = made.lines[there], made.lines[here]
    report = report_of(tmp_path, b"".join(made.lines))
    assert (report.status, report.first_bad) == ("tampered", number)


@pytest.mark.control("A3")
@pytest.mark.parametrize("number", range(10))
def test_a_doubled_record_is_named(tmp_path: Path, number: int) -> None:
    made = Made()
    place = record_lines(made)[number]
    made.lines.insert(place, made.lines[place])
    report = report_of(tmp_path, b"".join(made.lines))
    assert (report.status, report.first_bad) == ("tampered", number + 1)


def test_a_cut_export_is_incomplete_or_tampered_at_every_length(tmp_path: Path) -> None:
    data = b"".join(Made(6).lines)
    for length in range(len(data) - 1):
        assert report_of(tmp_path, data[:length]).status in ("incomplete", "tampered")


def test_a_cut_between_lines_is_called_incomplete(tmp_path: Path) -> None:
    report = report_of(tmp_path, b"".join(Made().lines[:-1]))
    assert (report.status, report.exit_code) == ("incomplete", 2)


def test_a_missing_checkpoint_is_noticed(tmp_path: Path) -> None:
    made = Made()
    made.lines.remove(control_line({"checkpoint": made.notes[0][1]}))
    assert report_of(tmp_path, b"".join(made.lines)).status == "tampered"


def test_a_checkpoint_of_more_records_than_there_are_numbers_for_hides_no_change(tmp_path: Path) -> None:
    made = Made()
    number = record_lines(made)[2]
    made.lines[number] = made.lines[number].replace(b"refund", b"refunt", 1)
    lines = made.notes[0][1].split("\n")
    forged = "\n".join([lines[0], "9" * 5000, *lines[2:]])
    made.lines.insert(1, control_line({"checkpoint": forged}))
    assert report_of(tmp_path, b"".join(made.lines)).exit_code == 1


def test_a_log_rewritten_whole_under_another_key_is_refused_by_the_key_one_keeps(tmp_path: Path) -> None:
    forger = Signer(Ed25519PrivateKey.from_private_bytes(b"f" * 32))
    forged = b"".join(Made(signer=forger).lines)
    report = report_of(tmp_path, forged)
    assert (report.status, report.first_bad) == ("tampered", 4)


FORGERIES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "extra key": lambda record: {**record, "x": "y"},
    "missing key": lambda record: {key: value for key, value in record.items() if key != "reason"},
    "number": lambda record: {**record, "detail": {"n": 1}},
    "bad outcome": lambda record: {**record, "outcome": "maybe"},
    "bad time": lambda record: {**record, "ts": "2026-11-21 00:00:00"},
    "not NFC": lambda record: {**record, "reason": "e\u0301"},
    "NUL": lambda record: {**record, "reason": "a\0b"},
    "extra in actor": lambda record: {**record, "actor": {**record["actor"], "x": "y"}},
    "bad commitment": lambda record: {**record, "pii": [{"subj": "s", "field": "f", "commit": "x"}]},
    "wrong seq": lambda record: {**record, "seq": "1"},
    "other log": lambda record: {**record, "log": LOG_ID.replace("1", "2")},
    "array": lambda record: [record],
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_record_outside_the_schema_is_refused_even_when_signed(name: str) -> None:
    forged = FORGERIES[name](json.loads(Made(1).raws[0]))
    raw = json.dumps(forged, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    with pytest.raises(verify.Tampered):
        verify.Verifier(KEY, LOG_ID).add_record(raw)


SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "space": lambda raw: raw.replace(b":", b": ", 1),
    "escaped": lambda raw: raw.replace("换".encode(), b"\\u6362"),
    "doubled key": lambda raw: raw.replace(b'{"action"', b'{"action":"a.b","action"'),
    "unsorted": lambda raw: json.dumps(dict(reversed(json.loads(raw).items())), ensure_ascii=False).encode(),
    "not UTF-8": lambda raw: raw.replace("换".encode(), b"\xff"),
    "nested deeply": lambda raw: raw.replace(b'"req":""', b'"req":' + b"[" * 9000 + b"]" * 9000),
    "empty": lambda _: b"",
}


@pytest.mark.control("A7")
@pytest.mark.parametrize("name", SPELLINGS)
def test_another_spelling_of_the_same_record_is_refused(name: str) -> None:
    raw = SPELLINGS[name](Made(1).raws[0])
    with pytest.raises(verify.Tampered):
        verify.Verifier(KEY, LOG_ID).add_record(raw)


def test_a_clock_set_back_is_reported_and_is_no_tampering(tmp_path: Path) -> None:
    made = Made(5, time_of=lambda number: f"2026-11-21T{9 - number:02}:00:00.000000Z")
    report = report_of(tmp_path, b"".join(made.lines))
    assert report.status == "ok"
    assert len(report.warnings) == 4


def test_base64_has_one_spelling(tmp_path: Path) -> None:
    made = Made(4)
    note = made.notes[0][1]
    head, signature = note.rstrip("\n").rsplit(" ", 1)
    decoded = base64.b64decode(signature)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = signature.rstrip("=")[-1]
    twin = signature.replace(f"{last}=", f"{alphabet[alphabet.index(last) ^ 1]}=")
    assert base64.b64decode(twin) == decoded
    data = b"".join(made.lines).replace(
        control_line({"checkpoint": note}), control_line({"checkpoint": f"{head} {twin}\n"})
    )
    assert report_of(tmp_path, data).status == "tampered"


@pytest.fixture
def segments(tmp_path: Path) -> Path:
    made = Made()
    with Segments(tmp_path / "audit") as segments:
        segments.records.append(0, made.raws[:5])
        segments.records.close()
        segments.records.append(5, made.raws[5:])
        segments.checkpoints.append(0, [note.encode() for _, note in made.notes])
    return tmp_path / "audit"


def test_whole_segments_pass(segments: Path) -> None:
    report = verify.verify_segments(segments, KEY)
    assert (report.status, report.records, report.checkpoints) == ("ok", 10, 3)


@pytest.mark.control("A2")
def test_every_flipped_byte_of_the_segments_is_noticed(segments: Path) -> None:
    for path in segments.glob("*.rec"):
        path.chmod(0o600)
        data = path.read_bytes()
        for at in range(0, len(data), 3):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            assert verify.verify_segments(segments, KEY).status == "tampered", f"{path.name} byte {at}"
        path.write_bytes(data)


def test_a_checkpoint_of_more_records_than_numbers_can_tell_stops_no_verification(tmp_path: Path) -> None:
    made = Made()
    head, _, *rest = made.notes[0][1].split("\n")
    forged = "\n".join([head, "9" * 5000, *rest])
    made.raws[2] = made.raws[2].replace(b"refund", b"refunt", 1)
    with Segments(tmp_path / "audit") as segments:
        segments.records.append(0, made.raws)
        segments.checkpoints.append(0, [note.encode() for note in (forged, *(note for _, note in made.notes))])
    report = verify.verify_segments(tmp_path / "audit", KEY)
    assert (report.status, report.exit_code) == ("tampered", 1)


def test_a_missing_segment_is_named_by_its_first_record(segments: Path) -> None:
    min(segments.glob("*.rec")).unlink()
    assert verify.verify_segments(segments, KEY).first_bad == 0


def test_frames_are_read_from_any_number_on(segments: Path) -> None:
    for start in range(11):
        assert [frame.number for frame in read_frames(segments, "rec", start)] == list(range(start, 10))


@pytest.mark.parametrize("moment", ["_files", "kept_frames"])
def test_a_log_that_goes_on_in_new_files_while_it_is_read_is_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Its checkpoints are read last, and tell of what came meanwhile: in this file, and in the next."""
    made, real = Made(), getattr(verify, moment)
    left = [made.raws[5:7], made.raws[7:]]

    def go_on() -> None:
        for first in (5, 7) if left else ():
            segments.records.append(first, left.pop(0))
            segments.records.close() if first == 5 else None

    def looked(directory: Path, *arguments: object) -> Iterator[object]:
        if moment == "_files" and arguments == ("rec",) and looks.pop():
            go_on()
        yield from real(directory, *arguments)
        if moment == "kept_frames":
            go_on()

    looks = [False, True, False]
    with Segments(tmp_path / "audit") as segments:
        segments.records.append(0, made.raws[:5])
        segments.checkpoints.append(0, [note.encode() for _, note in made.notes])
        wrapped = (lambda *arguments: [*looked(*arguments)]) if moment == "_files" else looked
        monkeypatch.setattr(verify, moment, wrapped)
        report = verify.verify_segments(tmp_path / "audit", KEY)
    assert (report.status, report.records, report.checkpoints, left) == ("ok", 10, 3, [])


def test_half_a_frame_at_the_end_of_a_file_is_passed_over(segments: Path) -> None:
    first = min(segments.glob("*.rec"))
    first.chmod(0o600)
    with first.open("ab") as file:
        file.write(b"\0\0\0\x50half")
    assert verify.verify_segments(segments, KEY).status == "ok"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", verify.__file__, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    made = Made()
    whole = b"".join(made.lines)
    contents = {"ok": whole, "bad": rewritten(made, 2, {"reason": "x"}), "cut": b"".join(made.lines[:-1])}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "key").write_text(KEY + "\n")
    return {name: str(tmp_path / name) for name in (*contents, "key", "absent")}


def test_the_command_says_with_its_exit_code_what_it_found(files: dict[str, str]) -> None:
    assert run(files["ok"], "--key", files["key"]).returncode == 0
    assert run(files["bad"], "--key", files["key"]).returncode == 1
    assert run(files["cut"], "--key", files["key"]).returncode == 2
    assert run(files["absent"]).returncode == 3
    assert run().returncode == 3


@pytest.mark.control("M-20")
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b"\x7fELF\x02\x01\n\x00" * 9_000, "this is no export"),
        (b'{"name": "something else"}\n', "this is no export"),
        (Made().lines[0][:-9], "the export ends within its header: it was cut"),
    ],
)
def test_a_file_that_is_no_log_is_not_called_tampered_with(files: dict[str, str], data: bytes, why: str) -> None:
    Path(files["absent"]).write_bytes(data)
    said = run(files["absent"], "--key", files["key"])
    assert (said.returncode, said.stderr) == (2, "")
    assert f"INCOMPLETE: {why}" in said.stdout


def test_a_folder_that_is_no_log_is_called_so(files: dict[str, str], tmp_path: Path) -> None:
    said = run(str(tmp_path))
    assert (said.returncode, said.stderr) == (2, "")
    assert "INCOMPLETE: this folder holds no audit log" in said.stdout


def test_a_log_without_its_key_asks_for_one(files: dict[str, str], segments: Path) -> None:
    (segments / "verifier.key").unlink(missing_ok=True)
    said = run(str(segments))
    assert (said.returncode, said.stdout) == (3, "")
    assert said.stderr.endswith("name your copy of the key with --key\n")
    assert run(str(segments), "--key", files["key"]).returncode == 0


def test_a_key_that_is_none_is_called_so(files: dict[str, str]) -> None:
    Path(files["absent"]).write_text("no key\n")
    said = run(files["ok"], "--key", files["absent"])
    assert (said.returncode, said.stderr) == (3, "this is no public key of a log, which is written name+id+base64\n")


@pytest.mark.control("M-20")
@pytest.mark.parametrize("kept", ["", "\n", "a\nb\nc\n", "log\n-5\nAAAA\n", "log\n٣\nAAAA\n", KEY])
def test_what_is_kept_and_is_no_checkpoint_is_not_taken_for_agreement(files: dict[str, str], kept: str) -> None:
    Path(files["absent"]).write_text(kept)
    said = run(files["ok"], "--seen", files["absent"])
    assert (said.returncode, said.stderr) == (3, "what you keep is not a checkpoint\n")


@pytest.mark.parametrize("hours", ["inf", "nan", "1e30"])
def test_hours_that_are_none_are_called_so(files: dict[str, str], hours: str) -> None:
    said = run(files["ok"], "--open-after", hours)
    assert (said.returncode, said.stderr) == (3, f"{float(hours)} is no number of hours\n")


@pytest.mark.control("M-20")
@pytest.mark.parametrize(
    "line",
    [
        control_line({"export": "audit-export/v1", "key": KEY, "log": LOG_ID, "note": "verified by nobody"}),
        json.dumps({"export": "audit-export/v1", "key": 5, "log": LOG_ID}, separators=(",", ":")).encode() + b"\n",
        b'{"export":' + b"[" * 100_000 + b"\n",
    ],
)
def test_a_header_that_is_none_is_said_in_one_line(tmp_path: Path, line: bytes) -> None:
    report = report_of(tmp_path, line + b"".join(Made().lines[1:]))
    assert (report.status, report.why) == ("tampered", "the header of the export is damaged")


@pytest.mark.parametrize("line", [b'{"end":' + b"[" * 100_000 + b"\n", b'{"checkpoint":' + b'{"a":' * 100_000 + b"\n"])
def test_a_line_nested_without_end_is_no_record(tmp_path: Path, line: bytes) -> None:
    report = report_of(tmp_path, b"".join([*Made().lines[:3], line, *Made().lines[3:]]))
    assert (report.status, report.first_bad) == ("tampered", 2)


@pytest.mark.control("M-20")
def test_no_line_of_an_export_says_more_than_is_signed(tmp_path: Path) -> None:
    for number, line in enumerate(Made().lines):
        if line.startswith((b'{"checkpoint"', b'{"end"')):
            lines = list(Made().lines)
            lines[number] = control_line({**json.loads(line), "by": "planted"})
            assert report_of(tmp_path, b"".join(lines)).status == "tampered"


def test_the_command_prints_the_first_bad_record(files: dict[str, str]) -> None:
    assert "record 2" in run(files["bad"]).stdout
    found = json.loads(run(files["bad"], "--json").stdout)
    assert (found["status"], found["first_bad"]) == ("tampered", 2)


def test_it_computes_the_root_that_the_product_signed(files: dict[str, str]) -> None:
    signed = base64.b64decode(Made().notes[-1][1].split("\n")[2]).hex()
    found = json.loads(run(files["ok"], "--json").stdout)
    assert len(found["root"]) == len(signed) == 64
