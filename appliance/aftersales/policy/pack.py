"""A policy pack: a folder of decision tables (GoRules JSON Decision Model), compiled once, with version and hash.

A pack that does not parse, names unknown facts or codes, or holds a cell that does not compile is refused whole:
the engine itself would skip such a row in silence.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import zen

from appliance.aftersales.policy.files import TERMS, PackFiles
from appliance.aftersales.policy.model import Verdict
from appliance.aftersales.policy.table import PASS, Hit, Row, Table, parse_table
from appliance.aftersales.policy.terms import Terms
from appliance.errors import ConfigurationError
from models.commands import Flow

GATES_BEFORE = "gates_before"
GATES_AFTER = "gates_after"
DEFAULT_PACK = Path(__file__).parent.parent / "policies" / "cn-retail"

POLICY_FLOWS: Final = frozenset(
    {
        Flow.RETURN_REFUND,
        Flow.REFUND_ONLY,
        Flow.CANCEL_ORDER,
        Flow.EXCHANGE,
        Flow.RESEND,
        Flow.REPAIR,
        Flow.PRICE_PROTECTION,
        Flow.CHANGE_ADDRESS,
        Flow.CHANGE_SPEC,
        Flow.URGE_SHIPMENT,
        Flow.INVOICE,
        Flow.COMPLAINT,
    }
)
"""The flows that policy decides: each needs a table."""

_TRACED: Any = {"trace": True}


class PolicyPack:
    """Immutable and thread-safe. ``id`` is recorded with every decision: ``cn-retail/1/9f2c41d07ab3``."""

    def __init__(self, terms: Terms, tables: Mapping[str, Table], content_hash: str) -> None:
        self.terms = terms
        self.tables = dict(tables)
        self.content_hash = content_hash
        self.id = f"{terms.name}/{terms.version}/{content_hash[:12]}"
        content = {name: table.document for name, table in tables.items()}
        self._engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})

    @classmethod
    def load(cls, directory: Path) -> "PolicyPack":
        return cls.read(PackFiles.of(directory))

    @classmethod
    def read(cls, files: PackFiles) -> "PolicyPack":
        terms = _read_terms(files)
        names = sorted({*terms.tables.values(), GATES_BEFORE, GATES_AFTER})
        tables = {name: parse_table(files.path(f"{name}.json"), files[f"{name}.json"]) for name in names}
        _check_gates(files.folder, tables)
        digest = hashlib.sha256()
        for file in (TERMS, *(f"{name}.json" for name in names)):
            digest.update(f"{file}\0{len(files[file])}\0".encode() + files[file])
        return cls(terms, tables, digest.hexdigest())

    def decide(self, table_name: str, facts: dict[str, Any]) -> Hit:
        """The first row of the table that fits. A table that has none for these facts is a wrong pack."""
        hit = self.find(table_name, facts)
        if hit is None:
            raise ConfigurationError(f"{self.id}: table {table_name} has no row for {facts}; add a last row that fits")
        return hit

    def find(self, table_name: str, facts: dict[str, Any]) -> Hit | None:
        """The same, for those who ask whether there is one."""
        table = self.tables[table_name]
        response = self._engine.evaluate(table_name, facts, _TRACED)
        traced = response["trace"][table.node]["traceData"]
        if not traced:
            return None
        return Hit(table=table_name, row=table.rows[traced["rule"]["_id"]], read=traced["reference_map"])

    def gaps(self) -> list[str]:
        """Requests that it would leave without a decision: flows without a table, tables not everything fits."""
        flows = sorted(POLICY_FLOWS - self.terms.tables.keys())
        return [f"{TERMS}: tables names none for {flow}" for flow in flows] + [
            f"{name}.json: its last row has conditions, so a request may fit none; end it with a row of empty cells"
            for name, table in self.tables.items()
            if not table.is_total
        ]

    def rules(self) -> dict[str, list[Row]]:
        """Every row by rule id, in the order of the tables."""
        found: dict[str, list[Row]] = {}
        for table in self.tables.values():
            for row in table.rows.values():
                found.setdefault(row.rule, []).append(row)
        return found


@cache
def default_pack() -> PolicyPack:
    """The pack that ships."""
    return PolicyPack.load(DEFAULT_PACK)


def in_force(packs: Iterable[PolicyPack], at: datetime) -> PolicyPack:
    """The pack that decides at this business time: the latest that has begun."""
    begun = [pack for pack in packs if pack.terms.effective_from <= at]
    if not begun:
        raise ConfigurationError(f"no policy pack is in force at {at.isoformat()}; publish one that begins earlier")
    return max(begun, key=lambda pack: pack.terms.effective_from)


def pack_of(packs: Iterable[PolicyPack], policy: str) -> PolicyPack | None:
    """The pack of this id; None if it is none of them: it was recalled."""
    return next((pack for pack in packs if pack.id == policy), None)


def _check_gates(directory: Path, tables: Mapping[str, Table]) -> None:
    """Only gates let through, and the last gate can but hand off."""
    for name, table in tables.items():
        for row in table.rows.values():
            is_odd = row.verdict is None and name not in (GATES_BEFORE, GATES_AFTER)
            if is_odd or (name == GATES_AFTER and row.verdict not in (None, Verdict.HAND_OFF)):
                said = row.verdict or PASS
                raise ConfigurationError(f"{directory / name}.json: row {row.row_id}: {said!r} cannot stand here")


def _read_terms(files: PackFiles) -> Terms:
    file = files.path(TERMS)
    try:
        return msgspec.json.decode(files[TERMS], type=Terms)
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: not UTF-8; save the file as UTF-8") from None
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{file}: {error}") from None
