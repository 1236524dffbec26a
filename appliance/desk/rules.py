"""Who goes where, and who goes first. Pure.

The place in a queue is one instant: when a person was asked for, less the head start of the priority. It is given once
and never moved. So within a class it is first come first served, a higher class goes before a lower one, and nobody is
overtaken by whoever asks later than by the head start: there is no starving.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from appliance.aftersales.work.hours import Hours
from appliance.desk.model import Priority
from appliance.desk.terms import Terms

USUAL_HANDLING = timedelta(minutes=6)
"""Until so many conversations have ended that their time is known."""
ENOUGH_ENDED = 5
_MINUTE = 60


def group_of(terms: Terms, *, flow: str | None, reason: str, channel: str) -> str:
    return next(route.group for route in terms.routes if route.fits(flow, reason, channel))


def priority_of(terms: Terms, *, reason: str, is_urgent: bool) -> Priority:
    if is_urgent:
        return Priority.URGENT
    return next((priority for cause, priority in terms.priorities.items() if cause == reason), Priority.NORMAL)


def rank_of(terms: Terms, priority: Priority, asked_at: datetime) -> datetime:
    return asked_at - timedelta(seconds=terms.head_start_s[priority])


def opening_of(hours: Hours, at: datetime) -> datetime | None:
    """When people are there again; None: they are there now."""
    opens = hours.after(at, timedelta())
    return None if opens == at else opens


def handling_of(ended: Sequence[timedelta]) -> timedelta:
    """How long a conversation takes, of those that ended last."""
    return sum(ended, timedelta()) / len(ended) if len(ended) >= ENOUGH_ENDED else USUAL_HANDLING


def estimate_s(position: int, slots: int, handling: timedelta) -> int | None:
    """Seconds until somebody takes him, in whole minutes upwards; None where nobody is there: then nobody knows.

    ``slots``: how many conversations the agents of his group who are there may have at a time.
    """
    if slots <= 0:
        return None
    seconds = handling.total_seconds() * position / slots
    return max(1, -(-int(seconds) // _MINUTE)) * _MINUTE
