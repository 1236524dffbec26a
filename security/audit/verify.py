"""Checks an audit log without trusting, or importing, the product that wrote it. Copy this one file anywhere.

    python verify.py EXPORT [--key KEYFILE] [--seen CHECKPOINT] [--open-after HOURS] [--json]
    python verify.py SEGMENT_DIRECTORY [the same]

EXPORT is JSON lines: a header, the raw records with the signed checkpoints between them, a trailer. KEYFILE holds the
log's public keys, ``name+id+base64``, one a line, which you took away yourself; every one of them has to be a key of
the log. Without it the key in the export is believed. Once a key was changed it proves nothing more: the log counts
only if the newest key has signed a checkpoint that covers the record by which it came. CHECKPOINT is one that you
keep: a log that no longer contains it was rewritten, or is an old one put back; an old one put back is accepted only
with a record in it by which two people say what was lost. Needs Python 3.11 and, for signatures, `cryptography`.

What stands behind the last checkpoint is chained and not signed, and may be anybody's words. A sealer that is at work
leaves there at most 2,000 records, of at most 75 minutes; with more, or older ones, the log is incomplete.

It also lists what is no tampering and yet a question: intents without an outcome, hours without a sign of life, starts
without a stop before them, a clock set back.

Exit code: 0 the log is whole; 1 it was tampered with (the first bad record is named); 2 it is incomplete, or what was
named is no log; 3 usage.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OK, TAMPERED, INCOMPLETE, USAGE = 0, 1, 2, 3
ZERO = "0" * 64
SKEW = timedelta(minutes=5)
"""Records stand in the order of sealing; a transaction may be open this long before its record is sealed."""
HEARTBEAT = timedelta(minutes=75)
"""A running log is signed at least every hour, also when nothing happens."""
LONGEST_TAIL = 2_000
"""More records a sealer leaves behind no checkpoint: it signs after 1,000, and seals at most 500 between two looks."""
OPEN_AFTER = timedelta(hours=24)
"""How old an intent may be before it is asked what became of it."""
SHORTEST_RETENTION = timedelta(days=180)
MAX_RECORD_BYTES = 16 * 1024
HASH_BYTES = 32
KEY_CHANGE, PRUNE, START, STOP = "audit.key_changed", "audit.prune", "audit.started", "audit.stopped"
BROUGHT_BACK, RESTORED = "backup.restored", "audit.restored"
"""The first is said by a restore; the second by two people, once they know from where the log goes on."""


class Tampered(Exception):
    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"record {seq}: {why}")
        self.seq = seq
        self.why = why


class OpenIntent(NamedTuple):
    """Somebody was about to do this, and no outcome says whether it was done."""

    seq: int
    ts: str
    tenant: str
    action: str
    object: str
    req: str
    state: str
    """pending: no outcome at all; unknown: the other side never said."""


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
    keys: tuple[str, ...] = ()
    """Every key of the log, oldest first; each later one is vouched for by the one before it."""
    pruned: int = 0
    """Records of which only the hash is kept; a record of two approvals says so."""
    gaps: tuple[str, ...] = ()
    """Longer than the heartbeat without a checkpoint, while the log was running."""
    restarts: tuple[str, ...] = ()
    """Starts without a stop before them: a crash, a power cut, or something that nobody was to see."""
    open_intents: tuple[OpenIntent, ...] = ()
    restorations: tuple[str, ...] = ()
    """What a restore from a backup cost, as two people said it in the log."""

    @property
    def exit_code(self) -> int:
        return {"ok": OK, "tampered": TAMPERED}.get(self.status, INCOMPLETE)


class Verifier:
    """Feed it records and checkpoints in order; it raises `Tampered` at the first thing that does not fit."""

    def __init__(
        self, key: str, log: str = "", *, trusted: Sequence[str] = (), open_after: timedelta = OPEN_AFTER
    ) -> None:
        self._key = Key.of(key)
        self.name = self._key.name
        self.keys = [key]
        self._key_came = -1
        """The record by which the key that signs now came; the first key came with none."""
        self._trusted = trusted
        self.log = log
        self.size = 0
        self.signed_size = 0
        self.checkpoints = 0
        self.pruned = 0
        self.warnings: list[str] = []
        self._life = Life(open_after)
        self._tail = Tail()
        self._seen: dict[int, bytes] = {}
        self._misfits: dict[int, Tampered] = {}
        """What of it this log does not contain; a restoration that comes later may explain it."""
        self._pruning = Pruning()
        self._restorations = Restorations()
        self._leaves = bytearray()
        self._peaks: list[bytes] = []
        self._prev = ZERO
        self._unlinked: int | None = None
        """A record that does not name the hash of the one before it; what comes next tells which of the two is bad."""
        self._prev_note = ZERO
        self._latest = datetime.min.replace(tzinfo=UTC)

    @property
    def key(self) -> str:
        """The one that signs now."""
        return self.keys[-1]

    def expect(self, note: str) -> None:
        """A checkpoint that somebody keeps: the log must contain it."""
        size, root = _head_of(note)
        self._seen[size] = root

    def add_leaf(self, leaf: bytes) -> None:
        """The hash of a record that was pruned. Only records at the beginning of the log are."""
        if len(leaf) != HASH_BYTES or not self._pruning.is_open:
            raise Tampered(self.size, "was taken out")
        self._settle_none()
        self._prev = leaf.hex()
        self._append(leaf)
        self.pruned = self.size

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
        if record["action"] == KEY_CHANGE:
            self._change_key(seq, record)
        else:
            self._pruning.is_open = False
        self._pruning.note(seq, record)
        self._restorations.note(seq, record, self._leaves)
        self._life.add_record(seq, record)
        self._tail.add_record(_time(seq, record["ts"]))
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
        at = _time(count, stated.get("ts", ""))
        self._life.add_checkpoint(count, at)
        self._tail.add_checkpoint(at)
        self._pruning.add_checkpoint(count, self.root(), at)
        self._prev_note = hashlib.sha256(note.encode()).hexdigest()
        self.signed_size = count
        self.checkpoints += 1

    def root(self) -> bytes:
        return root_of(self._peaks)

    def report(self, missing: str = "") -> Report:
        try:
            self._settle("")
            self._pruning.settle(self.pruned)
            self._settle_seen()
            if any(key not in self.keys for key in self._trusted):
                raise Tampered(0, "the log is signed by a key that yours does not vouch for")
        except Tampered as error:
            return self.tampered(error)
        if not missing and not self.checkpoints:
            missing = "no signed checkpoint"
        missing = missing or self._unsigned_key()
        missing = missing or self._restorations.missing(self.signed_size)
        missing = missing or self._pruning.unsigned(self.pruned, self.signed_size)
        missing = missing or self._tail.missing(self.size - self.signed_size)
        return self._report("incomplete" if missing else "ok", None, missing)

    def tampered(self, error: Tampered) -> Report:
        """The first that does not fit: what somebody saw signed is missed at the end only."""
        error = min([error, *self._unexplained()], key=lambda each: each.seq)
        return self._report("tampered", error.seq, error.why)

    def unreadable(self) -> Report:
        """No writer of the log wrote what stands next."""
        return self.tampered(Tampered(self.size, "cannot be read"))

    def _report(self, status: str, first_bad: int | None, why: str) -> Report:
        unsigned = self.size - self.signed_size
        root = self.root().hex()
        return Report(
            status,
            self.size,
            self.checkpoints,
            unsigned,
            root,
            self.key,
            first_bad,
            why,
            self.warnings,
            keys=tuple(self.keys),
            pruned=self.pruned,
            gaps=tuple(self._life.gaps),
            restarts=tuple(self._life.restarts),
            open_intents=self._life.open_intents(),
            restorations=tuple(map(str, self._restorations.gaps)),
        )

    def _append(self, leaf: bytes) -> None:
        self._leaves += leaf
        add_leaf_to(self._peaks, self.size, leaf)
        self.size += 1
        if self.size in self._seen and self._seen[self.size] != self.root():
            self._misfits[self.size] = Tampered(
                self.signed_size, f"this record, or one up to {self.size - 1}, is not the one you saw signed"
            )

    def _unexplained(self) -> list[Tampered]:
        explains = self._restorations.explains
        return [error for size, error in self._misfits.items() if not explains(size, self._seen[size])]

    def _settle_seen(self) -> None:
        for error in self._unexplained():
            raise error
        newest = max(self._seen, default=0)
        if newest > self.size and not self._restorations.explains(newest, self._seen[newest]):
            raise Tampered(self.size, f"is missing: you have seen {newest} records signed; this is an older log")

    def _settle_none(self) -> None:
        if self._unlinked is not None:
            raise Tampered(self._unlinked, "is not the record that the log was continued from")

    def _unsigned_key(self) -> str:
        """The record of a change is no secret: whoever stole the old key can put it behind a log of his own."""
        if self._key_came < self.signed_size:
            return ""
        what = f"record {self._key_came} changes the log's key, and no checkpoint of the new key covers it"
        return f"{what}: what stands before it may be the work of whoever has the old one"

    def _change_key(self, seq: int, record: dict[str, Any]) -> None:
        detail = record["detail"]
        try:
            old, new = Key.of(detail["old"]), Key.of(detail["new"])
            message = key_change_message(record["log"], detail["old"], detail["new"])
            for key, name in ((old, "old_signature"), (new, "new_signature")):
                key.check(base64.b64decode(detail[name], validate=True), message)
        except (KeyError, ValueError, InvalidSignature):
            raise Tampered(seq, "changes the key without the signatures of both keys") from None
        if detail["old"] != self.key or new.name != self.name:
            raise Tampered(seq, "changes a key that is not the log's")
        self._key = new
        self.keys.append(detail["new"])
        self._key_came = seq

    def _settle(self, hash_of_last: str) -> None:
        """The next record, or a signed checkpoint, says what the hash of the last record is."""
        if self._unlinked is not None:
            is_last_whole = hash_of_last == self._prev
            raise Tampered(self._unlinked - is_last_whole, "is not the record that the log was continued from")

    def _check_time(self, seq: int, ts: str) -> None:
        at = _time(seq, ts)
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
                if is_exact and name == self.name and signature[:4] == self._key.id:
                    self._key.check(signature[4:], f"{text}\n".encode())
                    return text
            except (ValueError, InvalidSignature):
                continue
        raise Tampered(self.size, "a checkpoint up to here is not signed by the log's key")


def _head_of(note: str) -> tuple[int, bytes]:
    """How many records a checkpoint counts, and their root. ValueError for what is none."""
    lines = note.splitlines()
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError):
        root = b""
    if len(root) != HASH_BYTES or not SIZE.fullmatch(lines[1]):
        raise ValueError("what you keep is not a checkpoint")
    return int(lines[1]), root


class Key(NamedTuple):
    """Ed25519, as it is written in a signed note's verifier key."""

    name: str
    id: bytes
    public: bytes

    @classmethod
    def of(cls, text: str) -> "Key":
        try:
            name, key_id, encoded = text.split("+", 2)
            return cls(name, bytes.fromhex(key_id), base64.b64decode(encoded, validate=True)[1:])
        except ValueError:
            raise ValueError("this is no public key of a log, which is written name+id+base64") from None

    def check(self, signature: bytes, message: bytes) -> None:
        Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)


