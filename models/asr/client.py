"""Hears one call through a recogniser that speaks the FunASR runtime's protocol: the official one, or a worker of ours.

The caller decides when a turn has ended and whether to connect again; nothing is retried or made up here. What the
runtime finds as pauses within a turn is put together: one turn, one final.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from models.asr import protocol
from models.asr.errors import ProtocolBroken, RecogniserBusy, RecogniserLate, RecogniserUnavailable
from models.asr.heard import Heard, Word

_QUEUED = 16
_HTTP_BUSY = 503


class Recogniser:
    """One server at ``url`` (``ws://`` or ``wss://``); any number of calls at once, as far as it lets them in."""

    def __init__(
        self,
        url: str,
        *,
        trust: ssl.SSLContext | None = None,
        open_within_s: float = 3.0,
        final_within_s: float | None = 5.0,
    ) -> None:
        """``final_within_s``: None where whoever listens decides how long a final is waited for."""
        self._url, self._trust = url, trust
        self._open_within_s, self._final_within_s = open_within_s, final_within_s

    @asynccontextmanager
    async def listen(self, *, hotwords: Sequence[str] = ()) -> AsyncIterator["Hearing"]:
        """RecogniserUnavailable or RecogniserBusy where there is nobody to hear."""
        opening = protocol.start(hotwords, name=_name(0))
        connection = await self._connection()
        try:
            with _named_errors():
                await connection.send(opening)
            yield Hearing(connection, hotwords, self._final_within_s)
        finally:
            await connection.close()

    async def _connection(self) -> ClientConnection:
        try:
            return await connect(
                self._url,
                ssl=self._trust,
                open_timeout=self._open_within_s,
                close_timeout=1.0,
                max_size=protocol.MAX_MESSAGE_BYTES,
                max_queue=_QUEUED,
                compression=None,
                proxy=None,
            )
        except InvalidStatus as refused:
            if refused.response.status_code == _HTTP_BUSY:
                raise RecogniserBusy(
                    f"{self._url} takes no further call now: let in fewer, or add workers"
                ) from refused
            raise RecogniserUnavailable(
                f"{self._url} answers HTTP {refused.response.status_code}: no recogniser listens there"
            ) from refused
        except (OSError, TimeoutError, WebSocketException) as error:
            raise RecogniserUnavailable(
                f"{self._url} cannot be reached ({error or 'no answer in time'}): start the recogniser there"
            ) from error


class _named_errors:  # noqa: N801 - reads as a statement
    """Turns what the connection raises into errors of this package."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, ConnectionClosed):
            return
        received = error.rcvd
        reason = f"{received.code} {received.reason}".strip() if received else "no reason given"
        if received and received.code == protocol.CLOSE_BUSY:
            raise RecogniserBusy(f"the recogniser takes no further call now ({reason})") from error
        if received and received.code in (protocol.CLOSE_BROKEN, protocol.CLOSE_TOO_BIG):
            raise ProtocolBroken(f"the recogniser would not read what it was sent ({reason})") from error
        raise RecogniserUnavailable(f"the recogniser ended the connection ({reason})") from error


class Hearing:
    """One call. Feed it and read its results at the same time; audio is 16-bit little-endian mono at 16 kHz."""

    def __init__(self, connection: ClientConnection, hotwords: Sequence[str], final_within_s: float | None) -> None:
        self._connection, self._hotwords, self._final_within_s = connection, hotwords, final_within_s
        self._turns = {0: _Turn(0)}
        """Those whose final has not come."""
        self._numbers = {_name(0): 0}
        self._newest = 0
        self._has_begun = True
        self._due: float | None = None
        self._patience: asyncio.Timeout | None = None

    async def feed(self, pcm: bytes) -> None:
        """Any length. Waits where the recogniser does not keep up. ValueError for half a sample."""
        if len(pcm) % 2:
            raise ValueError("16-bit audio has an even number of bytes")
        with _named_errors():
            if not self._has_begun:
                self._has_begun = True
                await self._connection.send(protocol.start(self._hotwords, name=_name(self._newest)))
            for start in range(0, len(pcm), protocol.MAX_MESSAGE_BYTES // 2):
                await self._connection.send(pcm[start : start + protocol.MAX_MESSAGE_BYTES // 2])

    def expect(self, hotwords: Sequence[str]) -> None:
        """From the next turn on: they go with the message that begins one. ValueError as ``listen``."""
        protocol.start(hotwords)
        self._hotwords = hotwords

    async def end_utterance(self) -> None:
        """The turn is over: its final must come in time, from now on."""
        if self._final_within_s is not None:
            self._due = asyncio.get_running_loop().time() + self._final_within_s
        if self._patience is not None:
            self._patience.reschedule(self._due)
        self._has_begun = False
        self._newest += 1
        self._turns[self._newest] = _Turn(self._newest)
        self._numbers[_name(self._newest)] = self._newest
        with _named_errors():
            await self._connection.send(protocol.END_OF_TURN)

    async def results(self) -> AsyncIterator[Heard]:
        """Until the call ends. RecogniserLate if a final is overdue, RecogniserUnavailable if the connection breaks."""
        while True:
            yield await self._next()

    async def _next(self) -> Heard:
        try:
            async with asyncio.timeout_at(self._due) as self._patience:
                while True:
                    with _named_errors():
                        message = await self._connection.recv()
                    heard = self._take(protocol.read_result(message))
                    if heard is not None:
                        break
        except TimeoutError:
            raise RecogniserLate(
                f"no final within {self._final_within_s:g} s: the recogniser is overloaded, let in fewer calls"
            ) from None
        finally:
            self._patience = None
        if heard.is_final:
            self._due = None
        return heard

    def _take(self, result: protocol.Result) -> Heard | None:
        """Of the turn that is named; without a name of ours, of the oldest that has no final. None: nothing new."""
        number = self._numbers.get(result.wav_name, min(self._turns))
        turn = self._turns.get(number)
        heard = None if turn is None else turn.take(result)
        if heard is not None and heard.is_final:
            self._turns = {later: each for later, each in self._turns.items() if later > number}
            self._turns = self._turns or {number + 1: _Turn(number + 1)}
        return heard


def _name(turn: int) -> str:
    return f"call-{turn}"


class _Turn:
    """Puts pieces together: what has passed twice, and behind it what is still online."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._settled: list[Heard] = []
        self._online = ""

    def take(self, result: protocol.Result) -> Heard | None:
        """None where nothing new was heard."""
        if result.mode == protocol.ONLINE and not result.is_final:
            return self._piece(result)
        if result.mode not in (protocol.OFFLINE, "", protocol.ONLINE):
            raise ProtocolBroken(f"the recogniser answers in mode {result.mode!r}, where 2pass was asked for")
        self._online = ""
        passed = Heard(
            text=result.text,
            is_final=result.is_final,
            words=_words(result),
            alternatives=result.alternatives,
            emotion=result.emotion,
            is_guess=result.is_left_out,
        )
        self._settled.append(passed)
        whole = self._whole(result.is_final)
        if result.is_final:
            self._settled = []
        return whole

    def _piece(self, result: protocol.Result) -> Heard | None:
        before = self._online
        self._online = result.whole if result.whole is not None else before + result.text
        return self._whole(False) if self._online != before else None

    def _whole(self, is_final: bool) -> Heard:
        parts = self._settled
        last = parts[-1] if parts else Heard("", False)
        before = "".join(p.text for p in parts[:-1])
        return Heard(
            text="".join(p.text for p in parts) + self._online,
            is_final=is_final,
            words=tuple(w for p in parts for w in p.words),
            alternatives=tuple(before + other for other in last.alternatives) if is_final else (),
            emotion=last.emotion,
            turn=self._number,
            is_guess=is_final and any(p.is_guess for p in parts),
        )


def _words(result: protocol.Result) -> tuple[Word, ...]:
    """Each with its time; without times where their number is another than that of the spoken characters."""
    pairs = protocol.times(result)
    spoken = [w for w in _spoken_units(result) if w]
    if len(spoken) != len(pairs):
        return ()
    return tuple(Word(text, start, end) for text, (start, end) in zip(spoken, pairs, strict=True))


def _spoken_units(result: protocol.Result) -> list[str]:
    if isinstance(result.stamp_sents, tuple) and result.stamp_sents:
        return [unit for sentence in result.stamp_sents for unit in sentence.text_seg.split()]
    return [c for c in result.text if c.isalnum()]
