"""What time brings to an approved return: one table of steps, each done once for a case. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from appliance.aftersales.cases.life import REFUND_WITHIN
from appliance.aftersales.orders.model import CaseKind, Record
from appliance.ids import ConversationId, OrderId

LOOKS_BACK: Final = timedelta(days=60)
"""A return that nothing was heard of for longer is people's, not a clock's."""


class Clocked(StrEnum):
    """From when a step's days run."""

    APPROVED = "approved"
    """While neither the goods nor the number of their parcel have come."""
    SENT = "sent"
    """While a parcel's number is noted and the goods have not come: lost, or a number that is none of theirs."""
    RECEIVED = "received"
    """While the goods are here and the money is not back."""


class Does(StrEnum):
    REMIND = "remind"
    WORK_ORDER = "work_order"
    WARN_FINANCE = "warn_finance"
    ESCALATE = "escalate"


class Step(Record, frozen=True):
    name: str
    runs_from: Clocked
    after: timedelta
    does: Does


class Days(Record, frozen=True):
    """By the settings; the law's deadline has none."""

    remind_after: tuple[int, ...] = (3, 6)
    overdue_after: int = 7
    parcel_after: int = 10
    warn_before: int = 2


class Watched(Record, frozen=True):
    """An open case that sends goods back."""

    case_id: UUID
    conversation_id: ConversationId
    order_id: OrderId
    kind: CaseKind
    refund_fen: int
    approved_at: datetime
    sent_at: datetime | None
    """When the number of its parcel was noted, the latest."""
    received_at: datetime | None
    is_refunded: bool
    done: tuple[str, ...]


def steps(days: Days) -> tuple[Step, ...]:
    reminders = (_approved(f"remind_{number}", after, Does.REMIND) for number, after in enumerate(days.remind_after, 1))
    return (
        *reminders,
        _approved("overdue", days.overdue_after, Does.WORK_ORDER),
        _sent("parcel_missing", days.parcel_after, Does.WORK_ORDER),
        _received("refund_warning", REFUND_WITHIN - timedelta(days=days.warn_before), Does.WARN_FINANCE),
        _received("refund_breach", REFUND_WITHIN, Does.ESCALATE),
    )


def _approved(name: str, days: int, does: Does) -> Step:
    return Step(name=name, runs_from=Clocked.APPROVED, after=timedelta(days=days), does=does)


def _sent(name: str, days: int, does: Does) -> Step:
    return Step(name=name, runs_from=Clocked.SENT, after=timedelta(days=days), does=does)


def _received(name: str, after: timedelta, does: Does) -> Step:
    return Step(name=name, runs_from=Clocked.RECEIVED, after=after, does=does)


def due(case: Watched, days: Days, now: datetime) -> tuple[Step, ...]:
    """Steps whose time has come and that were not done, the latest last."""
    began = {
        Clocked.APPROVED: _waits_since(case),
        Clocked.SENT: _travels_since(case),
        Clocked.RECEIVED: _owes_since(case),
    }
    return tuple(
        step
        for step in steps(days)
        if step.name not in case.done and (since := began[step.runs_from]) and since + step.after <= now
    )


def _waits_since(case: Watched) -> datetime | None:
    return None if case.sent_at or case.received_at else case.approved_at


def _travels_since(case: Watched) -> datetime | None:
    return None if case.received_at else case.sent_at


def _owes_since(case: Watched) -> datetime | None:
    return None if case.is_refunded or not case.refund_fen else case.received_at
