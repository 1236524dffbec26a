"""What access keeps of people, sealed under each person's own key; and keyed digests to find and to vouch for it.

Staff share a place of their own in the key ring, beside the shops. Destroying a person's key erases name and seed.
"""

from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID

import msgspec

from security.access.model import Factor, Rights, State
from security.crypto.blind_index import BlindIndex
from security.crypto.encoding import length_prefixed
from security.crypto.subject import SubjectKeys
from security.sql import Connection

STAFF: Final = "@staff"
"""Where a shop id would stand: no shop can be called so."""


class Ring(Protocol):
    """The part of ``security.crypto.keyring.KeyRing`` that is needed here."""

    async def create_subject(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...

    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...

    async def blind_index(self, conn: Connection, shop_id: str) -> BlindIndex: ...


class StaffKeys:
    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    async def create(self, conn: Connection, staff_id: UUID) -> SubjectKeys:
        return await self._ring.create_subject(conn, STAFF, staff_id)

    async def of(self, conn: Connection, staff_id: UUID) -> SubjectKeys:
        return await self._ring.keys(conn, STAFF, staff_id)

    async def marks(self, conn: Connection) -> "Marks":
        """Until the transaction ends they stay what they are. Ask ahead of reading what is compared with them."""
        return Marks(await self._ring.blind_index(conn, STAFF))


class Marks(msgspec.Struct, frozen=True):
    """Keyed digests. Nobody who only reaches the tables can make one."""

    index: BlindIndex

    def login(self, login: str) -> bytes:
        return self.index.digest("staff_account", "login", login.strip().casefold())

    def source(self, ip: str) -> bytes:
        return self.index.digest("staff_attempt", "source", ip)

    def rights(self, staff_id: UUID, rights: Rights, state: State) -> bytes:
        """Rights that were changed in the table, and not here, are found by it."""
        label = rights.label
        parts = (
            str(staff_id),
            state.value,
            " ".join(sorted(rights.roles)),
            " ".join(sorted(rights.shops)),
            label.level.value,
            " ".join(sorted(label.categories)),
        )
        return self.index.digest("staff_account", "rights", length_prefixed(*parts).hex())

    def session(
        self, session_id: UUID, sha256: bytes, staff_id: UUID, factor: Factor, created_at: datetime, ends_at: datetime
    ) -> bytes:
        """A session that was not opened here, or is another person's or another cookie's now, is found by it."""
        times = (each.astimezone(UTC).isoformat(timespec="microseconds") for each in (created_at, ends_at))
        parts = (str(session_id), sha256.hex(), str(staff_id), factor.value, *times)
        return self.index.digest("staff_session", "session_mac", length_prefixed(*parts).hex())
