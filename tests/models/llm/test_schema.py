"""The schema that constrains decoding lets through what the command language has, and nothing beside it."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from models.commands import Command, Flow, HandoffReason, Reason, Slot
from models.llm.schema import MOST_COMMANDS, commands_schema

SCHEMA = commands_schema()


class Commands(msgspec.Struct, forbid_unknown_fields=True):
    commands: list[Command]


@given(st.data())
def test_whatever_it_lets_through_is_a_command(data: st.DataObject) -> None:
    drawn = data.draw(_drawn(SCHEMA))
    assert 1 <= len(msgspec.convert(drawn, Commands).commands) <= MOST_COMMANDS


def test_every_flow_slot_and_reason_can_be_said() -> None:
    words = json.dumps(SCHEMA)
    assert [code for code in (*Flow, *Slot, *Reason) if f'"{code}"' not in words] == []


def test_reasons_that_only_the_dialogue_finds_cannot_be_said() -> None:
    words = json.dumps(SCHEMA)
    assert f'"{HandoffReason.SYSTEM_DOWN}"' not in words
    assert f'"{HandoffReason.RISK_WORDS}"' in words


def test_every_string_and_list_has_an_end() -> None:
    open_ended = [part for part in _parts(SCHEMA) if _is_open(part)]
    assert open_ended == []


def _is_open(part: dict[str, object]) -> bool:
    match part.get("type"):
        case "string":
            return "enum" not in part and "maxLength" not in part
        case "array":
            return "maxItems" not in part
        case "integer":
            return "maximum" not in part
        case "object":
            return part.get("additionalProperties") is not False
    return False


def _parts(tree: object) -> list[dict[str, object]]:
    if isinstance(tree, dict):
        return [tree, *(part for value in tree.values() for part in _parts(value))]
    if isinstance(tree, list):
        return [part for value in tree for part in _parts(value)]
    return []


def _drawn(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Whatever the schema lets through, of the few kinds of schema that there are here."""
    match schema:
        case {"const": value}:
            return st.just(value)
        case {"enum": values}:
            return st.sampled_from(values)
        case {"anyOf": choices}:
            return st.one_of(*map(_drawn, choices))
        case {"type": "string"}:
            return st.text(min_size=schema["minLength"], max_size=schema["maxLength"])
        case {"type": "integer"}:
            return st.integers(schema["minimum"], schema["maximum"])
        case {"type": "array"}:
            return st.lists(_drawn(schema["items"]), min_size=schema["minItems"], max_size=schema["maxItems"])
        case {"type": "object"}:
            return st.fixed_dictionaries({name: _drawn(part) for name, part in schema["properties"].items()})
    raise AssertionError(schema)
