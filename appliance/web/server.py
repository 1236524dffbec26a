"""How the application is served: uvicorn with the limits that the protocols rely on."""

from typing import Any, Final

import uvicorn

MOST_FRAME_BYTES: Final = 192 * 1024
"""Beyond this a WebSocket frame is not even read: the socket is closed with 1009."""
_PING_S: Final = 20.0
_GRACE_S: Final = 10


def server_config(app: Any, **where: Any) -> uvicorn.Config:
    """``where``: host and port, uds, or fd; and ssl_* if TLS ends here. No access log: paths hold conversation ids."""
    return uvicorn.Config(
        app,
        ws_max_size=MOST_FRAME_BYTES,
        ws_max_queue=8,
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PING_S,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        **where,
    )
