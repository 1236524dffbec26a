"""Which steps time has brought to an approved return."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.parcels.deadlines import Days, Watched, due
from appliance.ids import ConversationId, OrderId, uuid7

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ALL = ("remind_1", "remind_2", "overdue", "parcel_missing", "refund_warning", "refund_breach")


def case(**more: Any) -> Watched:
    base: dict[str, Any] = {
        "case_id": uuid7(),
        "conversation_id": ConversationId(uuid7()),
        "order_id": OrderId("O1"),
        "kind": CaseKind.RETURN_REFUND,
        "refund_fen": 100,
        "approved_at": NOW,
        "sent_at": None,
        "received_at": None,
        "is_refunded": False,
        "done": (),
    }
    return Watched(**{**base, **more})


def names(watched: Watched, days: float, settings: Days | None = None) -> list[str]:
    return [step.name for step in due(watched, settings or Days(), NOW + timedelta(days=days))]


RECEIVED = {"received_at": NOW}


@pytest.mark.parametrize(
    ("watched", "days", "expected"),
    [
        ({}, 2.99, []),
        ({}, 3, ["remind_1"]),
        ({"done": ("remind_1",)}, 5.99, []),
        ({"done": ("remind_1",)}, 6, ["remind_2"]),
        ({"done": ("remind_1", "remind_2")}, 7, ["overdue"]),
        ({"done": ("remind_1", "remind_2", "overdue")}, 50, []),
        ({}, 8, ["remind_1", "remind_2", "overdue"]),
        ({"sent_at": NOW}, 9.99, []),
        ({"sent_at": NOW}, 10, ["parcel_missing"]),
        ({"sent_at": NOW, "done": ("overdue", "parcel_missing")}, 30, []),
        ({"sent_at": NOW - timedelta(days=20), "received_at": NOW}, 1, []),
        (RECEIVED, 4.99, []),
        (RECEIVED, 5, ["refund_warning"]),
        ({**RECEIVED, "done": ("refund_warning",)}, 6.99, []),
        ({**RECEIVED, "done": ("refund_warning",)}, 7, ["refund_breach"]),
        ({**RECEIVED, "sent_at": NOW}, 7, ["refund_warning", "refund_breach"]),
        ({**RECEIVED, "done": ALL}, 50, []),
        ({**RECEIVED, "is_refunded": True}, 50, []),
        ({**RECEIVED, "refund_fen": 0, "kind": CaseKind.EXCHANGE}, 50, []),
        ({"refund_fen": 0, "kind": CaseKind.REPAIR}, 3, ["remind_1"]),
    ],
)
def test_each_step_is_due_when_its_days_are_over(watched: dict[str, Any], days: float, expected: list[str]) -> None:
    assert names(case(**watched), days) == expected


def test_the_days_before_the_goods_are_back_are_the_shops_own() -> None:
    settings = Days(remind_after=(1,), overdue_after=2, warn_before=6)
    assert names(case(), 2, settings) == ["remind_1", "overdue"]
    assert names(case(received_at=NOW), 1, settings) == ["refund_warning"]


def test_no_setting_moves_the_laws_deadline() -> None:
    steps = due(case(received_at=NOW), Days(warn_before=1), NOW + timedelta(days=7))
    assert steps[-1].after == timedelta(days=7)
