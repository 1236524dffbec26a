"""Where the log stands, and how an event becomes its next record. No I/O."""

import time
from typing import Any, NamedTuple

from security.audit.canonical import canonical_record
from security.audit.checkpoint import FIRST
from security.audit.merkle import Frontier, leaf_hash


class Stamp(NamedTuple):
    """What every record of one run of the sealer has in common."""

    log: str
    node: str
    boot: str


class SealedRow(NamedTuple):
    seq: int
    id: str
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

    def seal(self, event: dict[str, Any], ts: str, stamp: Stamp) -> SealedRow:
        """The event, read before by its schema, as the next record; the head moves on."""
        raw = canonical_record(
            {
                **event,
                "v": "1",
                "alg": "sha256",
                "log": stamp.log,
                "node": stamp.node,
                "boot": stamp.boot,
                "mono": str(time.monotonic_ns()),
                "seq": str(self.size),
                "ts": ts,
                "prev": self.chain,
            }
        )
        return self.take(raw, event["id"])

    def take(self, raw: bytes, record_id: str) -> SealedRow:
        """Bytes that are the next record already."""
        row = SealedRow(self.size, record_id, leaf_hash(raw), raw)
        self.frontier.append(row.leaf)
        self.chain = row.leaf.hex()
        return row
