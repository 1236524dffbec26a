"""What the application asks of the server that runs it: limits that the protocols rely on."""

from typing import Any, Final

MOST_FRAME_BYTES: Final = 192 * 1024
"""Beyond this a WebSocket frame is not even read: the socket is closed with 1009."""
_PING_S: Final = 20.0

OPTIONS: Final[dict[str, Any]] = {
    "ws_max_size": MOST_FRAME_BYTES,
    "ws_max_queue": 8,
    "ws_ping_interval": _PING_S,
    "ws_ping_timeout": _PING_S,
    "ws_per_message_deflate": False,  # compressing secrets beside what a stranger chose gives them away
    "proxy_headers": False,
    "timeout_keep_alive": 30,
}
"""For any uvicorn that is to serve ``create_web``."""
