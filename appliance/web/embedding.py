"""Pages of other origins that speak to the chat API: whether a request comes from one, and what browsers are told then.

Nothing here decides who may: no cookie counts in this API, and each shop's own list is asked where its name is known.
Browsers are told that any page may read the answer, so that a page that is refused can say why.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.types import Message, Scope

CHAT: Final = "/api/chat/"
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-max-age", b"600"),
)


def page_of(connection: "ASGIConnection[Any, Any, Any, Any]") -> str | None:
    """The origin of the page that asks, if it is another than ours. Systems and apps, which are no pages, send none."""
    origin: str | None = connection.headers.get("origin")
    return None if origin is None or _is_ours(origin, connection.headers.get("host", "")) else origin


async def open_to_pages(message: Message, scope: Scope) -> None:
    """A ``before_send`` hook."""
    if message["type"] != "http.response.start" or not scope["path"].startswith(CHAT):
        return
    asked = {name: value for name, value in scope["headers"] if name in (b"origin", b"host")}
    origin = asked.get(b"origin")
    told: list[tuple[bytes, bytes]] = [(b"vary", b"Origin")]
    if origin is not None and not _is_ours(origin.decode("latin-1"), asked.get(b"host", b"").decode("latin-1")):
        told.append((b"access-control-allow-origin", origin))
        if scope.get("method") == "OPTIONS":
            told.extend(_PREFLIGHT)
    message["headers"] = [*message.get("headers", ()), *told]


def _is_ours(origin: str, host: str) -> bool:
    """TLS ends before us, so the scheme is not ours to know; browsers send Host as they write it in the origin."""
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False
