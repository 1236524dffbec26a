"""Systems that sign what they ask for: HMAC-SHA256 over method, target, time, nonce and body. Each nonce counts once.

The secret is sealed under the shop's own subject and shown once, when it is made.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from security.access import certificates, records, tokens
from security.access.changes import Decision
from security.access.errors import NotAllowed, NotThere, RightsUnfit, SignatureRefused
from security.access.keys import Ring
from security.access.model import Origin
from security.access.proposals import COUNTS, ClientProposals
from security.access.records import Deed
from security.access.store import SQL
from security.audit.append import append
from security.audit.record import Actor, Target
from security.clock import Clock
from security.sql import Connection

WINDOW: Final = timedelta(minutes=5)
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TIME: Final = re.compile(r"[0-9]{1,12}")
_LONGEST_NAME: Final = 80
_TOUCH: Final = timedelta(minutes=1)
_REFUSAL: Final = "the signature does not fit this request, its time or its client"


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed, in this order, one a line; of the body its SHA-256 in hex. ``target``: path and query as sent."""

    method: str
    target: str
    timestamp: str
    nonce: str
    body: bytes

    def signed(self) -> bytes:
        parts = (self.method.upper(), self.target, self.timestamp, self.nonce, sha256(self.body).hexdigest())
        return "\n".join(parts).encode()


