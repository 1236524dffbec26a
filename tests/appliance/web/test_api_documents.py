"""The written documents agree with the code: every route described, every frame in AsyncAPI as the code has it."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import yaml

from appliance.aftersales.orders import connectors
from appliance.channels.page_call import errors as call_errors
from appliance.channels.page_call import frames as call_frames
from appliance.channels.staff import desk_frames, desk_socket
from appliance.channels.staff.http import BASE as STAFF
from appliance.channels.web import frames
from appliance.channels.web.socket import MOST_FRAME_CHARACTERS, PROTOCOL, Close
from tests.appliance.channels.world import World

DOCS = Path(__file__).parents[3] / "docs"
DESK: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi-desk.yaml").read_text(encoding="utf-8"))
CALL: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi-call.yaml").read_text(encoding="utf-8"))
ASYNCAPI: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))


def operations() -> dict[str, Any]:
    schema = World().web.openapi_schema.to_schema()
    return {f"{method.upper()} {path}": what for path, item in schema["paths"].items() for method, what in item.items()}


def test_every_operation_is_in_the_written_guide() -> None:
    guide = (DOCS / "api.md").read_text(encoding="utf-8")

    missing = [name for name in operations() if f"`{name}`" not in guide]

    assert missing == []


def test_every_operation_says_what_it_is_for_and_how_it_fails() -> None:
    for name, operation in operations().items():
        assert operation["summary"], name
        if "/api/" in name:
            assert any(int(status) >= 400 for status in operation["responses"]), name


@pytest.mark.control("P-15", "M-16")
def test_every_operation_but_start_and_signed_reports_asks_for_proof() -> None:
    open_to_all = [name for name, what in operations().items() if not what.get("security") and "/api/" in name]

    assert sorted(open_to_all) == [
        "GET /api/chat/v1/shops/{shop}/avatar",
        "GET /api/chat/v1/shops/{shop}/widget",
        "POST /api/chat/v1/conversations",
        "POST /api/v1/order-events/{shop}",
        "POST /api/v1/order-events/{shop}/pushed",
    ]


def test_an_example_of_a_report_names_its_order_where_the_demos_mapping_looks() -> None:
    rules = connectors.load("demo").events
    assert rules is not None
    reports = [what for name, what in operations().items() if name.startswith("POST /api/v1/order-events")]
    examples = [
        example
        for report in reports
        for example in report["requestBody"]["content"]["application/json"]["schema"]["examples"]
    ]
    assert [rules.order_of(example) for example in examples] == ["20261110123456"] * 3


def test_evaluation_routes_are_not_published() -> None:
    assert not any("clock" in name for name in operations())


def test_asyncapi_has_every_frame_field_for_field() -> None:
    described = [message["payload"]["properties"] for message in ASYNCAPI["components"]["messages"].values()]
    ours = [*get_args(frames.ClientFrame), *get_args(frames.ServerFrame)]

    assert sorted((fields["type"]["const"], *sorted(fields.keys() - {"type"})) for fields in described) == sorted(
        (_tag(frame), *sorted(field.encode_name for field in msgspec.structs.fields(frame))) for frame in ours
    )


def test_asyncapi_and_guide_name_every_close_code_and_the_subprotocol() -> None:
    text = (DOCS / "asyncapi.yaml").read_text(encoding="utf-8")
    guide = (DOCS / "api.md").read_text(encoding="utf-8")

    for code in Close:
        assert re.search(rf"\b{code.value}\b", text), code
        assert re.search(rf"\b{code.value}\b", guide), code
    assert PROTOCOL in text
    assert PROTOCOL in guide
    assert f"{MOST_FRAME_CHARACTERS // 1024} KiB" in guide


def test_the_calls_asyncapi_has_every_frame_field_for_field_and_by_who_sends_it() -> None:
    messages = CALL["components"]["messages"]
    for name, side in {"speak": call_frames.Command, "answer": call_frames.Told}.items():
        refs = [each["$ref"].rpartition("/")[2] for each in CALL["operations"][name]["messages"]]
        described = [messages[ref]["payload"]["properties"] for ref in refs]
        assert sorted((fields["type"]["const"], *sorted(fields.keys() - {"type"})) for fields in described) == sorted(
            (_tag(frame), *sorted(field.encode_name for field in msgspec.structs.fields(frame)))
            for frame in get_args(side)
        )
    assert set(messages["turn"]["payload"]["properties"]["state"]["enum"]) == set(call_frames.State)
    assert set(messages["left"]["payload"]["properties"]["how"]["enum"]) == set(call_frames.How)
    assert call_frames.PROTOCOL in CALL["channels"]["call"]["description"]
    assert f"{call_frames.MOST_SOUND_BYTES:,} bytes" in CALL["channels"]["call"]["description"]


def test_the_calls_asyncapi_names_every_code_of_a_refusal() -> None:
    described = CALL["components"]["messages"]["error"]["payload"]["properties"]["code"]["description"]
    own = [each for each in vars(call_errors).values() if getattr(each, "__module__", "") == call_errors.__name__]
    assert {each.code for each in own} <= set(described.split(", "))


def test_the_desks_asyncapi_has_every_frame_with_its_types() -> None:
    """As the code would describe them: names, types, what must be there, which values are closed."""
    ours = [*get_args(desk_frames.ClientFrame), *get_args(desk_frames.ServerFrame)]
    _, described = msgspec.json.schema_components(ours, ref_template="#/components/schemas/{name}")
    own = {frame.__name__ for frame in ours}
    payloads = [message["payload"] for message in DESK["components"]["messages"].values()]
    assert sorted(map(_shape, payloads)) == sorted(_shape(described[name]) for name in own)
    others = {name: _shape(each) for name, each in described.items() if name not in own}
    assert {name: _shape(each) for name, each in DESK["components"]["schemas"].items()} == others


def test_the_desks_asyncapi_sorts_frames_by_who_sends_them_and_names_its_close_codes() -> None:
    sides = {"do": desk_frames.ClientFrame, "show": desk_frames.ServerFrame}
    for name, frames_of_side in sides.items():
        refs = [each["$ref"].rpartition("/")[2] for each in DESK["operations"][name]["messages"]]
        tags = [DESK["components"]["messages"][ref]["payload"]["properties"]["type"]["const"] for ref in refs]
        assert sorted(tags) == sorted(map(_tag, get_args(frames_of_side)))
    channel = DESK["channels"]["desk"]
    assert channel["address"] == f"{STAFF}/desk/ws"
    assert [code for code in desk_socket.Close if str(code.value) not in channel["description"]] == []
    assert desk_socket.PROTOCOL in channel["description"]


def _shape(schema: dict[str, Any]) -> str:
    """What counts of a schema, in one order: words about it do not."""
    return json.dumps(_bare(schema), sort_keys=True)


def _bare(node: Any) -> Any:
    match node:
        case {"enum": [only]} | {"const": only}:
            return only
        case dict():
            left = {name: each for name, each in node.items() if name not in ("title", "description")}
            left.pop("additionalProperties", None)
            return {name: sorted(each) if name == "required" else _bare(each) for name, each in left.items()}
        case list():
            return [_bare(each) for each in node]
    return node


def _tag(frame: Any) -> str:
    return str(msgspec.inspect.type_info(frame).tag)  # type: ignore[attr-defined]
