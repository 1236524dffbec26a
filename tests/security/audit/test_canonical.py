"""The bytes of a record: one spelling, and the product and the stand-alone verifier agree on it."""

import json
import unicodedata
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from security.audit.canonical import canonical
from security.errors import RecordRefused

KEYS = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
VALUES = st.recursive(TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner))
TREES = st.dictionaries(KEYS, VALUES)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(tree=TREES)
def test_it_is_the_sorted_compact_json_of_the_normalised_strings(tree: dict[str, Any]) -> None:
    encoded = canonical(tree)
    decoded = json.loads(encoded)
    again = json.dumps(decoded, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert encoded == again.encode()
    assert encoded == rfc8785.dumps(decoded)
    assert canonical(decoded) == encoded


@given(text=TEXTS)
def test_equal_looking_texts_get_equal_bytes(text: str) -> None:
    assert canonical({"a": unicodedata.normalize("NFD", text)}) == canonical({"a": unicodedata.normalize("NFC", text)})


def test_it_escapes_control_characters_only() -> None:
    text = '换行\n引号"反斜\\ \u2028 \x1b[31m 😀'
    assert canonical({"a": text}) == '{"a":"换行\\n引号\\"反斜\\\\ \u2028 \\u001b[31m 😀"}'.encode()


@pytest.mark.parametrize(
    "tree",
    [
        {"a": 1},
        {"a": 1.5},
        {"a": True},
        {"a": None},
        {"a": ["x", 2]},
        {"a": {"b": 0}},
        {"a": "x\0"},
        {"a": "\ud800"},
        {"A": "x"},
        {"a-b": "x"},
        {"": "x"},
        {"键": "x"},
        {"a": "x" * 17000},
    ],
    ids=repr,
)
def test_what_a_record_cannot_hold_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(RecordRefused):
        canonical(tree)


def test_every_single_character_is_spelt_as_rfc_8785_does() -> None:
    for code in [*range(1, 0x2100), 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF]:
        text = unicodedata.normalize("NFC", chr(code))
        assert canonical({"a": text}) == rfc8785.dumps({"a": text}), hex(code)
