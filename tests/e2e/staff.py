"""Agents who serve the customers of a shop from the staff API, without a browser of their own."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection

from tests.e2e.people import Office, Session

PATIENCE_S = 30


class Agent:
    """Who serves the customers of one shop at a console."""

    def __init__(self, staff: Session, shop: str, badge: str, socket: ClientConnection) -> None:
        self.badge = badge
        self._staff = staff
        self._shop = shop
        self._socket = socket

    async def is_given(self) -> dict[str, Any]:
        """The next conversation that is his: with its id and token."""
        given: dict[str, Any] = (await self.hears("assigned"))["conversation"]
        return given

    async def hears(self, type_: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame: dict[str, Any] = json.loads(await self._socket.recv())
                if frame["type"] == type_:
                    return frame

    async def types(self, given: dict[str, Any]) -> None:
        await self._socket.send(json.dumps({"type": "typing", "conversation_id": given["conversation_id"]}))

    async def says(self, given: dict[str, Any], text: str) -> None:
        await self._do("messages", given, client_message_id=secrets.token_hex(8), text=text)

    async def hands_back(self, given: dict[str, Any]) -> None:
        await self._do("hand-back", given)

    async def closes(self, given: dict[str, Any], *, asks_rating: bool = True) -> None:
        await self._do("close", given, reason="solved", asks_rating=asks_rating)

    async def read(self, given: dict[str, Any], type_: str) -> list[dict[str, Any]]:
        """What the log of the conversation holds of a type."""
        events = await self._staff.ask("GET", f"/desk/conversations/{given['conversation_id']}/events")
        return [event["data"] for event in events if event["type"] == type_]

    async def _do(self, deed: str, given: dict[str, Any], **body: Any) -> None:
        path = f"/desk/conversations/{given['conversation_id']}/{deed}"
        await self._staff.ask("POST", path, {"token": given["token"], **body})


@asynccontextmanager
async def an_agent(office: Office, shop: str, badge: str, *, capacity: int = 5) -> AsyncIterator[Agent]:
    """With a seat that a supervisor has given him, and online."""
    async with httpx.AsyncClient(base_url=office.web_url, trust_env=False, timeout=30) as http:
        boss, staff = [
            await office.log_in(http, await office.hire(http, role, shops=(shop,))) for role in ("supervisor", "agent")
        ]
        seat = {"shop": shop, "badge": badge, "groups": ["general", "complaints"], "capacity": capacity}
        await boss.ask("PUT", f"/desk/seats/{staff.person.staff_id}", seat)
        async with staff.console(shop) as socket:
            yield Agent(staff, shop, badge, socket)
