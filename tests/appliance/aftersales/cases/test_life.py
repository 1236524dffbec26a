"""The life of a case: one table, reached from its beginning, with an end; the page shows the same."""

import pytest

from appliance.aftersales.cases.life import OPENS, TOLD, TRANSITIONS, Event, Stand, goes_back, stand_of
from appliance.aftersales.orders.model import CaseKind, CaseStatus
from appliance.dialogue.engine import SPOKEN_STAGES
from tests.appliance.aftersales.cases import drawing


def test_the_page_shows_the_table_of_the_code() -> None:
    text = drawing.PAGE.read_text(encoding="utf-8")
    assert drawing.page(text) == text, "run: python -m tests.appliance.aftersales.cases.drawing"


def test_every_stand_is_reached_and_every_event_moves_something() -> None:
    assert {each.after for each in TRANSITIONS} | {*OPENS.values(), Stand.OPEN} == set(Stand)
    assert {each.event for each in TRANSITIONS} == set(Event)


def test_one_event_leads_from_one_stand_to_one_other() -> None:
    assert len({(each.before, each.event) for each in TRANSITIONS}) == len(TRANSITIONS)


def test_what_is_told_has_words() -> None:
    assert set(TOLD) == SPOKEN_STAGES - {"parcel_awaited", "guide_sent"}  # what is reminded of and sent, and no stage


@pytest.mark.parametrize(
    ("status", "stage", "stand"),
    [
        (CaseStatus.OPEN, "inspecting", Stand.INSPECTING),
        (CaseStatus.OPEN, None, Stand.OPEN),
        (CaseStatus.OPEN, "on_the_moon", Stand.OPEN),
        (CaseStatus.FINISHED, "refunded", Stand.REFUNDED),
        (CaseStatus.FINISHED, "refunding", Stand.FINISHED),
        (CaseStatus.FINISHED, None, Stand.FINISHED),
        (CaseStatus.REJECTED, "inspecting", Stand.REJECTED),
        (CaseStatus.WITHDRAWN, "awaiting_parcel", Stand.WITHDRAWN),
    ],
)
def test_where_a_case_stands(status: CaseStatus, stage: str | None, stand: Stand) -> None:
    assert stand_of(status, stage) is stand


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Stand.AWAITING_PARCEL, Stand.INSPECTING, False),
        (Stand.AWAITING_PARCEL, Stand.REFUNDED, False),
        (Stand.INSPECTING, Stand.REJECTED, False),
        (Stand.INSPECTING, Stand.INSPECTING, False),
        (Stand.INSPECTING, Stand.OPEN, False),
        (Stand.REFUNDING, Stand.INSPECTING, True),
        (Stand.REFUNDED, Stand.REFUNDING, True),
        (Stand.REJECTED, Stand.REFUNDED, True),
    ],
)
def test_what_lies_behind(before: Stand, after: Stand, expected: bool) -> None:
    assert goes_back(CaseKind.RETURN_REFUND, before, after) is expected


def test_a_replacement_that_was_sent_is_not_opened_again() -> None:
    assert goes_back(CaseKind.RESEND, Stand.RESHIPPED, Stand.OPEN)
    assert not goes_back(CaseKind.RESEND, Stand.OPEN, Stand.RESHIPPED)
