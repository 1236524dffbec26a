"""The messages of the FunASR runtime's WebSocket protocol, mode ``2pass``: what a call sends, and what it gets back.

A start message, then 16-bit PCM in binary messages, then ``is_speaking: false`` at the end of a turn; the next turn may
follow on the same connection. Results come as ``2pass-online`` (a piece of text while it is spoken) and
``2pass-offline`` (the second, better pass over what has ended).

The official runtime sends only what is new in an online result. A worker of ours says the whole as well (``whole``),
since a model that hears a turn anew each time may change its mind; ``text`` then carries only what no longer changed.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from models.asr.errors import ProtocolBroken

RATE_HZ: Final = 16_000
BYTES_PER_MS: Final = RATE_HZ * 2 // 1000
ONLINE, OFFLINE = "2pass-online", "2pass-offline"
MAX_MESSAGE_BYTES = 256 * 1024
"""Of text or of audio: 8 seconds. Many times what one message needs."""
MAX_TEXT = 4000
MAX_HOTWORDS = 500
MAX_HOTWORD = 32
HOTWORD_WEIGHT = 20
CLOSE_BUSY, CLOSE_BROKEN, CLOSE_TOO_BIG = 1013, 1002, 1009
"""Try again later; not as agreed; too big: of RFC 6455 and its registry."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """``hotwords`` is JSON within JSON, as the protocol has it: word to weight."""

    mode: str = "2pass"
    wav_name: str = "call"
    wav_format: str = "pcm"
    audio_fs: int = RATE_HZ
    is_speaking: bool = True
    chunk_size: tuple[int, int, int] = (5, 10, 5)
    chunk_interval: int = 10
    itn: bool = True
    hotwords: str = ""


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may send as text, of which only what it names is new."""

    is_speaking: bool | None = None
    mode: str | None = None
    wav_name: str | None = None
    wav_format: str | None = None
    audio_fs: int | None = None
    itn: bool | None = None
    hotwords: str | None = None


class Sentence(msgspec.Struct, frozen=True):
    """``ts_list`` has a pair of milliseconds for every character or word of ``text_seg``."""

    text_seg: str = ""
    punc: str = ""
    start: int = 0
    end: int = 0
    ts_list: tuple[tuple[int, int], ...] = ()


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``timestamp`` is JSON within JSON. The last five are a worker's of ours; the official runtime has them not."""

    text: str
    mode: str = ""
    wav_name: str = ""
    is_final: bool = False
    timestamp: str = ""
    stamp_sents: tuple[Sentence, ...] | str = ()
    whole: str | None = None
    alternatives: tuple[str, ...] = ()
    emotion: str | None = None
    event: str | None = None
    is_left_out: bool = False
    """With ``2pass-offline``: no second pass was made, and the text is what was heard on the way."""


_result = msgspec.json.Decoder(Result)
_signal = msgspec.json.Decoder(Signal)
_pairs = msgspec.json.Decoder(tuple[tuple[int, int], ...])
_weights = msgspec.json.Decoder(dict[str, int])


def start(hotwords: Sequence[str] = (), *, name: str = "call") -> str:
    """ValueError for hotwords that no recogniser could use: too many, too long, none at all."""
    if len(hotwords) > MAX_HOTWORDS:
        raise ValueError(f"at most {MAX_HOTWORDS} hotwords, not {len(hotwords)}")
    unusable = [word for word in hotwords if not 0 < len(word.strip()) <= MAX_HOTWORD]
    if unusable:
        raise ValueError(f"a hotword has 1 to {MAX_HOTWORD} characters, unlike {unusable[0]!r}")
    weights = {word.strip(): HOTWORD_WEIGHT for word in hotwords}
    return _text(Start(wav_name=name, hotwords=_text(weights) if weights else ""))


END_OF_TURN: Final = '{"is_speaking": false}'


def _text(message: Any) -> str:
    return msgspec.json.encode(message).decode()


def read_result(message: str | bytes) -> Result:
    """ProtocolBroken for what is no result: audio, no JSON, a field of another kind, text beyond all measure."""
    if isinstance(message, bytes):
        raise ProtocolBroken("the recogniser sent binary data, where results are JSON")
    try:
        result = _result.decode(message)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ProtocolBroken(f"the recogniser sent what is no result of the 2pass protocol: {error}") from error
    if len(result.text) > MAX_TEXT or len(result.whole or "") > MAX_TEXT:
        raise ProtocolBroken(f"the recogniser sent more than {MAX_TEXT} characters for one turn")
    return result


def read_signal(message: str) -> Signal:
    """ProtocolBroken for what is none, or asks for what is not spoken here."""
    try:
        signal = _signal.decode(message)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ProtocolBroken(f"no message of the 2pass protocol: {error}") from error
    if signal.mode not in (None, "2pass"):
        raise ProtocolBroken(f"mode {signal.mode!r} is not served, only '2pass'")
    if signal.wav_format not in (None, "pcm", "PCM"):
        raise ProtocolBroken(f"wav_format {signal.wav_format!r} is not served, only 'pcm'")
    if signal.audio_fs not in (None, RATE_HZ):
        raise ProtocolBroken(f"audio_fs {signal.audio_fs} is not served, only {RATE_HZ}")
    return signal


def read_hotwords(packed: str) -> tuple[str, ...]:
    """The words without their weights. ProtocolBroken for another form."""
    if not packed:
        return ()
    try:
        words = tuple(_weights.decode(packed))
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ProtocolBroken(f"hotwords are JSON of word to weight: {error}") from error
    if len(words) > MAX_HOTWORDS or any(not 0 < len(word) <= MAX_HOTWORD for word in words):
        raise ProtocolBroken(f"at most {MAX_HOTWORDS} hotwords of 1 to {MAX_HOTWORD} characters")
    return words


def times(result: Result) -> tuple[tuple[int, int], ...]:
    """Pairs of milliseconds. ProtocolBroken where they are no such pairs, or end before they start."""
    if not result.timestamp:
        return ()
    try:
        pairs = _pairs.decode(result.timestamp)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ProtocolBroken(f"times of words are a list of pairs of milliseconds: {error}") from error
    if any(not 0 <= begin <= end for begin, end in pairs):
        raise ProtocolBroken("a word ends before it starts")
    return pairs


def write(result: Result) -> str:
    return _text(result)
