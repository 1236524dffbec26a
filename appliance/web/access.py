"""Who may call a route, and the label of what it serves: each says so in its options, and what says nothing is refused.

@get(opt=public("says only whether the process lives"))                     # serves what is public
@get(opt=proven(Proof.API_KEY, labels.of("conversation_event")))            # proof and clearance checked by the route
@get(opt=staff(Permission.STAFF_READ, labels.of("staff_account")))
# checked here: network, session, permission, clearance, and a CSRF token for changes
"""

from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from appliance.errors import Forbidden
from appliance.web import labels
from appliance.web.origin import Origins
from security.access import tokens
from security.access.errors import NotAllowed, PasswordExpired, SessionRefused
from security.access.labels import Label
from security.access.model import Origin, Principal
from security.access.permissions import Permission

OPTION: Final = "access"
COOKIE: Final = "__Host-appliance-staff"
"""The prefix binds it to this host, to TLS and to no path: no other host can set it."""
CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_PROTOCOL: Final = "csrf."
"""A browser can send no header with a WebSocket: the token comes as a subprotocol."""

_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Proof(StrEnum):
    """What a route checks for itself."""

    CONVERSATION_TOKEN = "conversation_token"  # noqa: S105 - a name, not a secret
    API_KEY = "api_key"
    SIGNATURE = "signature"
    MONITOR_TOKEN = "monitor_token"  # noqa: S105 - a name, not a secret
    PHOTO_LINK = "photo_link"


_CLEARANCE: Final = {
    Proof.CONVERSATION_TOKEN: labels.OF_A_CUSTOMER,
    Proof.SIGNATURE: labels.OF_A_REPORTER,
    Proof.MONITOR_TOKEN: labels.OF_A_MONITOR,
    Proof.PHOTO_LINK: labels.OF_A_CUSTOMER,
}


class Public(msgspec.Struct, frozen=True):
    why: str
    label: Label = labels.OF_ANYBODY


class Proven(msgspec.Struct, frozen=True):
    proof: Proof
    label: Label


class StaffOnly(msgspec.Struct, frozen=True):
    permission: Permission
    label: Label
    lowering: labels.Lowering | None = None
    is_use: bool = True
    """Whether a call keeps the session alive."""


Declaration = Public | Proven | StaffOnly


def public(why: str) -> dict[str, Any]:
    return {OPTION: Public(why)}


def proven(proof: Proof, label: Label) -> dict[str, Any]:
    return {OPTION: Proven(proof, label)}


def staff(permission: Permission, label: Label, *, is_use: bool = True) -> dict[str, Any]:
    """``is_use``: False where a page asks by itself, again and again: nobody stays in by leaving it open."""
    return {OPTION: StaffOnly(permission, label, is_use=is_use)}


def staff_lowered(permission: Permission, lowering: labels.Lowering) -> dict[str, Any]:
    """Serves what lies in a table of a higher label, for the reason that stands in ``labels.LOWERED``."""
    return {OPTION: StaffOnly(permission, labels.of(*labels.LOWERED[lowering].served_as), lowering)}


def label_of(handler: BaseRouteHandler) -> Label:
    """Of what a route serves, for who checks the caller's clearance behind the guard."""
    declared: Declaration = handler.opt[OPTION]
    return declared.label


class Gate(Protocol):
    """``appliance.identity.staff_login.StaffLogin``."""

    async def resume(self, token: str, origin: Origin, *, is_use: bool = True) -> Principal: ...

    async def deny(self, principal: Principal | None, what: str, reason: str, origin: Origin) -> None: ...


def guard_of(gate: Gate | None, origins: Origins) -> Guard:
    """For the whole application."""

    async def guard(connection: "ASGIConnection[Any, Any, Any, Any]", handler: BaseRouteHandler) -> None:
        match handler.opt.get(OPTION):
            case Public(label=label) if labels.OF_ANYBODY.dominates(label):
                return
            case Proven(Proof.API_KEY):
                return
            case Proven(proof, label) if _CLEARANCE[proof].dominates(label):
                return
            case StaffOnly() as needed:
                if gate is None:
                    raise Forbidden("this process lets no staff in")
                principal = await _entered(gate, connection, needed, origins.of(connection), origins)
                connection.scope["state"]["principal"] = principal
            case _ if connection.scope.get("method") == "OPTIONS":
                return  # the framework's own answer: which methods there are
            case _:
                raise Forbidden("nobody may call this route")

    return guard


def principal_of(connection: "ASGIConnection[Any, Any, Any, Any]") -> Principal:
    """Behind the guard of a staff route."""
    principal: Principal = connection.scope["state"]["principal"]
    return principal


def session_token(connection: "ASGIConnection[Any, Any, Any, Any]") -> str:
    token = connection.cookies.get(COOKIE, "")
    if not token:
        raise SessionRefused("there is no session; log in")
    return token


async def _entered(
    gate: Gate,
    connection: "ASGIConnection[Any, Any, Any, Any]",
    needed: StaffOnly,
    origin: Origin,
    origins: Origins,
) -> Principal:
    permission = needed.permission
    if not origins.may_be_staff(origin):
        await gate.deny(None, permission, "network", origin)
        raise NotAllowed("staff may not come from this network")
    token = session_token(connection)
    principal = await gate.resume(token, origin, is_use=needed.is_use)
    if not principal.may(permission):
        await gate.deny(principal, permission, "permission", origin)
        raise PasswordExpired if principal.has_expired_password else NotAllowed(f"this needs {permission}")
    if not principal.rights.label.dominates(needed.label):
        await gate.deny(principal, permission, "label", origin)
        raise NotAllowed("the label of this account does not dominate that of what is asked for")
    changes = connection.scope.get("method") not in _CHANGES_NOTHING
    if changes and not tokens.is_csrf(_csrf(connection), token):
        await gate.deny(principal, permission, "csrf", origin)
        raise NotAllowed(f"send the header {CSRF_HEADER} with the token of this session")
    return principal


def _csrf(connection: "ASGIConnection[Any, Any, Any, Any]") -> str:
    if given := connection.headers.get(CSRF_HEADER):
        return given
    offered: Any = connection.scope.get("subprotocols") or []
    found = (each.removeprefix(CSRF_PROTOCOL) for each in offered if each.startswith(CSRF_PROTOCOL))
    return next(found, "")
