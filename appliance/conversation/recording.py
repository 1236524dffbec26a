"""A conversation's log with its bodies open, read from the store or from a file of one event a line."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from appliance.conversation import store, visible
from appliance.db import Connection
from appliance.errors import ApplianceError
from appliance.ids import ConversationId, ShopId
from security.crypto.subject import SubjectKeys


class Recorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event of the log with its body open."""

    seq: int
    type: str
    v: int
    business_at: datetime
    data: dict[str, Any]
    body: Any = None


class BodyGone(ApplianceError):
    """Words that a replay needs have expired or were erased."""

    code = "body_gone"
    status = 410


async def read(conn: Connection, shop: ShopId, conversation_id: ConversationId, keys: SubjectKeys) -> list[Recorded]:
    """A conversation's whole log, opened."""
    recorded: list[Recorded] = []
    while page := await store.events(conn, shop, conversation_id, recorded[-1].seq if recorded else 0):
        recorded += [_opened(row, keys) for row in page]
    return recorded


def read_file(path: Path) -> list[Recorded]:
    """One event a line."""
    decoder = msgspec.json.Decoder(Recorded)
    return [decoder.decode(line) for line in path.read_bytes().splitlines() if line.strip()]


def write_file(path: Path, events: Iterable[Recorded]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))


def _opened(row: store.StoredEvent, keys: SubjectKeys) -> Recorded:
    body = visible.opened(keys, row)
    return Recorded(
        seq=row.seq,
        type=row.type,
        v=row.v,
        business_at=row.business_at,
        data=row.data,
        body=None if body is None else msgspec.json.decode(body),
    )
