"""The cases that stand beside a pack's tables: what is given, and which row must fit. They are the pack's own tests.

A case speaks in facts, the columns of the table. What it leaves out is the file's ``base``, then a neutral value.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from appliance.aftersales.policy.facts import FACTS, LineFacts, OrderFacts
from appliance.aftersales.policy.model import Evidence, Offer
from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.policy.table import PASS, Row
from appliance.aftersales.policy.terms import Terms
from appliance.errors import ConfigurationError

SUFFIX = ".cases.yaml"
RECEIVED = ("delivered", "completed")


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    given: dict[str, Any] = {}
    expect: dict[str, Any]


class CaseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    base: dict[str, Any] = {}
    cases: list[Case]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    table: str
    name: str
    row_id: str
    expected: dict[str, Any]
    got: dict[str, Any]

    @property
    def is_met(self) -> bool:
        return all(self.got.get(name) == value for name, value in self.expected.items())


class Report(msgspec.Struct, frozen=True, kw_only=True):
    policy: str
    outcomes: list[Outcome]
    untested: list[str]
    """Rows, as ``table/row``, that no case reaches."""

    @property
    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.is_met]

    @property
    def is_good(self) -> bool:
        return not self.failures and not self.untested


def check_pack(directory: Path) -> Report:
    """Load the pack and run every case beside its tables. Raises ConfigurationError for a file that does not parse."""
    pack = PolicyPack.load(directory)
    outcomes = [outcome for name in pack.tables for outcome in run_cases(pack, name, directory / f"{name}{SUFFIX}")]
    reached = {f"{outcome.table}/{outcome.row_id}" for outcome in outcomes}
    rows = [f"{name}/{row_id}" for name, table in pack.tables.items() for row_id in table.rows]
    return Report(policy=pack.id, outcomes=outcomes, untested=[row for row in rows if row not in reached])


def run_cases(pack: PolicyPack, table_name: str, file: Path) -> Iterator[Outcome]:
    cases = _read_cases(file)
    for case in cases.cases:
        given = cases.base | case.given
        if unknown := sorted(set(given) - FACTS):
            raise ConfigurationError(f"{file}: case {case.name!r}: {', '.join(unknown)} is no fact")
        row = pack.decide(table_name, full_facts(pack.terms, given)).row
        yield Outcome(table=table_name, name=case.name, row_id=row.row_id, expected=case.expect, got=_spoken(row))


def full_facts(terms: Terms, given: dict[str, Any]) -> dict[str, Any]:
    """All facts, from some: what follows from the order's status and the reason need not be said."""
    status, reason = given.get("status", "delivered"), given.get("reason")
    neutral = OrderFacts(
        flow="",
        status=status,
        received=status in RECEIVED,
        reason=reason,
        merchants_fault=reason in terms.merchants_fault,
        no_reason=reason is None or reason in terms.no_reason,
        evidence=Evidence.YES.value,
        days=0,
        hours=0,
        days_since_shipped=0,
        days_since_paid=0,
        hours_since_paid=0,
        window_days=min(terms.window_days.values()),
        freight_insurance=False,
        whole_order=True,
        changed_before=False,
        invoiced=False,
        tax_id_ok=True,
        refunds_90d=0,
        delivered_on=None,
        shipped_on=None,
        paid_on=None,
        window_ends_on=None,
    )
    return msgspec.structs.asdict(neutral) | msgspec.structs.asdict(LineFacts()) | given


def _read_cases(file: Path) -> CaseFile:
    try:
        return msgspec.convert(yaml.safe_load(file.read_text("utf-8")), CaseFile)
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: missing; a table without cases is not published") from None
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{file}: {error}") from None


def _spoken(row: Row) -> dict[str, Any]:
    """The row in the words of a case file."""
    return {
        "rule": row.rule,
        "verdict": row.verdict.value if row.verdict else PASS,
        "refusal": row.refusal.value if row.refusal else None,
        "kind": row.kind.value if row.kind else None,
        "freight": row.freight.value,
        "offers": [_offered(offer) for offer in row.offers] + (["rest"] if row.offers_rest else []),
        "redirect": row.redirect.value if row.redirect else None,
        "work_order": row.work_order,
        "covers": "order" if row.covers_order else None,
    }


def _offered(offer: Offer) -> str:
    return f"{offer.flow}{':after_receipt' if offer.after_receipt else ''}"
