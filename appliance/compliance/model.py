"""What an auditor looks for, and what he is shown."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from security.audit.record import Actor, Category, Kind, Outcome, Target


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Each that is set has to fit."""

    category: Category | None = None
    action: str | None = None
    """One action, or all of a noun: ``login.`` with its dot."""
    outcome: Outcome | None = None
    actor: str | None = None
    object: str | None = None
    request: str | None = None
    shop: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""

    @property
    def named(self) -> list[str]:
        """Which of them are set; their values may be anybody's ids."""
        return [name for name in self.__struct_fields__ if getattr(self, name) is not None]


class RecordLine(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    id: UUID
    ts: str
    cat: Category
    action: str
    kind: Kind
    outcome: Outcome
    actor: Actor
    object: Target
    tenant: str
    reason: str
    req: str


class RecordPage(msgspec.Struct, frozen=True, kw_only=True):
    """``cursor`` is None where the log, or the time that was asked for, has nothing older.

    A page may hold fewer than were asked for, or none, and still have a cursor: so many records are looked at at once.
    """

    records: tuple[RecordLine, ...]
    unreadable: tuple[int, ...] = ()
    """Numbers of those that are no records any more: somebody has edited them."""
    cursor: int | None
    looked_back_to: str | None
    """The time of the oldest record that was looked at."""


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    leaf: str
    """Its hash in the tree, in hexadecimal digits."""
    is_signed: bool
    """A signed checkpoint covers it."""
    record: dict[str, Any]
    """All of it, as it is hashed; empty for what is no record any more."""


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """Personal values were made clear for somebody, or refused."""

    seq: int
    """The record that says so."""
    ts: str
    action: str
    outcome: Outcome
    actor: Actor
    object: Target
    shop: str
    purpose: str
    what: str
    """Placeholders or names of fields, never a value."""
    note: str
    """What was said beside the purpose, masked."""


class DisclosurePage(msgspec.Struct, frozen=True, kw_only=True):
    disclosures: tuple[Disclosure, ...]
    unreadable: tuple[int, ...] = ()
    """As of a page of records."""
    cursor: int | None


class PastCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody had all of the log checked, and this was found."""

    seq: int
    """The record that says so."""
    ts: str
    actor: Actor
    outcome: Outcome
    """``unknown``: it came to no verdict."""
    records: int | None
    first_bad: int | None


class FoundCount(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    channel: str
    type: str
    values: int
    """Distinct ones of each conversation."""


class AfterwardsCount(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    type: str
    times: int
    """A value that came in pieces was put together, and masked in what had been said before."""


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Days are those of China."""

    since: datetime
    until: datetime
    found: tuple[FoundCount, ...]
    afterwards: tuple[AfterwardsCount, ...]
    unreadable: tuple[int, ...] = ()
    """As of a page of records."""


class CheckpointView(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    size: int
    created_at: datetime
    note: str
    """Signed; ``security/audit/witness.py`` reads it."""


class CheckpointPage(msgspec.Struct, frozen=True, kw_only=True):
    checkpoints: tuple[CheckpointView, ...]
    cursor: int | None


class LogHead(msgspec.Struct, frozen=True, kw_only=True):
    log_id: str
    size: int
    pruned: int
    """Records at the beginning of which only the hashes are kept."""
    waiting: int
    """Records that are not sealed yet."""
    longest_wait_s: float
    checkpoint: CheckpointView | None
    keys: tuple[str, ...]
    """Public, oldest first."""


class Checked(msgspec.Struct, frozen=True, kw_only=True, tag="checked", tag_field="type"):
    records: int
    of: int
    """As many as there were when it began."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, tag="verdict", tag_field="type"):
    """As ``appliance audit verify --json`` says it."""

    status: str
    """ok, tampered or incomplete"""
    records: int
    checkpoints: int
    unsigned: int
    root: str
    first_bad: int | None
    why: str
    warnings: tuple[str, ...]
    gaps: tuple[str, ...]
    restarts: tuple[str, ...]
    open_intents: int


class NoVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="no_verdict", tag_field="type"):
    """It could not be checked; that says nothing of the log."""

    why: str


Said = Checked | Verdict | NoVerdict
