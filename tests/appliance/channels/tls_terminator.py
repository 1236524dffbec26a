"""A TLS terminator on loopback, as an operator's proxy: checks client certificates, and says which one was shown."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, in one PEM file."""

    certificate: x509.Certificate
    path: Path

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


class Authority:
    def __init__(self, home: Path) -> None:
        self._home = home
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("authority")
        self.root = self._pair("authority", self._key, is_authority=True)

    def issue(self, name: str, *, ended: bool = False) -> Pair:
        return self._pair(name, ec.generate_private_key(ec.SECP256R1()), ended=ended)

    def _pair(
        self, name: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool = False, ended: bool = False
    ) -> Pair:
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name if is_authority else _named(name))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=-1 if ended else 30))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(_HOST))]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        path = self._home / f"{name}.pem"
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(certificate.public_bytes(Encoding.PEM) + plain)
        return Pair(certificate, path)


def client_context(authority: Authority, own: Pair | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=authority.root.pem.decode())
    if own is not None:
        context.load_cert_chain(own.path)
    return context


@asynccontextmanager
async def terminator(authority: Authority, upstream_port: int) -> AsyncIterator[str]:
    """Its address. What a client says of a certificate is dropped; the one that it showed is said in its place."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.root.pem.decode())
    context.load_cert_chain(authority.issue("terminator").path)
    context.verify_mode = ssl.CERT_OPTIONAL

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        upstream_reader, upstream = await asyncio.open_connection(_HOST, upstream_port)
        first, *headers = (await reader.readuntil(b"\r\n\r\n")).rstrip(b"\r\n").split(b"\r\n")
        kept = [line for line in headers if line.partition(b":")[0].lower() not in (b"client-cert", b"connection")]
        if shown is not None:
            kept.append(b"Client-Cert: :" + b64encode(shown) + b":")
        upstream.write(b"\r\n".join([first, *kept, b"Connection: close", b"", b""]))
        sending = asyncio.create_task(_pass(reader, upstream))
        await _pass(upstream_reader, writer)
        sending.cancel()
        upstream.close()
        writer.close()

    server = await asyncio.start_server(serve, _HOST, 0, ssl=context)
    async with server:
        yield f"https://{_HOST}:{server.sockets[0].getsockname()[1]}"


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(65536):
        writer.write(block)
        await writer.drain()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
