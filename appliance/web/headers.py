"""Headers on every answer: what a browser may do with it, that it is not kept, and the request's id."""

from typing import Any, Final

from litestar.types import Message, Scope

from appliance.web.request import request_id

DOCUMENTATION: Final = "/api/docs"
CONSOLE: Final = "/console"

_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
)
_CSP: Final = b"content-security-policy"
_POLICY: Final = b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
# A recording that somebody may hear lies in the page's memory.
_CONSOLE_POLICY: Final = _POLICY + b"; media-src blob:"
# Swagger UI styles its elements in place and draws its icons from data: URLs.
_DOCUMENTATION_POLICY: Final = _POLICY + b"; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


async def secure(message: Message, scope: Scope) -> None:
    """A ``before_send`` hook. What a route has set itself stays."""
    if message["type"] != "http.response.start":
        return
    path: str = scope["path"]
    given: list[Any] = list(message.get("headers", ()))
    present = {name.lower() for name, _ in given}
    is_documentation = path.startswith(DOCUMENTATION)
    policy = _DOCUMENTATION_POLICY if is_documentation else _POLICY
    if path == CONSOLE or path.startswith(f"{CONSOLE}/"):
        policy = _CONSOLE_POLICY
    wanted = [*_ALWAYS, (_CSP, policy), (b"x-request-id", request_id(scope).encode())]
    if path.startswith("/api/") and not is_documentation:
        wanted.append((b"cache-control", b"no-store"))
    message["headers"] = given + [(name, value) for name, value in wanted if name not in present]


SANDBOX: Final = {"Content-Security-Policy": "default-src 'none'; sandbox"}
"""For what somebody uploaded: a browser that opens it runs nothing of it."""
