"""The door of the shop's API: whose key is it, and which faults strike. Pure ASGI; no body is read into."""

import asyncio
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from appliance.demo.order_system.desk import Desk
from appliance.demo.order_system.faults import FaultBoard, FaultName
from appliance.demo.order_system.problems import Problem
from appliance.demo.order_system.shops import Shops

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def header(scope: Scope, name: bytes) -> str | None:
    value = next((value for key, value in scope["headers"] if key == name), None)
    return value.decode("latin-1") if value is not None else None


class ShopGate:
    def __init__(self, app: ASGIApp, shops: Shops, desk: Desk, faults: FaultBoard) -> None:
        self._app = app
        self._shops = shops
        self._desk = desk
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        shop = self._shops.of_key(header(scope, b"x-api-key") or "")
        if shop is None:
            raise Problem(401, "KEY_INVALID", "send the shop's key as X-Api-Key")
        scope["state"]["shop"] = shop
        self._desk.served[shop.shop_id] += 1
        is_write = scope["method"] not in _READS
        if delay := self._faults.strike(FaultName.DELAY_MS, shop.shop_id, is_write=is_write):
            receive = await _received(receive)
            await asyncio.sleep(delay.ms / 1000)
        if self._faults.strike(FaultName.ERROR_5XX, shop.shop_id, is_write=is_write):
            raise Problem(503, "OUT_OF_ORDER", "switched off by a fault; nothing was written")
        if self._faults.strike(FaultName.LOSE_ANSWER, shop.shop_id, is_write=is_write):
            await self._app(scope, receive, _swallow)
            await _drop_connection(scope, receive)
            return
        await self._app(scope, receive, send)


async def _received(receive: Receive) -> Receive:
    """The body is taken in first, so that a caller who goes away in the meantime gets his write all the same."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    messages.reverse()

    async def again() -> Any:
        return messages.pop() if messages else await receive()

    return again


async def _swallow(_: Message) -> None:
    pass


async def _drop_connection(scope: Scope, receive: Receive) -> None:
    """Needs the server of ``server.py``, which hands its transport's ``abort`` in; others can only fail loudly."""
    extensions: dict[str, Any] = {**(scope.get("extensions") or {})}
    abort = extensions.get("connection", {}).get("abort")
    if abort is None:
        raise ConnectionAbortedError("this server cannot drop a connection")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass
