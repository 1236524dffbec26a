"""How a request proves who sends it. Secrets never stand in a mapping file, a log or a ``repr``.

One kind now, an API key in a header. HMAC, OAuth2 and mTLS fit the same two steps: a mapping section names the kind
and its public parameters, ``signer`` joins it with the secrets; a signer sees the whole request before it leaves.
"""

from typing import Protocol

from appliance.aftersales.orders.model import Record
from appliance.errors import ConfigurationError


class Credentials(Record, frozen=True):
    """The secrets for one shop."""

    api_key: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class ApiKeyHeader(Record, frozen=True):
    """``auth: {kind: api_key, header: X-Api-Key, prefix: "Bearer "}``"""

    header: str
    prefix: str = ""


class Signer(Protocol):
    def headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        """What is added to this request."""
        ...


class _ApiKey:
    def __init__(self, auth: ApiKeyHeader, credentials: Credentials) -> None:
        self._headers = {auth.header: auth.prefix + credentials.api_key}

    def headers(self, method: str, path: str, body: bytes) -> dict[str, str]:  # noqa: ARG002
        return self._headers


def signer(auth: ApiKeyHeader, credentials: Credentials) -> Signer:
    key = credentials.api_key
    if not key or not key.isascii() or not key.isprintable():
        raise ConfigurationError("the order system's API key is empty or holds characters that a header cannot carry")
    return _ApiKey(auth, credentials)
