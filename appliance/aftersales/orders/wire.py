"""One HTTP exchange with an order system: bounded in time and size, and honest about what was sent.

It follows no redirect, asks no proxy, logs no body and never retries.
"""

import ssl

import httpx

from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.operations import Timeouts
from appliance.aftersales.orders.requests import Outgoing
from security.egress.guard import admit

_KEEPALIVE_S = 30.0
_PORTS = {"http": 80, "https": 443}


class NotSent(Exception):
    """Surely nothing reached the order system."""


class NoAnswer(Exception):
    """Something may have reached it; no whole answer came back."""


class Answer(Record, frozen=True):
    status: int
    content: bytes
    date: str | None = None
    retry_after: str | None = None
    link: str | None = None
    """The headers of these names, as they came."""


class Wire:
    """One pooled client; HTTP/1.1, connections kept."""

    def __init__(self, base_url: str, connections: int, answer_bytes: int, tls: ssl.SSLContext | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        whole = httpx.URL(base_url)
        admit(whole.host, whole.port or _PORTS.get(whole.scheme, 0))
        self._answer_bytes = answer_bytes
        self._client = httpx.AsyncClient(
            verify=True if tls is None else tls,
            http1=True,
            http2=False,
            trust_env=False,
            follow_redirects=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "aftersales-appliance"},
            limits=httpx.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=_KEEPALIVE_S
            ),
        )

    async def exchange(self, outgoing: Outgoing, timeouts: Timeouts) -> Answer:
        headers = dict(outgoing.headers)
        if outgoing.content_type is not None:
            headers["Content-Type"] = outgoing.content_type
        try:
            request = self._client.build_request(
                outgoing.method,
                self._base_url + outgoing.path,
                params=outgoing.query or None,
                headers=headers,
                content=outgoing.body or None,
                timeout=httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=timeouts.connect_s),
            )
            response = await self._client.send(request, stream=True)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
            httpx.LocalProtocolError,
            httpx.InvalidURL,
            UnicodeEncodeError,
        ) as error:
            raise NotSent(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        try:
            said = response.headers
            return Answer(
                status=response.status_code,
                content=await self._content(response),
                date=said.get("date"),
                retry_after=said.get("retry-after"),
                link=said.get("link"),
            )
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        finally:
            await response.aclose()

    async def _content(self, response: httpx.Response) -> bytes:
        """As it came over the wire: a compressed answer was not asked for and is not unpacked."""
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > self._answer_bytes:
                raise NoAnswer("the answer is too large")
        return bytes(content)

    async def aclose(self) -> None:
        await self._client.aclose()
