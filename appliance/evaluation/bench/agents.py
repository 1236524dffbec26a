"""Agents of a throw-away appliance, with seats and consoles: made as an administrator would make them."""

import asyncio
from base64 import b32decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.location import database_url
from appliance.desk.terms import shipped_terms
from appliance.identity.staff_access import access_control
from appliance.ids import ShopId, uuid7
from appliance.joints.root_key import open_root
from appliance.web.access import COOKIE, CSRF_HEADER, CSRF_PROTOCOL
from security.access import tokens, totp
from security.access.model import Factor, Origin, Principal
from security.access.permissions import Role
from security.access.rights import fitting
from security.access.service import AccessControl
from security.access.set_up import Chosen
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

_HERE: Final = Origin(ip="127.0.0.1")
_BASE: Final = "/api/staff/v1"
CAPACITY: Final = 50


class _Assigned(msgspec.Struct, frozen=True):
    type: str
    conversation: dict[str, object] = {}


_decode = msgspec.json.Decoder(_Assigned).decode


class Consoles:
    """Of one shop: so many agents who are online, and what they were given."""

    def __init__(self, web_url: str, shop: str) -> None:
        self._web_url = web_url
        self._shop = shop
        self._sockets: list[ClientConnection] = []
        self._reading: list[asyncio.Task[None]] = []
        self.given: dict[str, float] = {}
        """By conversation, in seconds of the loop."""

    async def open(self, session: str) -> None:
        url = f"{self._web_url.replace('http', 'ws', 1)}{_BASE}/desk/ws?shop={self._shop}"
        csrf = Subprotocol(f"{CSRF_PROTOCOL}{tokens.csrf(session)}")
        headers = {"Cookie": f"{COOKIE}={session}"}
        socket = await connect(url, additional_headers=headers, subprotocols=[csrf], proxy=None, compression=None)
        self._sockets.append(socket)
        self._reading.append(asyncio.create_task(self._read(socket)))
        await socket.send('{"type":"presence","presence":"online"}')

    async def _read(self, socket: ClientConnection) -> None:
        now = asyncio.get_running_loop().time
        async for raw in socket:
            frame = _decode(raw)
            if frame.type == "assigned":
                self.given.setdefault(str(frame.conversation["conversation_id"]), now())

    async def beat(self) -> None:
        """Signs of life, for as long as the task lives."""
        while True:
            await asyncio.sleep(10)
            for socket in self._sockets:
                await socket.send('{"type":"ping"}')

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()
        await asyncio.gather(*self._reading, return_exceptions=True)


@asynccontextmanager
async def consoles(settings: Settings, web_url: str, shop: str, count: int) -> AsyncIterator[Consoles]:
    made = Consoles(web_url, shop)
    sessions = await _sessions(settings, shop, count)
    await _give_seats(web_url, shop, sessions)
    for _, session in sessions:
        await made.open(session)
    beating = asyncio.create_task(made.beat())
    try:
        yield made
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await made.close()


async def _sessions(settings: Settings, shop: str, count: int) -> list[tuple[UUID, str]]:
    """Supervisors who serve the shop, each with a session."""
    clock = SystemClock()
    ring = KeyRing(open_root(settings), Suite[settings.crypto.suite.name], clock)
    access = access_control(settings.access, ring, clock)
    db = await Database.open(database_url(settings), size=2, name="bench-agents")
    try:
        async with db.system() as conn:
            await access.installation.bootstrap(conn, _HERE)
        return [await _session(db, access, shop, f"bench.agent{number}") for number in range(count)]
    finally:
        await db.close()


async def _session(db: Database, access: AccessControl, shop: str, login: str) -> tuple[UUID, str]:
    rights = fitting([Role.SUPERVISOR], [ShopId(shop)])
    by = Principal(staff_id=uuid7(), session_id=uuid7(), rights=fitting([Role.SEC_ADMIN]), factor=Factor.TOTP)
    async with db.system() as conn:
        made = await access.changes.create(conn, by, login, login, rights, _HERE)
        assert made.set_up is not None  # noqa: S101 - before it goes live one may act alone
        enrolled = await access.set_up.begin(conn, made.set_up.token, _HERE)
        code = totp.code(b32decode(enrolled.seed), totp.step_at(SystemClock().now()))
        chosen = Chosen(password=tokens.new(), code=code, login=None, name=None)
        prepared = await access.set_up.prepare(conn, made.set_up.token, chosen)
        hashed = await access.passwords.hash(chosen.password)
        staff_id = await access.set_up.finish(conn, prepared, hashed, _HERE)
        opened = await access.sessions.open(conn, staff_id, Factor.TOTP, _HERE)
    return staff_id, opened.token


async def _give_seats(web_url: str, shop: str, sessions: list[tuple[UUID, str]]) -> None:
    async with httpx.AsyncClient(base_url=web_url + _BASE, trust_env=False, timeout=30) as http:
        for number, (staff_id, session) in enumerate(sessions):
            seat = {
                "shop": shop,
                "badge": f"{1000 + number}",
                "groups": sorted(shipped_terms().groups),
                "capacity": CAPACITY,
            }
            headers = {"Cookie": f"{COOKIE}={session}", CSRF_HEADER: tokens.csrf(session)}
            answer = await http.put(f"/desk/seats/{staff_id}", json=seat, headers=headers)
            answer.raise_for_status()
