"""Each figure against a log of which it is known, and against its own statement run by hand."""

import re
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from appliance.config_reports import ReportSettings
from appliance.conversation import events
from appliance.conversation.call_events import AnswerTimes, CallMeasured
from appliance.db import Queries
from appliance.desk.service_level import ServiceLevels, Share
from appliance.desk.terms import shipped_terms
from appliance.errors import ConfigurationError, NotFound
from appliance.ids import ShopId, uuid7
from appliance.reports import store
from appliance.reports.figures import shipped
from appliance.reports.model import Asked, PeriodTooLong, Slice, Step
from appliance.reports.service import Reports
from tests.appliance.reports.world import OTHER, SHOP, ReportWorld, Told, of, values

RECEIPT = events.ReceiptReceived(operation_id="o", case_id="c", kind="refund_only", refund_fen=100)
HANDOFF = events.HandoffMade(reason="customer_asked")
SERVED = events.ServiceEnded(reason="solved", agent_id=uuid7(), asks_rating=True)


async def taken(talk: Told) -> None:
    await talk.says(events.OwnerChanged(owner="agent", token=1, why="taken_over"))


@pytest.fixture
async def day(world: ReportWorld) -> ReportWorld:
    """A day's talks: silent, contained, resolved, handed over and resolved, taken over; one in another shop, one of
    yesterday, one by telephone."""
    await world.talk(1, is_silent=True)
    await world.talk(2)
    await (await world.talk(2.5)).says(RECEIPT)
    both = await world.talk(9)
    for event in (RECEIPT, RECEIPT, HANDOFF, HANDOFF, SERVED, events.RatingGiven(score=2), events.RatingGiven(score=5)):
        await both.says(event)
    await both.asks("ended", asked_at=10, served_at=40, ended_at=340)
    await both.says(events.AgentSaid(client_message_id="1", agent_id=uuid7(), badge="1", token=1), 50)
    await taken(await world.talk(15, channel="voice"))
    await (await world.talk(3, OTHER)).says(HANDOFF)
    await (await world.talk(-14)).says(RECEIPT)
    return world


async def test_conversations_are_counted_by_what_came_of_them(day: ReportWorld) -> None:
    report = await day.report()
    assert values(report, "conversations", "spoken", "resolved", "contained", "handed_over") == {
        "conversations": 5,
        "spoken": 4,
        "resolved": 2,
        "contained": 2,
        "handed_over": 1,
    }
    rates = ("opening_rate", "resolution_rate", "containment_rate", "automation_rate", "handoff_rate")
    assert list(values(report, *rates).values()) == [0.8, 0.5, 0.5, 0.25, 0.25]
    assert values(report, "receipts", "handoffs") == {"receipts": 3, "handoffs": 2}


async def test_a_figure_stands_beside_the_day_before_and_has_its_course_and_parts(day: ReportWorld) -> None:
    report = await day.report()
    talks = of(report, "conversations")
    assert (talks.before, sum(each or 0 for each in talks.series)) == (1, talks.value)
    assert [at for at, each in zip(report.steps, talks.series, strict=True) if each] == [
        f"2026-11-26T{hour:02}:00" for hour in (1, 2, 9, 15)
    ]
    assert {each.part: each.value for each in talks.channels} == {"web": 4, "voice": 1}
    assert [(each.part, each.value, each.before) for each in of(report, "receipts").codes] == [("refund_only", 3, 1)]
    assert values(await day.report(channel="voice"), "conversations", "receipts") == {"conversations": 1, "receipts": 0}


async def test_all_shops_are_counted_together_and_one_by_one_and_no_other(day: ReportWorld) -> None:
    await day.talk(4, ShopId("shop-3"))
    talks = of(await day.report(SHOP, OTHER), "conversations")
    assert (talks.value, {each.part: each.value for each in talks.shops}) == (6, {SHOP: 5, OTHER: 1})


