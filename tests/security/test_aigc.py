"""The implicit label: seven keys, whatever is in them, read back as written; half a label is none."""

import json

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
