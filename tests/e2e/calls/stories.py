"""What is told in the calls, and what was said in them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from appliance.evaluation.calls.session import told_at
from appliance.evaluation.model import Case, Entry


def case(name: str) -> Case:
    return next(each for each in told_at(datetime.now(UTC)) if each.id == name)


def said(log: Sequence[Entry], by: str = "customer.said") -> list[str]:
    return [entry.words for entry in log if entry.type == by]
