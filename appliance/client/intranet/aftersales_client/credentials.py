"""How a system proves who it is: an API key, a signature over each request, a certificate beside either.

Each is an ``httpx.Auth``, so whatever is sent again is proven anew: a nonce is never used twice.
"""

import hashlib
import hmac
import secrets
import ssl
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

import httpx

_NONCE_BYTES: Final = 24


class ApiKey(httpx.Auth):
    """As ``appliance shop add-key`` printed it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key}"
        yield request


class Signing(httpx.Auth):
    """A client and its secret, as ``appliance shop add-client`` printed them: every request is signed as a whole."""

    requires_request_body = True

    def __init__(self, client: str, secret: str) -> None:
        self._client = client
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        nonce, now = secrets.token_urlsafe(_NONCE_BYTES), _now()
        digest = hashlib.sha256(request.content).hexdigest()
        signed = "\n".join((request.method, request.url.raw_path.decode("ascii"), now, nonce, digest))
        signature = _mac(self._secret, signed.encode())
        proof = {"X-Client": self._client, "X-Timestamp": now, "X-Nonce": nonce, "X-Signature": signature}
        request.headers.update(proof)
        yield request


class EventSecret(httpx.Auth):
    """The shop's secret for order events, for ``report_signed_event``: time and body are signed."""

    requires_request_body = True

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        now = _now()
        signature = _mac(self._secret, f"{now}.".encode() + request.content)
        request.headers.update({"X-Timestamp": now, "X-Signature": signature})
        yield request


def mutual_tls(
    certificate: Path | str, key: Path | str | None = None, *, authority: Path | str | None = None
) -> ssl.SSLContext:
    """For ``Client(tls=…)``, of files of PEM.

    ``certificate``: what ``appliance shop bind-certificate`` was given; its ``key``, if it is not in the same file.
    ``authority``: against it the appliance's certificate is checked; None: the machine's own.
    """
    context = ssl.create_default_context(cafile=authority)
    context.load_cert_chain(certificate, key)
    return context


def _now() -> str:
    return str(int(time.time()))


def _mac(secret: str, signed: bytes) -> str:
    return hmac.digest(secret.encode(), signed, "sha256").hex()
