"""One telling: a POST to an address of the intranet, bounded in time and size. It follows nothing and asks no proxy.

The name is resolved anew for each attempt, every address that it has must lie in an allowed network, and the connection
goes to the address that was looked at: a name that changes its mind in between leads nowhere else.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from appliance.integrations.webhooks.model import Failure, Sent
from security.egress.guard import admit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

_MOST_READ: Final = 4096
_PORTS: Final = {"http": 80, "https": 443}


class AddressRefused(Exception):
    """Not an address that webhooks may go to; the text says why."""


async def resolve(host: str, port: int) -> Sequence[Address]:
    """All addresses of a name. OSError if it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(where[0]).partition("%")[0]) for *_, where in found]


def checked(url: str) -> SplitResult:
    """The parts of an address that a webhook may have. AddressRefused otherwise."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.scheme in _PORTS and parts.hostname and (parts.port is None or parts.port > 0))
    except ValueError as wrong:
        raise AddressRefused(f"no address: {wrong}") from wrong
    if not is_whole:
        raise AddressRefused("it is no http:// or https:// address with a host")
    if parts.username or parts.password:
        raise AddressRefused("it holds a name or a password; receivers check the signature instead")
    if parts.fragment:
        raise AddressRefused("it has a fragment, which is never sent")
    return parts


class Sender:
    def __init__(self, networks: Sequence[Network], timeout_s: float, resolve: Resolve = resolve) -> None:
        self._networks = tuple(networks)
        self._timeout_s = timeout_s
        self._resolve = resolve
        self._client = httpx.AsyncClient(
            http2=False, trust_env=False, follow_redirects=False, timeout=httpx.Timeout(timeout_s)
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def look(self, url: str) -> Address:
        """Where a webhook with this address would go. AddressRefused, or OSError for a name that is not known."""
        parts = checked(url)
        admit(parts.hostname or "", parts.port or _PORTS[parts.scheme])
        found = await self._resolve(parts.hostname or "", parts.port or _PORTS[parts.scheme])
        if not found:
            raise AddressRefused("its name has no address")
        for address in found:
            if not any(address in network for network in self._networks if network.version == address.version):
                raise AddressRefused(f"{address} lies in none of the networks of webhooks.networks")
        return found[0]

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Never raises for what a receiver or the net does."""
        try:
            async with asyncio.timeout(self._timeout_s):
                address = await self.look(url)
                return await self._post(url, address, headers, body)
        except AddressRefused:
            return Sent(failure=Failure.ADDRESS_REFUSED)
        except (httpx.ConnectError, httpx.ConnectTimeout, OSError) as lost:
            is_late = isinstance(lost, TimeoutError)
            return Sent(failure=Failure.NO_ANSWER if is_late else Failure.NOT_REACHED)
        except httpx.HTTPError:
            return Sent(failure=Failure.NO_ANSWER)

    async def _post(self, url: str, address: Address, headers: Mapping[str, str], body: bytes) -> Sent:
        parts = checked(url)
        request = self._client.build_request(
            "POST",
            pinned(parts, address),
            headers={"Host": parts.netloc, "Content-Type": "application/json", **headers},
            content=body,
            extensions={"sni_hostname": parts.hostname},
        )
        response = await self._client.send(request, stream=True)
        try:
            await _read_a_little(response)
        finally:
            await response.aclose()
        return _sent(response)


def pinned(parts: SplitResult, address: Address) -> str:
    """The URL with the address that was looked at in the place of its name."""
    host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{host}{port}").geturl()


async def _read_a_little(response: httpx.Response) -> None:
    """So that a short answer leaves the connection fit for the next; a long one is not listened to."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > _MOST_READ:
            return


def _sent(response: httpx.Response) -> Sent:
    if response.is_success:
        return Sent(status=response.status_code)
    failure = Failure.GONE if response.status_code == httpx.codes.GONE else Failure.STATUS
    after = response.headers.get("Retry-After", "")
    asked = float(after) if after.isascii() and after.isdigit() and len(after) < 7 else None
    return Sent(failure=failure, status=response.status_code, retry_after_s=asked)
