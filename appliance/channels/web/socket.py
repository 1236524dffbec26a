"""One chat socket: lets a customer in, takes frames, shows events. Holds no database connection while nothing happens.

Events are read from the log after the last one shown, never queued here: a slow reader costs no memory, and a
reconnect with the last ``seq`` loses nothing and repeats nothing.
"""

import asyncio
import logging
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, assert_never
from uuid import UUID

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from appliance.channels.web import frames
from appliance.channels.web.pages import Pages
from appliance.channels.web.service import Chat
from appliance.conversation.model import Speaker
from appliance.errors import Forbidden, InputError, InvalidInput, NotFound, Unavailable
from appliance.identity.access_token import offered_in
from appliance.identity.errors import TokenExpired, TokenMissing
from appliance.identity.model import ConversationAccess
from appliance.web.decoding import decode
from appliance.web.line import SocketLine, TooSlow, until_one_ends

PROTOCOL: Final = "appliance.chat.v1"
MOST_FRAME_CHARACTERS: Final = 160 * 1024
"""Room for the longest text even if every character is escaped."""

_log = logging.getLogger(__name__)


class Close(IntEnum):
    TRY_AGAIN_LATER = 1013
    FAILED = 1011
    BAD_REQUEST = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    NO_HELLO = 4408


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long a socket waits for what."""

    hello_s: float = 10.0
    beat_s: float = 30.0
    send_s: float = 10.0
    """A frame that the customer's side has not taken by then closes the socket with 1013."""
    close_s: float = 5.0


class _Refused(Exception):
    """The socket is closed with this code; why was said before."""

    def __init__(self, code: Close) -> None:
        self.code = code


