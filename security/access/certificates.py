"""Certificates that systems come with over mutual TLS: known by their SHA-256, and only within their own time.

The chain is checked where TLS ends. Here a certificate is one of those that a client was bound to, or it is refused.
"""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from security.access import records
from security.access.errors import NotThere, RightsUnfit, SignatureRefused
from security.access.model import Origin
from security.access.records import Deed
from security.access.store import SQL
from security.audit.append import append
from security.audit.record import Actor, Target
from security.clock import Clock
from security.sql import Connection


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """``sha256``: of its DER."""

    sha256: bytes
    not_before: datetime
    not_after: datetime


def from_der(der: bytes) -> Certificate:
    """ValueError if it is none."""
    return _of(x509.load_der_x509_certificate(der))


def from_pem(pem: bytes) -> Certificate:
    """The first in the file. ValueError if it is none."""
    return _of(x509.load_pem_x509_certificate(pem))


def check(bound: Collection[bytes], presented: bytes | None, now: datetime) -> None:
    """``bound``: fingerprints; if there are any, one of them must have been ``presented`` (DER). SignatureRefused."""
    if not bound:
        return
    if presented is None:
        raise SignatureRefused("this client is bound to a certificate; come with it, by mutual TLS")
    try:
        certificate = from_der(presented)
    except ValueError as wrong:
        raise SignatureRefused("what came as a certificate is none") from wrong
    if certificate.sha256 not in bound:
        raise SignatureRefused("this client is bound to another certificate")
    if not certificate.not_before <= now <= certificate.not_after:
        raise SignatureRefused("the certificate is not valid now; bind the next one before the old one ends")


class Bindings:
    """Several at once: the next certificate is bound before the present one ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def bind(
        self, conn: Connection, shop: str, client_id: UUID, certificate: Certificate, actor: Actor, origin: Origin
    ) -> None:
        """From now on the client's signature counts only beside one of its certificates. NotThere without a client."""
        now = self._clock.now()
        if certificate.not_after <= now:
            raise RightsUnfit("the certificate has ended")
        values = {
            "shop_id": shop,
            "client_id": client_id,
            "sha256": certificate.sha256,
            "now": now,
        }
        if (await conn.execute(SQL["bind_certificate"], values)).rowcount != 1:
            raise NotThere("no such client, it is revoked, or it is bound to this certificate already")
        await self._note(conn, Deed.CLIENT_BIND, shop, client_id, certificate.sha256, actor, origin)

    async def unbind(
        self, conn: Connection, shop: str, client_id: UUID, fingerprint: bytes, actor: Actor, origin: Origin
    ) -> None:
        """Without its last one a client needs its signature only."""
        values = {"shop_id": shop, "client_id": client_id, "sha256": fingerprint}
        if (await conn.execute(SQL["unbind_certificate"], values)).rowcount != 1:
            raise NotThere("the client is not bound to this certificate")
        await self._note(conn, Deed.CLIENT_UNBIND, shop, client_id, fingerprint, actor, origin)

    async def _note(
        self, conn: Connection, deed: Deed, shop: str, client_id: UUID, sha: bytes, actor: Actor, origin: Origin
    ) -> None:
        thing = Target(type="client", id=str(client_id))
        detail = {"certificate": sha.hex()}
        await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])


def _of(loaded: x509.Certificate) -> Certificate:
    return Certificate(
        sha256=sha256(loaded.public_bytes(Encoding.DER)).digest(),
        not_before=loaded.not_valid_before_utc,
        not_after=loaded.not_valid_after_utc,
    )
