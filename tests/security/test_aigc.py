"""The implicit label: seven keys, whatever is in them, read back as written; half a label is none."""

import io
import json
import struct
import wave

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from security import aigc
from security.errors import LabelMissing

TEXT = st.text(st.characters(exclude_categories=["Cs"]))

WHOLE = {
    "Label": "1",
    "ContentProducer": "shop",
    "ProduceID": "7",
    "ReservedCode1": "",
    "ContentPropagator": "",
    "PropagateID": "",
    "ReservedCode2": "",
}


@pytest.mark.control("L-03")
def test_all_seven_keys_are_there_under_the_names_of_the_standard() -> None:
    written = json.loads(_document(aigc.Metadata(content_producer="shop", produce_id="7")))
    assert written == {"AIGC": WHOLE}


@pytest.mark.control("L-03")
@given(values=st.lists(TEXT, min_size=7, max_size=7))
def test_what_was_written_is_read_back(values: list[str]) -> None:
    metadata = aigc.Metadata(**dict(zip(aigc.Metadata.__struct_fields__, values, strict=True)))
    assert aigc.read(_document(metadata)) == metadata


@pytest.mark.control("L-03")
@pytest.mark.parametrize("key", WHOLE)
def test_a_label_without_one_of_its_keys_is_none(key: str) -> None:
    with pytest.raises(LabelMissing):
        aigc.read(json.dumps({"AIGC": {name: value for name, value in WHOLE.items() if name != key}}).encode())


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"AIGC": null}', '{"AIGC": {}}', json.dumps({"AIGC": {**WHOLE, "Label": 1}})]
)
def test_what_carries_no_label_is_told(document: str) -> None:
    with pytest.raises(LabelMissing):
        aigc.read(document.encode())


def _document(metadata: aigc.Metadata) -> bytes:
    return msgspec.json.encode({aigc.KEY: metadata})


WAV = (
    b"RIFF\x2a\x00\x00\x00WAVE"
    + b"fmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    + b"data\x06\x00\x00\x00abcdef"
)


@pytest.mark.control("L-03")
@given(values=st.lists(TEXT.filter(lambda text: "\0" not in text), min_size=7, max_size=7))
def test_a_wav_file_carries_its_label_and_plays_as_before(values: list[str]) -> None:
    metadata = aigc.Metadata(**dict(zip(aigc.Metadata.__struct_fields__, values, strict=True)))
    labelled = aigc.with_wav_label(WAV, metadata)
    assert aigc.read_wav(labelled) == metadata
    assert len(labelled) % 2 == 0
    assert labelled[8 : len(WAV)] == WAV[8:]
    with wave.open(io.BytesIO(labelled)) as file:
        assert file.readframes(9) == b"abcdef"


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"RIFF\x04\x00\x00\x00AVI ",
        WAV,
        WAV[:30],
        WAV + b"LIST\x04\x00\x00\x00INFO",
        WAV + b"LIST\x0e\x00\x00\x00INFOAIGC\x02\x00\x00\x00{}",
        WAV + b"LIST\x0e\x00\x00\x00INFOAIGC\x02\x00\x00\x00[[",
    ],
)
def test_a_file_without_a_whole_label_is_told(file: bytes) -> None:
    with pytest.raises(LabelMissing):
        aigc.read_wav(file)
