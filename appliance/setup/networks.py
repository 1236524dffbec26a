"""Which addresses and networks may be let through the kernel's rules, because somebody named them."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

_SHARED: Final = ip_network("100.64.0.0/10")
"""Of a provider's own network (RFC 6598); clouds have their name servers there."""
_WIDEST: Final = {4: 16, 6: 32}
"""Of the public networks that a telephone company names: nobody's trunks need more."""


def is_name_server(text: str) -> bool:
    """One address inside. Names that are looked up outside carry whatever is written into them out with them."""
    try:
        found = ip_address(text)
    except ValueError:
        return False
    if found.is_unspecified or found.is_multicast:
        return False
    return found.is_private or found.is_link_local or (found.version == _SHARED.version and found in _SHARED)


def is_trunk(text: str) -> bool:
    """A network of one's own, or a public one that is narrow enough to be a telephone company's."""
    try:
        found: IPv4Network | IPv6Network = ip_network(text)
    except ValueError:
        return False
    is_own = found.is_private and found.prefixlen > 0
    return is_own or found.prefixlen >= _WIDEST[found.version]
