"""An order system that is the demo shop's until something is to be written: that it refuses, in words of one's own."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import httpx

from tests.e2e.conftest import NOW, Shop, orders_of


@asynccontextmanager
async def refusing(shop: Shop, reason: str) -> AsyncIterator[Callable[[], int]]:
    """The shop's customer and orders behind such a system. Yields how often it has refused."""
    site, key = shop.site, uuid4().hex
    await site.orders.open_shop(shop.name, key, now=NOW)
    await site.orders.load(shop.name, orders_of(shop.customer))
    refused: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = httpx.get(site._order_system_url + self.path, headers={"x-api-key": key}, trust_env=False)
            self._answer(answer.status_code, answer.content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            refused.append(self.path)
            self._answer(409, json.dumps({"code": "UNITS_IN_SERVICE", "message": reason}).encode())

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        await site._desk.open_shop(shop.name, shop.name, order_system_url=url, order_system_key=key)
        yield lambda: len(refused)
    finally:
        await site._desk.open_shop(shop.name, shop.name, order_system_url=site._order_system_url, order_system_key=key)
        await asyncio.to_thread(server.shutdown)
        thread.join()
        server.server_close()
