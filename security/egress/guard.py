"""The alarm at the door: refuses and counts connections and look-ups that nobody named. Standard library only.

One file, so that it can be copied into the environment of any engine. It sees what Python and uvloop do in its own
process. It does not see C code (ctypes, libpq), programs that are no Python, or datagrams of an unconnected uvloop
endpoint: the kernel's rules are the wall, this is the alarm.
"""

import contextlib
import importlib.abc
import importlib.machinery
import ipaddress
import json
import os
import socket
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any, Final

VARIABLE: Final = "APPLIANCE_EGRESS"
"""JSON: ``{"process": name, "allow": ["host:port", …], "counts": folder}``. Inherited by children."""
COPIED_AS: Final = "aftersales_egress_guard"
ANY_PORT: Final = 0
MOST_KINDS: Final = 64
"""Of different attempts that one process keeps apart; the rest are counted together."""
KINDS: Final = ("tcp", "udp", "dns", "raw")
OTHERS: Final = "others"

_KEPT: Final = "_aftersales_egress_guard"
_INTERNET: Final = (int(socket.AF_INET), int(socket.AF_INET6))
_PACKET: Final = int(getattr(socket, "AF_PACKET", 17))
_TYPE: Final = 0xF
_LIBRARY: Final = sysconfig.get_path("stdlib")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class EgressRefused(PermissionError):
    """The egress guard refused it: no setting names this destination."""


class Guard:
    """``allow``: ``host:port``, a host being a name, an address or a network; port 0 is any."""

    def __init__(self, process: str, allow: Iterable[str], counts: str = "") -> None:
        self._process = process
        self._counts = counts
        self._names: dict[str, set[int]] = {}
        self._networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, int]] = []
        self._learned: dict[str, set[int]] = {}
        self._blocked: dict[tuple[str, str, int], list[Any]] = {}
        self._lock = threading.RLock()
        self._own_names = {"localhost", "", socket.gethostname().lower()}
        for each in allow:
            self.admit(*split(each))

    def admit(self, host: str, port: int = ANY_PORT) -> None:
        """From now on. For what the database names: the settings stand in the environment."""
        with contextlib.suppress(ValueError):
            self._networks.append((ipaddress.ip_network(host.strip("[]"), strict=False), port))
            return
        self._names.setdefault(host.lower().rstrip("."), set()).add(port)

    @property
    def admitted(self) -> list[str]:
        named = [(name, port) for name, ports in self._names.items() for port in ports]
        networks = [(_plain(network), port) for network, port in self._networks]
        return sorted({joined(*each) for each in [*named, *networks]})

    def blocked(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {"kind": kind, "host": host, "port": port, "count": n, "first": first, "last": last, "by": by}
                for (kind, host, port), (n, first, last, by) in self._blocked.items()
            ]

    def connecting(self, host: object, port: object, kind: str = "tcp") -> None:
        """Raises EgressRefused, after it was counted."""
        name, number = _text(host), port if isinstance(port, int) else ANY_PORT
        address = _address(name)
        if address is None:
            self.looking_up(name)
            if self._is_named(name, number):
                return
        elif self._may_reach(address, number):
            return
        self._refuse(kind, name, number)

    def looking_up(self, host: object) -> None:
        name = _text(host).lower().rstrip(".")
        if _address(name) is None and name not in self._own_names and name not in self._names:
            self._refuse("dns", name, ANY_PORT)

    def naming(self, host: object) -> None:
        """The name of an address is asked for, which is a look-up too."""
        address = _address(_text(host))
        if address is None:
            self.looking_up(host)
        elif not self._may_reach(address, None):
            self._refuse("dns", str(address), ANY_PORT)

    def learn(self, host: object, answers: Iterable[Sequence[Any]]) -> None:
        """The addresses that a named host has; another's are not learned."""
        ports = self._names.get(_text(host).lower().rstrip("."))
        if ports is None:
            return
        for *_, where in answers:
            if (address := _address(_text(where[0]))) is not None:
                self._learned.setdefault(str(address), set()).update(ports)

    def _is_named(self, name: str, port: int) -> bool:
        lower = name.lower().rstrip(".")
        return lower in self._own_names or bool(self._names.get(lower, set()) & {port, ANY_PORT})

    def _may_reach(self, address: _Address, port: int | None) -> bool:
        """``port`` None: any that is allowed will do."""
        if address.is_loopback or address.is_unspecified:
            return True
        ports = self._learned.get(str(address), set())
        ports = ports | {each for net, each in self._networks if address.version == net.version and address in net}
        return bool(ports) if port is None else bool(ports & {port, ANY_PORT})

    def _refuse(self, kind: str, host: str, port: int) -> None:
        self._count(kind, host[:253], port)
        raise EgressRefused(
            1, f"egress guard: no setting names {joined(host, port)} ({kind}), so this process may not reach it"
        )

    def _count(self, kind: str, host: str, port: int) -> None:
        key, now = (kind, host, port), time.time()
        with self._lock:
            if key not in self._blocked and len(self._blocked) >= MOST_KINDS:
                key = (kind, OTHERS, ANY_PORT)
            entry = self._blocked.setdefault(key, [0, now, now, _caller()])
            entry[0] += 1
            entry[2] = now
            self._write()

    def _write(self) -> None:
        """Whole, under a name of this life of the process. What cannot be written stays refused all the same."""
        if not self._counts:
            return
        path = os.path.join(self._counts, f"{self._process}-{os.getpid()}.json")  # noqa: PTH118 (pathlib is slow to load)
        with contextlib.suppress(OSError):
            os.makedirs(self._counts, mode=0o700, exist_ok=True)  # noqa: PTH103
            with open(path + ".new", "w", encoding="utf-8") as file:  # noqa: PTH123
                json.dump({"process": self._process, "pid": os.getpid(), "blocked": self.blocked()}, file)
            os.replace(path + ".new", path)  # noqa: PTH105

    def forget(self) -> None:
        """After a fork: what the parent counted is the parent's."""
        self._lock = threading.RLock()
        self._blocked = {}

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """For ``sys.addaudithook``. It sees every event of the interpreter, so it looks at few."""
        check = _CHECKS.get(event)
        if check is not None:
            check(self, arguments)


