"""Where a request came from: the address of the connection, or what a proxy that is trusted says of it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from litestar.connection import ASGIConnection

from appliance.web.request import request_id
from security.access.model import Origin, terminal_from

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_MOST_HOPS: Final = 16


class Origins:
    def __init__(self, trusted_proxies: Sequence[Network] = (), staff_networks: Sequence[Network] = ()) -> None:
        """``staff_networks``: empty lets staff come from anywhere."""
        self._trusted = tuple(trusted_proxies)
        self._staff = tuple(staff_networks)

    def of(self, connection: "ASGIConnection[Any, Any, Any, Any]") -> Origin:
        peer = connection.client.host if connection.client else ""
        hops = [hop.strip() for hop in connection.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        return Origin(
            ip=self._first_stranger(peer, hops[-_MOST_HOPS:]),
            terminal=terminal_from(connection.headers.get("user-agent", "")),
            request=request_id(connection.scope),
        )

    def may_be_staff(self, origin: Origin) -> bool:
        address = _address(origin.ip)
        return not self._staff or (address is not None and any(address in network for network in self._staff))

    def _first_stranger(self, peer: str, hops: list[str]) -> str:
        """From the near end: what a trusted proxy added is believed, what came to it is not."""
        seen = peer
        for hop in reversed(hops):
            address = _address(seen)
            if address is None or not any(address in network for network in self._trusted) or _address(hop) is None:
                break
            seen = hop
        return seen


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
