"""One decision table read from a JSON Decision Model file and checked cell by cell. Evaluates nothing itself."""

import json
from pathlib import Path
from typing import Any

import msgspec
import zen

from appliance.aftersales.orders.model import CaseKind, FreightPayer
from appliance.aftersales.policy.facts import FACTS
from appliance.aftersales.policy.model import Offer, Refusal, Verdict
from appliance.errors import ConfigurationError
from models.commands import Flow

PASS = "pass"  # noqa: S105 - the verdict of a gate that lets through
REST = "rest"
"""The offer of what is left (G3)."""
AFTER_RECEIPT = ":after_receipt"
WHOLE_ORDER = "order"
_TABLE_NODE = "decisionTableNode"
_ROW_KEYS = frozenset({"_id", "_description"})


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a row says when it fits. Its cells are constants of closed sets, so it is known when the pack is loaded."""

    row_id: str
    law: str
    rule: str
    verdict: Verdict | None
    """None: the gate lets through."""
    refusal: Refusal | None = None
    kind: CaseKind | None = None
    freight: FreightPayer = FreightPayer.NONE
    offers: tuple[Offer, ...] = ()
    offers_rest: bool = False
    redirect: Flow | None = None
    work_order: bool = False
    covers_order: bool = False


class Table(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    node: str
    """Id of the table's node: under it the engine's trace names the row."""
    columns: tuple[str, ...]
    """The facts it reads."""
    rows: dict[str, Row]
    cells: dict[str, dict[str, str]]
    """By row, as they stand in the file, under the names of their columns; empty ones left out."""
    document: dict[str, Any]

    @property
    def is_total(self) -> bool:
        """Its last row fits everything. Nothing less is taken for a proof, so that whoever reads it sees it."""
        last = list(self.rows)[-1:]
        return any(not self.cells[row_id].keys() & set(self.columns) for row_id in last)


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    table: str
    row: Row
    read: dict[str, Any]
    """The facts it read, from the engine's trace."""


class _Node(msgspec.Struct, frozen=True):
    type: str
    id: str = ""
    content: Any = None


class _Document(msgspec.Struct, frozen=True):
    nodes: tuple[_Node, ...]


class _Column(msgspec.Struct, frozen=True):
    id: str
    field: str


class _Content(msgspec.Struct, frozen=True, rename="camel"):
    hit_policy: str
    inputs: tuple[_Column, ...]
    outputs: tuple[_Column, ...]
    rules: tuple[dict[str, str], ...]


def parse_table(file: Path, content: bytes) -> Table:
    """Raises ConfigurationError that names file, row and cell."""
    try:
        document = json.loads(content)
        nodes = [node for node in msgspec.convert(document, _Document).nodes if node.type == _TABLE_NODE]
        tables = [msgspec.convert(node.content, _Content) for node in nodes]
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"{file}:{error.lineno}:{error.colno}: not JSON ({error.msg})") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: not UTF-8; save the file as UTF-8") from None
    except (msgspec.ValidationError, RecursionError) as error:
        raise ConfigurationError(
            f"{file}: not a JSON Decision Model ({error}); expected is an object with nodes, one a {_TABLE_NODE}"
        ) from None
    if len(tables) != 1 or tables[0].hit_policy != "first":
        raise ConfigurationError(f"{file}: needs exactly one decision table, of hit policy 'first'")
    _check_engine(file, document)
    table = tables[0]
    for column in table.inputs:
        if column.field not in FACTS:
            raise ConfigurationError(f"{file}: column {column.field!r} is no fact; one of {', '.join(sorted(FACTS))}")
    rows = [_parse_row(file, table, rule) for rule in table.rules]
    if len({row.row_id for row in rows}) != len(rows):
        raise ConfigurationError(f"{file}: two rows have the same _id")
    return Table(
        name=file.stem,
        node=nodes[0].id,
        columns=tuple(column.field for column in table.inputs),
        rows={row.row_id: row for row in rows},
        cells={rule["_id"]: _cells(table, rule) for rule in table.rules},
        document=document,
    )


def _check_engine(file: Path, document: dict[str, Any]) -> None:
    try:
        zen.ZenEngine({"loader": {"type": "static", "content": {file.stem: document}}}).get_decision(
            file.stem
        ).validate()
    except Exception as error:
        raise ConfigurationError(f"{file}: the rules engine refuses it ({_first_line(error)})") from None


def _parse_row(file: Path, table: _Content, rule: dict[str, str]) -> Row:
    row_id = rule.get("_id", "")
    if unknown := sorted(rule.keys() - _ROW_KEYS - {column.id for column in (*table.inputs, *table.outputs)}):
        raise ConfigurationError(f"{file}: row {row_id}: no column has the id {', '.join(unknown)}")
    for column in table.inputs:
        cell = rule.get(column.id, "")
        try:
            if cell:
                zen.compile_unary_expression(cell)
        except Exception as error:
            raise ConfigurationError(
                f"{file}: row {row_id}, column {column.field}: {cell!r} ({_first_line(error)})"
            ) from None
    said = {column.field: _constant(file, row_id, column, rule.get(column.id, "")) for column in table.outputs}
    offers = said.pop("offers", None) or []
    try:
        row = msgspec.convert(
            {
                "row_id": row_id,
                "law": rule.get("_description", ""),
                "rule": said.pop("rule", None),
                "verdict": None if said["verdict"] == PASS else said["verdict"],
                "offers": [_offer(word) for word in offers if word != REST],
                "offers_rest": REST in offers,
                "covers_order": said.pop("covers", None) == WHOLE_ORDER,
                **{name: value for name, value in said.items() if value is not None and name != "verdict"},
            },
            Row,
        )
    except (KeyError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{file}: row {row_id}: {error}") from None
    _check_complete(file, row)
    return row


def _cells(table: _Content, rule: dict[str, str]) -> dict[str, str]:
    return {column.field: rule[column.id] for column in (*table.inputs, *table.outputs) if rule.get(column.id)}


def _constant(file: Path, row_id: str, column: _Column, cell: str) -> Any:
    try:
        return zen.evaluate_expression(cell, {}) if cell else None
    except Exception as error:
        raise ConfigurationError(
            f"{file}: row {row_id}, column {column.field}: {cell!r} ({_first_line(error)})"
        ) from None


def _offer(word: str) -> dict[str, Any]:
    return {"flow": word.removesuffix(AFTER_RECEIPT), "after_receipt": word.endswith(AFTER_RECEIPT)}


def _check_complete(file: Path, row: Row) -> None:
    needs = {Verdict.APPROVE: "kind", Verdict.REFUSE: "refusal", Verdict.REDIRECT: "redirect"}
    for verdict, column in needs.items():
        if (getattr(row, column) is not None) != (row.verdict is verdict):
            raise ConfigurationError(
                f"{file}: row {row.row_id}: {column!r} goes with {verdict.value!r}, and only with it"
            )


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
