"""A gateway in front of the demo order system that wants another proof: checked here anew, with none of our own code.

It stands on loopback in a thread of its own, with TLS where it is given a certificate.
"""

import hashlib
import hmac
import secrets
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
import uvicorn


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


Refusal = str | None
Check = Callable[[Request], Refusal]
Own = Callable[[Request], tuple[int, dict[str, Any]] | None]


class Gate:
    def __init__(self, upstream: str, api_key: str, check: Check, own: Own | None = None) -> None:
        self._upstream = httpx.AsyncClient(base_url=upstream, trust_env=False)
        self._api_key = api_key
        self._check = check
        self._own = own
        self.requests: list[Request] = []
        self.refused: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = await read_request(scope, receive)
        self.requests.append(request)
        if self._own is not None and (own := self._own(request)) is not None:
            await _answer(send, own[0], own[1])
        elif (refusal := self._check(request)) is not None:
            self.refused.append(refusal)
            await _answer(send, 401, {"code": "KEY_INVALID"})
        else:
            await self._forward(request, send)

    async def _forward(self, request: Request, send: Any) -> None:
        kept = {
            name: value
            for name, value in request.headers.items()
            if name in ("content-type", "idempotency-key", "accept")
        }
        answer = await self._upstream.request(
            request.method,
            quote(request.path),
            params=dict(request.query),
            headers={**kept, "X-Api-Key": self._api_key},
            content=request.body,
        )
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer.content)).encode())]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": answer.content})


async def read_request(scope: Any, receive: Any) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=parse_qsl(scope["query_string"].decode(), keep_blank_values=True),
        headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
        body=body,
    )


async def _answer(send: Any, status: int, body: dict[str, Any]) -> None:
    content = httpx.Response(status, json=body).content
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@contextmanager
def serving(app: Any, *, server: Path | None = None, authority: Path | None = None) -> Iterator[str]:
    """``server``: certificate and key in one PEM. ``authority``: whose client certificates are wanted."""
    tls: dict[str, Any] = {}
    if server is not None:
        tls = {"ssl_certfile": str(server), "ssl_keyfile": str(server)}
    if authority is not None:
        tls |= {"ssl_ca_certs": str(authority), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_level="error", access_log=False, **tls)
    runner = _Announced(config)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        assert runner.is_up.wait(30)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.servers[0].sockets[0].getsockname()[1]}"
    finally:
        runner.should_exit = True
        thread.join()


class _Announced(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


# what is wanted


def bearer(token: str) -> Check:
    return lambda request: None if request.headers.get("authorization") == f"Bearer {token}" else "bearer"


def basic(username: str, password: str) -> Check:
    def check(request: Request) -> Refusal:
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        return None if scheme == "Basic" and b64decode(pair).decode() == f"{username}:{password}" else "basic"

    return check


@dataclass
class Signed:
    """HMAC-SHA256 over method, path, sorted query, the body's hash, time and a nonce that comes once."""

    app: str
    secret: str
    nonces: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Refusal:
        given = request.headers
        if given.get("x-app") != self.app:
            return "app"
        if abs(int(given["x-timestamp"]) / 1000 - time.time()) > 300:
            return "timestamp"
        if given["x-nonce"] in self.nonces:
            return "nonce"
        self.nonces.add(given["x-nonce"])
        query = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in sorted(request.query))
        parts = [
            request.method,
            quote(request.path),
            query,
            hashlib.sha256(request.body).hexdigest(),
            given["x-timestamp"],
            given["x-nonce"],
        ]
        made = hmac.new(self.secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()
        return None if hmac.compare_digest(made, given["x-signature"]) else "signature"


def concatenated(secret: str) -> Check:
    """MD5 in capitals over the secret, each name and value of the query by name, and the secret once more."""

    def check(request: Request) -> Refusal:
        pairs = sorted((key, value) for key, value in request.query if key != "sign")
        text = secret + "".join(key + value for key, value in pairs) + secret
        made = hashlib.md5(text.encode()).hexdigest().upper()  # noqa: S324
        return None if dict(request.query).get("sign") == made else "sign"

    return check


class TokenServer:
    """OAuth2 client credentials: each token is good until it is revoked."""

    def __init__(self, client_id: str, client_secret: str, expires_in: int | None = 3600) -> None:
        self._pair = f"{client_id}:{client_secret}"
        self._expires_in = expires_in
        self.given: list[str] = []
        self.good: set[str] = set()

    def own(self, request: Request) -> tuple[int, dict[str, Any]] | None:
        if request.path != "/oauth/token":
            return None
        if request.form.get("grant_type") != "client_credentials" or basic(*self._pair.split(":"))(request):
            return 401, {"error": "invalid_client"}
        token = secrets.token_urlsafe(24)
        self.given.append(token)
        self.good.add(token)
        lasting = {} if self._expires_in is None else {"expires_in": self._expires_in}
        return 200, {"access_token": token, "token_type": "Bearer", **lasting}

    def check(self, request: Request) -> Refusal:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return None if token in self.good else "token"