def key_change_message(log: str, old: str, new: str) -> bytes:
    return f"aftersales-appliance/audit-key-change/v1\n{log}\n{old}\n{new}\n".encode()


class Life:
    """Whether the log was alive when it should have been, and what was begun and never ended. Judges nothing."""

    def __init__(self, open_after: timedelta) -> None:
        self.gaps: list[str] = []
        self.restarts: list[str] = []
        self._open_after = open_after
        self._open: dict[tuple[str, str], OpenIntent] = {}
        self._running: int | None = None
        self._has_started = False
        """Since the last checkpoint."""
        self._signed: datetime | None = None
        self._latest = datetime.min.replace(tzinfo=UTC)

    def add_record(self, seq: int, record: dict[str, Any]) -> None:
        self._latest = max(self._latest, _time(seq, record["ts"]))
        if record["action"] == START and record["cat"] == "audit":
            if self._running is not None:
                last = f", last signed at {self._signed}" if self._signed else ""
                self.restarts.append(f"record {seq}: started at {record['ts']} without a stop before it{last}")
            self._running, self._has_started = seq, True
        elif record["action"] == STOP and record["cat"] == "audit":
            self._running = None
        self._add_deed(seq, record)

    def _add_deed(self, seq: int, record: dict[str, Any]) -> None:
        at = (record["tenant"], record["req"])
        if record["kind"] == "intent":
            what = record["object"]
            named = (record["ts"], record["tenant"], record["action"], f"{what['type']} {what['id']}", record["req"])
            self._open[at] = OpenIntent(seq, *named, record["outcome"])
        elif record["kind"] == "outcome" and at in self._open:
            if record["outcome"] == "unknown":
                self._open[at] = self._open[at]._replace(state="unknown")
            else:
                del self._open[at]

    def add_checkpoint(self, size: int, at: datetime) -> None:
        if self._signed is not None and at - self._signed > HEARTBEAT and not self._has_started:
            self.gaps.append(f"before record {size}: no sign of life from {self._signed} to {at}")
        self._signed, self._has_started = at, False
        self._latest = max(self._latest, at)

    def open_intents(self) -> tuple[OpenIntent, ...]:
        old = (intent for intent in self._open.values() if self._latest - _time(0, intent.ts) > self._open_after)
        return tuple(sorted(old))


