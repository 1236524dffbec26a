"""Where the settings let this appliance connect to: the one list. The guards in its processes, the kernel's rules, the
network policies, the gate of a cluster and the page about external contacts are all made from it.

What only the database names (order systems, webhooks) each process admits to its own guard when it reads the row; for
the kernel's rules it has to stand in ``platform.reach``, and the doctor says where it does not.
"""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

import msgspec
from psycopg.conninfo import conninfo_to_dict

from appliance.config import Settings
from appliance.errors import ConfigurationError
from security.egress import guard

REACH: Final = "platform.reach"
_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "syslog+tls": 6514}
_POSTGRES: Final = 5432
_HERE: Final = frozenset({"", "localhost"})
URLS: Final[dict[str, Callable[[Settings], str]]] = {
    "llm.url": lambda settings: settings.llm.url,
    "llm.smaller_url": lambda settings: settings.llm.smaller_url if settings.llm.url else "",
    "voice.recogniser_url": lambda settings: settings.voice.recogniser_url,
    "voice.speaker_url": lambda settings: settings.voice.speaker_url,
    "outbound.ari_url": lambda settings: settings.outbound.ari_url,
    "audit.forward_to": lambda settings: settings.audit.forward_to,
    "telemetry.traces_url": lambda settings: settings.telemetry.traces_url,
}
"""Every setting that is the address of a server, by its name."""


class Place(msgspec.Struct, frozen=True, order=True):
    host: str
    port: int
    named_by: str
    """The setting."""

    def __str__(self) -> str:
        return guard.joined(self.host, self.port)

    @property
    def is_here(self) -> bool:
        """This machine's own: it leaves nowhere, and no rule is needed."""
        if self.host in _HERE:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def named(settings: Settings) -> tuple[Place, ...]:
    """ConfigurationError for an address that names no host with a port."""
    return tuple(_named(settings))


def place_of(url: str, port: int = 0) -> str:
    """``host:port``; empty for what has no host."""
    parts = urlsplit(url)
    return guard.joined(parts.hostname, parts.port or _PORTS.get(parts.scheme, port)) if parts.hostname else ""


def _named(settings: Settings) -> Iterator[Place]:
    for text in settings.platform.reach:
        yield _of_text(text)
    if settings.database.url:
        yield from _databases(settings.database.url)
    for setting, address in URLS.items():
        if url := address(settings):
            yield _of_url(url, setting)


def _of_text(text: str) -> Place:
    host, _, port = text.rpartition(":")
    if not 0 < int(port) < 65536:
        raise ConfigurationError(f"{REACH}: {text} has no port between 1 and 65535")
    return Place(host.strip("[]"), int(port), REACH)


def _databases(url: str) -> Iterator[Place]:
    """Of several servers each, by address and by name: what connects uses the one and looks up the other."""
    parts = conninfo_to_dict(url)
    ports = str(parts.get("port") or _POSTGRES).split(",")
    for name in ("hostaddr", "host"):
        for number, host in enumerate(str(parts.get(name) or "").split(",")):
            if host and not host.startswith(("/", "@")):
                yield Place(host, int(ports[min(number, len(ports) - 1)] or _POSTGRES), "database.url")


def _of_url(url: str, setting: str) -> Place:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    if not parts.hostname or not port:
        raise ConfigurationError(f"{setting}: {url} names no host with a port")
    return Place(parts.hostname, port, setting)
