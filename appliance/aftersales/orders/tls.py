"""TLS towards an order system: the client certificate that proves us, and the authority that proves it."""

import asyncio
import os
import ssl
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.nodes import Node
from appliance.errors import ConfigurationError, OrderSystemUnavailable
from security.egress.guard import admit

_PROBE_S = 10.0


class Tls(Record, frozen=True):
    """``tls: {client_certificate: true, private_authority: true}``"""

    client_certificate: bool = False
    """The credentials ``client_certificate`` and ``client_key``, as PEM."""
    private_authority: bool = False
    """The credential ``authority``, as PEM: only it is believed, no public one."""

    @property
    def credentials(self) -> tuple[str, ...]:
        """The names of those that it asks for."""
        own = ("client_certificate", "client_key") if self.client_certificate else ()
        return (*own, "authority") if self.private_authority else own


def tls_of(node: Node) -> Tls:
    section = node.section([], ["client_certificate", "private_authority"])
    return Tls(**{name: each.boolean() for name, each in section.items()})


def context_of(tls: Tls, credentials: Credentials) -> ssl.SSLContext:
    authority = credentials.document("authority") if tls.private_authority else None
    try:
        context = ssl.create_default_context(cadata=authority)
    except ssl.SSLError as error:
        raise ConfigurationError("the credential 'authority' is no certificate in PEM") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.client_certificate:
        _prove(context, credentials.document("client_certificate"), credentials.document("client_key"))
    return context


class TlsSeen(Record, frozen=True):
    """How a connection was made."""

    version: str
    cipher: str
    subject: str
    issuer: str
    valid_until: datetime


async def probe(host: str, port: int, context: ssl.SSLContext) -> TlsSeen:
    """One connection, and nothing sent over it. OrderSystemUnavailable where it fails, with OpenSSL's word for it."""
    admit(host, port)
    try:
        async with asyncio.timeout(_PROBE_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLError as error:
        raise OrderSystemUnavailable(f"TLS: {error.reason or error.strerror}") from error
    except (OSError, TimeoutError) as error:
        raise OrderSystemUnavailable(f"TLS: no connection ({type(error).__name__})") from error
    connection: ssl.SSLObject = writer.get_extra_info("ssl_object")
    certificate = connection.getpeercert() or {}
    cipher = connection.cipher()
    writer.close()
    return TlsSeen(
        version=connection.version() or "",
        cipher=cipher[0] if cipher else "",
        subject=_name(certificate.get("subject", ())),
        issuer=_name(certificate.get("issuer", ())),
        valid_until=datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC),
    )


def _name(parts: object) -> str:
    """The common name, of what ``getpeercert`` gives as pairs within tuples."""
    pairs = [pair for part in parts for pair in part] if isinstance(parts, tuple) else []
    return next((value for key, value in pairs if key == "commonName"), "")


def _prove(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """OpenSSL reads a chain from a file only: one that nobody else may open, gone when this returns."""
    with TemporaryDirectory() as folder:
        path = f"{folder}/client.pem"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(f"{key.strip()}\n{certificate.strip()}\n".encode())
        try:
            context.load_cert_chain(path, password=lambda: b"")
        except ssl.SSLError as error:
            raise ConfigurationError(
                "the credentials 'client_certificate' and 'client_key' are no certificate and its own key in PEM"
            ) from error
