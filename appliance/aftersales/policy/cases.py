"""The cases that stand beside a pack's tables: what is given, and which row must fit. They are the pack's own tests.

A case speaks in facts, the columns of the table. What it leaves out is the file's ``base``, then a neutral value.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from appliance.aftersales.policy.facts import FACT_TYPES, FACTS, LineFacts, OrderFacts
from appliance.aftersales.policy.files import CASES, PackFiles
from appliance.aftersales.policy.model import Evidence, Offer
from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.policy.table import PASS, Row
from appliance.aftersales.policy.terms import Terms
from appliance.errors import ConfigurationError

RECEIVED = ("delivered", "completed")
SPOKEN = ("rule", "verdict", "refusal", "kind", "freight", "offers", "redirect", "work_order", "covers")
"""What a case may expect of the row that fits."""

NO_ROW = "no row"
"""Stands for the verdict where no row fits."""


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    given: dict[str, Any] = {}
    expect: Annotated[dict[str, Any], msgspec.Meta(min_length=1)]


class CaseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    base: dict[str, Any] = {}
    cases: list[Case]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    table: str
    name: str
    row_id: str
    """Empty where no row fits."""
    expected: dict[str, Any]
    got: dict[str, Any]

    @property
    def is_met(self) -> bool:
        return bool(self.row_id) and all(self.got.get(name) == value for name, value in self.expected.items())


class Report(msgspec.Struct, frozen=True, kw_only=True):
    policy: str
    outcomes: list[Outcome]
    untested: list[str]
    """Rows, as ``table/row``, that no case reaches."""
    gaps: list[str] = []
    """What the pack would leave without a decision."""

    @property
    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.is_met]

    @property
    def is_good(self) -> bool:
        return not (self.failures or self.untested or self.gaps)


def check_pack(directory: Path) -> Report:
    """Load the pack and run every case beside its tables. Raises ConfigurationError for a file that does not parse."""
    return check_files(PackFiles.of(directory))


def check_files(files: PackFiles) -> Report:
    """The same for a pack that lies in no directory."""
    pack = PolicyPack.read(files)
    outcomes = [outcome for name in pack.tables for outcome in run_cases(pack, name, files)]
    reached = {f"{outcome.table}/{outcome.row_id}" for outcome in outcomes}
    rows = [f"{name}/{row_id}" for name, table in pack.tables.items() for row_id in table.rows]
    untested = [row for row in rows if row not in reached]
    return Report(policy=pack.id, outcomes=outcomes, untested=untested, gaps=pack.gaps())


def run_cases(pack: PolicyPack, table_name: str, files: PackFiles) -> Iterator[Outcome]:
    """Each case of the table's case file in ``files`` (which may be another pack's), decided by ``pack``."""
    for case, given in read_cases(table_name, files):
        row = row_for(pack, table_name, given)
        row_id = row.row_id if row else ""
        yield Outcome(table=table_name, name=case.name, row_id=row_id, expected=case.expect, got=spoken(row))


def row_for(pack: PolicyPack, table_name: str, given: dict[str, Any]) -> Row | None:
    """Which row fits what a case gives; None: no row does."""
    hit = pack.find(table_name, full_facts(pack.terms, given))
    return hit.row if hit else None


def read_cases(table_name: str, files: PackFiles) -> Iterator[tuple[Case, dict[str, Any]]]:
    """The cases of one table, each with all that is given in it."""
    name = f"{table_name}{CASES}"
    cases = _read_cases(files, name)
    for case in cases.cases:
        given = cases.base | case.given
        _check_case(case, given, f"{files.path(name)}: case {case.name!r}")
        yield case, given


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


def _check_case(case: Case, given: dict[str, Any], where: str) -> None:
    """A misspelt name would be met for ever, or change nothing."""
    if unknown := sorted(set(given) - FACTS):
        raise ConfigurationError(f"{where}: {', '.join(unknown)} is no fact; one of {', '.join(sorted(FACTS))}")
    if unknown := sorted(set(case.expect) - set(SPOKEN)):
        raise ConfigurationError(f"{where}: nothing says {', '.join(unknown)}; expect one of {', '.join(SPOKEN)}")
    for name, value in given.items():
        try:
            msgspec.convert(value, FACT_TYPES[name])
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"{where}: {name}: {error}") from None


def _read_cases(files: PackFiles, name: str) -> CaseFile:
    file = files.path(name)
    if name not in files:
        raise ConfigurationError(f"{file}: missing; a table without cases is not published")
    try:
        return msgspec.convert(yaml.safe_load(files[name].decode("utf-8")), CaseFile)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file}:{line}: not UTF-8; save the file as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(
            f"{file}:{line}: not YAML ({error.problem}); mend this line or the one above"
        ) from None
    except yaml.YAMLError:
        raise ConfigurationError(f"{file}: not YAML: it holds a control character; remove it") from None
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"{file}: {error}; a file holds cases, each with name, given and expect, and may hold a base"
        ) from None


def spoken(row: Row | None) -> dict[str, Any]:
    """The row in the words of a case file."""
    if row is None:
        return dict.fromkeys(SPOKEN) | {"verdict": NO_ROW}
    said = (
        row.rule,
        row.verdict.value if row.verdict else PASS,
        row.refusal.value if row.refusal else None,
        row.kind.value if row.kind else None,
        row.freight.value,
        [_offered(offer) for offer in row.offers] + (["rest"] if row.offers_rest else []),
        row.redirect.value if row.redirect else None,
        row.work_order,
        "order" if row.covers_order else None,
    )
    return dict(zip(SPOKEN, said, strict=True))


def _offered(offer: Offer) -> str:
    return f"{offer.flow}{':after_receipt' if offer.after_receipt else ''}"
