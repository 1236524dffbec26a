"""docs/reference/intranet.md: the intranet API by its OpenAPI document."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.appliance.channels.document import document, operations

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "intranet.md"
_HEAD: Final = """# Reference of the intranet API

Written by `python -m tests.reference` from the API's OpenAPI document, which every appliance serves at
`/api/docs/openapi.json` and shows at `/api/docs`: change it at the routes. What holds everywhere, how to prove who
asks, and webhooks: [api.md](../api.md). The same in Python: [client.md](client.md).
"""
_JSON: Final = "application/json"

Schema = dict[str, Any]


def render() -> str:
    whole = document()
    parts = [
        _HEAD,
        *(_operation(name, each) for name, each in operations(whole).items()),
        "## What is sent and answered\n",
    ]
    parts += [_schema(name, each) for name, each in sorted(_used(whole).items())]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _operation(name: str, operation: dict[str, Any]) -> str:
    parts = [
        f"## {operation['summary']}: {name}\n",
        f"`{operation['method']} {operation['path']}`\n",
        operation["description"],
    ]
    parts += ["", *_parameters(operation.get("parameters", []))]
    if "requestBody" in operation:
        parts += [f"Body: {_body(operation['requestBody'])}", ""]
    parts += ["| status | answer |", "| --- | --- |"]
    parts += _answers(operation["responses"])
    parts += ["", *_links(operation)]
    return "\n".join(parts)


def _parameters(parameters: list[dict[str, Any]]) -> Iterator[str]:
    if not parameters:
        return
    yield "| parameter | in | type | |"
    yield "| --- | --- | --- | --- |"
    for each in parameters:
        place = f"{each['in']} **(required)**" if each.get("required") else each["in"]
        yield f"| `{each['name']}` | {place} | {_type(each['schema'])} | {_line(each)} |"
    yield ""


def _body(body: dict[str, Any]) -> str:
    schema = body["content"][_JSON]["schema"]
    shown = [f"`{json.dumps(each, ensure_ascii=False)}`" for each in schema.get("examples", [])]
    said = f"{_type(schema)}. {schema.get('description', '')}".strip()
    return f"{said}{' Such as ' + ', '.join(shown) if shown else ''}"


def _answers(responses: dict[str, Any]) -> Iterator[str]:
    """Those that are alike in one row."""
    statuses: dict[str, list[str]] = {}
    for status, answer in sorted(responses.items()):
        statuses.setdefault(_answer(answer), []).append(status)
    for answer, alike in statuses.items():
        yield f"| {' '.join(alike)} | {answer} |"


def _answer(answer: dict[str, Any]) -> str:
    """Without the standard's words for a status: they change with the version of Python."""
    kinds = [_type(part["schema"]) for part in answer.get("content", {}).values() if "schema" in part]
    return ", ".join(kinds) or answer.get("description", "")


def _links(operation: dict[str, Any]) -> Iterator[str]:
    answers = operation["responses"].values()
    links = [f"`{each['operationId']}`" for answer in answers for each in answer.get("links", {}).values()]
    if links:
        yield f"Leads to {', '.join(links)}.\n"


def _used(whole: dict[str, Any]) -> dict[str, Schema]:
    schemas: dict[str, Schema] = whole["components"]["schemas"]
    text = json.dumps(list(operations(whole).values()))
    found = {name for name in schemas if f'/{name}"' in text}
    while more := {name for name in schemas if f'/{name}"' in json.dumps([schemas[each] for each in found])} - found:
        found |= more
    return {_name(name): schemas[name] for name in found}


def _schema(name: str, schema: Schema) -> str:
    head = f"### {name}\n"
    if "enum" in schema:
        return f"{head}\n{' '.join(f'`{word}`' for word in schema['enum'])}\n"
    required = set(schema.get("required", []))
    rows = [
        f"| `{field}`{'' if field in required else ' (may be missing)'} | {_type(each)} | {_line(each)} |"
        for field, each in schema.get("properties", {}).items()
    ]
    return "\n".join([head, "| field | type | |", "| --- | --- | --- |", *rows])


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = _name(schema["$ref"].rpartition("/")[2])
        return f"[{name}](#{name.lower()})"
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return " or ".join(_type(each) for each in schema[union])
    if isinstance(schema.get("type"), list):
        return " or ".join(str(each) for each in schema["type"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return " ".join(str(each) for each in (schema.get("type", "any"), schema.get("format", "")) if each)


def _name(component: str) -> str:
    return component.rpartition("_")[2].rpartition(".")[2]


def _line(described: dict[str, Any]) -> str:
    return " ".join(described.get("description", "").split()).replace("|", "\\|")
