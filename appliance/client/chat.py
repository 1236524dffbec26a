"""The customer's side of the chat protocol: start a conversation, say things, know when a turn has ended.

A turn has ended when every message sent has come back as an event and a ``state`` event stands after the last of them.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self, TypeVar
from uuid import uuid4

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from appliance.client.frames import Choice, ClientFrame, Flush, Hello, Image, LeaveQueue, Message, Rate, ServerFrame
from appliance.conversation.model import Side, Speaker, Visible, VisibleKind
from appliance.errors import ApplianceError, Unavailable

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ServerFrame).decode

T = TypeVar("T")

TURN_TIMEOUT_S = 60.0
SETTLED: frozenset[str | None] = frozenset({None, "rating"})
"""What the bot waits for when it waits for nothing that was asked."""


class ChatError(ApplianceError):
    """The appliance refused a request or a message; ``code`` on the wire stands in ``reason``."""

    code = "chat_error"

    def __init__(self, detail: str, reason: str = "", http_status: int = 0) -> None:
        super().__init__(detail)
        self.reason = reason
        self.http_status = http_status


class TurnTimeout(Unavailable):
    code = "turn_timeout"


class ChatClient:
    """Starts and resumes conversations at one appliance. Sockets of the HTTP side are reused between them."""

    def __init__(
        self, base_url: str, http: httpx.AsyncClient | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        """``tls``: what an https address is checked by; None: by the authorities that this machine trusts."""
        self._base_url = base_url.rstrip("/")
        self._http = http or httpx.AsyncClient(timeout=30, trust_env=False, verify=tls or True)
        self.tls = tls

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def start(
        self,
        shop: str,
        *,
        channel: str = "web",
        token: str | None = None,
        business_now: datetime | None = None,
    ) -> "Conversation":
        body: dict[str, object] = {"shop": shop, "channel": channel}
        if token is not None:
            body["token"] = token
        if business_now is not None:
            body["business_now"] = business_now
        answer = await self._post("/api/chat/v1/conversations", content=_encode(body), kind="application/json")
        return self.resume(str(answer["conversation_id"]), str(answer["access_token"]))

    def resume(self, conversation_id: str, access_token: str, after: int = 0) -> "Conversation":
        return Conversation(self, conversation_id, access_token, after)

    async def _post(
        self, path: str, *, content: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> dict[str, object]:
        return await self._ask("POST", path, {"content-type": kind, **(headers or {})}, content)

    async def _get(self, path: str, headers: dict[str, str]) -> dict[str, object]:
        return await self._ask("GET", path, headers, None)

    async def _ask(self, method: str, path: str, headers: dict[str, str], content: bytes | None) -> dict[str, object]:
        try:
            answer = await self._http.request(method, self._base_url + path, content=content, headers=headers)
        except httpx.TransportError as error:
            raise Unavailable(f"no answer from {self._base_url}: {type(error).__name__}") from error
        if answer.status_code >= 400:
            raise _refusal(answer)
        return msgspec.json.decode(answer.content or b"null", type=dict[str, object] | None) or {}

    def socket_url(self, conversation_id: str, after: int) -> str:
        base = self._base_url.replace("http", "ws", 1)
        return f"{base}/api/chat/v1/conversations/{conversation_id}/ws?after={after}"


def _encoded(frame: ClientFrame) -> bytes:
    try:
        return _encode(frame)
    except UnicodeEncodeError as error:  # half characters, as Python makes them of bytes that are not UTF-8
        raise ChatError("not sent: it holds bytes that are no text; type or paste it again as UTF-8") from error


def _refusal(answer: httpx.Response) -> ChatError:
    try:
        problem = msgspec.json.decode(answer.content, type=dict[str, object])
    except msgspec.DecodeError:
        problem = {}
    detail = str(problem.get("detail") or problem.get("title") or answer.text[:200])
    return ChatError(f"{answer.status_code}: {detail}", str(problem.get("code", "")), answer.status_code)


class Place(NamedTuple):
    """Where the customer stands who waits for a person; None is what nobody knows."""

    position: int | None
    estimate_s: int | None
    opens_at: datetime | None


class Conversation:
    """One conversation as its customer sees it. Events are kept in order and never twice."""

    def __init__(self, client: ChatClient, conversation_id: str, access_token: str, after: int = 0) -> None:
        self.conversation_id = conversation_id
        self.access_token = access_token
        self.events: list[Visible] = []
        self.errors: list[ChatError] = []
        self.places: list[Place] = []
        """In the queue for people, as they were told, the last one last."""
        self._client = client
        self._after = after
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._sent: set[str] = set()
        self._acked: set[str] = set()
        self._refused: set[str] = set()
        self._seen: dict[str, int] = {}
        self._last_state = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def last_seq(self) -> int:
        return self.events[-1].seq if self.events else self._after

    @property
    def awaiting(self) -> str | None:
        """What the last ended turn left the bot waiting for."""
        return next((e.awaiting for e in reversed(self.events) if e.kind is VisibleKind.STATE), None)

    @property
    def is_handed_off(self) -> bool:
        """People are asked for or have the floor; the bot is silent until it is handed back."""
        last = next((e for e in reversed(self.events) if e.kind is VisibleKind.HANDOFF or e.holder is not None), None)
        return last is not None and last.holder is not Side.BOT

    @property
    def close_code(self) -> int | None:
        """With what the socket was closed; None while it is open."""
        return None if self._socket is None else self._socket.close_code

    @property
    def is_open(self) -> bool:
        return self._reader is not None and not self._reader.done()

    async def open(self) -> None:
        """Open the socket, or open it again: what was missed is sent first."""
        await self.close()
        url = self._client.socket_url(self.conversation_id, self.last_seq)
        try:
            self._socket = await connect(
                url, compression=None, proxy=None, max_size=4 << 20, ping_interval=None, ssl=self._client.tls
            )
            await self._send(Hello(access_token=self.access_token))
        except (OSError, WebSocketException) as error:
            raise Unavailable(f"cannot open the chat socket: {error}") from error
        self._reader = asyncio.create_task(self._read(self._socket))

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])  # not awaited itself: whoever cancels this is not to be unheard
            if not self._reader.cancelled():
                self._reader.result()
        self._socket = self._reader = None

    async def say(self, text: str, client_message_id: str | None = None) -> str:
        return await self._send_as(lambda at: Message(id=at, text=text), client_message_id)

    async def show(self, evidence_id: str, caption: str | None = None, client_message_id: str | None = None) -> str:
        return await self._send_as(lambda at: Image(id=at, evidence_id=evidence_id, caption=caption), client_message_id)

    async def choose(self, payload: str, client_message_id: str | None = None) -> str:
        return await self._send_as(lambda at: Choice(id=at, payload=payload), client_message_id)

    async def leave_queue(self) -> None:
        await self._send(LeaveQueue())

    async def rate(self, score: int) -> None:
        """Of the service of people that ended last, from 1 to 5."""
        await self._send(Rate(score=score))

    async def flush(self) -> None:
        await self._send(Flush())

    async def upload(self, content: bytes, media_type: str = "image/png") -> str:
        """Hand a picture over; the evidence id is what ``show`` then names."""
        answer = await self._client._post(self._path("images"), content=content, kind=media_type, headers=self._auth)
        return str(answer["evidence_id"])

    async def move_clock(self, by_s: int) -> None:
        """Evaluation profile only: the business clock moves on; what its timers made the bot say has arrived then."""
        if by_s > 0:
            body = _encode({"by_s": by_s})
            await self._client._post(self._path("clock"), content=body, kind="application/json", headers=self._auth)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Wait for everything that there is to see by now."""
        path = self._path(f"events?after={self.last_seq}")
        newest = int(str((await self._client._get(path, self._auth))["next"]))
        await self.until(lambda: self.last_seq >= newest)

    async def turn_end(self, *sent: str, timeout_s: float = TURN_TIMEOUT_S) -> str | None:
        """Wait until all that was ``sent`` is taken up and the bot waits again, and not for a receipt."""

        def ended() -> bool:
            if self.is_handed_off and all(m in self._seen or m in self._refused for m in sent):
                return True
            known = [self._seen[m] for m in sent if m in self._seen]
            pending = [m for m in sent if m not in self._seen and m not in self._refused]
            if pending or self.awaiting == "receipt":
                return False
            return not known or self._last_state > max(known)

        await self.until(ended, timeout_s)
        return self.awaiting

    async def until(self, condition: Callable[[], bool], timeout_s: float = TURN_TIMEOUT_S) -> None:
        """Wait for a condition on what has arrived."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if not self.is_open:
                raise Unavailable("the chat socket was closed" + "".join(f": {e.detail}" for e in self.errors[-1:]))
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), deadline - time.monotonic())
            except TimeoutError:
                raise TurnTimeout(f"no end of the turn within {timeout_s:.0f} s") from None

    async def follow(self) -> AsyncIterator[Visible]:
        """Events as they come, from the first one on; ends with the socket."""
        async for event in self._follow(self.events):
            yield event

    async def follow_places(self) -> AsyncIterator[Place]:
        """The same for the places in the queue."""
        async for place in self._follow(self.places):
            yield place

    async def _follow(self, came: list[T]) -> AsyncIterator[T]:
        at = 0
        while True:
            while at < len(came):
                yield came[at]
                at += 1
            if not self.is_open:
                return
            self._changed.clear()
            await self._changed.wait()

    def said_by_bot(self) -> list[Visible]:
        """Everything that was shown to the customer and not written by a person."""
        return [
            e for e in self.events if e.speaker in (Speaker.BOT, Speaker.SYSTEM) and e.kind is not VisibleKind.STATE
        ]

    @property
    def _auth(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access_token}"}

    def _path(self, what: str) -> str:
        return f"/api/chat/v1/conversations/{self.conversation_id}/{what}"

    async def _send_as(self, frame: Callable[[str], ClientFrame], client_message_id: str | None) -> str:
        named = client_message_id or uuid4().hex
        raw = _encoded(frame(named))
        self._sent.add(named)
        await self._send_raw(raw)
        return named

    async def _send(self, frame: ClientFrame) -> None:
        await self._send_raw(_encoded(frame))

    async def _send_raw(self, raw: bytes) -> None:
        if self._socket is None:
            raise Unavailable("the chat socket is not open")
        try:
            await self._socket.send(raw, text=True)
        except ConnectionClosed as error:
            raise Unavailable("the chat socket was closed") from error

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for raw in socket:
                self._take(_decode(raw))
                self._changed.set()
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code not in (1000, 1001, 1012):
                self.errors.append(
                    ChatError(f"closed with {error.rcvd.code} {error.rcvd.reason}", str(error.rcvd.code))
                )
        finally:
            self._changed.set()

    def _take(self, frame: ServerFrame) -> None:
        if frame.type == "ack" and frame.id is not None:
            self._acked.add(frame.id)
        elif frame.type == "error":
            self.errors.append(ChatError(frame.detail, frame.code))
            self._refused |= self._sent - self._acked if frame.id is None else {frame.id}
        elif frame.type == "queue":
            self.places.append(Place(frame.position, frame.estimate_s, frame.opens_at))
        elif frame.type == "event" and frame.event is not None and frame.event.seq > self.last_seq:
            self._add(frame.event)

    def _add(self, event: Visible) -> None:
        self.events.append(event)
        if event.client_message_id is not None:
            self._seen[event.client_message_id] = event.seq
        if event.kind is VisibleKind.STATE:
            self._last_state = event.seq
