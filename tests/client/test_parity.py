"""The client and the API's document say the same: operations, parameters, bodies, answers, closed sets, webhooks."""

import inspect
import re
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from aftersales_client import calls
from aftersales_client.calls import Call
from aftersales_client.client import Operations
from aftersales_client.errors import Problem
from aftersales_client.faces import Every, Operation
from aftersales_client.model import Body
from aftersales_client.webhooks import DATA, InConversation
from aftersales_client.words import WebhookType
from appliance.conversation.events import REGISTERED
from appliance.integrations.webhooks.model import WebhookEvent
from appliance.integrations.webhooks.rules import TOLD
from tests.appliance.channels.document import document, operations

DOCUMENT = document()
DOCUMENTED = operations(DOCUMENT)
ASKED = {name: what.call for name, what in vars(Operations).items() if isinstance(what, Operation)}
LISTED = {name: what.call for name, what in vars(Operations).items() if isinstance(what, Every)}
OWN_HEADERS = {
    "X-Event-Id": "event_id",
    "X-Event-Type": "event_type",
    "Idempotency-Key": "idempotency_key",
    "If-Match": "version",
    "If-None-Match": None,
    "X-Timestamp": None,
    "X-Signature": "secret",
}
"""What becomes of a header: an argument, or the client's own business."""
each_operation = pytest.mark.parametrize("name", sorted(ASKED))

Shape = Any


def shape(schema: dict[str, Any], components: dict[str, Any]) -> Shape:
    """What matters of a schema: names and kinds, closed sets, what may be null; no words, no limits."""
    if "$ref" in schema:
        return shape(components[schema["$ref"].rpartition("/")[2]], components)
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return frozenset(one for each in schema[union] for one in _alternatives(shape(each, components)))
    if "enum" in schema or "const" in schema:
        return ("one of", frozenset(schema.get("enum", [schema.get("const")])))
    if isinstance(schema.get("type"), list):
        return frozenset(shape({**schema, "type": each}, components) for each in schema["type"])
    return _of_type(schema, components)


def _alternatives(found: Shape) -> list[Shape]:
    return list(found) if isinstance(found, frozenset) else [found]


def _of_type(schema: dict[str, Any], components: dict[str, Any]) -> Shape:
    match schema.get("type"):
        case "object" if "properties" in schema:
            return tuple(sorted((name, shape(each, components)) for name, each in schema["properties"].items()))
        case "array":
            return ("array of", shape(schema.get("items", {}), components))
        case kind:
            return str(kind)


def documented(schema: dict[str, Any]) -> Shape:
    return shape(schema, DOCUMENT["components"]["schemas"])


def ours(kind: Any) -> Shape:
    (schema,), components = msgspec.json.schema_components([kind])
    return shape(schema, components)


def content(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part["content"]["application/json"]["schema"]
    return found


def test_every_operation_has_a_method_and_every_method_an_operation() -> None:
    assert set(ASKED) == set(DOCUMENTED)


def test_every_list_with_a_cursor_can_be_leafed_through() -> None:
    with_cursor = {name for name, what in DOCUMENTED.items() if "cursor" in _parameters(what, "query")}
    assert {call.__name__ for call in LISTED.values()} == with_cursor


@each_operation
def test_the_answer_is_as_documented(name: str) -> None:
    answers = [content(part) for status, part in DOCUMENTED[name]["responses"].items() if status in ("200", "201")]
    assert [documented(each) for each in answers] == [ours(_answer(ASKED[name]))]


@each_operation
def test_what_is_required_by_us_is_always_there(name: str) -> None:
    for status, part in DOCUMENTED[name]["responses"].items():
        if status in ("200", "201"):
            required = documented_required(content(part))
            assert our_required(_answer(ASKED[name])) <= required


def _required(schema: dict[str, Any], components: dict[str, Any], place: str = "") -> set[str]:
    if "$ref" in schema:
        return _required(components[schema["$ref"].rpartition("/")[2]], components, place)
    found = {f"{place}.{each}" for each in schema.get("required", [])}
    for name, each in schema.get("properties", {}).items():
        found |= _required(each, components, f"{place}.{name}")
    for each in (*schema.get("oneOf", []), *schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])):
        found |= _required(each, components, place)
    return found


