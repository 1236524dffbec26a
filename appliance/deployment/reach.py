"""The addresses of where the appliance may go (``supervisor.places``), for rules that know no names.

A name is looked up once, when rules are made, and a public address is refused: the appliance speaks to the intranet.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from appliance.config import INTRANET, Settings
from appliance.errors import ConfigurationError
from appliance.supervisor import places
from appliance.supervisor.places import Place

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str], Sequence[str]]
"""A name to its addresses; OSError where it has none."""

_INTRANET: Final = tuple(map(ipaddress.ip_network, INTRANET))


class Reached(msgspec.Struct, frozen=True):
    """A destination and the addresses that it has now."""

    destination: Place
    addresses: tuple[Address, ...]


def destinations(settings: Settings) -> tuple[Place, ...]:
    """Each once, without this machine's own."""
    found = {str(each): each for each in places.named(settings) if not each.is_here}
    return tuple(sorted(found.values()))


def reached(wanted: Sequence[Place], lookup: Lookup | None = None) -> tuple[Reached, ...]:
    """ConfigurationError for a name without an address, and for an address that is not of the intranet."""
    return tuple(Reached(each, _addresses(each, lookup or _look_up)) for each in wanted)


def _addresses(wanted: Place, lookup: Lookup) -> tuple[Address, ...]:
    literal = _literal(wanted.host)
    found = (literal,) if literal else tuple(_looked_up(wanted, lookup))
    for address in found:
        if not any(address in network for network in _INTRANET):
            raise ConfigurationError(
                f"{wanted.named_by}: {wanted} is {address}, which is no address of an intranet: let a relay of yours "
                "stand between, and name that"
            )
    return tuple(sorted(set(found), key=lambda each: (each.version, int(each))))


def _looked_up(wanted: Place, lookup: Lookup) -> Iterator[Address]:
    try:
        found = lookup(wanted.host)
    except OSError as unknown:
        raise ConfigurationError(
            f"{wanted.named_by}: {wanted.host} has no address: mend the name, or put it into /etc/hosts"
        ) from unknown
    yield from map(ipaddress.ip_address, found)


def _look_up(host: str) -> Sequence[str]:
    return [str(each[4][0]).partition("%")[0] for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
