"""A small log made in memory, record by record, as a sealer would make it; and exports of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.audit import verify
from security.audit.checkpoint import FIRST, Checkpoint, note_hash, origin_of
from security.audit.head import Head, Stamp
from security.audit.note import VerifierKey, sign_note
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Outcome, Target
from security.audit.verify import control_line

LOG_ID = "0190f5c0-0000-7000-8000-000000000001"
ORIGIN = origin_of(LOG_ID)
STAMP = Stamp(LOG_ID, "node-1", "boot-1")
START = datetime(2026, 11, 21, tzinfo=UTC)


class Signer:
    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed * 32)
        self.public_key = self._key.public_key().public_bytes_raw()
        self.sign = self._key.sign

    @property
    def verifier_key(self) -> str:
        return str(VerifierKey(ORIGIN, self.public_key))


def event(action: str = "refund.propose", **changes: Any) -> AuditEvent:
    given: dict[str, Any] = {
        "actor": Actor(type=ActorType.STAFF, id="u1"),
        "cat": Category.AUDIT if action.startswith("audit.") else Category.MONEY,
        "action": action,
        "object": Target(type="case", id="c1"),
        "outcome": Outcome.SUCCESS,
        "tenant": "s1",
        **changes,
    }
    return AuditEvent(**given)


def intent(req: str) -> AuditEvent:
    return event("operation.execute", kind=Kind.INTENT, outcome=Outcome.PENDING, req=req)


def outcome(req: str, result: Outcome = Outcome.SUCCESS) -> AuditEvent:
    return event("operation.execute", kind=Kind.OUTCOME, outcome=result, req=req)


class MadeLog:
    def __init__(self, signer: Signer | None = None) -> None:
        self.signer = signer or Signer(b"s")
        self.first_key = self.signer.verifier_key
        self.at = START
        self.head = Head()
        self.prev = FIRST
        self.raws: list[bytes] = []
        self.notes: list[str] = []
        self.lines = [control_line({"export": "audit-export/v1", "key": self.first_key, "log": LOG_ID})]

    @property
    def leaves(self) -> list[bytes]:
        return [verify.leaf_hash(raw) for raw in self.raws]

    def add(self, *events: AuditEvent) -> "MadeLog":
        for each in events:
            raw = self.head.seal(each, self.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), STAMP).raw
            self.raws.append(raw)
            self.lines.append(raw + b"\n")
        return self

    def later(self, **ago: float) -> "MadeLog":
        self.at += timedelta(**ago)
        return self

    def checkpoint(self) -> "MadeLog":
        made = Checkpoint(
            origin=ORIGIN,
            size=self.head.size,
            root=self.head.frontier.root(),
            chain=self.head.chain,
            ts=self.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            prev=self.prev,
        )
        note = sign_note(made.text(), ORIGIN, self.signer)
        self.prev = note_hash(note)
        self.notes.append(note)
        self.lines.append(control_line({"checkpoint": note}))
        return self

    def export(self) -> bytes:
        return b"".join([*self.lines, control_line({"end": str(self.head.size)})])

    def report(self, folder: Path, wanted: verify.Wanted | None = None, key: str | None = None) -> verify.Report:
        path = folder / "export.jsonl"
        path.write_bytes(self.export())
        return verify.verify_export(path, self.first_key if key is None else key, wanted)


def one_of(count: int, act: Callable[[int], AuditEvent] = lambda number: event(req=str(number))) -> MadeLog:
    """So many records under one checkpoint."""
    return MadeLog().add(*map(act, range(count))).checkpoint()
