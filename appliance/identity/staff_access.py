"""Access control as this installation is set up: limits from the settings, and what start-up refuses."""

from ipaddress import IPv4Network, IPv6Network, ip_network
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


def access_control(settings: AccessSettings, ring: Ring, clock: Clock, hasher: Hasher | None = None) -> AccessControl:
    """ConfigurationError if a number lies below its floor or the console's address is none."""
    _check_origin(settings.origin)
    return AccessControl(ring, clock, uuid7, limits=limits_of(settings), origin=settings.origin, hasher=hasher)


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


def _check_origin(origin: str) -> None:
    parts = urlsplit(origin)
    if origin and (
        not parts.hostname or f"{parts.scheme}://{parts.netloc}" != origin or not _is_safe(parts.scheme, origin)
    ):
        raise ConfigurationError("access.origin: write the console's address as https://console.example.internal")


def _is_safe(scheme: str, origin: str) -> bool:
    """Browsers take a passkey by TLS, or on their own machine."""
    return scheme == "https" or urlsplit(origin).hostname == "localhost"
