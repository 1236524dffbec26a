"""The route of calls from pages, and the program that runs beside a page's sound."""

from typing import Any, Final

from litestar import Router, WebSocket, websocket
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from appliance.channels.page_call.relay import Exchange
from appliance.web import labels
from appliance.web.access import Proof, proven

_CALL: Final = proven(
    Proof.CONVERSATION_TOKEN, labels.of("conversation", "conversation_event", "event_body", "inbound")
)


@websocket("/conversations/{conversation_id:str}/call", opt=_CALL)
async def call_socket(
    socket: WebSocket[Any, Any, Any], exchange: NamedDependency[Exchange], conversation_id: FromPath[str]
) -> None:
    await exchange.call(socket, conversation_id)


def call_router(exchange: Exchange) -> Router:
    return Router(
        "/api/chat/v1",
        route_handlers=[call_socket],
        dependencies={"exchange": Provide(lambda: exchange, sync_to_thread=False)},
    )
