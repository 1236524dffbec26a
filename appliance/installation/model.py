"""What whoever runs the installation is shown of it. Codes, figures and names of parts; nothing of any customer."""

from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.ids import ShopId
from appliance.supervisor.model import ProcessStatus


class Grade(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """Well today, and not for long."""
    WRONG = "wrong"
    SKIPPED = "skipped"


class Finding(msgspec.Struct, frozen=True):
    """Of ``appliance doctor``."""

    check: str
    grade: Grade
    found: str
    cure: str = ""
    needed: str = ""
    """What it is held against."""
    may_pass: bool = False
    """Wrong, and perhaps no more in a while, without anybody's doing: what stood still catches up."""


class Part(StrEnum):
    PROCESSES = "processes"
    WORKERS = "workers"
    DATABASE = "database"
    AUDIT = "audit"
    ORDER_SYSTEMS = "order_systems"
    WRITES = "writes"
    TURNS = "turns"
    WEBHOOKS = "webhooks"
    JOBS = "jobs"
    LANGUAGE_MODEL = "language_model"
    COMPACT_MODEL = "compact_model"
    RECOGNISER = "recogniser"
    SPEAKER = "speaker"
    DISK = "disk"
    EGRESS = "egress"
    UPKEEP = "upkeep"


class State(StrEnum):
    """How a part stands. The console has what it means and what to do about it, by part and state."""

    WELL = "well"
    ABSENT = "absent"
    """Not there, and need not be."""
    RESTARTED = "restarted"
    NOT_READY = "not_ready"
    NONE = "none"
    """Not there, and ought to be."""
    AWAY = "away"
    CROWDED = "crowded"
    LOW = "low"
    BEHIND = "behind"
    FAILING = "failing"
    UNKNOWN = "unknown"
    GIVEN_UP = "given_up"
    FAILED = "failed"
    """It was tried, did not go well, and is tried again."""
    RESTING = "resting"
    SMALLER = "smaller"
    """It rests, and a smaller one does its work."""
    SELF_TEST = "self_test"
    """It serves, and understands nobody but itself."""
    RECONCILING = "reconciling"
    """A restore waits for its end: nothing is written."""
    BLOCKED = "blocked"
    """Something was refused that nobody had named."""


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    part: Part
    grade: Grade
    state: State
    figures: dict[str, float] = {}
    """By name; the names say their unit: ``_s``, ``_bytes``, else a count."""
    words: dict[str, str] = {}
    """Names and versions."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking a shop's order system, in all processes since the appliance started."""

    answered_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    """The code of the last failure."""
    failures_in_row: int = 0
    rests_until: datetime | None = None
    """It gave no answer in time again and again, and is left alone."""


class OrderSystemView(msgspec.Struct, frozen=True, kw_only=True):
    shop: ShopId
    state: State
    contact: Contact


class FailedJob(msgspec.Struct, frozen=True, kw_only=True):
    task: str
    attempts: int
    failed_at: datetime | None
    comes_again: bool
    """By the clock, without anybody's doing; every job that there is does."""


class RungView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that this machine does without, by the name of the rung, and since when."""

    rung: str
    since: datetime


class Chore(StrEnum):
    """What is done by the clock to keep the installation whole."""

    CERTIFICATES = "certificates"
    """Those that run out are renewed."""
    BACKUP = "backup"
    DRILL = "drill"
    """The newest backup is restored into a cluster that is thrown away."""
    EGRESS = "egress"
    """Every process tries to leave, and must not be able to."""


class ChoreView(msgspec.Struct, frozen=True, kw_only=True):
    chore: Chore
    tried_at: datetime | None
    done_at: datetime | None
    """When it last went well."""
    due_at: datetime
    is_failed: bool
    is_overdue: bool


class Health(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    grade: Grade
    """The worst of all parts."""
    rungs: tuple[RungView, ...]
    """None: nothing has to be done without."""
    parts: tuple[PartView, ...]
    processes: tuple[ProcessStatus, ...]
    order_systems: tuple[OrderSystemView, ...]
    failed_jobs: tuple[FailedJob, ...]
    upkeep: tuple[ChoreView, ...] = ()