class Tail:
    """What stands behind the last checkpoint. A sealer that is at work leaves little there, and not for long."""

    def __init__(self) -> None:
        self._signed = self._latest = datetime.max.replace(tzinfo=UTC)

    def add_record(self, at: datetime) -> None:
        self._latest = max(self._latest, at)

    def add_checkpoint(self, at: datetime) -> None:
        self._signed = self._latest = at

    def missing(self, records: int) -> str:
        if records > LONGEST_TAIL:
            return f"the last {records} records are not signed; a sealer that is at work leaves at most {LONGEST_TAIL}"
        if records and self._latest - self._signed > HEARTBEAT:
            return f"records up to {self._latest} stand behind the last checkpoint, which is of {self._signed}"
        return ""


class Pruning:
    """Whether what is gone from the beginning of the log was taken out as the log itself says, and late enough."""

    def __init__(self) -> None:
        self.is_open = True
        """No record has come yet but those that pruning keeps."""
        self._boundaries: dict[int, tuple[bytes, datetime]] = {}
        self._said: dict[int, int] = {}
        """By how many records, the first record that says they were taken out."""

    def add_checkpoint(self, size: int, root: bytes, at: datetime) -> None:
        if self.is_open:
            self._boundaries.setdefault(size, (root, at))

    def note(self, seq: int, record: dict[str, Any]) -> None:
        if record["action"] != PRUNE or record["outcome"] not in ("pending", "success"):
            return
        detail = record["detail"]
        size = int(detail["next"]) if detail.get("next", "").isdecimal() else -1
        if size not in self._boundaries:
            return
        root, at = self._boundaries[size]
        approvers = {detail.get("approved_by", ""), detail.get("seconded_by", "")} - {""}
        if detail.get("root") != root.hex() or len(approvers) < 2:
            raise Tampered(seq, "does not fit what was pruned, or lacks the approval of two")
        if _time(seq, record["ts"]) - at < SHORTEST_RETENTION:
            raise Tampered(seq, "prunes records younger than 180 days")
        self._said.setdefault(size, seq)

    def settle(self, pruned: int) -> None:
        explained = max(self._said, default=0)
        if pruned > explained:
            raise Tampered(explained, "and those after it were taken out, and no record says so")

    def unsigned(self, pruned: int, signed: int) -> str:
        """A record that nobody signed may be anybody's."""
        said = [seq for size, seq in self._said.items() if size >= pruned]
        if not pruned or any(seq < signed for seq in said):
            return ""
        return f"record {min(said)} says what was pruned, and no signed checkpoint covers it"


