"""What a shop's mapping file stands for: a REST/JSON system described by the file, or a Python class that it names.

A Python adapter is for what a file cannot say. The file names ``module:function``; the function gets a ``Connection``
and gives an ``OrderSystem``. It runs with the rights of this process: only who may change its files may name it.
"""

import importlib
import re
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, Final, Protocol

from appliance.aftersales.orders import nodes
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.events import EventRules, events_of
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import CaseKind, Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.operations import cannot_of
from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.orders.proofs import credentials_of
from appliance.aftersales.orders.rest import RestOrderSystem
from appliance.clock import Clock
from appliance.errors import ConfigurationError

_SHIPPED: Final = FilePath(__file__).parent / "mappings"
_VERSION: Final = 1
_TARGET: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", re.ASCII)


class Connection(Record, frozen=True):
    """What a Python adapter gets."""

    base_url: str
    credentials: Any
    """``Credentials``"""
    clock: Any
    """``Clock``"""
    settings: dict[str, str | int | bool]
    """The section ``settings`` of the file, as it stands there."""


class Connector(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def events(self) -> EventRules | None:
        """What the order system pushes; None: nothing is taken from it."""
        ...

    @property
    def cannot(self) -> frozenset[str]:
        """Kinds of case and reads that are declared as missing."""
        ...

    @property
    def credentials(self) -> tuple[str, ...]:
        """The names of those that it asks for."""
        ...

    def repeats_safely(self, kind: CaseKind) -> bool:
        """Whether two writes of this kind with one operation id are one write."""
        ...

    def unwritten(self) -> tuple[CaseKind, ...]:
        """Kinds that a person does by hand."""
        ...

    def connect(self, base_url: str, credentials: Credentials, clock: Clock) -> OrderSystem: ...


class RestConnector:
    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping

    @property
    def name(self) -> str:
        return self.mapping.name

    @property
    def events(self) -> EventRules | None:
        return self.mapping.events

    @property
    def cannot(self) -> frozenset[str]:
        return self.mapping.cannot

    @property
    def credentials(self) -> tuple[str, ...]:
        tls = self.mapping.tls.credentials if self.mapping.tls else ()
        return (*credentials_of(self.mapping.auth), *tls)

    def repeats_safely(self, kind: CaseKind) -> bool:
        write = self.mapping.writes.get(kind)
        return write is not None and write.is_idempotent

    def unwritten(self) -> tuple[CaseKind, ...]:
        return tuple(kind for kind in CaseKind if kind not in self.mapping.writes)

    def connect(self, base_url: str, credentials: Credentials, clock: Clock) -> OrderSystem:
        return RestOrderSystem(self.mapping, base_url, credentials, clock)


class PythonConnector(Record, frozen=True):
    name: str
    target: str
    make: Any
    """``Callable[[Connection], OrderSystem]``"""
    settings: dict[str, str | int | bool]
    idempotent: frozenset[CaseKind]
    cannot: frozenset[str]
    events: EventRules | None
    credentials: tuple[str, ...]

    def repeats_safely(self, kind: CaseKind) -> bool:
        return kind in self.idempotent

    def unwritten(self) -> tuple[CaseKind, ...]:
        return tuple(kind for kind in CaseKind if kind in self.cannot)

    def connect(self, base_url: str, credentials: Credentials, clock: Clock) -> OrderSystem:
        system: OrderSystem = self.make(
            Connection(base_url=base_url, credentials=credentials, clock=clock, settings=self.settings)
        )
        return system


def shipped() -> tuple[str, ...]:
    """The names of the mappings that ship."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.yaml")))


def load(name: str) -> Connector:
    """``name``: of a mapping that ships, or the path of another.

    ConfigurationError with file, line, field and cure for every mistake.
    """
    shipped = _SHIPPED / f"{name}.yaml"
    root = nodes.load(shipped if shipped.is_file() else FilePath(name))
    return _python(root) if "python" in root.entries() else RestConnector(Mapping.of(root))


def _python(root: Node) -> PythonConnector:
    section = root.section(["version", "name", "python"], ["settings", "idempotent", "cannot", "events", "credentials"])
    section["version"].integer(_VERSION, _VERSION)
    settings = section["settings"].entries() if "settings" in section else {}
    cannot = cannot_of(section["cannot"]) if "cannot" in section else frozenset[str]()
    idempotent = _kinds(section.get("idempotent"))
    if both := sorted(cannot & idempotent):
        section["cannot"].fail(f"{', '.join(both)}: stands under idempotent too")
    return PythonConnector(
        name=section["name"].text(),
        target=section["python"].text(),
        make=_function(section["python"]),
        settings={name: _setting(each) for name, each in settings.items()},
        idempotent=idempotent,
        cannot=cannot,
        events=events_of(section["events"]) if "events" in section else None,
        credentials=tuple(each.text() for each in section["credentials"].items()) if "credentials" in section else (),
    )


def _kinds(node: Node | None) -> frozenset[CaseKind]:
    return frozenset(CaseKind(each.one_of(tuple(CaseKind))) for each in node.items()) if node else frozenset()


def _setting(node: Node) -> str | int | bool:
    value = node.scalar()
    if not isinstance(value, str | int | bool):
        node.fail("expected text, a whole number, true or false")
    return value


def _function(node: Node) -> Callable[[Connection], OrderSystem]:
    target = node.text()
    if not _TARGET.fullmatch(target):
        node.fail("expected module:function, like my_shop.order_system:connect")
    module_name, _, name = target.partition(":")
    try:
        function = getattr(importlib.import_module(module_name), name, None)
    except ImportError as error:
        node.fail(f"cannot be imported ({error}); install it into the environment of the appliance")
    except Exception as error:
        raise ConfigurationError(f"{target} fails when it is imported: {type(error).__name__}") from error
    if not callable(function):
        node.fail(f"{module_name} has no function {name}")
    made: Callable[[Connection], OrderSystem] = function
    return made
