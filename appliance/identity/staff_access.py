"""Access control as this installation is set up: limits from the settings, and what start-up refuses."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from urllib.parse import urlsplit

import msgspec

from appliance.clock import Clock
from appliance.config import AccessSettings
from appliance.errors import ConfigurationError
from appliance.ids import uuid7
from security.access.keys import Ring
from security.access.limits import Limits
from security.access.passwords import Hasher
from security.access.service import AccessControl

Network = IPv4Network | IPv6Network
_NO_ORIGIN: Final = "access.origin: write the console's address as https://console.example.internal"
_UNSAID: Final = {"https": 443, "http": 80}


def access_control(settings: AccessSettings, ring: Ring, clock: Clock, hasher: Hasher | None = None) -> AccessControl:
    """ConfigurationError if a number lies below its floor or the console's address is none."""
    origin = console_origin(settings.origin)
    return AccessControl(ring, clock, uuid7, limits=limits_of(settings), origin=origin, hasher=hasher)


def limits_of(settings: AccessSettings) -> Limits:
    names = [field.name for field in msgspec.structs.fields(Limits)]
    try:
        return Limits(**{name: getattr(settings, name) for name in names}).checked()
    except msgspec.ValidationError as wrong:
        raise ConfigurationError(f"access: {wrong}") from wrong


def networks(given: tuple[str, ...], name: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each) for each in given)
    except ValueError as wrong:
        raise ConfigurationError(f"{name}: {wrong}; write networks as 10.1.0.0/16") from wrong


def console_origin(written: str) -> str:
    """As browsers say it: in lower case, and without the port that goes without saying.

    ConfigurationError: it is no address.
    """
    if not written:
        return ""
    try:
        parts = urlsplit(written.lower())
        host, port = parts.hostname, parts.port
    except ValueError as wrong:
        raise ConfigurationError(_NO_ORIGIN) from wrong
    is_whole = f"{parts.scheme}://{parts.netloc}" == written.lower() and "@" not in parts.netloc
    if not host or not is_whole or not _is_safe(parts.scheme, host):
        raise ConfigurationError(_NO_ORIGIN)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, _UNSAID[parts.scheme]) else "")


def _is_safe(scheme: str, host: str) -> bool:
    """Browsers take a passkey by TLS, or on their own machine."""
    return scheme == "https" or (scheme == "http" and host == "localhost")
