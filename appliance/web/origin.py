"""Where a request came from: the address of the connection, or what a proxy that is trusted says of it.

Likewise the certificate that a client showed to the proxy where TLS ends (RFC 9440, ``Client-Cert``).
"""

import re
from base64 import b64decode
from binascii import Error as BinasciiError
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from litestar.connection import ASGIConnection

from appliance.errors import InvalidInput
from appliance.web.request import request_id
from security.access.model import Origin, terminal_from

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_MOST_HOPS: Final = 16
_BYTES: Final = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
"""A byte sequence of RFC 8941."""
_WITH_PORT: Final = re.compile(r"(?P<v4>[0-9.]+)(?::[0-9]+)|\[(?P<v6>[0-9a-fA-F:.]+)\](?::[0-9]+)?")


class Origins:
    def __init__(
        self,
        trusted_proxies: Sequence[Network] = (),
        staff_networks: Sequence[Network] = (),
        certificate_proxies: Sequence[Network] = (),
    ) -> None:
        """``staff_networks``: empty lets staff come from anywhere. ``certificate_proxies``: empty believes nobody."""
        self._trusted = tuple(trusted_proxies)
        self._staff = tuple(staff_networks)
        self._certificate_proxies = tuple(certificate_proxies)

    def of(self, connection: "ASGIConnection[Any, Any, Any, Any]") -> Origin:
        """``ip`` is empty where a trusted proxy says something that is no address: it may have been anybody."""
        peer = connection.client.host if connection.client else ""
        # A proxy may add to the line that came to it, or write one of its own behind it.
        said = connection.headers.getall("x-forwarded-for", [])
        hops = [hop for line in said for hop in line.split(",")]
        return Origin(
            ip=self._first_stranger(peer, hops[-_MOST_HOPS:]),
            terminal=terminal_from(connection.headers.get("user-agent", "")),
            request=request_id(connection.scope),
        )

    def is_proxy(self, origin: Origin) -> bool:
        """Whether it is a trusted proxy that did not say for whom it asks: an address that stands for anybody."""
        address = _address(origin.ip)
        return address is None or self._is_trusted(address)

    def certificate_of(self, connection: "ASGIConnection[Any, Any, Any, Any]") -> bytes | None:
        """The DER that the proxy beside us passes on. What anybody else says of a certificate is not read."""
        peer = _address(connection.client.host) if connection.client else None
        said = connection.headers.getall("client-cert", [])
        if not said or peer is None or not any(peer in network for network in self._certificate_proxies):
            return None
        if len(said) > 1 or not (value := _BYTES.fullmatch(said[0].strip())):
            raise InvalidInput("Client-Cert: one certificate, as :base64: of its DER")
        try:
            return b64decode(value[1], validate=True)
        except BinasciiError as wrong:
            raise InvalidInput("Client-Cert: one certificate, as :base64: of its DER") from wrong

    def may_be_staff(self, origin: Origin) -> bool:
        address = _address(origin.ip)
        return not self._staff or (address is not None and any(address in network for network in self._staff))

    def _first_stranger(self, peer: str, hops: list[str]) -> str:
        """From the near end: what a trusted proxy added is believed, what came to it is not."""
        seen = peer
        for hop in reversed(hops):
            address = _address(seen)
            if address is None or not self._is_trusted(address):
                break
            seen = _without_port(hop.strip())
        return seen if seen == peer or _address(seen) else ""

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _without_port(hop: str) -> str:
    """Some proxies write ``203.0.113.9:4711`` or ``[2001:db8::1]:44``."""
    written = _WITH_PORT.fullmatch(hop)
    return (written["v4"] or written["v6"]) if written else hop


def _address(text: str) -> Address | None:
    """An IPv4 address that a socket of both kinds shows as IPv6 is the IPv4 address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
