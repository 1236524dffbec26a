"""People of the shop, who come in through the staff API as anybody of the staff would: accounts, seats, consoles."""

import asyncio
import json
import secrets
import sys
from base64 import b32decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from appliance.clock import SystemClock
from appliance.evaluation.throwaway import Throwaway
from appliance.web.access import COOKIE, CSRF_HEADER, CSRF_PROTOCOL
from security.access import totp

BASE = "/api/staff/v1"
BEAT_S = 10
PATIENCE_S = 30


class Staff:
    """One of the staff, logged in."""

    def __init__(self, web_url: str, staff_id: str, session: str, csrf: str) -> None:
        self.staff_id = staff_id
        self._web_url = web_url
        self._cookie = {"Cookie": f"{COOKIE}={session}"}
        self._csrf = csrf

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = self._cookie | {CSRF_HEADER: self._csrf}
        async with httpx.AsyncClient(base_url=self._web_url + BASE, trust_env=False, timeout=30) as http:
            answer = await http.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    @asynccontextmanager
    async def console(self, shop: str) -> AsyncIterator[ClientConnection]:
        """Online for as long as it is open."""
        url = f"{self._web_url.replace('http', 'ws', 1)}{BASE}/desk/ws?shop={shop}"
        csrf = Subprotocol(f"{CSRF_PROTOCOL}{self._csrf}")
        async with connect(url, additional_headers=self._cookie, subprotocols=[csrf], proxy=None) as socket:
            await socket.send('{"type":"presence","presence":"online"}')
            beating = asyncio.create_task(_beat(socket))
            try:
                yield socket
            finally:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)


async def _beat(socket: ClientConnection) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        await socket.send('{"type":"ping"}')


class Agent:
    """Who serves the customers of one shop at a console."""

    def __init__(self, staff: Staff, shop: str, badge: str, socket: ClientConnection) -> None:
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
        events = await self._staff.call("GET", f"/desk/conversations/{given['conversation_id']}/events")
        return [event["data"] for event in events if event["type"] == type_]

    async def _do(self, deed: str, given: dict[str, Any], **body: Any) -> None:
        path = f"/desk/conversations/{given['conversation_id']}/{deed}"
        await self._staff.call("POST", path, {"token": given["token"], **body})


class Office:
    """The staff of an appliance; its first security administrator makes their accounts."""

    def __init__(self, web_url: str, admin: Staff) -> None:
        self._web_url = web_url
        self._admin = admin

    @classmethod
    async def founded(cls, place: Throwaway) -> "Office":
        command = [sys.executable, "-m", "appliance.cli.main", "admin", "bootstrap", "--json"]
        done = await asyncio.create_subprocess_exec(
            *command, env=place.environment, cwd="/", stdout=asyncio.subprocess.PIPE
        )
        made = json.loads((await done.communicate())[0])
        token = next(each["token"] for each in made if each["role"] == "sec_admin")
        name = f"sun.{secrets.token_hex(4)}"
        return cls(place.web_url, await _come_in(place.web_url, token, name, is_named=False))

    @asynccontextmanager
    async def agent(self, shop: str, badge: str, *, capacity: int = 5) -> AsyncIterator[Agent]:
        """With a seat that a supervisor has given him, and online."""
        boss, staff = await self._hire("supervisor", shop), await self._hire("agent", shop)
        seat = {"shop": shop, "badge": badge, "groups": ["general", "complaints"], "capacity": capacity}
        await boss.call("PUT", f"/desk/seats/{staff.staff_id}", seat)
        async with staff.console(shop) as socket:
            yield Agent(staff, shop, badge, socket)

    async def _hire(self, role: str, shop: str) -> Staff:
        login = f"lin.{secrets.token_hex(6)}"
        wanted = {"login": login, "name": login, "roles": [role], "shops": [shop]}
        made = await self._admin.call("POST", "/accounts", wanted)
        return await _come_in(self._web_url, made["set_up"]["token"], login)


async def _come_in(web_url: str, token: str, login: str, *, is_named: bool = True) -> Staff:
    """Sets an account up and logs in. A code counts once, so the second one is of half a minute later."""
    password = f"Aa1-{secrets.token_urlsafe(24)}"
    new = {} if is_named else {"login": login, "name": login}
    async with httpx.AsyncClient(base_url=web_url + BASE, trust_env=False, timeout=30) as http:
        seed = b32decode((await _post(http, "/setup", token=token)).json()["seed"])
        step = totp.step_at(SystemClock().now())
        await _post(http, "/setup/finish", token=token, password=password, code=totp.code(seed, step), **new)
        ticket = (await _post(http, "/login", login=login, password=password)).json()["ticket"]
        done = await _post(http, "/login/second", ticket=ticket, code=totp.code(seed, step + 1))
    session = done.headers["set-cookie"].partition(";")[0].partition("=")[2]
    me = done.json()
    return Staff(web_url, me["account"]["staff_id"], session, me["csrf_token"])


async def _post(http: httpx.AsyncClient, path: str, **body: str) -> httpx.Response:
    answer = await http.post(path, json=body)
    assert answer.is_success, answer.text
    return answer
