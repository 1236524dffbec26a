"""One console of an agent: what is his, what happens in it, who waits. Holds no database connection while idle.

Like the chat's socket it queues nothing: events are read from the log after the last one shown. The guard has let the
person in; the session is asked for again at every sign of life, and every few seconds while nothing comes, which is no
use of it: nothing is shown to who was logged out.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, assert_never

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from appliance.channels.staff import desk_frames as frames
from appliance.channels.staff.entrance import StaffApi
from appliance.clock import Clock
from appliance.conversation.model import Speaker
from appliance.desk.model import Mine, Talk
from appliance.desk.talk import Words
from appliance.desk.watch import DeskWatcher
from appliance.errors import InputError, InvalidInput, NotFound, Unavailable
from appliance.ids import ConversationId, ShopId
from appliance.web.access import session_token
from appliance.web.decoding import decode
from appliance.web.line import SocketLine, TooSlow, until_one_ends
from security.access.errors import AccessError, Kind, SessionRefused
from security.access.model import Principal
from security.access.permissions import Permission

PROTOCOL: Final = "appliance.desk.v1"
MOST_FRAME_CHARACTERS: Final = 64 * 1024
MOST_WATCHED: Final = 200
PAGE: Final = 1000

_log = logging.getLogger(__name__)


class Close(IntEnum):
    TRY_AGAIN_LATER = 1013
    FAILED = 1011
    UNAUTHENTICATED = 4401


@dataclass(frozen=True, kw_only=True)
class DeskPace:
    send_s: float = 10.0
    close_s: float = 5.0
    session_s: float = 5.0
    """Nothing is shown on the word of a session that was not asked for this long."""


class DeskSocket:
    def __init__(
        self,
        socket: WebSocket[Any, Any, Any],
        api: StaffApi,
        who: Principal,
        shop: ShopId,
        clock: Clock,
        pace: DeskPace,
    ) -> None:
        self._socket = socket
        self._api = api
        self._desk = api.desk
        self._who = who
        self._shop = shop
        self._clock = clock
        self._session_s = pace.session_s
        self._asked_at = time.monotonic()
        self._line = SocketLine(socket, most_characters=MOST_FRAME_CHARACTERS, send_s=pace.send_s, close_s=pace.close_s)
        self._mine: dict[ConversationId, Mine] = {}
        self._shown: dict[ConversationId, int] = {}
        """Conversations on the screen, and the last place of each that was shown."""
        self._watched: set[ConversationId] = set()
        """Those that are looked into, and are not his."""
        self._live: Mapping[ConversationId, Talk] = {}
        """What lives, as it was told last."""

    async def run(self) -> None:
        """Until one side closes. Raises nothing: a socket has nobody to raise to."""
        try:
            await self._serve()
        except (WebSocketDisconnect, OSError):
            return
        except TooSlow:
            _log.info("desk.slow_reader", extra={"request_id": self._line.request_id})
            await self._line.close(Close.TRY_AGAIN_LATER)
        except Exception as error:
            await self._fail(error)

    async def _serve(self) -> None:
        await self._line.accept(PROTOCOL)
        async with self._desk.watchers.join(self._shop, self._who.staff_id) as watcher:
            seat = await self._desk.deeds.seat(self._who, self._shop)
            await self._send(frames.Welcome(staff_id=self._who.staff_id, seat=seat))
            await until_one_ends(self._push(watcher), self._read(watcher))

    # What the agent does.

    async def _read(self, watcher: DeskWatcher) -> None:
        while True:
            try:
                raw = await self._line.receive()
            except InputError as error:
                await self._refuse(error, None)
                continue
            try:
                await self._take(watcher, decode(frames.FRAMES, raw))
            except (WebSocketDisconnect, OSError, TooSlow):
                raise
            except Exception as error:
                await self._refuse(error, frames.id_in(raw))
                if isinstance(error, AccessError) and error.kind is Kind.UNAUTHENTICATED:
                    raise

    async def _take(self, watcher: DeskWatcher, frame: frames.ClientFrame) -> None:
        await self._ask_session(is_use=not isinstance(frame, frames.Ping))
        match frame:
            case frames.Ping():
                is_there = await self._desk.deeds.beat(self._who, self._shop)
                await self._send(frames.Pong(at=self._clock.now(), is_there=is_there))
            case frames.Say():
                await self._say(frame)
            case frames.BeThere():
                await self._desk.deeds.presence(self._who, self._shop, frame.presence)
            case frames.Typing():
                named = ConversationId(frame.conversation_id)
                if named in self._mine:
                    await self._desk.talk.typing(self._shop, named, Speaker.AGENT)
            case frames.Watch():
                await self._look_into(watcher, ConversationId(frame.conversation_id), frame.after)
            case frames.ShowLive():
                self._live = {}
                self._desk.watchers.show_live(self._shop, watcher, wanted=False)
                self._desk.watchers.show_live(self._shop, watcher, wanted=frame.is_wanted)
            case frames.Unwatch():
                self._look_away(watcher, ConversationId(frame.conversation_id))
            case _:
                assert_never(frame)

    async def _ask_session(self, *, is_use: bool) -> None:
        """Raises where the session has ended, or no longer may what it could."""
        token, origin = session_token(self._socket), self._api.origins.of(self._socket)
        self._who = await self._api.login.resume(token, origin, is_use=is_use)
        if not self._who.may(Permission.CONVERSATION_REPLY) or not self._who.serves(self._shop):
            raise SessionRefused("this account may not serve the shop any more; log in again")
        self._asked_at = time.monotonic()

    async def _say(self, frame: frames.Say) -> None:
        words = Words(client_message_id=frame.id, token=frame.token, text=frame.text)
        conversation_id = ConversationId(frame.conversation_id)
        sent = await self._desk.talk.say(self._shop, conversation_id, self._who.staff_id, words)
        await self._send(frames.Ack(id=frame.id, seq=sent.seq, duplicate=sent.duplicate))

    async def _look_into(self, watcher: DeskWatcher, conversation_id: ConversationId, after: int) -> None:
        if len(self._shown) >= MOST_WATCHED:
            raise InvalidInput(f"at most {MOST_WATCHED} conversations at a time: unwatch some")
        origin = self._api.origins.of(self._socket)
        if await self._desk.deeds.look_into(self._who, conversation_id, origin) != self._shop:
            raise NotFound("no such conversation in this shop")
        self._watched.add(conversation_id)
        self._show(watcher, conversation_id, after)

    def _look_away(self, watcher: DeskWatcher, conversation_id: ConversationId) -> None:
        self._watched.discard(conversation_id)
        if conversation_id not in self._mine:
            self._hide(watcher, conversation_id)

    def _show(self, watcher: DeskWatcher, conversation_id: ConversationId, after: int = 0) -> None:
        if conversation_id not in self._shown:
            self._shown[conversation_id] = after
            self._desk.watchers.follow(watcher, conversation_id)
        watcher.moved(conversation_id)

    def _hide(self, watcher: DeskWatcher, conversation_id: ConversationId) -> None:
        if self._shown.pop(conversation_id, None) is not None:
            self._desk.watchers.unfollow(watcher, conversation_id)

    # What the agent is shown.

    async def _push(self, watcher: DeskWatcher) -> None:
        while True:
            if time.monotonic() - self._asked_at >= self._session_s:
                await self._ask_session(is_use=False)
            has_roster, has_queue, changed = watcher.took()
            if has_roster:
                await self._push_roster(watcher)
            for conversation_id in changed:
                await self._push_events(conversation_id)
            for conversation_id in watcher.took_typists():
                await self._send(frames.CustomerTypes(conversation_id=conversation_id))
            for work_order_id in watcher.took_work():
                await self._send(frames.WorkMoved(work_order_id=work_order_id))
            if has_queue:
                board = await self._desk.looks.board(self._shop)
                await self._send(frames.Queue(groups=board.groups, seats=board.seats, waiting=board.waiting))
            if watcher.took_live():
                await self._push_live()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._session_s):
                    await watcher.wait()

    async def _push_roster(self, watcher: DeskWatcher) -> None:
        found = {each.conversation_id: each for each in await self._desk.deeds.mine(self._who, self._shop)}
        before, self._mine = self._mine, found
        for conversation_id in before.keys() - found.keys():
            await self._send(frames.Released(conversation_id=conversation_id))
            if conversation_id not in self._watched:
                self._hide(watcher, conversation_id)
        for conversation_id, mine in found.items():
            if before.get(conversation_id) != mine:
                await self._send(frames.Assigned(conversation=mine))
                self._show(watcher, conversation_id)

    async def _push_live(self) -> None:
        before, self._live = self._live, self._desk.watchers.lives.of(self._shop)
        moved = tuple(talk for key, talk in self._live.items() if before.get(key) != talk)
        gone = tuple(key for key in before if key not in self._live)
        await self._send(frames.Live(moved=moved, gone=gone))

    async def _push_events(self, conversation_id: ConversationId) -> None:
        while (after := self._shown.get(conversation_id)) is not None:
            found = await self._desk.looks.events(self._shop, conversation_id, after)
            for event in found:
                await self._send(frames.Event(conversation_id=conversation_id, event=event))
            if not found:
                return
            if conversation_id in self._shown:
                self._shown[conversation_id] = found[-1].seq
            if len(found) < PAGE:
                return

    # What goes wrong.

    async def _refuse(self, error: Exception, message_id: str | None) -> None:
        problem = self._line.problem(error)
        await self._send(
            frames.Error(
                code=problem.code,
                detail=problem.detail,
                status=problem.status,
                retryable=problem.retryable,
                id=message_id,
            )
        )

    async def _send(self, frame: frames.ServerFrame) -> None:
        await self._line.send(frames.encode(frame))

    async def _fail(self, error: Exception) -> None:
        if isinstance(error, AccessError) and error.kind is Kind.UNAUTHENTICATED:
            await self._line.close(Close.UNAUTHENTICATED)
            return
        try:
            await self._refuse(error, None)
            await self._line.close(Close.TRY_AGAIN_LATER if isinstance(error, Unavailable) else Close.FAILED)
        except (WebSocketDisconnect, OSError, TooSlow):
            return
