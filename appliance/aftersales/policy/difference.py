"""How two policy packs differ: in their terms, row by row, and in what they say to the cases beside either's tables."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec

from appliance.aftersales.orders.model import Record
from appliance.aftersales.policy.cases import read_cases, row_for, spoken
from appliance.aftersales.policy.files import PackFiles
from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.policy.table import Table

FIRST = "first"


class RowDeed(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    """Another row comes right before it, and in a table of the first fit that decides."""


class TermChange(Record, frozen=True):
    name: str
    before: Any
    after: Any


class RowChange(Record, frozen=True):
    table: str
    row_id: str
    deed: RowDeed
    cells: dict[str, tuple[str, str]] = {}
    """By column: before and after; of an added or removed row, all that are filled."""


class CaseChange(Record, frozen=True):
    """A case beside a table to which the two packs say different things."""

    table: str
    name: str
    before: dict[str, Any]
    after: dict[str, Any]


class Difference(Record, frozen=True):
    base: str
    draft: str
    terms: tuple[TermChange, ...]
    rows: tuple[RowChange, ...]
    cases: tuple[CaseChange, ...]


def difference(base: PackFiles, draft: PackFiles) -> Difference:
    before, after = PolicyPack.read(base), PolicyPack.read(draft)
    names = sorted(before.tables.keys() | after.tables.keys())
    return Difference(
        base=before.id,
        draft=after.id,
        terms=tuple(_terms(before, after)),
        rows=tuple(row for name in names for row in _rows(name, before.tables.get(name), after.tables.get(name))),
        cases=tuple(_cases(before, after, base, draft)),
    )


def _terms(before: PolicyPack, after: PolicyPack) -> Iterator[TermChange]:
    old, new = (_sorted(msgspec.to_builtins(pack.terms)) for pack in (before, after))
    for name in old:
        if old[name] != new[name]:
            yield TermChange(name=name, before=old[name], after=new[name])


def _sorted(terms: dict[str, Any]) -> dict[str, Any]:
    """Sets come out as lists, in no order."""
    return {name: sorted(value) if isinstance(value, list) else value for name, value in terms.items()}


def _rows(name: str, before: Table | None, after: Table | None) -> Iterator[RowChange]:
    old, new = (table.cells if table else {} for table in (before, after))
    ahead_of_old, ahead_of_new = _ahead(old, new), _ahead(new, old)
    for row_id in [*new, *(row_id for row_id in old if row_id not in new)]:
        was, now = old.get(row_id), new.get(row_id)
        if was is None or now is None:
            deed = RowDeed.ADDED if was is None else RowDeed.REMOVED
        elif was != now:
            deed = RowDeed.CHANGED
        elif ahead_of_old[row_id] != ahead_of_new[row_id]:
            deed = RowDeed.MOVED
        else:
            continue
        yield RowChange(table=name, row_id=row_id, deed=deed, cells=_cells(was or {}, now or {}))


def _ahead(rows: dict[str, dict[str, str]], others: dict[str, dict[str, str]]) -> dict[str, str]:
    """By row, the one right before it, of those that both tables have."""
    both = [row_id for row_id in rows if row_id in others]
    return dict(zip(both, [FIRST, *both], strict=False))


def _cells(was: dict[str, str], now: dict[str, str]) -> dict[str, tuple[str, str]]:
    columns = [*was, *(column for column in now if column not in was)]
    return {
        column: (was.get(column, ""), now.get(column, ""))
        for column in columns
        if was.get(column, "") != now.get(column, "")
    }


def _cases(before: PolicyPack, after: PolicyPack, base: PackFiles, draft: PackFiles) -> Iterator[CaseChange]:
    """Of the tables that both have, each case once, though both packs hold it."""
    for table in sorted(before.tables.keys() & after.tables.keys()):
        seen: list[dict[str, Any]] = []
        for files in (draft, base):
            for case, given in read_cases(table, files):
                if given in seen:
                    continue
                seen.append(given)
                was, now = _said(before, table, given), _said(after, table, given)
                apart = [word for word in now if was[word] != now[word]]
                if apart:
                    yield CaseChange(
                        table=table,
                        name=case.name,
                        before={word: was[word] for word in apart},
                        after={word: now[word] for word in apart},
                    )


def _said(pack: PolicyPack, table: str, given: dict[str, Any]) -> dict[str, Any]:
    return spoken(row_for(pack, table, given))