def _connect(guard: Guard, arguments: tuple[Any, ...]) -> None:
    sock, where = arguments[:2]
    if int(sock.family) in _INTERNET and isinstance(where, tuple) and where:
        guard.connecting(where[0], where[1], "udp" if int(sock.type) & _TYPE == int(socket.SOCK_DGRAM) else "tcp")


def _made(guard: Guard, arguments: tuple[Any, ...]) -> None:
    """Raw sockets make packets past every other check."""
    family, kind = int(arguments[1]), int(arguments[2])
    if family == _PACKET or (family in _INTERNET and kind & _TYPE == int(socket.SOCK_RAW)):
        guard._refuse("raw", f"family-{family}", ANY_PORT)


_CHECKS: Final[Mapping[str, Callable[[Guard, tuple[Any, ...]], None]]] = {
    "socket.connect": _connect,
    "socket.sendto": _connect,
    "socket.sendmsg": _connect,
    "socket.__new__": _made,
    "socket.getaddrinfo": lambda guard, arguments: guard.looking_up(arguments[0]),
    "socket.gethostbyname": lambda guard, arguments: guard.looking_up(arguments[0]),
    "socket.gethostbyaddr": lambda guard, arguments: guard.naming(arguments[0]),
    "socket.getnameinfo": lambda guard, arguments: guard.naming(arguments[0][0]),
}


def split(destination: str) -> tuple[str, int]:
    """``host:port``, ``[address]:port`` or a host alone. ValueError for what is none of them."""
    host, colon, port = destination.rpartition(":")
    if not colon or "]" in port or (":" in host and not host.startswith("[")):
        return destination.strip("[]"), ANY_PORT
    return host.strip("[]"), int(port)


