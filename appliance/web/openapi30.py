"""OpenAPI 3.1 told as 3.0, for the bundled Swagger UI, which cannot read 3.1. Pure.

Only what this product's schemas use is translated: nullable unions, ``const`` and lists of examples.
"""

from typing import Any


def downgrade(document: dict[str, Any]) -> dict[str, Any]:
    translated = _translate(document)
    assert isinstance(translated, dict)  # noqa: S101 - a dict in, a dict out
    return {**translated, "openapi": "3.0.3"}


def _translate(node: Any) -> Any:
    if isinstance(node, list):
        return [_translate(part) for part in node]
    if not isinstance(node, dict):
        return node
    return _schema({key: _translate(value) for key, value in node.items()})


def _schema(node: dict[str, Any]) -> dict[str, Any]:
    if "const" in node:
        node["enum"] = [node.pop("const")]
    if isinstance(node.get("examples"), list):
        examples = node.pop("examples")
        if examples:
            node["example"] = examples[0]
    if isinstance(node.get("type"), list):
        return _nullable_type(node)
    for union in ("oneOf", "anyOf"):
        if isinstance(node.get(union), list) and {"type": "null"} in node[union]:
            return _nullable_union(node, union)
    return node


def _nullable_type(node: dict[str, Any]) -> dict[str, Any]:
    others = [kind for kind in node["type"] if kind != "null"]
    if len(others) == 1:
        return {**node, "type": others[0], "nullable": True}
    rest = {key: value for key, value in node.items() if key != "type"}
    return {**rest, "anyOf": [{"type": kind} for kind in others], "nullable": "null" in node["type"]}


def _nullable_union(node: dict[str, Any], union: str) -> dict[str, Any]:
    others = [part for part in node[union] if part != {"type": "null"}]
    rest = {key: value for key, value in node.items() if key != union}
    if len(others) == 1 and "$ref" not in others[0]:
        return {**rest, **others[0], "nullable": True}
    return {**rest, union: others, "nullable": True}