def documented_required(schema: dict[str, Any]) -> set[str]:
    return _required(schema, DOCUMENT["components"]["schemas"])


def our_required(kind: Any) -> set[str]:
    (schema,), components = msgspec.json.schema_components([kind])
    return _required(schema, components)


@each_operation
def test_every_parameter_is_an_argument(name: str) -> None:
    arguments = set(inspect.signature(ASKED[name]).parameters)
    wanted = _parameters(DOCUMENTED[name], "path") | _parameters(DOCUMENTED[name], "query")
    headers = {OWN_HEADERS[each] for each in _parameters(DOCUMENTED[name], "header")} - {None}
    bodies = {each for each in ("new", "deed", "event") if each in arguments}
    extra = {"headers"} if name == "push_event" else set()
    assert arguments == {*wanted, *headers, *bodies, *extra}
    assert bool(bodies) == ("requestBody" in DOCUMENTED[name])


def _parameters(operation: dict[str, Any], place: str) -> set[str]:
    return {each["name"] for each in operation.get("parameters", []) if each["in"] == place}


@each_operation
def test_the_words_of_a_filter_are_those_of_the_document(name: str) -> None:
    hints = get_type_hints(ASKED[name])
    for each in DOCUMENTED[name].get("parameters", []):
        closed = _closed(documented(each["schema"]))
        if each["in"] == "query" and closed:
            assert _closed(ours(hints[each["name"]])) == closed, each["name"]


def _closed(found: Shape) -> frozenset[str]:
    match found:
        case frozenset():
            return frozenset().union(*map(_closed, found))
        case ("one of", words):
            return frozenset(words)
        case ("array of", inner):
            return _closed(inner)
        case _:
            return frozenset()


@pytest.mark.parametrize(
    "name", ["open_work_order", "move_work_order", "comment", "refuse_calls", "allow_calls", "look_up_call_refusal"]
)
def test_the_body_is_as_documented(name: str) -> None:
    (kind,) = (
        hint for hint in get_type_hints(ASKED[name]).values() if inspect.isclass(hint) and issubclass(hint, Body)
    )
    schema = content(DOCUMENTED[name]["requestBody"])
    assert documented(schema) == ours(kind)
    assert documented_required(schema) == our_required(kind)


def _answer(call: Any) -> Any:
    returned = get_type_hints(call)["return"]
    assert returned.__origin__ is Call
    return get_args(returned)[0]


def test_a_problem_is_as_documented() -> None:
    part = DOCUMENTED["read_case"]["responses"]["404"]
    schema = part["content"]["application/problem+json"]["schema"]
    assert documented(schema) == ours(Problem)
    assert documented_required(schema) >= our_required(Problem)


def test_every_path_and_method_is_as_documented() -> None:
    """Each call is built with its arguments' own names in the path."""
    for name, operation in DOCUMENTED.items():
        assert _built(name) == (operation["method"], operation["path"])


def _built(name: str) -> tuple[str, str]:
    values: dict[str, Any] = {}
    for argument, given in inspect.signature(ASKED[name]).parameters.items():
        if given.default is not inspect.Parameter.empty:
            continue
        values[argument] = {"version": 1, "headers": {}, "event": b"{}"}.get(argument, f"({argument})")
    for argument, hint in get_type_hints(ASKED[name]).items():
        if inspect.isclass(hint) and issubclass(hint, Body):
            values[argument] = msgspec.convert({"deed": "start", "words": "x", "why": "customer_asked"}, hint)
    call = ASKED[name](**values)
    return call.method, re.sub(r"%28(\w+)%29", r"{\1}", call.path)


def test_what_is_told_is_what_the_log_says() -> None:
    place = set(InConversation.__struct_fields__)
    assert {word.value for word in WebhookType} == {event.value for event in WebhookEvent}
    for logged, told in TOLD.items():
        fields = set(REGISTERED[logged].__struct_fields__)
        assert set(DATA[WebhookType(told.value)].__struct_fields__) - place == fields, told


def test_a_call_is_named_as_its_operation() -> None:
    assert {call.__name__ for call in ASKED.values()} == set(ASKED)
    assert all(inspect.getmodule(call) is calls and call.__doc__ for call in ASKED.values())