def joined(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown


def current() -> Guard | None:
    """Of this process, if there is one."""
    return getattr(sys, _KEPT, None)


def admit(host: str, port: int) -> None:
    """A destination that the database or a settings file names. Nothing to do where no guard stands."""
    guard = current()
    if guard is not None:
        guard.admit(host, port)


def install(guard: Guard) -> None:
    """Once in a process, and for as long as it lives: an audit hook cannot be taken off."""
    if current() is not None:
        return
    setattr(sys, _KEPT, guard)
    sys.addaudithook(guard.hook)
    os.register_at_fork(after_in_child=guard.forget)
    _teach_socket(guard)
    if (loaded := sys.modules.get("uvloop")) is not None:
        _fence(loaded, guard)
    else:
        sys.meta_path.insert(0, _UvloopFinder(guard))


def install_from_environment(environment: Mapping[str, str] = os.environ) -> None:
    """Nothing happens where the variable is not set. What cannot be read allows nothing but this machine."""
    said = environment.get(VARIABLE, "")
    if not said:
        return
    try:
        tree = json.loads(said)
        guard = Guard(str(tree["process"]), [str(each) for each in tree["allow"]], str(tree["counts"]))
    except (ValueError, KeyError, TypeError):
        guard = Guard("unknown", [])
    install(guard)


def said(process: str, allow: Iterable[str], counts: str) -> dict[str, str]:
    """What a child's environment needs."""
    return {VARIABLE: json.dumps({"process": process, "allow": sorted(set(allow)), "counts": counts})}


def _teach_socket(guard: Guard) -> None:
    asked = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        answers = asked(host, *arguments, **named)
        guard.learn(host, answers)
        return answers

    socket.getaddrinfo = getaddrinfo


def _fence(uvloop: ModuleType, guard: Guard) -> None:
    """uvloop connects in C, which no audit event tells of."""
    loop = uvloop.Loop
    connect, datagram, look_up = loop.create_connection, loop.create_datagram_endpoint, loop.getaddrinfo

    async def create_connection(self: Any, factory: Any, host: Any = None, port: Any = None, **named: Any) -> Any:
        if host is not None:
            guard.connecting(host, port)
        return await connect(self, factory, host, port, **named)

    async def create_datagram_endpoint(
        self: Any, factory: Any, local_addr: Any = None, remote_addr: Any = None, **named: Any
    ) -> Any:
        if isinstance(remote_addr, tuple):
            guard.connecting(remote_addr[0], remote_addr[1], "udp")
        return await datagram(self, factory, local_addr=local_addr, remote_addr=remote_addr, **named)

    async def getaddrinfo(self: Any, host: Any, port: Any, **named: Any) -> Any:
        guard.looking_up(host)
        answers = await look_up(self, host, port, **named)
        guard.learn(host, answers)
        return answers

    loop.create_connection = create_connection
    loop.create_datagram_endpoint = create_datagram_endpoint
    loop.getaddrinfo = getaddrinfo


class _UvloopFinder(importlib.abc.MetaPathFinder):
    """Fences uvloop when, and only when, it is imported."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "uvloop":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Fencing(spec.loader.name, spec.loader.path, self._guard)
        return spec


class _Fencing(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, guard: Guard) -> None:
        super().__init__(name, path)
        self._guard = guard

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        _fence(module, self._guard)


def _address(host: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _text(host: object) -> str:
    if host is None:
        return ""
    return host.decode("idna", "replace") if isinstance(host, (bytes, bytearray)) else str(host)


def _plain(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
    return str(network.network_address if network.num_addresses == 1 else network)


def _caller() -> str:
    """The module that wanted it: the nearest one outside the standard library and this file."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        is_library = file.startswith(_LIBRARY) and "-packages" not in file
        if file != __file__ and not is_library and not file.startswith("<frozen"):
            return str(frame.f_globals.get("__name__", ""))
        frame = frame.f_back  # type: ignore[assignment]
    return ""


if __name__ == COPIED_AS:
    install_from_environment()
