"""One call from a page, as a line: sound in, sound out a little ahead of the customer's ear, and captions for his eye.

A page is a stranger's program: who sends more sound than there is time, sends none for long, or stays for hours, is
hung up on.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from appliance.channels.page_call import frames
from appliance.channels.page_call.frames import How, State
from appliance.conversation.refusal import refuses_recording
from appliance.conversation.telephone import NO_RECORDING
from appliance.errors import InputError
from appliance.voice.events import (
    Action,
    Event,
    LeaveCall,
    PassOn,
    SentencePlayed,
    Sign,
    Speak,
    SpeechBegan,
    StopSpeaking,
    TextHeard,
)
from appliance.voice.model import FRAME_MS, SAMPLE_BYTES, Caller, Exit
from appliance.voice.ports import Audio, Key, Reached
from appliance.web.decoding import decode

_log = logging.getLogger(__name__)

OUT_OF_ORDER: Final = LeaveCall(Exit.TRANSFER, "writing")
"""How a call is left whose engines fail: the conversation goes on in writing."""
_AHEAD_S: Final = 0.6
"""What the network may keep back without a gap. A flush comes behind what is on its way: no more than this."""
_HURRY_S: Final = 5.0
"""So much more sound than time has passed may come, after a gap of the network."""
SILENT_S: Final = 15.0
"""A page sends sound all the time, muted or not: one that does not is gone."""
_LONGEST_S: Final = 3600.0
_TAKEN_S: Final = 5.0


class PageLine:
    """``voice.ports.Line``, and what its customer reads meanwhile."""

    def __init__(self, socket: ServerConnection, *, is_recorded: bool, silent_s: float = SILENT_S) -> None:
        self._socket = socket
        self._silent_s = silent_s
        self._is_recorded = is_recorded
        self._sent_until_s = 0.0
        self._heard_until_s = 0.0
        self._captions: asyncio.Queue[frames.Told] = asyncio.Queue(100)
        self._telling: asyncio.Task[None] | None = None
        self._state = State.LISTENING
        self._falls_silent: asyncio.Handle | None = None

    @property
    def caller(self) -> Caller:
        return Caller()

    @property
    def rate_hz(self) -> int:
        return frames.RATE_HZ

    async def open(self) -> None:
        await self._send(frames.encode(frames.Begun(is_recorded=self._is_recorded)))
        self._telling = asyncio.create_task(self._tell())

    async def events(self) -> AsyncIterator[Audio | Key | Reached]:
        clock = asyncio.get_running_loop().time
        over_at = clock() + _LONGEST_S
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            while clock() < over_at:
                async with asyncio.timeout(self._silent_s):
                    message = await self._socket.recv()
                if isinstance(message, bytes):
                    if not self._may_come(len(message)):
                        return
                    yield Audio(message)
                    continue
                match self._command(message):
                    case frames.Pressed(key=key):
                        yield Key(key)
                    case frames.RefuseRecording():
                        yield Key(NO_RECORDING, is_whole=True)
                    case frames.Played(mark=mark):
                        yield Reached(mark)
                    case frames.HangUp() | None:
                        return

    async def play(self, frame: bytes) -> None:
        """Returns when the next one may come: the page holds little, so that it can be taken back."""
        clock = asyncio.get_running_loop().time
        self._sent_until_s = max(self._sent_until_s, clock()) + FRAME_MS / 1000
        await asyncio.sleep(max(0.0, self._sent_until_s - clock() - _AHEAD_S))
        await self._send(frame)

    async def mark(self, mark: str) -> None:
        await self._send(frames.encode(frames.Mark(mark=mark)))

    async def flush(self) -> None:
        self._sent_until_s = 0.0
        await self._send(frames.encode(frames.Flush()))

    async def leave(self, leave: LeaveCall) -> None:
        if self._telling is not None:
            self._telling.cancel()
        with contextlib.suppress(TimeoutError):
            await self._send(frames.encode(frames.Left(how=_how(leave))))
        await self._socket.close()

    def see(self, happened: Event | Action | Sign, _: int) -> None:
        """``call.Watch``: what there is to read."""
        match happened:
            case TextHeard(text=text, is_final=is_final):
                self._note(frames.Heard(text=text, is_final=is_final))
            case Speak(text=text):
                self._turn(State.SPEAKING)
                self._note(frames.Says(text=text))
            case SpeechBegan():
                self._turn(State.HEARING)
            case PassOn():
                if self._is_recorded and refuses_recording(happened.spoken.text, happened.spoken.digits):
                    self._is_recorded = False
                    self._note(frames.Recording(is_on=False))
                self._turn(State.THINKING)
            case StopSpeaking():
                self._turn(State.LISTENING)
            case SentencePlayed():
                # Unless what follows from it is the next sentence: between two of them it is nobody's turn to speak.
                self._falls_silent = asyncio.get_running_loop().call_soon(self._turn, State.LISTENING)

    def _turn(self, state: State) -> None:
        if self._falls_silent is not None:
            self._falls_silent.cancel()
        if state is not self._state:
            self._state = state
            self._note(frames.Turn(state=state))

    def _note(self, caption: frames.Told) -> None:
        """A page that does not read them misses some."""
        with contextlib.suppress(asyncio.QueueFull):
            self._captions.put_nowait(caption)

    async def _tell(self) -> None:
        with contextlib.suppress(TimeoutError):
            while True:
                await self._send(frames.encode(await self._captions.get()))

    def _may_come(self, size: int) -> bool:
        now = asyncio.get_running_loop().time()
        self._heard_until_s = max(self._heard_until_s, now) + size / SAMPLE_BYTES / frames.RATE_HZ
        if size % SAMPLE_BYTES or self._heard_until_s > now + _HURRY_S:
            _log.warning("page_call.sound_refused", extra={"bytes": size})
            return False
        return True

    def _command(self, text: str) -> frames.Command | None:
        """None: it is none of ours, and whoever sends it is no page of ours."""
        try:
            return decode(frames.COMMANDS, text)
        except InputError as wrong:
            _log.warning("page_call.command_refused", extra={"code": wrong.code})
            return None

    async def _send(self, data: bytes | str) -> None:
        """Into a call that has ended nothing is sent; whoever listens to it learns that."""
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(_TAKEN_S):
                await self._socket.send(data)


def _how(leave: LeaveCall) -> How:
    if leave == OUT_OF_ORDER:
        return How.OUT_OF_ORDER
    return How.PEOPLE if leave.how is Exit.TRANSFER else How.ENDED
