"""A chunk as bytes, and whether what is kept of a recording is what was written. Pure."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from appliance.voice.recording.model import Begun, Ended
from appliance.voice.recording.reel import Cut
from appliance.voice.recording.store import SealedChunk, chunk_id
from security.crypto.subject import SubjectKeys

SEALED: Final = ("recording_chunk", "sealed")


def pack(cut: Cut) -> bytes:
    return cut.caller + cut.bot


def unpack(kept: bytes) -> Cut:
    half = len(kept) // 2
    return Cut(kept[:half], kept[half:])


def opened(keys: SubjectKeys, begun: Begun, sealed: Sequence[SealedChunk]) -> Iterator[bytes]:
    """CiphertextRefused for a chunk that was changed, or lay elsewhere."""
    for chunk in sealed:
        yield keys.open(*SEALED, chunk_id(begun.recording_id, chunk.place), chunk.sealed)


def is_whole(ended: Ended, kept: Sequence[bytes]) -> bool:
    """Every chunk, once, in order."""
    return len(kept) == ended.chunks and sha256(b"".join(kept)).digest() == ended.sha256
