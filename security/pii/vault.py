"""The vault: originals of placeholders, sealed under the subject's key. One statement to put many, one to get many."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from security.clock import Clock
from security.crypto.subject import SubjectKeys
from security.pii.mask import NewValue
from security.pii.model import KEPT_FOR_A_PURPOSE, LAST_FOUR_KEPT, PiiType
from security.sql import Connection, Queries

SQL = Queries.beside(__file__)
_TABLE, _COLUMN = "vault_value", "ciphertext"


class Kept(NamedTuple):
    """Still sealed."""

    id: UUID
    subject_id: UUID
    type: str
    placeholder: str
    identity: str
    is_last_four: bool
    ciphertext: bytes

    def opened(self, keys: SubjectKeys) -> str:
        """The value, its last four characters where no more is kept, or nothing."""
        return keys.open(_TABLE, _COLUMN, self.id, self.ciphertext).decode()


class Vault:
    def __init__(self, clock: Clock, new_id: Callable[[], UUID], purposes: frozenset[PiiType] = frozenset()) -> None:
        """`purposes`: of what is kept for a purpose only, the types that have one."""
        self._clock = clock
        self._new_id = new_id
        self._dropped = KEPT_FOR_A_PURPOSE - purposes

    async def of(self, conn: Connection, shop_id: str, conversation_id: UUID) -> list[Kept]:
        """Everything of a conversation."""
        cursor = conn.cursor(row_factory=class_row(Kept))
        values = {"shop_id": shop_id, "conversation_id": conversation_id}
        return await (await cursor.execute(SQL["of"], values)).fetchall()

    async def put(self, conn: Connection, conversation_id: UUID, keys: SubjectKeys, new: Sequence[NewValue]) -> None:
        """In the caller's transaction."""
        ids = [self._new_id() for _ in new]
        texts = ["" if value.entry.type in self._dropped else _what_is_kept(value) for value in new]
        values = {
            "shop_id": keys.shop_id,
            "conversation_id": conversation_id,
            "subject_id": keys.subject_id,
            "now": self._clock.now(),
            "ids": ids,
            "types": [str(value.entry.type) for value in new],
            "placeholders": [value.entry.placeholder for value in new],
            "identities": [value.entry.identity for value in new],
            "last_fours": [value.entry.type in LAST_FOUR_KEPT for value in new],
            "ciphertexts": [
                keys.seal(_TABLE, _COLUMN, row_id, text.encode()) for row_id, text in zip(ids, texts, strict=True)
            ],
        }
        await conn.execute(SQL["put"], values)

    async def get(
        self, conn: Connection, shop_id: str, conversation_id: UUID, placeholders: Sequence[str]
    ) -> dict[str, Kept]:
        """By placeholder; what was never kept is not in it."""
        cursor = conn.cursor(row_factory=class_row(Kept))
        values = {"shop_id": shop_id, "conversation_id": conversation_id, "placeholders": list(placeholders)}
        rows = await (await cursor.execute(SQL["get"], values)).fetchall()
        return {row.placeholder: row for row in rows}


def _what_is_kept(value: NewValue) -> str:
    if value.entry.type in LAST_FOUR_KEPT:
        return value.finding.normalised[-4:]
    written, whole = value.finding.value, value.finding.normalised
    is_whole = len("".join(written.split())) >= len(whole)
    return written if value.entry.type in _VERBATIM and is_whole else whole


_VERBATIM = frozenset({PiiType.NAME, PiiType.ADDRESS})
"""Kept as written: an order system wants the customer's own words. One that came in parts has no such writing."""
