"""The bytes of a record: one spelling, and the product and the stand-alone verifier agree on it."""

import json
import unicodedata
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from security.audit import verify
from security.audit.canonical import canonical, canonical_event
from security.audit.record import to_tree
from security.errors import RecordRefused
from tests.security.audit.made_log import MadeLog, event
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A7")

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


# RFC 8785 and its authors' test data: the strings, as they must be spelt; everything else has no place in a record.

SPELT = {
    '\u20ac$\u000f\nA\'B"\\\\"/': b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    "\r": b'"\\r"',
    "\b\t\n\f\r": b'"\\b\\t\\n\\f\\r"',
    "\x01\x1f\x7f\x80": b'"\\u0001\\u001f\x7f\xc2\x80"',
    "</script>": b'"</script>"',
    "\u2028\u2029": b'"\xe2\x80\xa8\xe2\x80\xa9"',
    "\U0001f602": b'"\xf0\x9f\x98\x82"',
    "👨‍👩‍👧": '"👨‍👩‍👧"'.encode(),
    "A\u030a": b'"\xc3\x85"',
    "\ufb33": '"\u05d3\u05bc"'.encode(),
    "\u1100\u1161\u11a8": '"각"'.encode(),
    "退款，不想要了。": '"退款，不想要了。"'.encode(),
    "\uf900": '"豈"'.encode(),
    "ﬁ①㎏": '"ﬁ①㎏"'.encode(),
}
"""NFC composes and takes singletons apart; it is not NFKC, which would change what was said."""


@pytest.mark.parametrize("text", SPELT, ids=ascii)
def test_a_string_is_spelt_as_rfc_8785_does_after_nfc(text: str) -> None:
    spelt = canonical({"a": text})
    assert spelt == b'{"a":' + SPELT[text] + b"}"
    assert spelt == rfc8785.dumps({"a": unicodedata.normalize("NFC", text)})


def test_keys_stand_in_the_order_of_rfc_8785() -> None:
    keys = ["b", "a_b", "a1", "a", "10", "1", "2", "_", "ab"]
    assert canonical(dict.fromkeys(keys, "")) == rfc8785.dumps(dict.fromkeys(keys, ""))


REFUSED = {
    "numbers": '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    "literals": '{"literals":[null,true,false]}',
    "integer": '{"a":1}',
    "one point zero": '{"a":1.0}',
    "beyond 2^53": '{"a":9007199254740993}',
    "minus zero": '{"a":-0}',
    "not a number": '{"a":NaN}',
    "infinity": '{"a":Infinity}',
    "key in French": '{"p\u00e9ch\u00e9":"a"}',
    "key in Chinese": '{"键":"a"}',
    "key of emoji": '{"\U0001f602":"a"}',
    "control in a key": '{"\\r":"a"}',
    "empty key": '{"":"a"}',
    "high surrogate": '{"a":"\\ud83d"}',
    "low surrogate": '{"a":"\\udc00"}',
    "surrogates the wrong way round": '{"a":"\\udc00\\ud83d"}',
    "NUL": '{"a":"\\u0000"}',
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_json_allows_and_a_record_does_not_is_refused_in_writing_and_in_reading(name: str) -> None:
    tree = json.loads(REFUSED[name])
    with pytest.raises(RecordRefused):
        canonical(tree)
    record = json.loads(MadeLog().add(event()).raws[0])
    spelt = json.dumps({**record, "detail": tree}, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    with pytest.raises(verify.Tampered):
        verify.Verifier(MadeLog().first_key).add_record(spelt.encode(errors="surrogatepass"))


@pytest.mark.parametrize("at", ['"action":', '"detail":{', '"actor":{'])
def test_a_key_that_stands_twice_is_refused_wherever_it_stands(at: str) -> None:
    raw = MadeLog().add(event(detail={"a": "b"})).raws[0].decode()
    doubled = {
        '"action":': '"action":"x.y","action":',
        '"detail":{': '"detail":{"a":"c",',
        '"actor":{': '"actor":{"id":"x",',
    }
    assert at in raw
    with pytest.raises(verify.Tampered, match="not a record"):
        verify.Verifier(MadeLog().first_key).add_record(raw.replace(at, doubled[at], 1).encode())


@given(text=st.text(max_size=30))
def test_product_and_stranger_agree_on_every_text(text: str) -> None:
    """What the product writes the verifier reads; what the product refuses cannot be written another way."""
    try:
        made = MadeLog().add(event(reason=text))
    except RecordRefused:
        assert "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)
        return
    read = verify.Verifier(made.first_key).add_record(made.raws[0])
    assert read["reason"] == to_tree(event(reason=unicodedata.normalize("NFC", text)))["reason"]


PARTS = st.fixed_dictionaries(
    {},
    optional={
        "reason": TEXTS,
        "req": TEXTS,
        "tenant": TEXTS,
        "detail": st.dictionaries(st.from_regex(r"[a-z0-9_]{1,9}", fullmatch=True), TEXTS, max_size=5),
    },
)


@given(parts=PARTS)
def test_an_event_and_its_tree_have_the_same_bytes(parts: dict[str, Any]) -> None:
    event = Log.event(**parts)
    assert canonical_event(event) == canonical(to_tree(event))


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "\ud800"},
        {"reason": "x\0"},
        {"reason": 1},
        {"detail": {"Bad": "x"}},
        {"detail": {"a": 1}},
        {"detail": {"a": {"b": "c"}}},
        {"detail": None},
        {"pii": ({"subj": "1"},)},
        {"reason": "x" * 16000},
    ],
    ids=repr,
)
def test_an_event_that_a_record_cannot_hold_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RecordRefused):
        canonical_event(Log.event(**change))
