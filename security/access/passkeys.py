"""Passkeys (WebAuthn) as a second factor: keys that never leave a token or a device. Checked by ``webauthn``.

Offered only where the console's own address is configured, and is a name: a passkey is bound to it.
"""

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import webauthn
from psycopg.rows import class_row
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from security.access.errors import ChangeRefused
from security.access.store import SQL
from security.clock import Clock
from security.sql import Connection

_ISSUER = "Aftersales appliance"


class Assertion(msgspec.Struct, frozen=True):
    """What the browser returned, as it came."""

    credential: dict[str, Any]

    def __repr__(self) -> str:
        return "Assertion()"


class Passkey(NamedTuple):
    passkey_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    created_at: datetime
    last_used_at: datetime | None


class Passkeys:
    def __init__(self, origin: str, clock: Clock, new_id: Callable[[], UUID]) -> None:
        """``origin``: such as https://console.example.internal, as browsers say it; empty where there are to be none.

        There are none at an address of numbers either: browsers bind a passkey to a name only.
        """
        self._origin = origin
        self._site = _name_in(origin)
        self._clock = clock
        self._new_id = new_id

    async def of(self, conn: Connection, staff_id: UUID) -> list[Passkey]:
        cursor = conn.cursor(row_factory=class_row(Passkey))
        return await (await cursor.execute(SQL["select_passkeys"], {"staff_id": staff_id})).fetchall()

    async def creation_options(self, conn: Connection, staff_id: UUID, login: str, challenge: bytes) -> str:
        if not self._site:
            raise ChangeRefused(
                "passkeys are bound to the console's own name: set access.origin, and not to an IP address"
            )
        options = webauthn.generate_registration_options(
            rp_id=self._site,
            rp_name=_ISSUER,
            user_id=staff_id.bytes,
            user_name=login,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.DISCOURAGED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=await self._descriptors(conn, staff_id),
        )
        return webauthn.options_to_json(options)

    async def request_options(self, conn: Connection, staff_id: UUID, challenge: bytes) -> str | None:
        """None if the person has none."""
        known = await self._descriptors(conn, staff_id)
        if not self._site or not known:
            return None
        options = webauthn.generate_authentication_options(
            rp_id=self._site, challenge=challenge, allow_credentials=known
        )
        return webauthn.options_to_json(options)

    async def add(self, conn: Connection, staff_id: UUID, challenge: bytes, answer: Assertion) -> UUID:
        try:
            verified = webauthn.verify_registration_response(
                credential=answer.credential,
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
            )
        except Exception as refused:  # it parses what strangers made up: whatever it trips over is a refusal
            raise ChangeRefused("this is not a new passkey for this site, made just now") from refused
        passkey_id = self._new_id()
        values = {
            "passkey_id": passkey_id,
            "staff_id": staff_id,
            "credential_id": verified.credential_id,
            "public_key": verified.credential_public_key,
            "sign_count": verified.sign_count,
            "now": self._clock.now(),
        }
        if (await conn.execute(SQL["insert_passkey"], values)).rowcount != 1:
            raise ChangeRefused("this passkey is known already")
        return passkey_id

    async def accept(self, conn: Connection, staff_id: UUID, challenge: bytes, answer: Assertion) -> bool:
        """Whether one of the person's passkeys signed this challenge just now. Its counter moves on."""
        given = answer.credential.get("id")
        for key in await self.of(conn, staff_id):
            if webauthn.helpers.bytes_to_base64url(bytes(key.credential_id)) == given:
                return await self._is_signed(conn, key, challenge, answer)
        return False

    async def _is_signed(self, conn: Connection, key: Passkey, challenge: bytes, answer: Assertion) -> bool:
        try:
            verified = webauthn.verify_authentication_response(
                credential=answer.credential,
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                credential_public_key=bytes(key.public_key),
                credential_current_sign_count=key.sign_count,
            )
        except Exception:  # as above
            return False
        values = {"passkey_id": key.passkey_id, "sign_count": verified.new_sign_count, "now": self._clock.now()}
        return (await conn.execute(SQL["spend_passkey"], values)).rowcount == 1

    async def _descriptors(self, conn: Connection, staff_id: UUID) -> list[PublicKeyCredentialDescriptor]:
        return [PublicKeyCredentialDescriptor(id=bytes(key.credential_id)) for key in await self.of(conn, staff_id)]


def _name_in(origin: str) -> str:
    """Web Authentication, 5.1.2: what a passkey is bound to is a domain, and an IP address is none."""
    host = urlsplit(origin).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host
    return ""
