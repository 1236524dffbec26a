"""Rows of recordings. Works inside the caller's transaction; the sealed bytes are read only where they are opened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec
from psycopg.rows import class_row, dict_row

from appliance.db import Connection, Queries
from appliance.ids import ConversationId, ShopId, SubjectId
from appliance.voice.recording.model import Begun, Ended, Ending, Recording

SQL = Queries.beside(__file__)


class SealedChunk(NamedTuple):
    place: int
    sealed: bytes
    marks: bytes | None


def chunk_id(recording_id: UUID, place: int) -> UUID:
    """What a chunk is bound to: it cannot be read at another place, nor in another recording."""
    return uuid5(recording_id, str(place))


async def insert(conn: Connection, begun: Begun) -> None:
    await conn.execute(SQL["insert_recording"], msgspec.structs.asdict(begun))


async def insert_chunk(conn: Connection, begun: Begun, place: int, sealed: bytes, marks: bytes) -> None:
    """A repeat changes nothing."""
    values = {**_key(begun), "chunk_id": chunk_id(begun.recording_id, place), "subject_id": begun.subject_id}
    await conn.execute(SQL["insert_chunk"], {**values, "place": place, "sealed": sealed, "marks": marks})


async def end(conn: Connection, begun: Begun, ended: Ended, at: datetime) -> bool:
    """False: it had ended before. One that was broken off may still be refused."""
    values = {**msgspec.structs.asdict(ended), **_key(begun), "ended_at": at}
    return (await conn.execute(SQL["end_recording"], values)).rowcount == 1


async def delete_chunks(conn: Connection, begun: Begun) -> None:
    await conn.execute(SQL["delete_chunks"], _key(begun))


async def of_conversation(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> list[Recording]:
    """In the order in which they began."""
    cursor = conn.cursor(row_factory=dict_row)
    values = {"shop_id": shop, "conversation_id": conversation_id}
    return [_recording(row) for row in await (await cursor.execute(SQL["of_conversation"], values)).fetchall()]


async def chunks(conn: Connection, begun: Begun) -> list[SealedChunk]:
    """In order."""
    cursor = conn.cursor(row_factory=class_row(SealedChunk))
    return await (await cursor.execute(SQL["chunks"], _key(begun))).fetchall()


async def delete_old(conn: Connection, before: datetime) -> list[ShopId]:
    """In the scope of the system: of which shop each was."""
    rows = await (await conn.execute(SQL["delete_old"], {"before": before})).fetchall()
    return [ShopId(row[0]) for row in rows]


async def lost(conn: Connection, before: datetime) -> list[Begun]:
    """In the scope of the system: begun before then, and nobody has ended them."""
    cursor = conn.cursor(row_factory=dict_row)
    return [_begun(row) for row in await (await cursor.execute(SQL["lost"], {"before": before})).fetchall()]


def _key(begun: Begun) -> dict[str, Any]:
    return {"shop_id": begun.shop_id, "recording_id": begun.recording_id}


def _begun(row: Mapping[str, Any]) -> Begun:
    return Begun(
        shop_id=ShopId(row["shop_id"]),
        recording_id=row["recording_id"],
        conversation_id=ConversationId(row["conversation_id"]),
        subject_id=SubjectId(row["subject_id"]),
        begun_at=row["begun_at"],
    )


def _recording(row: Mapping[str, Any]) -> Recording:
    if row["ended_at"] is None:
        return Recording(begun=_begun(row), ended_at=None, ended=None)
    ended = Ended(
        ending=Ending(row["ending"]),
        chunks=row["chunks"],
        length_ms=row["length_ms"],
        silenced_ms=row["silenced_ms"],
        sha256=bytes(row["sha256"]),
    )
    return Recording(begun=_begun(row), ended_at=row["ended_at"], ended=ended)
