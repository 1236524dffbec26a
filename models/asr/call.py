"""One call as a worker hears it: audio in, online results while somebody speaks, a second pass over what has ended.

The second passes are made one after another beside what is being said (``pass_on``), however long they take. Where
they take longer than it takes to say, the oldest are left out: what was heard on the way stands for them. A model that
does not stream hears the piece anew every 300 ms; while one such hearing is under way the next is left out, so a slow
engine makes online results rarer and never later.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

from models.asr import protocol
from models.asr.errors import ProtocolBroken
from models.asr.pool import Ears
from models.asr.protocol import BYTES_PER_MS, OFFLINE, ONLINE, Result, Sentence, Signal
from models.asr.speech import SpeechSpans, from_pcm
from models.asr.spoken import Pass, figures_in, later

_BEFORE_SPEECH = 500 * BYTES_PER_MS
"""What is kept of the silence before a word: the beginning of a word is quiet."""
_ANEW = 300 * BYTES_PER_MS
_CHUNK = 600 * BYTES_PER_MS
_LONGEST = 20_000 * BYTES_PER_MS
"""A longer piece is passed on without a pause: what hears it anew must stay bounded."""
_MOST_OWED = 3
"""Pieces that wait for their second pass. Whoever listens waits no longer for older ones."""

Send = Callable[[Result], Awaitable[None]]


class _Ended(msgspec.Struct):
    """A piece that the second pass is owed, or that gets none (``is_left_out``)."""

    pcm: bytes
    at_ms: int
    has_speech: bool
    is_final: bool
    name: str
    hotwords: tuple[str, ...]
    wants_figures: bool
    owed: deque[str]
    is_left_out: bool = False

    @property
    def is_owed(self) -> bool:
        return self.has_speech and not self.is_left_out

    def leave_out(self) -> None:
        self.is_left_out, self.pcm = True, b""


class Call:
    def __init__(self, number: int, ears: Ears, send: Send) -> None:
        self._number, self._ears, self._send = number, ears, send
        self._hotwords: tuple[str, ...] = ()
        self._wants_figures = True
        self._name = "call"
        self._piece = bytearray()
        self._piece_at_ms = 0
        self._spans = SpeechSpans()
        self._has_speech = False
        self._done = 0
        """Bytes of the piece that an online result has covered."""
        self._said = self._settled = ""
        self._hearing: asyncio.Task[None] | None = None
        self._ended: deque[_Ended] = deque()
        """The first of them is the one that is being passed over."""
        self._has_ended, self._owes_nothing = asyncio.Event(), asyncio.Event()
        self._owes_nothing.set()
        self._sending = asyncio.Lock()
        """What an online result begins with is what was not passed on before it."""
        self._owed: deque[str] = deque()
        """What was said online in each piece of this turn that no second pass has covered yet."""

    async def signal(self, signal: Signal) -> None:
        """ProtocolBroken for hotwords of another form."""
        if signal.hotwords is not None:
            self._hotwords = protocol.read_hotwords(signal.hotwords)
        if signal.itn is not None:
            self._wants_figures = signal.itn
        self._name = signal.wav_name or self._name
        if signal.is_speaking is False:
            await self._end(is_final=True)

    async def audio(self, pcm: bytes) -> None:
        if len(pcm) % 2:
            raise ProtocolBroken("16-bit audio has an even number of bytes")
        self._spans.hear(from_pcm(pcm))
        self._piece += pcm
        was_speech, self._has_speech = self._has_speech, self._has_speech or self._spans.is_speech
        if not self._has_speech:
            self._leave_out(len(self._piece) - _BEFORE_SPEECH)
        elif await self._has_paused(pcm if was_speech else bytes(self._piece)) or len(self._piece) >= _LONGEST:
            await self._end(is_final=False)
        elif self._ears.streams:
            await self._stream()
        elif len(self._piece) - self._done >= _ANEW and (self._hearing is None or self._hearing.done()):
            await self._settle_hearing()
            self._hearing = asyncio.create_task(self._hear_anew(bytes(self._piece)))

    async def close(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        await self._ears.forget(self._number)

    def _leave_out(self, many: int) -> None:
        many = max(0, many // 2 * 2)
        del self._piece[:many]
        self._piece_at_ms += many // BYTES_PER_MS

    async def _has_paused(self, pcm: bytes) -> bool:
        if self._ears.finds_pauses:
            return await self._ears.pause(self._number, pcm)
        return not self._spans.is_speech

    async def _stream(self) -> None:
        while len(self._piece) - self._done >= _CHUNK:
            chunk = bytes(self._piece[self._done : self._done + _CHUNK])
            self._done += _CHUNK
            await self._say(await self._ears.online(self._number, chunk, False))

    async def _say(self, new: str) -> None:
        self._said += new
        if new:
            await self._send_online(new)

    async def _send_online(self, new: str) -> None:
        async with self._sending:
            whole = "".join((*self._owed, self._said))
            await self._send(Result(text=new, mode=ONLINE, wav_name=self._name, whole=whole))

    async def _hear_anew(self, piece: bytes) -> None:
        self._done = len(piece)
        whole = await self._ears.partial(piece)
        agreed = _common(self._said, whole)
        new = agreed[len(self._settled) :] if agreed.startswith(self._settled) else ""
        is_other, self._said = whole != self._said, whole
        self._settled += new
        if is_other or new:
            await self._send_online(new)

    async def _settle_hearing(self) -> None:
        """What went wrong in it is raised here."""
        if self._hearing is not None:
            hearing, self._hearing = self._hearing, None
            await hearing

    async def _end(self, *, is_final: bool) -> None:
        """What follows the voice says the rest of the piece, so that its text is whole though the pass takes long."""
        await self._settle_hearing()
        piece, at_ms, has_speech = bytes(self._piece), self._piece_at_ms, self._has_speech
        if self._ears.streams and has_speech:
            await self._say(await self._ears.online(self._number, piece[self._done :], True))
            await self._ears.forget(self._number)
        owed, said = self._owed, self._said
        self._begin_piece(at_ms + len(piece) // BYTES_PER_MS)
        owed.append(said)
        if is_final:
            self._owed = deque()
        self._ended.append(
            _Ended(piece, at_ms, has_speech, is_final, self._name, self._hotwords, self._wants_figures, owed)
        )
        waiting = [each for each in list(self._ended)[1:] if each.is_owed]
        for oldest in waiting[:-_MOST_OWED]:
            oldest.leave_out()
        self._owes_nothing.clear()
        self._has_ended.set()

    @property
    def owes(self) -> int:
        """So many pieces get a second pass that has not been made."""
        return sum(each.is_owed for each in self._ended)

    async def pass_on(self) -> None:
        """As long as the call lasts. Raises what its engine raises."""
        while True:
            await self._has_ended.wait()
            ended = self._ended[0]
            heard = Pass(ended.owed[0] if ended.is_left_out else "")
            if ended.is_owed:
                heard = await self._ears.final(ended.pcm, ended.hotwords, ended.wants_figures)
            async with self._sending:
                await self._pass_on(heard, ended)
            self._ended.popleft()
            if not self._ended:
                self._has_ended.clear()
                self._owes_nothing.set()

    async def _pass_on(self, heard: Pass, ended: _Ended) -> None:
        """Behind a piece within a turn its rest is said anew; also that there is none, where the pass heard nothing."""
        if heard.text or ended.is_final:
            await self._send(self._result(figures_in(heard) if ended.wants_figures else heard, ended))
        ended.owed.popleft()
        rest = "".join((*ended.owed, self._said if ended.owed is self._owed else ""))
        if not ended.is_final and (rest or not heard.text):
            await self._send(Result(text="", mode=ONLINE, wav_name=ended.name, whole=rest))

    async def passed_on(self) -> None:
        """Until nothing is owed any more."""
        await self._owes_nothing.wait()

    def _begin_piece(self, at_ms: int) -> None:
        self._piece.clear()
        self._piece_at_ms = at_ms
        self._spans.begin()
        self._has_speech = False
        self._done = 0
        self._said = self._settled = ""

    def _result(self, heard: Pass, ended: _Ended) -> Result:
        words = later(heard.words, ended.at_ms)
        times = tuple((w.start_ms, w.end_ms) for w in words)
        units = " ".join(w.text for w in words)
        return Result(
            text=heard.text,
            mode=OFFLINE,
            wav_name=ended.name,
            is_final=ended.is_final,
            timestamp=json.dumps(times) if times else "",
            stamp_sents=(Sentence(units, "", times[0][0], times[-1][1], times),) if times else (),
            alternatives=heard.alternatives,
            emotion=heard.emotion,
            event=heard.event,
            is_left_out=ended.is_left_out,
        )


def _common(one: str, other: str) -> str:
    """What both begin with."""
    differs = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return one[: next(differs, min(len(one), len(other)))]
