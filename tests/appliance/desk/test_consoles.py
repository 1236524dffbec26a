"""Agents at their consoles and customers at theirs, over real sockets of the whole application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from appliance.app.web import listening
from appliance.channels.staff import http as staff_http
from appliance.channels.staff.desk_socket import DeskPace
from appliance.client.chat import ChatClient, Conversation
from appliance.conversation.model import Side, Speaker, VisibleKind
from appliance.db import Database
from appliance.web.access import COOKIE
from security.access import tokens
from security.access.permissions import Role
from security.access.sessions import End
from tests.appliance.aftersales.evidence.test_rules_of_evidence import with_place_and_turned
from tests.appliance.channels.whole import SHOP, Whole
from tests.security.audit.faults import sealing
from tests.security.audit.world import Log

STAFF = "/api/staff/v1"
LIMIT_S = 30.0


class Console:
    """One agent's browser."""

    def __init__(self, url: str, session: str, staff_id: UUID) -> None:
        self.url = url
        self.session = session
        self.staff_id = staff_id
        self.socket: ClientConnection | None = None
        self.frames: list[dict[str, Any]] = []
        self._more = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> "Console":
        address = f"{self.url.replace('http', 'ws')}{STAFF}/desk/ws?shop={SHOP}"
        subprotocols: Any = ["appliance.desk.v1", f"csrf.{tokens.csrf(self.session)}"]
        headers = {"Cookie": f"{COOKIE}={self.session}"}
        self.socket = await connect(address, additional_headers=headers, subprotocols=subprotocols)
        self._reading = asyncio.create_task(self._read(self.socket))
        await self.until(lambda frame: frame["type"] == "welcome")
        return self

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def send(self, **frame: Any) -> None:
        assert self.socket is not None
        await self.socket.send(msgspec.json.encode(frame).decode())

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Cookie": f"{COOKIE}={self.session}", "X-CSRF-Token": tokens.csrf(self.session)}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False) as http:
            return await http.request(method, STAFF + path, json=body)

    async def until(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first frame that fits, of all that have come or will."""
        async with asyncio.timeout(LIMIT_S), self._more:
            await self._more.wait_for(lambda: any(map(fits, self.frames)))
        return next(frame for frame in self.frames if fits(frame))

    async def event(self, type_: str) -> dict[str, Any]:
        found = await self.until(lambda frame: frame["type"] == "event" and frame["event"]["type"] == type_)
        event: dict[str, Any] = found["event"]
        return event

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for raw in socket:
                async with self._more:
                    self.frames.append(msgspec.json.decode(raw))
                    self._more.notify_all()
        except ConnectionClosed:
            return


class Floor:
    """The application behind a server, with its listener, and people who have seats."""

    def __init__(self, whole: Whole) -> None:
        self.whole = whole
        self.client = ChatClient(whole.url)

    async def agent(self, name: str, badge: str, role: Role = Role.AGENT) -> Console:
        people = self.whole.world
        person = await people.appoint(self.sec, name, role, shops=[SHOP])
        session = await person.log_in()
        console = Console(self.whole.url, session.token, session.principal.staff_id)
        if badge:
            given = {"shop": SHOP, "badge": badge, "groups": ["general", "complaints"], "capacity": 5}
            path = f"/desk/seats/{console.staff_id}"
            assert (await self.boss.call("PUT", path, given)).status_code == 204
        return console

    async def begin(self) -> "Floor":
        people = await self.whole.world.first_four()
        self.sec = (await people["sec.li"].log_in()).principal
        self.boss = await self.agent("boss.zhou", "", Role.SUPERVISOR)
        return self

    @asynccontextmanager
    async def customer(self) -> AsyncIterator[Conversation]:
        async with await self.client.start(SHOP) as conversation:
            await conversation.until(lambda: len(conversation.events) >= 2)
            yield conversation


@pytest.fixture
async def floor(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Floor]:
    whole = await Whole.made(db, database_url, tmp_path)
    async with sealing(Log(database_url, tmp_path)), listening(whole.core), whole.served():
        made = await Floor(whole).begin()
        yield made
        await made.client.__aexit__(None, None, None)
    await whole.aclose()


def heard(conversation: Conversation, words: str, speaker: Speaker) -> bool:
    return any(words in event.text and event.speaker is speaker for event in conversation.events)


async def test_a_customer_asks_for_a_person_and_they_talk(floor: Floor) -> None:
    lin = await (await floor.agent("lin.he", "1024")).open()
    await lin.send(type="presence", presence="online")
    async with floor.customer() as customer:
        await customer.say("转人工")
        given = (await lin.until(lambda frame: frame["type"] == "assigned"))["conversation"]
        assert (given["reason"], given["conversation_id"]) == ("customer_asked", customer.conversation_id)
        assert (await lin.event("customer.said"))["words"] == "转人工"
        spoken = {"conversation_id": given["conversation_id"], "token": given["token"]}
        await lin.send(type="typing", conversation_id=given["conversation_id"])
        await lin.send(type="message", id="a-1", text="您好，请讲", **spoken)
        assert (await lin.until(lambda frame: frame["type"] == "ack"))["duplicate"] is False
        await customer.until(lambda: heard(customer, "您好，请讲", Speaker.AGENT))
        await customer.say("鞋子开胶了")
        await lin.until(lambda frame: frame["type"] == "event" and frame["event"].get("words") == "鞋子开胶了")
        back = await lin.call(
            "POST", f"/desk/conversations/{given['conversation_id']}/hand-back", {"token": given["token"]}
        )
        assert back.json()["holder"] == "bot"
        await lin.until(lambda frame: frame["type"] == "released")
        await customer.until(lambda: not customer.is_handed_off)
        await lin.send(type="message", id="a-2", text="还在吗", **spoken)
        refused = await lin.until(lambda frame: frame["type"] == "error")
        assert (refused["code"], refused["id"]) == ("not_the_owner", "a-2")
        assert not heard(customer, "还在吗", Speaker.AGENT)
    holders = [event.holder for event in customer.events if event.kind is VisibleKind.OWNER]
    assert holders == [Side.AGENT, Side.BOT]
    await lin.close()


async def test_who_waits_is_told_his_place_whenever_it_changes(floor: Floor) -> None:
    async with floor.customer() as one, floor.customer() as two:
        await one.say("转人工")
        await one.until(lambda: bool(one.places))
        await two.say("转人工")
        await two.until(lambda: bool(two.places))
        assert (one.places[-1].position, two.places[-1].position) == (1, 2)
        assert two.places[-1].estimate_s is None, "nobody is there: nobody knows"
        await one.leave_queue()
        await two.until(lambda: two.places[-1].position == 1)
        await one.until(lambda: not one.is_handed_off)
        lin = await (await floor.agent("lin.he", "1024")).open()
        await lin.send(type="presence", presence="online")
        await two.until(lambda: any(event.holder is Side.AGENT for event in two.events))
        await lin.close()


async def test_a_supervisor_looks_into_a_conversation_and_takes_it_over(floor: Floor) -> None:
    lin = await (await floor.agent("lin.he", "1024")).open()
    boss = await (await floor.agent("boss.sun", "9001", Role.SUPERVISOR)).open()
    await lin.send(type="presence", presence="online")
    async with floor.customer() as customer:
        await customer.say("转人工")
        given = (await lin.until(lambda frame: frame["type"] == "assigned"))["conversation"]
        await boss.send(type="watch", conversation_id=given["conversation_id"])
        assert (await boss.event("customer.said"))["words"] == "转人工"
        taken = (await boss.call("POST", f"/desk/conversations/{given['conversation_id']}/take")).json()
        await lin.until(lambda frame: frame["type"] == "released")
        await boss.until(lambda frame: frame["type"] == "assigned")
        spoken = {"conversation_id": given["conversation_id"], "token": taken["token"]}
        await boss.send(type="message", id="b-1", text="我是主管", **spoken)
        await customer.until(lambda: heard(customer, "我是主管", Speaker.AGENT))
        carried = (await lin.call("GET", f"/desk/conversations/{given['conversation_id']}")).json()
        assert (carried["holder"], carried["agent_id"]) == ("agent", str(boss.staff_id))
    for console in (lin, boss):
        await console.close()


async def test_an_agent_is_told_when_something_else_changes_a_work_order_of_his(floor: Floor) -> None:
    lin = await (await floor.agent("lin.he", "1024")).open()
    member = {"shop": SHOP, "team": "after_sales"}
    assert (await floor.boss.call("PUT", f"/work-members/{lin.staff_id}", member)).status_code == 204
    opened = (await floor.boss.call("POST", "/work-orders", {"shop": SHOP})).json()
    told = await lin.until(lambda frame: frame["type"] == "work")
    assert (told["work_order_id"], opened["assignee"]) == (opened["work_order_id"], str(lin.staff_id))
    await lin.close()


async def test_without_session_csrf_or_permission_no_console_opens(floor: Floor) -> None:
    lin = await floor.agent("lin.he", "1024")
    approver = await floor.agent("ap.wu", "", Role.APPROVER)
    address = f"{lin.url.replace('http', 'ws')}{STAFF}/desk/ws?shop={SHOP}"
    cookie = {"Cookie": f"{COOKIE}={lin.session}"}
    for headers, offered in (
        ({}, []),
        (cookie, ["appliance.desk.v1"]),
        (cookie, ["appliance.desk.v1", "csrf.wrong"]),
        ({"Cookie": f"{COOKIE}={approver.session}"}, [f"csrf.{tokens.csrf(approver.session)}"]),
    ):
        subprotocols: Any = offered or None
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(address, additional_headers=headers, subprotocols=subprotocols) as socket:
                await socket.recv()


async def test_an_open_page_does_not_keep_a_session_alive(floor: Floor) -> None:
    """A sign of life is no use of it; what the agent does is."""
    lin = await (await floor.agent("lin.he", "1024")).open()
    clock = floor.whole.world.clock
    floor.whole.core.access.sessions._clock = clock
    clock.move(minutes=16)
    await lin.send(type="ping")
    assert lin.socket is not None
    await lin.socket.wait_closed()
    assert lin.socket.close_code == 4401
    await lin.close()


@pytest.mark.parametrize("ends_by", ["being ended", "no use"])
async def test_a_console_that_only_listens_closes_with_its_session(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, ends_by: str
) -> None:
    monkeypatch.setattr(staff_http, "DeskPace", partial(DeskPace, session_s=0.1))
    lin = await (await floor.agent("lin.he", "1024")).open()
    sessions, clock = floor.whole.core.access.sessions, floor.whole.world.clock
    if ends_by == "no use":
        sessions._clock = clock
        clock.move(minutes=16)
    else:
        async with floor.whole.core.db.system() as conn:
            assert await sessions.end_all(conn, lin.staff_id, End.REVOKED) == 1
    assert lin.socket is not None
    async with asyncio.timeout(LIMIT_S):
        await lin.socket.wait_closed()
    assert lin.socket.close_code == 4401
    await lin.close()


async def test_canned_replies_are_kept_for_all_agents(floor: Floor) -> None:
    lin = await floor.agent("lin.he", "1024")
    words = {"shop": SHOP, "title": "问候", "text": "您好，请打13912345678"}
    made = (await floor.boss.call("POST", "/desk/replies", words)).json()
    (found,) = (await lin.call("GET", f"/desk/replies?shop={SHOP}")).json()
    assert (found["title"], found["text"]) == ("问候", "您好，请打⟨手机⟩")
    assert (await lin.call("POST", "/desk/replies", words)).status_code == 403
    path = f"/desk/replies/{made['reply_id']}?shop={SHOP}"
    assert (await floor.boss.call("DELETE", path)).status_code == 204
    assert (await lin.call("GET", f"/desk/replies?shop={SHOP}")).json() == []


async def test_the_board_shows_who_waits_and_who_is_there(floor: Floor) -> None:
    lin = await (await floor.agent("lin.he", "1024")).open()
    await lin.send(type="live", is_wanted=True)
    async with floor.customer() as customer:
        await customer.say("转人工")
        await customer.until(lambda: bool(customer.places))
        told = {"conversation_id": customer.conversation_id, "holder": "nobody"}
        await lin.until(lambda frame: any(told.items() <= talk.items() for talk in frame.get("moved", ())))
        pushed = await lin.until(lambda frame: frame["type"] == "queue" and bool(frame["waiting"]))
        assert pushed["waiting"][0]["conversation_id"] == customer.conversation_id
        board = (await floor.boss.call("GET", f"/desk/board?shop={SHOP}")).json()
        general = next(group for group in board["groups"] if group["group"] == "general")
        assert (general["waiting"], general["online"]) == (1, 0)
        assert [seat["presence"] for seat in board["seats"]] == ["offline"]
        talks = (await floor.boss.call("GET", f"/desk/conversations?shop={SHOP}&holder=nobody")).json()
        assert [talk["conversation_id"] for talk in talks] == [customer.conversation_id]
    await lin.close()


@pytest.mark.control("P-15")
async def test_an_agent_sees_the_customers_pictures_and_those_of_no_other_conversation(floor: Floor) -> None:
    """Without the place at which they were taken; each look that is not into his own conversation is recorded."""
    lin = await floor.agent("lin.he", "1024")
    async with floor.customer() as customer, floor.customer() as other:
        evidence_id = await customer.upload(with_place_and_turned())
        path = f"/desk/conversations/{customer.conversation_id}/evidence/{evidence_id}"
        seen = await lin.call("GET", path)
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
        with Image.open(BytesIO(seen.content)) as image:
            assert not dict(image.getexif())
            assert image.size == (30, 40)
        elsewhere = await lin.call("GET", f"/desk/conversations/{other.conversation_id}/evidence/{evidence_id}")
        assert elsewhere.status_code == 404
        carried = (await lin.call("GET", f"/desk/conversations/{customer.conversation_id}")).json()
        assert carried["evidence"] == [evidence_id]
        assert await looks(floor) == [
            ("success", "picture", customer.conversation_id),
            ("success", "picture", other.conversation_id),
        ]
        taken = await lin.call("POST", f"/desk/conversations/{customer.conversation_id}/take")
        assert taken.status_code == 200
        assert (await lin.call("GET", path)).content == seen.content
        assert len(await looks(floor)) == 2


async def looks(floor: Floor) -> list[tuple[str, str, str]]:
    records = [each for each in await floor.whole.world.records() if each["action"] == "desk.look"]
    return [(each["outcome"], each["detail"]["what"], each["object"]["id"]) for each in records]


async def test_a_bad_frame_is_refused_and_the_console_stays(floor: Floor) -> None:
    lin = await (await floor.agent("lin.he", "1024")).open()
    assert lin.socket is not None
    for raw in (b"\x00", "{", '{"type":"dance"}', '{"type":"ping","id":"' + "x" * 70_000 + '"}'):
        await lin.socket.send(raw)
    await lin.send(type="ping")
    await lin.until(lambda frame: frame["type"] == "pong")
    assert [frame["status"] for frame in lin.frames if frame["type"] == "error"] == [422, 400, 422, 413]
    await lin.close()
