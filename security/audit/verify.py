"""Checks an audit log without trusting, or importing, the product that wrote it. Copy this one file anywhere.

    python verify.py EXPORT [--key KEYFILE] [--json]
    python verify.py SEGMENT_DIRECTORY [--key KEYFILE] [--json]

EXPORT is JSON lines: a header, the raw records with the signed checkpoints between them, a trailer. KEYFILE holds the
log's public key, ``name+id+base64``, which you took from the console yourself; without it the key in the export is
believed. Needs Python 3.11 and, for signatures, `cryptography`.

Exit code: 0 the log is whole; 1 it was tampered with (the first bad record is named); 2 it is incomplete; 3 usage.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OK, TAMPERED, INCOMPLETE, USAGE = 0, 1, 2, 3
ZERO = "0" * 64
SKEW = timedelta(minutes=5)
"""Records stand in the order of sealing; a transaction may be open this long before its record is sealed."""
MAX_RECORD_BYTES = 16 * 1024


class Tampered(Exception):
    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"record {seq}: {why}")
        self.seq = seq
        self.why = why


class Report(NamedTuple):
    status: str
    """ok, tampered or incomplete"""
    records: int
    checkpoints: int
    unsigned: int
    """Records after the last checkpoint: chained, not yet signed."""
    root: str
    key: str
    first_bad: int | None
    why: str
    warnings: list[str]

    @property
    def exit_code(self) -> int:
        return {"ok": OK, "tampered": TAMPERED}.get(self.status, INCOMPLETE)


class Verifier:
    """Feed it records and checkpoints in order; it raises `Tampered` at the first thing that does not fit."""

    def __init__(self, key: str, log: str = "") -> None:
        self.name, key_id, encoded = key.split("+", 2)
        self._public_key = base64.b64decode(encoded, validate=True)[1:]
        self._key_id = bytes.fromhex(key_id)
        self.key = key
        self.log = log
        self.size = 0
        self.signed_size = 0
        self.checkpoints = 0
        self.warnings: list[str] = []
        self._peaks: list[bytes] = []
        self._prev = ZERO
        self._unlinked: int | None = None
        """A record that does not name the hash of the one before it; what comes next tells which of the two is bad."""
        self._prev_note = ZERO
        self._latest = datetime.min.replace(tzinfo=UTC)

    def add_record(self, raw: bytes) -> dict[str, Any]:
        seq = self.size
        record = _parsed(seq, raw)
        _check_schema(seq, record)
        if record["seq"] != str(seq):
            raise Tampered(seq, f"says it is number {record['seq']}")
        self.log = self.log or record["log"]
        if record["log"] != self.log:
            raise Tampered(seq, "belongs to another log")
        self._settle(record["prev"])
        if record["prev"] != self._prev:
            self._unlinked = seq
        self._check_time(seq, record["ts"])
        leaf = leaf_hash(raw)
        self._prev = leaf.hex()
        self._append(leaf)
        return record

    def add_checkpoint(self, note: str) -> None:
        text = self._signed_text(note)
        try:
            origin, size, root, *extensions = text.splitlines()
            stated = dict(line.split(" ", 1) for line in extensions)
            count = int(size)
        except ValueError:
            raise Tampered(self.size, "a checkpoint cannot be read") from None
        if count > self.size:
            raise Tampered(self.size, f"is missing: a signed checkpoint counts {count} records")
        if count < self.size:
            raise Tampered(count, f"a checkpoint over {count} records stands after record {self.size - 1}")
        if origin != self.name or (self.log and not origin.endswith("/" + self.log)):
            raise Tampered(count, "a checkpoint belongs to another log")
        chain = stated.get("chain", "")
        self._settle(chain)
        if count and chain != self._prev:
            raise Tampered(count - 1, "is not the record that was signed")
        if base64.b64decode(root) != self.root():
            raise Tampered(self.signed_size, f"this record, or one up to {count - 1}, is not the one that was signed")
        if stated.get("prev") != self._prev_note:
            raise Tampered(count, "a checkpoint before this one is missing or was replaced")
        self._prev_note = hashlib.sha256(note.encode()).hexdigest()
        self.signed_size = count
        self.checkpoints += 1

    def root(self) -> bytes:
        root = b""
        for peak in reversed(self._peaks):
            root = node_hash(peak, root) if root else peak
        return root or hashlib.sha256().digest()

    def report(self, missing: str = "") -> Report:
        try:
            self._settle("")
        except Tampered as error:
            return self.tampered(error)
        if not missing and not self.checkpoints:
            missing = "no signed checkpoint"
        return self._report("incomplete" if missing else "ok", None, missing)

    def tampered(self, error: Tampered) -> Report:
        return self._report("tampered", error.seq, error.why)

    def _report(self, status: str, first_bad: int | None, why: str) -> Report:
        unsigned = self.size - self.signed_size
        root = self.root().hex()
        return Report(status, self.size, self.checkpoints, unsigned, root, self.key, first_bad, why, self.warnings)

    def _append(self, leaf: bytes) -> None:
        node, full = leaf, self.size
        while full & 1:
            node, full = node_hash(self._peaks.pop(), node), full >> 1
        self._peaks.append(node)
        self.size += 1

    def _settle(self, hash_of_last: str) -> None:
        """The next record, or a signed checkpoint, says what the hash of the last record is."""
        if self._unlinked is not None:
            is_last_whole = hash_of_last == self._prev
            raise Tampered(self._unlinked - is_last_whole, "is not the record that the log was continued from")

    def _check_time(self, seq: int, ts: str) -> None:
        try:
            at = datetime.fromisoformat(ts)
        except ValueError:
            raise Tampered(seq, "has no valid time") from None
        if self._latest - at > SKEW:
            self.warnings.append(f"record {seq}: {ts} is long before {self._latest}: a clock was set back")
        self._latest = max(self._latest, at)

    def _signed_text(self, note: str) -> str:
        text, _, signatures = note.rpartition("\n\n")
        for line in signatures.splitlines():
            _, _, rest = line.partition("\u2014 ")
            name, _, encoded = rest.partition(" ")
            try:
                signature = base64.b64decode(encoded, validate=True)
                is_exact = base64.b64encode(signature).decode() == encoded
                if is_exact and name == self.name and signature[:4] == self._key_id:
                    Ed25519PublicKey.from_public_bytes(self._public_key).verify(signature[4:], f"{text}\n".encode())
                    return text
            except (ValueError, InvalidSignature):
                continue
        raise Tampered(self.size, "a checkpoint up to here is not signed by the log's key")


def leaf_hash(raw: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + raw).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


# The record: canonical form and closed schema.

HEX64 = re.compile(r"[0-9a-f]{64}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORD = re.compile(r"[a-z0-9_]+")
ANY = re.compile(r".*", re.DOTALL)
SCHEMA: dict[str, Any] = {
    "v": re.compile("1"),
    "log": UUID,
    "id": UUID,
    "seq": re.compile(r"0|[1-9][0-9]*"),
    "ts": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "boot": ANY,
    "mono": re.compile(r"\d+"),
    "node": ANY,
    "tenant": ANY,
    "kind": re.compile("event|intent|outcome"),
    "actor": {"type": WORD, "id": ANY, "role": ANY, "auth": ANY},
    "src": {"ip": ANY, "term": ANY},
    "cat": WORD,
    "action": re.compile(r"[a-z0-9_.]+"),
    "object": {"type": ANY, "id": ANY},
    "outcome": re.compile("success|failure|denied|unknown|pending"),
    "reason": ANY,
    "req": ANY,
    "detail": dict,
    "pii": [{"subj": ANY, "field": ANY, "commit": HEX64}],
    "prev": HEX64,
    "alg": re.compile("sha256"),
}


def _parsed(seq: int, raw: bytes) -> dict[str, Any]:
    try:
        record = json.loads(raw.decode(), object_pairs_hook=_without_duplicates)
        again = json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    except (ValueError, RecursionError):
        raise Tampered(seq, "is not a record") from None
    if not isinstance(record, dict) or len(raw) > MAX_RECORD_BYTES:
        raise Tampered(seq, "is not a record")
    if again.encode(errors="surrogatepass") != raw:
        raise Tampered(seq, "is not in canonical form")
    return record


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("a key stands twice")
    return tree


def _check_schema(seq: int, record: dict[str, Any]) -> None:
    where = _misfit(record, SCHEMA, "record")
    if where:
        raise Tampered(seq, f"does not fit the schema at {where}")


def _misfit(value: Any, schema: Any, where: str) -> str:
    if isinstance(schema, re.Pattern):
        return "" if _is_text(value) and schema.fullmatch(value) else where
    if isinstance(schema, list):
        items = value if isinstance(value, list) else [None]
        return next((bad for item in items if (bad := _misfit(item, schema[0], where))), "")
    if not isinstance(value, dict):
        return where
    if schema is dict:
        return "" if all(WORD.fullmatch(key) and _is_text(text) for key, text in value.items()) else where
    if value.keys() != schema.keys():
        return where
    return next((bad for key, part in schema.items() if (bad := _misfit(value[key], part, key))), "")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value and unicodedata.is_normalized("NFC", value)


# Segment files: frames of length, CRC-32 and bytes, in files named by the number of their first frame.


SEGMENT = re.compile(r"\d{20}\.\d{4}")


class Frame(NamedTuple):
    number: int
    data: bytes


def read_frames(directory: Path, suffix: str, start: int = 0) -> Iterator[Frame]:
    """Whole frames from number `start` on. What a crash left half-written at the end of a file is passed over;
    a hole between files raises `Tampered`."""
    files = sorted((path for path in directory.glob(f"*.{suffix}") if SEGMENT.fullmatch(path.stem)), key=_place)
    number: int | None = None
    for place, path in enumerate(files):
        first = _place(path)[0]
        if number is not None and first != number:
            raise Tampered(number, f"is missing: file {path.name} does not go on where the one before it ends")
        number = first
        if place + 1 < len(files) and _place(files[place + 1])[0] <= start:
            number = _place(files[place + 1])[0]
            continue
        for data in _frames(path):
            if number >= start:
                yield Frame(number, data)
            number += 1


def _place(path: Path) -> tuple[int, int]:
    first, attempt = path.stem.split(".")
    return int(first), int(attempt)


def _frames(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while len(header := file.read(8)) == 8:
            size, crc = int.from_bytes(header[:4]), int.from_bytes(header[4:])
            data = file.read(size) if size <= MAX_RECORD_BYTES else b""
            if len(data) != size or zlib.crc32(data) != crc:
                return
            yield data


# Whole logs.


def verify_segments(directory: Path, key: str) -> Report:
    verifier = Verifier(key)
    notes = read_frames(directory, "chk")
    try:
        note = _next_note(notes)
        for frame in read_frames(directory, "rec"):
            note = _checkpoints_here(verifier, notes, note)
            if frame.number != verifier.size:
                raise Tampered(verifier.size, "is missing")
            verifier.add_record(frame.data)
        note = _checkpoints_here(verifier, notes, note)
        if note is not None:
            verifier.add_checkpoint(note)
    except Tampered as error:
        return verifier.tampered(error)
    return verifier.report()


def _next_note(notes: Iterator[Frame]) -> str | None:
    frame = next(notes, None)
    return frame.data.decode(errors="replace") if frame else None


def _checkpoints_here(verifier: Verifier, notes: Iterator[Frame], note: str | None) -> str | None:
    while note is not None and _size_of(note) == verifier.size:
        verifier.add_checkpoint(note)
        note = _next_note(notes)
    return note


def _size_of(note: str) -> int:
    lines = note.split("\n", 2)
    return int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() else -1


def verify_export(path: Path, key: str) -> Report:
    """Without a key of your own, the one that the export names is believed."""
    with path.open("rb") as lines:
        header = _control(next(lines, b""), "export") or {}
        try:
            verifier = Verifier(key or header["key"], header["log"])
            if header != {"export": "audit-export/v1", "key": verifier.key, "log": verifier.log}:
                raise ValueError
        except (KeyError, ValueError):
            why = "the header of the export is damaged, or names another key than yours"
            return Report("tampered", 0, 0, 0, "", key, 0, why, [])
        try:
            ended = _add_lines(verifier, lines)
        except Tampered as error:
            return verifier.tampered(error)
    return verifier.report("" if ended else "the export has no trailer: it was cut")


def _add_lines(verifier: Verifier, lines: Iterable[bytes]) -> bool:
    ended = False
    for line in lines:
        if ended:
            raise Tampered(verifier.size, "lines stand after the trailer")
        if (checkpoint := _control(line, "checkpoint")) is not None:
            verifier.add_checkpoint(str(checkpoint["checkpoint"]))
        elif (trailer := _control(line, "end")) is not None:
            ended = True
            if trailer["end"] != str(verifier.size):
                raise Tampered(verifier.size, f"is missing: the trailer counts {trailer['end']} records")
        else:
            verifier.add_record(line.removesuffix(b"\n"))
    return ended


def _control(line: bytes, word: str) -> dict[str, Any] | None:
    """A line that is no record. It has one spelling, so that no byte of it can be changed unseen."""
    if not line.startswith(b'{"' + word.encode() + b'":'):
        return None
    try:
        tree: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return tree if control_line(tree) == line else None


def control_line(tree: dict[str, str]) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def described(report: Report) -> str:
    if report.status == "tampered":
        return f"TAMPERED at record {report.first_bad}: {report.why}"
    lines = [f"{report.records} records, {report.checkpoints} checkpoints, root {report.root}, key {report.key}"]
    if report.status == "incomplete":
        lines.append(f"INCOMPLETE: {report.why}")
    else:
        lines.append(f"OK: whole and signed but for the last {report.unsigned} records, which are chained")
    return "\n".join([*lines, *report.warnings])


def as_json(report: Report) -> str:
    checked_at = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({**report._asdict(), "checked_at": checked_at}, ensure_ascii=False)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{self.format_usage()}{message}")


def main(arguments: list[str] | None = None) -> int:
    parser = _Parser(description="Verify an audit log.")
    parser.add_argument("log", type=Path, help="export file or segment directory")
    parser.add_argument("--key", type=Path, help="file with the log's public key")
    parser.add_argument("--json", action="store_true")
    try:
        asked = parser.parse_args(arguments)
        key = asked.key.read_text().strip() if asked.key else ""
        if asked.log.is_dir():
            report = verify_segments(asked.log, key or (asked.log / "verifier.key").read_text().strip())
        else:
            report = verify_export(asked.log, key)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    sys.stdout.write((as_json(report) if asked.json else described(report)) + "\n")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
