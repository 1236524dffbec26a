"""Which methods an address has: the framework's own answer to OPTIONS leaves out those that came after the first."""

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import Message, Scope


async def allow(message: Message, scope: Scope) -> None:
    """A ``before_send`` hook."""
    if message["type"] != "http.response.start" or scope.get("method") != "OPTIONS" or message["status"] != 204:
        return
    app: Litestar = scope["litestar_app"]
    template = scope.get("path_template")
    methods = {
        method
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format == template
        for method in route.methods
    }
    kept = [(name, value) for name, value in message["headers"] if name.lower() != b"allow"]
    message["headers"] = [*kept, (b"allow", ", ".join(sorted(methods)).encode())]
