"""The intranet API by its own document. Nothing is behind the routes: they are only described."""

from typing import Any, Final

from appliance.channels.intranet.call_refusals import call_refusals_router
from appliance.channels.intranet.http import BASE, intranet_router
from appliance.channels.intranet.reads import reads_router
from appliance.channels.intranet.work_orders import work_router
from appliance.web.app import WebParts, create_web

_NOBODY: Final[Any] = None


def document() -> dict[str, Any]:
    routers = [
        intranet_router(_NOBODY),
        work_router(_NOBODY, _NOBODY),
        reads_router(_NOBODY, _NOBODY),
        call_refusals_router(_NOBODY, _NOBODY),
    ]
    return create_web(WebParts(routers=routers)).openapi_schema.to_schema()


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By ``operationId``; each with its ``path`` and ``method`` beside what the document says."""
    return {
        operation["operationId"]: operation | {"path": path, "method": method.upper()}
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if path.startswith(BASE)
    }