class Gap(NamedTuple):
    """A log that lost its end, and went on from an earlier one, as two people say in it."""

    seq: int
    old_size: int
    old_root: str
    new_size: int
    new_root: str
    approvers: tuple[str, str]

    @classmethod
    def of(cls, seq: int, detail: dict[str, Any]) -> "Gap":
        """ValueError for what is no such statement of two different people."""
        texts = [detail.get(name, "") for name in ("old_size", "old_root", "new_size", "new_root")]
        people = detail.get("approved_by", "").strip(), detail.get("seconded_by", "").strip()
        old_size, new_size = int(texts[0]), int(texts[2])
        if not all(map(HEX64.fullmatch, (texts[1], texts[3]))) or len({*people, ""}) < 3:
            raise ValueError("a head is no head, or the two are not two")
        if not 0 <= new_size <= min(old_size, seq):
            raise ValueError("a log goes on from what it was, before this is said")
        return cls(seq, old_size, texts[1], new_size, texts[3], people)

    def __str__(self) -> str:
        lost = f"records {self.new_size} to {self.old_size - 1} of before are lost"
        what = lost if self.old_size > self.new_size else "nothing of the log is lost"
        return f"record {self.seq}: restored: {what}, as {' and '.join(self.approvers)} approved"


class Restorations:
    """Whether a log that was restored says so itself, by two people: from where it goes on, and what is lost."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self._open: dict[str, int] = {}

    def note(self, seq: int, record: dict[str, Any], leaves: bytearray) -> None:
        """``leaves``: of all records before this one."""
        detail, at = record["detail"], (record["cat"], record["action"])
        if at == ("backup", BROUGHT_BACK) and "restoration" in detail:
            self._open[detail["restoration"]] = seq
        elif at == ("audit", RESTORED) and record["outcome"] == "success":
            try:
                gap = Gap.of(seq, detail)
            except ValueError:
                raise Tampered(seq, "says what a restore cost without two heads and the approval of two") from None
            if root_at(leaves, gap.new_size).hex() != gap.new_root:
                raise Tampered(seq, "says that the log went on from a head that it never had")
            self.gaps.append(gap)
            self._open.pop(detail.get("restoration", ""), None)

    def explains(self, size: int, root: bytes) -> bool:
        """Whether a checkpoint of so many records lies in what was lost. The last head must be the one named."""
        return any(
            gap.new_size < size <= gap.old_size and (size < gap.old_size or root.hex() == gap.old_root)
            for gap in self.gaps
        )

    def missing(self, signed: int) -> str:
        """``signed``: so many records are covered by a checkpoint. What nobody signed may be anybody's words."""
        if unsigned := [gap.seq for gap in self.gaps if gap.seq >= signed]:
            return f"record {unsigned[0]} says what a restore cost, and no signed checkpoint covers it"
        if not self._open:
            return ""
        first = min(self._open.values())
        return f"record {first} says that a backup was restored, and no two people have said yet what that cost"


