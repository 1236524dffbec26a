"""Where the log stands, and how an event becomes its next record. No I/O."""

import time
from typing import NamedTuple
from uuid import UUID

from security.audit.canonical import canonical_record
from security.audit.checkpoint import FIRST
from security.audit.merkle import Frontier, leaf_hash
from security.audit.record import AuditEvent, Line


class Stamp(NamedTuple):
    """What every record of one run of the sealer has in common."""

    log: str
    node: str
    boot: str


class SealedRow(NamedTuple):
    seq: int
    id: UUID
    leaf: bytes
    raw: bytes


class Head:
    def __init__(self, frontier: Frontier | None = None, chain: str = FIRST) -> None:
        self.frontier = frontier or Frontier()
        self.chain = chain
        """Leaf hash of the last record, hex."""

    @property
    def size(self) -> int:
        return self.frontier.size

    def seal(self, event: AuditEvent, ts: str, stamp: Stamp) -> SealedRow:
        """The event, read before by its schema, as the next record; the head moves on."""
        line = Line(
            action=event.action,
            actor=event.actor,
            alg="sha256",
            boot=stamp.boot,
            cat=event.cat,
            detail=event.detail,
            id=event.id,
            kind=event.kind,
            log=stamp.log,
            mono=str(time.monotonic_ns()),
            node=stamp.node,
            object=event.object,
            outcome=event.outcome,
            pii=event.pii,
            prev=self.chain,
            reason=event.reason,
            req=event.req,
            seq=str(self.size),
            src=event.src,
            tenant=event.tenant,
            ts=ts,
            v="1",
        )
        return self.take(canonical_record(line), event.id)

    def take(self, raw: bytes, record_id: UUID) -> SealedRow:
        """Bytes that are the next record already."""
        row = SealedRow(self.size, record_id, leaf_hash(raw), raw)
        self.frontier.append(row.leaf)
        self.chain = row.leaf.hex()
        return row
