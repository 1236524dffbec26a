"""Every column that is sealed under a subject's key: what the renewal of those keys has to seal again.

A test compares the list with what the migrations declare as encrypted, so that no new column is forgotten.
"""

from typing import Final, NamedTuple
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from appliance.db import Connection, Queries
from appliance.identity.links import row_of
from appliance.ids import ShopId
from security.crypto.reseal import SealedColumn

SQL = Queries.beside(__file__)

_PLACES: Final = (
    ("canned_reply", "reply_id", "sealed"),
    ("conversation", "conversation_id", "state"),
    ("event_body", "body_id", "sealed"),
    ("evidence", "evidence_id", "sealed"),
    ("inbound", "inbound_id", "sealed"),
    ("recording_chunk", "chunk_id", "sealed"),
    ("recording_chunk", "chunk_id", "marks"),
    ("shop_secret", "secret_id", "sealed"),
    ("signing_client", "client_id", "secret"),
    ("special_refund", "proposal_id", "sealed"),
    ("vault_value", "id", "ciphertext"),
    ("work_order_comment", "comment_id", "sealed"),
)
"""Table, id of the row, column."""


def _of(name: str, table: str, row: str, column: str) -> bytes:
    """One of the statements about this column; what goes in are names of ours, as identifiers."""
    names = {"table": sql.Identifier(table), "row": sql.Identifier(row), "sealed": sql.Identifier(column)}
    return sql.SQL(SQL[name]).format(**names).as_bytes()


class Drawn(NamedTuple):
    shop_id: str
    row_id: UUID
    subject_id: UUID
    ciphertext: bytes


async def drawn(conn: Connection, limit: int) -> list[tuple[str, str, Drawn]]:
    """Table, column and value of so many fields of each column, by chance."""
    cursor = conn.cursor(row_factory=class_row(Drawn))
    found = []
    for table, row, column in _PLACES:
        values = await (await cursor.execute(_of("drawn", table, row, column), {"limit": limit})).fetchall()
        found += [(table, column, value) for value in values]
    return found


def _column(table: str, row: str, column: str) -> SealedColumn:
    behind, put, held = (_of(name, table, row, column) for name in ("behind", "put", "held"))
    return SealedColumn(table, column, behind, put, held)


SEALED: Final = (
    *(_column(*place) for place in _PLACES),
    SealedColumn(
        "shop",
        "secrets",
        behind=SQL["behind_shop"].encode(),
        put=SQL["put_shop"].encode(),
        held=_of("held", "shop", "shop_id", "secrets"),
        place=lambda shop_id, _: row_of(ShopId(shop_id)),
    ),
)