class SigningClient(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    client_id: UUID
    name: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """To the minute."""
    certificates: frozenset[bytes] = frozenset()
    """SHA-256 of those that it must come with one of; none: its signature is enough."""
    agreement: Decision | None = None
    """A security administrator's; None: it needs none."""


class _Row(NamedTuple):
    client_id: UUID
    name: str
    scopes: list[str]
    secret: bytes
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    bound: list[bytes]
    agreement: str | None


def sign(secret: str, request: SignedRequest) -> str:
    """What the client does on its own side."""
    return hmac.digest(secret.encode(), request.signed(), sha256).hex()


class SigningClients:
    """``subject_of``: under whose keys a shop's own secrets lie."""

    def __init__(self, ring: Ring, clock: Clock, new_id: Callable[[], UUID], subject_of: Callable[[str], UUID]) -> None:
        self._ring = ring
        self._clock = clock
        self._new_id = new_id
        self._subject_of = subject_of
        self._proposals = ClientProposals(clock)

    async def create(
        self,
        conn: Connection,
        shop: str,
        name: str,
        scopes: Iterable[str],
        actor: Actor,
        origin: Origin,
        proposed_by: UUID | None = None,
    ) -> tuple[SigningClient, str]:
        """The client, and the secret that it signs with: the only time that it is seen.

        ``proposed_by``: who makes it and may not agree to it; it waits for somebody who may.
        """
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise RightsUnfit(f"a client's name is 1 to {_LONGEST_NAME} printable characters")
        client = SigningClient(
            shop_id=shop,
            client_id=self._new_id(),
            name=name,
            scopes=frozenset(scopes),
            created_at=self._clock.now(),
            agreement=None if proposed_by is None else Decision.PROPOSED,
        )
        secret = tokens.new()
        keys = await self._ring.keys(conn, shop, self._subject_of(shop))
        values = {
            "shop_id": shop,
            "client_id": client.client_id,
            "name": name,
            "scopes": sorted(client.scopes),
            "secret": keys.seal("signing_client", "secret", client.client_id, secret.encode()),
            "now": client.created_at,
        }
        await conn.execute(SQL["insert_client"], values)
        if proposed_by is not None:
            await self._proposals.propose(conn, shop, client.client_id, name, client.scopes, proposed_by)
        await self._note(conn, Deed.CLIENT_CREATE, client, actor, origin)
        return client, secret

    async def list(self, conn: Connection, shop: str) -> Sequence[SigningClient]:
        cursor = conn.cursor(row_factory=class_row(_Row))
        rows = await (await cursor.execute(SQL["select_clients"], {"shop_id": shop})).fetchall()
        return [_client(shop, row) for row in rows]

    async def revoke(self, conn: Connection, shop: str, client_id: UUID, actor: Actor, origin: Origin) -> None:
        row = await self._find(conn, shop, client_id)
        values = {"shop_id": shop, "client_id": client_id, "now": self._clock.now()}
        if row is None or (await conn.execute(SQL["revoke_client"], values)).rowcount != 1:
            raise NotThere("no such client, or it is revoked already")
        await self._proposals.take_back(conn, shop, client_id)
        await self._note(conn, Deed.CLIENT_REVOKE, _client(shop, row), actor, origin)

    async def verify(
        self,
        conn: Connection,
        shop: str,
        client_id: UUID,
        request: SignedRequest,
        signature: str,
        scope: str,
        certificate: bytes | None = None,
    ) -> SigningClient:
        """SignatureRefused, or NotAllowed if it is a good signature of a client that may not do this.

        ``certificate``: the DER of what came with the request by mutual TLS. The nonce is spent in the caller's
        transaction.
        """
        now = self._clock.now()
        if not _NONCE.fullmatch(request.nonce) or not _TIME.fullmatch(request.timestamp):
            raise SignatureRefused("send a time in whole seconds since 1970 and a nonce of 16 to 64 letters and digits")
        if abs(int(request.timestamp) - now.timestamp()) > WINDOW.total_seconds():
            raise SignatureRefused("the time is more than five minutes away from ours; compare both clocks")
        row = await self._find(conn, shop, client_id)
        if (
            row is None
            or row.revoked_at is not None
            or row.agreement not in COUNTS
            or not await self._is_signed(conn, shop, row, request, signature)
        ):
            raise SignatureRefused(_REFUSAL)
        client = _client(shop, row)
        certificates.check(client.certificates, certificate, now)
        await self._spend(conn, shop, client_id, request.nonce, now)
        if row.last_used_at is None or row.last_used_at + _TOUCH <= now:
            await conn.execute(SQL["touch_client"], {"shop_id": shop, "client_id": client_id, "now": now})
        if scope not in client.scopes:
            raise NotAllowed(f"this client lacks the scope {scope}")
        return client

    async def _is_signed(self, conn: Connection, shop: str, row: _Row, request: SignedRequest, signature: str) -> bool:
        keys = await self._ring.keys(conn, shop, self._subject_of(shop))
        secret = keys.open("signing_client", "secret", row.client_id, bytes(row.secret)).decode()
        return hmac.compare_digest(sign(secret, request).encode(), signature.encode("utf-8", "surrogatepass"))

    async def _spend(self, conn: Connection, shop: str, client_id: UUID, nonce: str, now: datetime) -> None:
        values = {"shop_id": shop, "client_id": client_id, "nonce": nonce, "now": now, "before": now - 2 * WINDOW}
        if (await conn.execute(SQL["spend_nonce"], values)).rowcount != 1:
            raise SignatureRefused("this nonce was used before; sign every request anew")
        await conn.execute(SQL["forget_nonces"], values)

    async def _find(self, conn: Connection, shop: str, client_id: UUID) -> _Row | None:
        cursor = conn.cursor(row_factory=class_row(_Row))
        return await (await cursor.execute(SQL["select_client"], {"shop_id": shop, "client_id": client_id})).fetchone()

    async def _note(self, conn: Connection, deed: Deed, client: SigningClient, actor: Actor, origin: Origin) -> None:
        thing = Target(type="client", id=str(client.client_id))
        detail = {"scopes": " ".join(sorted(client.scopes))}
        if client.agreement is Decision.PROPOSED:
            detail["agreement"] = client.agreement.value
        await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=client.shop_id)])


def _counts(row: _Row) -> bool:
    return row.revoked_at is None and row.agreement in COUNTS


def _client(shop: str, row: _Row) -> SigningClient:
    return SigningClient(
        shop_id=shop,
        client_id=row.client_id,
        name=row.name,
        scopes=frozenset(row.scopes),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        certificates=frozenset(map(bytes, row.bound)),
        agreement=Decision(row.agreement) if row.agreement else None,
    )
