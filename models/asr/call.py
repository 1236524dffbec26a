"""One call as a worker hears it: audio in, online results while somebody speaks, a second pass over what has ended.

A model that does not stream hears the piece anew every 300 ms; while one such hearing is under way the next is left
out, so a slow engine makes online results rarer and never later.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable

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

Send = Callable[[Result], Awaitable[None]]


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

    async def signal(self, signal: Signal) -> None:
        """ProtocolBroken for hotwords of another form."""
        if signal.hotwords is not None:
            self._hotwords = protocol.read_hotwords(signal.hotwords)
        if signal.itn is not None:
            self._wants_figures = signal.itn
        self._name = signal.wav_name or self._name
        if signal.is_speaking is False:
            await self._pass_on(is_final=True)

    async def audio(self, pcm: bytes) -> None:
        if len(pcm) % 2:
            raise ProtocolBroken("16-bit audio has an even number of bytes")
        self._spans.hear(from_pcm(pcm))
        self._piece += pcm
        was_speech, self._has_speech = self._has_speech, self._has_speech or self._spans.is_speech
        if not self._has_speech:
            self._leave_out(len(self._piece) - _BEFORE_SPEECH)
        elif await self._has_paused(pcm if was_speech else bytes(self._piece)) or len(self._piece) >= _LONGEST:
            await self._pass_on(is_final=False)
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
            new = await self._ears.online(self._number, chunk)
            if new:
                self._said += new
                await self._send(Result(text=new, mode=ONLINE, wav_name=self._name, whole=self._said))

    async def _hear_anew(self, piece: bytes) -> None:
        self._done = len(piece)
        whole = await self._ears.partial(piece)
        agreed = _common(self._said, whole)
        new = agreed[len(self._settled) :] if agreed.startswith(self._settled) else ""
        is_other, self._said = whole != self._said, whole
        self._settled += new
        if is_other or new:
            await self._send(Result(text=new, mode=ONLINE, wav_name=self._name, whole=whole))

    async def _settle_hearing(self) -> None:
        """What went wrong in it is raised here."""
        if self._hearing is not None:
            hearing, self._hearing = self._hearing, None
            await hearing

    async def _pass_on(self, *, is_final: bool) -> None:
        await self._settle_hearing()
        piece, at_ms, has_speech = bytes(self._piece), self._piece_at_ms, self._has_speech
        self._begin_piece(at_ms + len(piece) // BYTES_PER_MS)
        if self._ears.streams and has_speech:
            await self._ears.forget(self._number)
        heard = await self._ears.final(piece, self._hotwords, self._wants_figures) if has_speech else Pass("")
        if heard.text or is_final:
            await self._send(self._result(figures_in(heard) if self._wants_figures else heard, at_ms, is_final))

    def _begin_piece(self, at_ms: int) -> None:
        self._piece.clear()
        self._piece_at_ms = at_ms
        self._spans.begin()
        self._has_speech = False
        self._done = 0
        self._said = self._settled = ""

    def _result(self, heard: Pass, at_ms: int, is_final: bool) -> Result:
        words = later(heard.words, at_ms)
        times = tuple((w.start_ms, w.end_ms) for w in words)
        units = " ".join(w.text for w in words)
        return Result(
            text=heard.text,
            mode=OFFLINE,
            wav_name=self._name,
            is_final=is_final,
            timestamp=json.dumps(times) if times else "",
            stamp_sents=(Sentence(units, "", times[0][0], times[-1][1], times),) if times else (),
            alternatives=heard.alternatives,
            emotion=heard.emotion,
            event=heard.event,
        )


def _common(one: str, other: str) -> str:
    """What both begin with."""
    differs = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return one[: next(differs, min(len(one), len(other)))]
