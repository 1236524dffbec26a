"""Staff of the appliance under test, made as the first administrators make them: over the staff API, in both steps."""

import asyncio
import json
import sys
from base64 import b32decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import uuid4

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from appliance.clock import SystemClock
from appliance.evaluation.throwaway import Throwaway
from appliance.web.access import COOKIE, CSRF_HEADER, CSRF_PROTOCOL
from security.access import totp

API: Final = "/api/staff/v1"
BEAT_S: Final = 10


def password() -> str:
    return f"Tree-{uuid4().hex[:12]}-Lake"


class Person(msgspec.Struct, kw_only=True):
    """Knows a password and holds an authenticator app. A code counts once, so each is of the step after the last."""

    login: str
    name: str
    password: str
    seed: str
    staff_id: str = ""
    step: int = 0

    def code(self) -> str:
        """The next that counts: of the step before this one at the earliest, of the one after it at the latest."""
        now = totp.step_at(SystemClock().now())
        self.step = max(self.step + 1, now - 1)
        assert self.step <= now + 1, "three codes in half a minute: take another person"
        return totp.code(b32decode(self.seed), self.step)


class Session:
    """One person before the staff API."""

    def __init__(self, person: Person, http: httpx.AsyncClient, token: str, csrf: str) -> None:
        self.person = person
        self.token = token
        self._http = http
        self._csrf = csrf

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Cookie": f"{COOKIE}={self.token}", CSRF_HEADER: self._csrf}
        answer = await self._http.request(method, API + path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def is_in(self) -> bool:
        answer = await self._http.get(f"{API}/me", headers={"Cookie": f"{COOKIE}={self.token}"})
        return answer.is_success

    @asynccontextmanager
    async def console(self, shop: str) -> AsyncIterator[ClientConnection]:
        """Online for as long as it is open."""
        url = f"{str(self._http.base_url).replace('http', 'ws', 1).rstrip('/')}{API}/desk/ws?shop={shop}"
        csrf, cookie = Subprotocol(f"{CSRF_PROTOCOL}{self._csrf}"), {"Cookie": f"{COOKIE}={self.token}"}
        async with connect(url, additional_headers=cookie, subprotocols=[csrf], proxy=None) as socket:
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


class Office:
    """The four first administrators, and whoever they let in. Whether it is live or not, two of them agree."""

    def __init__(self, place: Throwaway) -> None:
        self._place = place
        self._first: list[Session] = []
        self.unused: dict[str, str] = {}
        """One-time tokens of the first administrators whom no test has let in yet, by role."""
        self.web_url = place.web_url

    async def bootstrap(self) -> list[dict[str, str]]:
        """One-time tokens of the first four, by the command of the machine's operator."""
        program = [sys.executable, "-m", "appliance.cli.main", "admin", "bootstrap", "--json"]
        done = await asyncio.create_subprocess_exec(
            *program, env=self._place.environment, cwd="/", stdout=asyncio.subprocess.PIPE
        )
        said, _ = await done.communicate()
        assert done.returncode == 0
        found: list[dict[str, str]] = json.loads(said)
        return found

    async def open(self, http: httpx.AsyncClient) -> None:
        for each in await self.bootstrap():
            if each["role"] == "sec_admin":
                person = await self._set_up(http, each["token"], login=f"sec.{uuid4().hex[:8]}", name="安全甲")
                self._first.append(await self.log_in(http, person))
            else:
                self.unused[each["role"]] = each["token"]

    async def hire(self, http: httpx.AsyncClient, *roles: str, shops: tuple[str, ...] = ()) -> Person:
        """A new person with an account that is set up."""
        token = await self.invite(http, *roles, shops=shops)
        return await self._set_up(http, token)

    async def invite(self, http: httpx.AsyncClient, *roles: str, shops: tuple[str, ...] = ()) -> str:
        """The token with which a new person sets the account up."""
        proposer, approver = self._first = [await self._still_in(http, each) for each in self._first]
        wanted = {"login": f"{roles[0][:3]}.{uuid4().hex[:8]}", "name": "高远", "roles": roles, "shops": shops}
        result = await proposer.ask("POST", "/accounts", wanted)
        if result["state"] == "proposed":
            result = await approver.ask("POST", f"/changes/{result['change_id']}/approve")
        token: str = result["set_up"]["token"]
        return token

    async def _still_in(self, http: httpx.AsyncClient, session: Session) -> Session:
        """A session ends where nobody used it for a quarter of an hour: then its person logs in again."""
        there = Session(session.person, http, session.token, session._csrf)
        return there if await there.is_in() else await self.log_in(http, session.person)

    async def log_in(self, http: httpx.AsyncClient, person: Person) -> Session:
        proof = {"login": person.login, "password": person.password}
        ticket = (await http.post(f"{API}/login", json=proof)).json()["ticket"]
        answer = await http.post(f"{API}/login/second", json={"ticket": ticket, "code": person.code()})
        assert answer.is_success, answer.text
        me, token = answer.json(), answer.cookies[COOKIE]
        http.cookies.clear()
        person.staff_id = me["account"]["staff_id"]
        return Session(person, http, token, me["csrf_token"])

    async def _set_up(self, http: httpx.AsyncClient, token: str, **named: str) -> Person:
        enrolment = (await http.post(f"{API}/setup", json={"token": token})).json()
        login = enrolment["login"] or named["login"]
        person = Person(login=login, name=named.get("name", "高远"), password=password(), seed=enrolment["seed"])
        chosen = {"token": token, "password": person.password, "code": person.code(), **named}
        answer = await http.post(f"{API}/setup/finish", json=chosen)
        assert answer.is_success, answer.text
        return person
