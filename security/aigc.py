"""The implicit label of what a machine has written: the metadata key ``AIGC`` of GB 45438-2025, built and read back.

A JSON document carries it as a member, a WAV file as an entry of its INFO list. Another kind of file gets a writer and
a reader here, over the same ``Metadata``. Nothing here takes a label off, and no setting does.
"""

import struct
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from security.errors import LabelMissing

KEY: Final = "AIGC"
GENERATED: Final = "1"
"""``Label``: it is generated; 2 would say that it may be, 3 that it is suspected to be."""


_NAMES: Final = {
    "label": "Label",
    "content_producer": "ContentProducer",
    "produce_id": "ProduceID",
    "reserved_code1": "ReservedCode1",
    "content_propagator": "ContentPropagator",
    "propagate_id": "PropagateID",
    "reserved_code2": "ReservedCode2",
}


class Metadata(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_NAMES):
    """All seven keys are always there, empty where there is nothing to say, as others write them."""

    label: str = GENERATED
    content_producer: str
    """Name or code of who provides the service."""
    produce_id: str
    """The producer's own number of this content."""
    reserved_code1: str = ""
    """The producer's, for securing content and label."""
    content_propagator: str = ""
    """Name or code of who spreads it: to be filled in by whoever publishes an export."""
    propagate_id: str = ""
    reserved_code2: str = ""


def read(document: bytes) -> Metadata:
    """The label of a JSON document. LabelMissing if there is none, or one of another form."""
    try:
        return _whole(msgspec.json.decode(document, type=dict[str, Any])[KEY])
    except (msgspec.DecodeError, KeyError) as wrong:
        raise LabelMissing(f"the document has no readable member {KEY}") from wrong


def with_wav_label(wav: bytes, metadata: Metadata) -> bytes:
    """The same file with the label at its end. ``wav``: a whole RIFF file that has none yet."""
    entry = _chunk(KEY.encode(), msgspec.json.encode(metadata))
    labelled = wav[8:] + _chunk(b"LIST", b"INFO" + entry)
    return b"RIFF" + struct.pack("<I", len(labelled)) + labelled


def read_wav(wav: bytes) -> Metadata:
    """The label of a WAV file. LabelMissing if there is none, or one of another form."""
    try:
        if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
            raise LabelMissing("this is no WAV file")
        lists = (content[4:] for name, content in _chunks(wav[12:]) if name == b"LIST" and content[:4] == b"INFO")
        entries = (entry for entries in lists for name, entry in _chunks(entries) if name == KEY.encode())
        return _whole(msgspec.json.decode(next(entries).rstrip(b"\0"), type=dict[str, Any]))
    except (msgspec.DecodeError, StopIteration, struct.error) as wrong:
        raise LabelMissing(f"the file has no readable entry {KEY}") from wrong


def _whole(found: Any) -> Metadata:
    if not isinstance(found, dict) or found.keys() != set(_NAMES.values()):
        raise LabelMissing(f"{KEY} must hold {', '.join(_NAMES.values())}")
    return msgspec.convert(found, Metadata)


def _chunk(name: bytes, content: bytes) -> bytes:
    """Of RIFF: an odd one is filled up, and its size does not count that."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        yield name, content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
