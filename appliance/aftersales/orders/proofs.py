"""How a request proves who sends it: the ``auth`` section of a mapping, and what it does to each request.

A mapping names the kind and its public parameters; secrets come from the credentials, by name.
"""

from base64 import b64encode
from collections.abc import Callable
from typing import Protocol

from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.notation import Clockwork
from appliance.aftersales.orders.oauth import OAuth2, Tokens
from appliance.aftersales.orders.operations import Timeouts
from appliance.aftersales.orders.requests import Outgoing
from appliance.aftersales.orders.signing import Signature, signature_of
from appliance.aftersales.orders.wire import Wire
from appliance.clock import Clock

KINDS = ("api_key", "bearer", "basic", "signature", "oauth2", "none")
_RENEW_BEFORE_S = 60.0


class ApiKeyHeader(Record, frozen=True):
    """``auth: {kind: api_key, header: X-Api-Key, prefix: "Bearer "}``, or ``{kind: bearer}``"""

    header: str
    prefix: str = ""
    credential: str = "api_key"


class Basic(Record, frozen=True):
    """``auth: {kind: basic}``: the credentials ``username`` and, where there is one, ``password``."""


class NoProof(Record, frozen=True):
    """``auth: {kind: none}``: a client certificate says it all, or the network does."""


Auth = ApiKeyHeader | Basic | Signature | OAuth2 | NoProof


class Signer(Protocol):
    async def sign(self, request: Outgoing) -> Outgoing:
        """The request with its proof. ``NotSent`` where none can be had."""
        ...

    def is_worth_another_try(self, signed: Outgoing) -> bool:
        """The order system refused this proof (401), so nothing was done; whether a new one may fare better."""
        ...


class _Header:
    def __init__(self, name: str, value: str) -> None:
        self._headers = {name: value}

    async def sign(self, request: Outgoing) -> Outgoing:
        return request.with_more(headers=self._headers)

    def is_worth_another_try(self, signed: Outgoing) -> bool:  # noqa: ARG002
        return False


class _Signed:
    def __init__(self, auth: Signature, credentials: Credentials, clock: Clock) -> None:
        self._auth = auth
        self._credentials = credentials
        self._clock = clock
        auth.on(Outgoing(method="GET", path="/"), credentials, clock.now())

    async def sign(self, request: Outgoing) -> Outgoing:
        return self._auth.on(request, self._credentials, self._clock.now())

    def is_worth_another_try(self, signed: Outgoing) -> bool:  # noqa: ARG002
        return False


class _Token:
    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def sign(self, request: Outgoing) -> Outgoing:
        return request.with_more(headers={"Authorization": f"Bearer {await self._tokens.token()}"})

    def is_worth_another_try(self, signed: Outgoing) -> bool:
        self._tokens.forget(signed.headers["Authorization"].removeprefix("Bearer "))
        return True


class _Unsigned:
    async def sign(self, request: Outgoing) -> Outgoing:
        return request

    def is_worth_another_try(self, signed: Outgoing) -> bool:  # noqa: ARG002
        return False


def signer(auth: Auth, credentials: Credentials, wire: Wire, clock: Clock) -> Signer:
    """ConfigurationError where the credentials lack what the mapping names."""
    match auth:
        case ApiKeyHeader():
            return _Header(auth.header, auth.prefix + credentials.secret(auth.credential))
        case Basic():
            pair = f"{credentials.secret('username')}:{credentials.optional('password')}"
            return _Header("Authorization", f"Basic {b64encode(pair.encode()).decode()}")
        case Signature():
            return _Signed(auth, credentials, clock)
        case OAuth2():
            return _Token(Tokens(auth, credentials, wire, clock))
        case NoProof():
            return _Unsigned()


def credentials_of(auth: Auth) -> tuple[str, ...]:
    """The names of those without which ``signer`` refuses."""
    match auth:
        case ApiKeyHeader():
            return (auth.credential,)
        case Basic():
            return ("username",)
        case Signature():
            return tuple(dict.fromkeys((*auth.credentials, *([auth.digest.key] if auth.digest.key else []))))
        case OAuth2():
            return ("client_id", "client_secret")
        case NoProof():
            return ()


def auth_of(
    node: Node, header_of: Callable[[Node], str], clockwork_of: Callable[[Node], Clockwork], timeouts: Timeouts
) -> Auth:
    entries = node.entries()
    if "kind" not in entries:
        node.fail(f"kind missing: one of {', '.join(KINDS)}")
    match entries["kind"].one_of(KINDS):
        case "api_key":
            section = node.section(["kind", "header"], ["prefix"])
            prefix = section.get("prefix")
            return ApiKeyHeader(header=header_of(section["header"]), prefix=prefix.text() if prefix else "")
        case "bearer":
            node.section(["kind"])
            return ApiKeyHeader(header="Authorization", prefix="Bearer ", credential="token")
        case "basic":
            node.section(["kind"])
            return Basic()
        case "signature":
            return signature_of(node, clockwork_of)
        case "oauth2":
            return _oauth2(node, timeouts)
        case _:
            node.section(["kind"])
            return NoProof()


def _oauth2(node: Node, timeouts: Timeouts) -> OAuth2:
    section = node.section(["kind", "token_path"], ["scope", "client", "renew_before_s"])
    scope, client, early = section.get("scope"), section.get("client"), section.get("renew_before_s")
    path = section["token_path"].text()
    if not path.startswith("/"):
        section["token_path"].fail("expected a path that begins with /, of the same host")
    return OAuth2(
        token_path=path,
        scope=scope.text() if scope else "",
        in_body=client is not None and client.one_of(["header", "body"]) == "body",
        renew_before_s=early.seconds(3600) if early else _RENEW_BEFORE_S,
        timeouts=timeouts,
    )
