"""Rows of evidence. Works inside the caller's transaction; the sealed bytes are read only where they are opened."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from appliance.aftersales.evidence.model import Evidence, MediaType
from appliance.db import Connection, Queries
from appliance.ids import ConversationId, ShopId, SubjectId

SQL = Queries.beside(__file__)


class _Row(NamedTuple):
    shop_id: str
    evidence_id: UUID
    conversation_id: UUID
    subject_id: UUID
    media_type: str
    size_bytes: int
    width: int
    height: int
    sha256: bytes
    received_at: datetime


async def insert(conn: Connection, evidence: Evidence, sealed: bytes) -> None:
    values: dict[str, Any] = {**msgspec.structs.asdict(evidence), "sealed": sealed}
    await conn.execute(SQL["insert_evidence"], values)


async def select(conn: Connection, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> Evidence | None:
    cursor = conn.cursor(row_factory=class_row(_Row))
    values = {"shop_id": shop, "conversation_id": conversation, "evidence_id": evidence_id}
    row = await (await cursor.execute(SQL["select_evidence"], values)).fetchone()
    return _evidence(row) if row else None


async def select_sealed(conn: Connection, shop: ShopId, evidence_id: UUID) -> bytes:
    values = {"shop_id": shop, "evidence_id": evidence_id}
    row = await (await conn.execute(SQL["select_sealed"], values)).fetchone()
    return bytes(row[0]) if row else b""


async def count(conn: Connection, shop: ShopId, conversation: ConversationId) -> int:
    values = {"shop_id": shop, "conversation_id": conversation}
    row = await (await conn.execute(SQL["count_in_conversation"], values)).fetchone()
    return int(row[0]) if row else 0


def _evidence(row: _Row) -> Evidence:
    return Evidence(
        shop_id=ShopId(row.shop_id),
        evidence_id=row.evidence_id,
        conversation_id=ConversationId(row.conversation_id),
        subject_id=SubjectId(row.subject_id),
        media_type=MediaType(row.media_type),
        size_bytes=row.size_bytes,
        width=row.width,
        height=row.height,
        sha256=bytes(row.sha256),
        received_at=row.received_at,
    )