class ChatSocket:
    def __init__(
        self, socket: WebSocket[Any, Any, Any], chat: Chat, pages: Pages, conversation_id: str, after: str, pace: Pace
    ) -> None:
        self._socket = socket
        self._chat = chat
        self._pages = pages
        self._conversation_id = conversation_id
        self._asked_after = after
        self._after = 0
        self._place: frames.Queue | None = None
        self._pace = pace
        self._line = SocketLine(socket, most_characters=MOST_FRAME_CHARACTERS, send_s=pace.send_s, close_s=pace.close_s)
        self._decoder = frames.EVALUATION_FRAMES if chat.is_evaluation else frames.FRAMES

    async def run(self) -> None:
        """Until one side closes. Raises nothing: a socket has nobody to raise to."""
        try:
            await self._serve()
        except (WebSocketDisconnect, OSError):
            return
        except _Refused as refused:
            await self._line.close(refused.code)
        except TooSlow:
            _log.info("chat.slow_reader", extra={"request_id": self._line.request_id})
            await self._line.close(Close.TRY_AGAIN_LATER)
        except Exception as error:
            await self._fail(error)

    async def _serve(self) -> None:
        offered = await self._line.accept(PROTOCOL)
        access = await self._admit(offered)
        await self._send(frames.Welcome(conversation_id=access.conversation_id, expires_at=access.expires_at))
        await until_one_ends(self._push(access), self._read(access))

    async def _admit(self, offered: list[str]) -> ConversationAccess:
        """What stands in the address is checked after the hello, so that its refusal is the answer to a frame."""
        try:
            access = self._chat.access(await self._token(offered), _named(self._conversation_id))
            await self._pages.admit(self._socket, access.shop_id)
            self._after = _position(self._asked_after)
            return access
        except InputError as error:
            await self._refuse(error, None)
            raise _Refused(_close_code(error)) from error

    async def _token(self, offered: list[str]) -> str:
        if token := offered_in(offered):
            return token
        try:
            async with asyncio.timeout(self._pace.hello_s):
                raw = await self._line.receive()
        except TimeoutError as late:
            await self._refuse(TokenMissing("no hello with the access token came in time"), None)
            raise _Refused(Close.NO_HELLO) from late
        frame = decode(self._decoder, raw)
        if not isinstance(frame, frames.Hello):
            raise InvalidInput("the first frame must be a hello with the access token")
        return frame.access_token

    async def _read(self, access: ConversationAccess) -> None:
        while True:
            try:
                raw = await self._line.receive()
            except InputError as error:
                await self._refuse(error, None)
                continue
            await self._refuse_expired(access, frames.id_in(raw))
            try:
                await self._take(access, decode(self._decoder, raw))
            except (WebSocketDisconnect, OSError, TooSlow):
                raise
            except Exception as error:
                await self._refuse(error, frames.id_in(raw))

    async def _take(self, access: ConversationAccess, frame: frames.AnyClientFrame) -> None:
        match frame:
            case frames.Message():
                await self._ack(frame.id, await self._chat.say(access, frame.id, frame.text))
            case frames.Choice():
                await self._ack(frame.id, await self._chat.choose(access, frame.id, frame.payload))
            case frames.Image():
                await self._ack(frame.id, await self._chat.show(access, frame.id, frame.evidence_id))
            case frames.CaptionedImage():
                shown = await self._chat.show(access, frame.id, frame.evidence_id, frame.caption)
                await self._ack(frame.id, shown)
            case frames.Flush():
                await self._chat.flush(access)
            case frames.Typing():
                await self._chat.typing(access)
            case frames.LeaveQueue():
                await self._chat.leave_queue(access)
            case frames.Rate():
                await self._chat.rate(access, frame.score)
            case frames.Ping():
                await self._send(frames.Pong())
            case frames.Hello():
                raise InvalidInput("hello was said already")
            case _:
                assert_never(frame)

    async def _push(self, access: ConversationAccess) -> None:
        async with self._chat.watch(access) as watch:
            while True:
                await self._refuse_expired(access, None)
                for event in await self._chat.transcript(access, self._after):
                    await self._send(frames.Event(event=event))
                    self._after = event.seq
                await self._tell_place(access)
                if watch.took_typing() is Speaker.AGENT:
                    await self._send(frames.Types())
                try:
                    async with asyncio.timeout(self._pace.beat_s):
                        await watch.wait()
                except TimeoutError:
                    await self._send(frames.Beat())

    async def _refuse_expired(self, access: ConversationAccess, message_id: str | None) -> None:
        """Who only listens is told at the next beat at the latest, and is shown nothing more."""
        if self._chat.has_expired(access):
            await self._refuse(TokenExpired("the access token has expired"), message_id)
            raise _Refused(Close.UNAUTHENTICATED)

    async def _tell_place(self, access: ConversationAccess) -> None:
        place = await self._chat.place(access)
        if place is None:
            self._place = None
            return
        told = frames.Queue(position=place.position, estimate_s=place.estimate_s, opens_at=place.opens_at)
        if told != self._place:
            self._place = told
            await self._send(told)

    async def _ack(self, message_id: str, is_duplicate: bool) -> None:
        await self._send(frames.Ack(id=message_id, duplicate=is_duplicate))

    async def _refuse(self, error: Exception, message_id: str | None) -> None:
        problem = self._line.problem(error)
        await self._send(
            frames.Error(
                code=problem.code,
                detail=problem.detail,
                status=problem.status,
                id=message_id,
                retryable=problem.retryable,
                errors=problem.errors,
            )
        )

    async def _send(self, frame: frames.ServerFrame) -> None:
        await self._line.send(frames.encode(frame))

    async def _fail(self, error: Exception) -> None:
        try:
            await self._refuse(error, None)
            await self._line.close(Close.TRY_AGAIN_LATER if isinstance(error, Unavailable) else Close.FAILED)
        except (WebSocketDisconnect, OSError, TooSlow):
            return


def _named(conversation_id: str) -> UUID:
    try:
        return UUID(conversation_id)
    except ValueError as error:
        raise NotFound("no such conversation") from error


def _position(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise InvalidInput("after must be the seq of an event, or 0")
    return int(after)


def _close_code(error: InputError) -> Close:
    match error:
        case NotFound():
            return Close.NOT_FOUND
        case Forbidden():
            return Close.FORBIDDEN
        case _ if error.status == 401:
            return Close.UNAUTHENTICATED
        case _:
            return Close.BAD_REQUEST
