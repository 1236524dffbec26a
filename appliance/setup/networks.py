"""Which addresses and networks may be let through the kernel's rules, because somebody named them."""

from ipaddress import ip_address, ip_network
from typing import Final

_OWN: Final = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)  # fmt: skip
"""RFC 1918, RFC 4193, and what providers have inside (RFC 6598): clouds have their name servers there."""
_OF_A_LINK: Final = tuple(map(ip_network, ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")))
_WIDEST: Final = {4: 16, 6: 32}
"""Of the public networks that a telephone company names: nobody's trunks need more."""


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_name_server(text: str) -> bool:
    """One address inside. Names that are looked up outside carry whatever is written into them out with them."""
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return any(found in network for network in (*_OWN, *_OF_A_LINK))


def is_trunk(text: str) -> bool:
    """A network of one's own, or a public one that is narrow enough to be a telephone company's."""
    try:
        found = ip_network(text)
    except ValueError:
        return False
    is_own = any(found.version == each.version and found.subnet_of(each) for each in _OWN)  # type: ignore[arg-type]
    return is_own or found.prefixlen >= _WIDEST[found.version]