async def test_the_queue_is_counted_by_when_a_person_was_asked_for(world: ReportWorld) -> None:
    waits: list[tuple[str, dict[str, float]]] = [
        ("ended", {"served_at": 30, "ended_at": 130}),
        ("ended", {"served_at": 60, "ended_at": 260}),
        ("served", {"served_at": 90}),
        ("ended", {"opens_at": 600, "served_at": 610, "ended_at": 910}),
        ("left", {"ended_at": 20}),
        ("left", {"ended_at": 25}),
        ("called_back", {}),
        ("waiting", {}),
    ]
    for state, at in waits:
        await (await world.talk(15)).asks(state, **at)
    report = await world.report()
    counts = ("asked", "served", "abandoned", "called_back", "waiting_now")
    assert list(values(report, *counts).values()) == [8, 4, 2, 1, 1]
    assert values(report, "service_level", "abandon_rate") == {"service_level": 2 / 5, "abandon_rate": 2 / 6}
    wall = (await ServiceLevels(world.db, shipped_terms(), world.clock).of(SHOP)).groups
    assert [each.today for each in wall if each.group == "general"] == [Share(answered=2, decided=5)]
    times = ("wait_p50", "wait_longest", "handling_p50", "longest_now")
    assert list(values(report, *times).values()) == [45, 90, 200, 1800]
    assert of(report, "waiting_now").before is None


async def test_answers_and_an_agents_first_words_are_timed(day: ReportWorld) -> None:
    report = await day.report()
    assert list(values(report, "answer_p50", "answer_p90", "answer_p95").values()) == [0.5] * 3
    assert list(values(report, "reply_p50", "wait_p50", "handling_p50").values()) == [40, 30, 300]


async def test_the_last_rating_of_a_conversation_counts(day: ReportWorld) -> None:
    second = await day.talk(10)
    await second.says(SERVED)
    report = await day.report()
    figures = ("ratings", "rating_rate", "score_average", "csat")
    assert list(values(report, *figures).values()) == [1, 0.5, 5, 1]
    assert [(each.part, each.value) for each in of(report, "ratings").codes] == [("5", 1)]


async def test_errors_are_what_went_wrong_and_no_refusal(world: ReportWorld) -> None:
    talk = await world.talk(3)
    for event in (
        events.OrderSystemAway(effect="orders"),
        events.TurnGivenUp(),
        events.OperationFailed(operation_id="o", how="doubtful"),
        events.OperationFailed(operation_id="o", how="refused"),
        events.AnswerMarked(said_seq=1, key="k", why="wrong_fact", by=uuid7()),
    ):
        await talk.says(event)
    assert values(await world.report(), "errors", "disturbed", "marks") == {"errors": 3, "disturbed": 1, "marks": 1}


async def test_calls_are_counted_and_their_answers_timed_by_parts(world: ReportWorld) -> None:
    def answer(total: int, elsewhere: int = 0) -> AnswerTimes:
        return AnswerTimes(
            seq=3,
            total=total,
            end_of_turn=300,
            judging=10,
            final=80,
            turn=total - 450,
            elsewhere=elsewhere,
            speech=50,
            line=20,
        )

    first = CallMeasured(
        length_ms=60_000, left="caller", answers=(answer(600), answer(800, 300)), partials_ms=(300,), yields_ms=(400,),
        utterances=4, split=1, backchannels=2,
    )  # fmt: skip
    second = CallMeasured(
        length_ms=30_000, left="transfer", answers=(answer(1000),), partials_ms=(500,), utterances=1,
        false_interruptions=1, not_yielded=2, fillers=1, silences=1, keys=4,
    )  # fmt: skip
    await (await world.talk(3, channel="voice")).says(first)
    await (await world.talk(4, channel="voice")).says(second)
    report = await world.report()
    counts = (
        "calls",
        "yielded",
        "false_interruptions",
        "not_yielded",
        "backchannels",
        "fillers",
        "silences",
        "keys_pressed",
    )
    assert list(values(report, *counts).values()) == [2, 1, 1, 2, 2, 1, 1, 4]
    assert of(report, "split_rate").value == 1 / 5
    assert {each.part: each.value for each in of(report, "calls").codes} == {"caller": 1, "transfer": 1}
    times = ("first_audio_p50", "first_audio_p90", "partial_p50", "yield_p95")
    assert list(values(report, *times).values()) == [0.8, pytest.approx(0.96), 0.4, 0.4]
    parts = {each.part: each.value for each in of(report, "first_audio_p50").codes}
    assert parts == {
        "total": 0.8, "end_of_turn": 0.3, "final": 0.08, "turn": 0.35, "held": 0, "speech": 0.05, "line": 0.02,
        "own": 0.18, "partial": 0.4, "yield": 0.4,
    }  # fmt: skip
    assert of(report, "own_p95").value == pytest.approx(0.54, abs=0.05)
    assert {each.part: each.value for each in of(report, "first_audio_p50").channels} == {"voice": 0.8}


