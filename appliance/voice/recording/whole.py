"""A chunk as bytes with the marks beside it, and whether what is kept of a recording is what was written. Pure."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from appliance.voice.recording.model import Begun, Ended, Silence
from appliance.voice.recording.reel import Cut
from appliance.voice.recording.store import SealedChunk, chunk_id
from security.crypto.subject import SubjectKeys

SEALED: Final = ("recording_chunk", "sealed")
MARKS: Final = ("recording_chunk", "marks")

_marks: Final = msgspec.json.Decoder(tuple[Silence, ...])


def pack(cut: Cut) -> bytes:
    return cut.caller + cut.bot


def unpack(kept: bytes) -> Cut:
    half = len(kept) // 2
    return Cut(kept[:half], kept[half:])


def opened(keys: SubjectKeys, begun: Begun, sealed: Sequence[SealedChunk]) -> Iterator[bytes]:
    """CiphertextRefused for a chunk that was changed, or lay elsewhere."""
    for chunk in sealed:
        yield keys.open(*SEALED, chunk_id(begun.recording_id, chunk.place), chunk.sealed)


def pack_marks(cut: Cut) -> bytes:
    return msgspec.json.encode(cut.silenced)


def marks(keys: SubjectKeys, begun: Begun, sealed: Sequence[SealedChunk]) -> Iterator[Silence]:
    """What was silenced, in order; nothing of chunks that are older than marks. CiphertextRefused as ``opened``."""
    for chunk in sealed:
        if chunk.marks is not None:
            yield from _marks.decode(keys.open(*MARKS, chunk_id(begun.recording_id, chunk.place), chunk.marks))


def is_whole(ended: Ended, kept: Sequence[bytes]) -> bool:
    """Every chunk, once, in order."""
    return len(kept) == ended.chunks and sha256(b"".join(kept)).digest() == ended.sha256
