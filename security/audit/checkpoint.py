"""A checkpoint (C2SP tlog-checkpoint): size and root of the log, signed, and linked to the checkpoint before it."""

import base64
from hashlib import sha256

import msgspec

from security.errors import AuditCorrupt

FIRST = "0" * 64
"""What the first checkpoint names as its predecessor, and the first record as its."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    origin: str
    size: int
    root: bytes
    chain: str
    """Leaf hash of the last record, hex."""
    ts: str
    prev: str
    """SHA-256 of the previous note, hex."""

    def text(self) -> str:
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nchain {self.chain}\nts {self.ts}\nprev {self.prev}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    try:
        origin, size, root, chain, ts, prev = text.splitlines()
        return Checkpoint(
            origin=origin,
            size=int(size),
            root=base64.b64decode(root, validate=True),
            chain=chain.removeprefix("chain "),
            ts=ts.removeprefix("ts "),
            prev=prev.removeprefix("prev "),
        )
    except ValueError as error:
        raise AuditCorrupt(f"a checkpoint cannot be read: {error}") from error


def note_hash(note: str) -> str:
    return sha256(note.encode()).hexdigest()


def origin_of(log_id: str) -> str:
    return f"aftersales-appliance/audit/{log_id}"