async def test_a_shop_in_which_nothing_was_said_has_counts_of_nothing_and_no_shares(world: ReportWorld) -> None:
    report = await world.report(first=date(2026, 11, 1), step=Step.WEEK)
    assert {each.value for each in report.figures} == {0, None}
    assert len(report.steps) == len(of(report, "csat").series) == 5


@pytest.mark.parametrize("shops", [(SHOP,), (SHOP, OTHER)], ids=["one-shop", "all-shops"])
async def test_every_figure_is_the_number_that_its_statement_gives_by_hand(
    day: ReportWorld, database_url: str, shops: tuple[ShopId, ...]
) -> None:
    """As psql would run it: one text, no parameters, by the login of the application."""
    report = await day.report(*shops)
    for query in store.SQL:
        keys = [figure.key for figure in shipped() if figure.query == query]
        told = await day.reports.by_hand(keys[0], Asked(shops=shops))
        found = by_hand(database_url, told.sql)
        for answer in (of(report, key) for key in keys):
            assert found[Slice.ALL, None][answer.key] == answer.value
            by_code = {part: row[answer.key] for (kind, part), row in found.items() if kind == Slice.CODE}
            assert by_code == {each.part: each.value for each in answer.codes}


def by_hand(url: str, text: str) -> dict[tuple[str, str | None], dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row, autocommit=True) as conn:
        cursor = conn.execute(text.encode())
        while cursor.description is None or cursor.description[0].name != "slice":
            assert cursor.nextset()
        return {(row["slice"], row["part"]): row for row in cursor}


async def test_there_is_no_statement_of_a_figure_that_there_is_not(world: ReportWorld) -> None:
    with pytest.raises(NotFound):
        await world.reports.by_hand("profit", Asked(shops=(SHOP,)))


def test_every_statement_has_figures_and_every_figure_a_statement() -> None:
    assert {figure.query for figure in shipped()} == set(store.SQL)


def test_the_statements_name_no_event_that_the_log_does_not_know() -> None:
    named = {name for query in store.SQL for name in re.findall(r"'([a-z_]+\.[a-z_]+)'", store.SQL[query])}
    assert named
    assert named <= set(events.REGISTERED)


async def test_what_takes_too_long_is_given_up_with_a_cure(
    world: ReportWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "queries.sql").write_text("-- name: slow\nSELECT pg_sleep(30)", encoding="utf-8")
    monkeypatch.setattr(store, "SQL", Queries(tmp_path / "queries.sql"))
    async with world.db.transaction(SHOP) as conn:
        await store.bound(conn, 1)
        with pytest.raises(PeriodTooLong, match="shorter time"):
            await store.counted(conn, "slow", {})
        await conn.rollback()


def test_a_time_zone_that_there_is_not_is_said_at_the_start(world: ReportWorld) -> None:
    with pytest.raises(ConfigurationError, match=r"reports\.zone"):
        Reports(world.db, world.clock, ReportSettings(zone="Asia/Nowhere"), {})