def _time(seq: int, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Tampered(seq, "has no valid time") from None


def leaf_hash(raw: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + raw).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def add_leaf_to(peaks: list[bytes], size: int, leaf: bytes) -> None:
    """``peaks``: of the full subtrees over the first `size` leaves."""
    node = leaf
    while size & 1:
        node, size = node_hash(peaks.pop(), node), size >> 1
    peaks.append(node)


def root_of(peaks: list[bytes]) -> bytes:
    root = b""
    for peak in reversed(peaks):
        root = node_hash(peak, root) if root else peak
    return root or hashlib.sha256().digest()


def root_at(leaves: bytearray, size: int) -> bytes:
    """Of the first `size` of these leaves, one behind the other."""
    peaks: list[bytes] = []
    for number in range(size):
        add_leaf_to(peaks, number, bytes(leaves[number * HASH_BYTES : (number + 1) * HASH_BYTES]))
    return root_of(peaks)


# The record: canonical form and closed schema.

SIZE = re.compile("0|[1-9][0-9]{0,18}")
HEX64 = re.compile(r"[0-9a-f]{64}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORD = re.compile(r"[a-z0-9_]+")
ANY = re.compile(r".*", re.DOTALL)
SCHEMA: dict[str, Any] = {
    "v": re.compile("1"),
    "log": UUID,
    "id": UUID,
    "seq": re.compile(r"0|[1-9][0-9]*"),
    "ts": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"),
    "boot": ANY,
    "mono": re.compile("[0-9]+"),
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
    files = _files(directory, suffix)
    number: int | None = None
    for place, path in enumerate(files):  # which grows: a log that is at work begins new ones
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
        if place + 1 == len(files) and (since := [e for e in _files(directory, suffix) if _place(e) > _place(path)]):
            files += since
            for data in islice(_frames(path), number - first, None):  # written to this one before it was closed
                if number >= start:
                    yield Frame(number, data)
                number += 1


def _files(directory: Path, suffix: str) -> list[Path]:
    return sorted((path for path in directory.glob(f"*.{suffix}") if SEGMENT.fullmatch(path.stem)), key=_place)


def _place(path: Path) -> tuple[int, int]:
    first, attempt = path.stem.split(".")
    return int(first), int(attempt)


def _frames(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while len(header := file.read(8)) == 8:
            size, crc = int.from_bytes(header[:4]), int.from_bytes(header[4:])
            data = file.read(size) if size <= MAX_RECORD_BYTES else b""
            # Of no bytes the sum is zero: zeros behind the last record, as a power cut may leave them, are no frame.
            if not data or len(data) != size or zlib.crc32(data) != crc:
                return
            yield data


# Whole logs.


class Wanted(NamedTuple):
    """What whoever verifies brings along."""

    keys: tuple[str, ...] = ()
    """Keys of the log, kept by yourself; each has to be one."""
    seen: str = ""
    """A checkpoint, kept by yourself."""
    open_after: timedelta = OPEN_AFTER

    @classmethod
    def of(cls, keys: Sequence[str], seen: str | None, hours: float) -> "Wanted":
        """ValueError where what is brought along could not show anything: nothing is compared with an empty file."""
        if seen is not None:
            _head_of(seen)
        try:
            return cls(tuple(keys), seen or "", timedelta(hours=hours))
        except (OverflowError, ValueError):
            raise ValueError(f"{hours} is no number of hours") from None

    def verifier(self, first_key: str, log: str = "") -> Verifier:
        verifier = Verifier(first_key, log, trusted=self.keys, open_after=self.open_after)
        if self.seen:
            verifier.expect(self.seen)
        return verifier


def verify_segments(directory: Path, key: str, wanted: Wanted | None = None) -> Report:
    """`key` is the log's first one."""
    if not any(SEGMENT.fullmatch(path.stem) for path in directory.iterdir()):
        why = "this folder holds no audit log: name the one with its .rec and .chk files, or an export"
        return Report("incomplete", 0, 0, 0, "", key, None, why, [])
    if not key:
        raise ValueError("this folder does not hold the log's verifier.key: name your copy of the key with --key")
    verifier = (wanted or Wanted()).verifier(key)
    notes = read_frames(directory, "chk")
    try:
        note, read = _next_note(notes), -1
        while read < 0 or (note is not None and read != verifier.size):
            read = verifier.size  # again, where a checkpoint tells of records that came while the last was read
            for frame in kept_frames(directory, read):
                note = _checkpoints_here(verifier, notes, note)
                if frame.number != verifier.size:
                    raise Tampered(verifier.size, "is missing")
                add_kept(verifier, frame.data)
            note = _checkpoints_here(verifier, notes, note)
        if note is not None:
            verifier.add_checkpoint(note)
    except Tampered as error:
        return verifier.tampered(error)
    except ValueError:
        return verifier.unreadable()
    return verifier.report()


def kept_frames(directory: Path, start: int = 0) -> Iterator[Frame]:
    """What pruning left of the first records, then the records; from number `start` on."""
    end = start
    for frame in read_frames(directory, "lvs", start):
        end = frame.number + 1
        yield frame
    yield from read_frames(directory, "rec", end)


def add_kept(verifier: Verifier, data: bytes) -> None:
    """A record, or the hash that pruning left of it: no record is as short."""
    if len(data) == HASH_BYTES:
        verifier.add_leaf(data)
    else:
        verifier.add_record(data)


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
    return int(lines[1]) if len(lines) > 1 and SIZE.fullmatch(lines[1]) else -1


_MARKS = (b'{"export":', b'"audit-export/v1"', b'"alg":"sha256"')
_MARKED_BYTES = 2 * MAX_RECORD_BYTES


def verify_export(path: Path, key: str, wanted: Wanted | None = None) -> Report:
    """`key` is one of the log's that you keep. Without it, the one that the export names is believed."""
    asked = wanted or Wanted()
    asked = asked._replace(keys=(*asked.keys, key) if key else asked.keys)
    if no_export := _no_export(path):
        return Report("incomplete", 0, 0, 0, "", key, None, no_export, [])
    with path.open("rb") as lines:
        header = _control(next(lines, b""), "export", "key", "log") or {}
        try:
            verifier = asked.verifier(header["key"], header["log"])
            if header != {"export": "audit-export/v1", "key": verifier.key, "log": verifier.log}:
                raise ValueError
        except (KeyError, TypeError, ValueError):
            why = "the header of the export is damaged"
            return Report("tampered", 0, 0, 0, "", key, 0, why, [])
        try:
            ended = _add_lines(verifier, lines)
        except Tampered as error:
            return verifier.tampered(error)
        except ValueError:
            return verifier.unreadable()
    return verifier.report("" if ended else "the export has no trailer: it was cut")


def _no_export(path: Path) -> str:
    """Why there is nothing here to be judged. A header with a byte changed still shows one of the marks."""
    with path.open("rb") as file:
        start = file.read(_MARKED_BYTES)
    if not start:
        return "the file is empty: it was cut, or is no export; export the log again"
    if not any(mark in start for mark in _MARKS):
        return "this is no export of an audit log: name the file that `appliance audit export` wrote"
    has_header = b"\n" in start or len(start) == _MARKED_BYTES
    return "" if has_header else "the export ends within its header: it was cut"


def _add_lines(verifier: Verifier, lines: Iterable[bytes]) -> bool:
    ended = False
    for line in lines:
        if ended:
            raise Tampered(verifier.size, "lines stand after the trailer")
        if (checkpoint := _control(line, "checkpoint")) is not None:
            verifier.add_checkpoint(checkpoint["checkpoint"])
        elif (leaves := _control(line, "leaves")) is not None:
            for leaf in _leaves_in(verifier.size, leaves["leaves"]):
                verifier.add_leaf(leaf)
        elif (trailer := _control(line, "end")) is not None:
            ended = True
            if trailer["end"] != str(verifier.size):
                raise Tampered(verifier.size, f"is missing: the trailer counts {trailer['end']} records")
        else:
            verifier.add_record(line.removesuffix(b"\n"))
    return ended


def _leaves_in(seq: int, encoded: str) -> Iterator[bytes]:
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Tampered(seq, "is not a hash") from None
    if not data or base64.b64encode(data).decode() != encoded:
        raise Tampered(seq, "is not a hash")
    for at in range(0, len(data), HASH_BYTES):
        yield data[at : at + HASH_BYTES]


def _control(line: bytes, word: str, *others: str) -> dict[str, str] | None:
    """A line that is no record. It has one spelling, so that no byte of it can be changed unseen, and no word more."""
    if not line.startswith(b'{"' + word.encode() + b'":'):
        return None
    try:
        tree: dict[str, Any] = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_one = tuple(tree) == (word, *others) and all(isinstance(text, str) for text in tree.values())
    return tree if is_one and control_line(tree) == line else None


def control_line(tree: dict[str, str]) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def described(report: Report) -> str:
    if report.status == "tampered":
        return _printable(f"TAMPERED at record {report.first_bad}: {report.why}")
    lines = [f"{report.records} records, {report.checkpoints} checkpoints, root {report.root}, key {report.key}"]
    if report.status == "incomplete":
        lines.append(f"INCOMPLETE: {report.why}")
    else:
        lines.append(f"OK: whole and signed but for the last {report.unsigned} records, which are chained")
    if report.pruned:
        lines.append(f"of the first {report.pruned} records only the hashes are kept, as the log itself says")
    for intent in report.open_intents:
        what = f"{intent.action} of {intent.object}, {intent.ts}"
        lines.append(f"OPEN: record {intent.seq}: {what}: outcome {intent.state}")
    told = [*lines, *report.restorations, *report.gaps, *report.restarts, *report.warnings]
    return "\n".join(map(_printable, told))


def _printable(line: str) -> str:
    """Nothing that a record says moves a cursor, colours a screen or begins a line of its own."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)


def as_json(report: Report) -> str:
    checked_at = datetime.now(UTC).isoformat(timespec="seconds")
    intents = [intent._asdict() for intent in report.open_intents]
    return json.dumps({**report._asdict(), "open_intents": intents, "checked_at": checked_at})


def keys_in(text: str) -> list[str]:
    """A key file holds the log's keys, one a line, oldest first."""
    keys = text.split()
    if not keys:
        raise ValueError("the key file is empty")
    for key in keys:
        Key.of(key)
    return keys


_EPILOG = f"""
Exit code: 0 whole; 1 tampered with; 2 incomplete: cut, not signed by the newest key, or with more than {LONGEST_TAIL}
records behind the last checkpoint, or one of more than {HEARTBEAT.seconds // 60} minutes after it; 3 usage.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{self.format_usage()}{message}")


def main(arguments: list[str] | None = None) -> int:
    parser = _Parser(description="Verify an audit log.", epilog=_EPILOG)
    parser.add_argument("log", type=Path, help="export file or segment directory")
    parser.add_argument(
        "--key", type=Path, action="append", default=[], help="file with public keys of the log that you keep"
    )
    parser.add_argument("--seen", type=Path, help="file with a checkpoint that you keep")
    parser.add_argument("--open-after", type=float, default=24.0, help="hours after which an intent needs an outcome")
    parser.add_argument("--json", action="store_true")
    try:
        asked = parser.parse_args(arguments)
        keys = [key for file in asked.key for key in keys_in(file.read_text())]
        seen = asked.seen.read_text(encoding="utf-8") if asked.seen else None
        wanted = Wanted.of(keys, seen, asked.open_after)
        if asked.log.is_dir():
            own = asked.log / "verifier.key"
            first, *_ = keys_in(own.read_text()) if own.exists() else [*keys, ""]
            report = verify_segments(asked.log, first, wanted)
        else:
            report = verify_export(asked.log, keys[-1] if keys else "", wanted)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    sys.stdout.write((as_json(report) if asked.json else described(report)) + "\n")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
