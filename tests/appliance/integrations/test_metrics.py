"""Metrics: who gets them, what is counted, that labels are closed, and that the page lists all of them."""

import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from appliance.app.core import Core
from appliance.clock import SystemClock
from appliance.config import DatabaseSettings, Settings
from appliance.config_understanding import LlmSettings
from appliance.conversation.call_events import AnswerTimes, CallMeasured
from appliance.conversation.event import EventData
from appliance.conversation.events import (
    BotSaid,
    CommandsUnderstood,
    HandoffMade,
    OperationAccepted,
    QuoteOffered,
    TurnEnded,
    TurnGivenUp,
)
from appliance.conversation.ports import BrokenOff
from appliance.db import Database
from appliance.errors import ConfigurationError
from appliance.ids import ShopId
from appliance.integrations.metrics import catalogue
from appliance.integrations.metrics.catalogue import HTTP, HTTP_LABELS, METERS, OTHER, Kind, Meter, Turned
from appliance.integrations.metrics.meters import Meters
from appliance.integrations.metrics.service import Metrics
from appliance.integrations.metrics.token import MonitorToken, token_path
from appliance.integrations.metrics.watching import Watching
from appliance.supervisor.figures import begin, folder
from models.errors import ModelError, SpeechError
from models.question import Question
from tests.appliance.channels.whole import SHOP, Whole
from tests.models.llm.server import Reply, ScriptedServer, scripted_server

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]
SCHEMA = {"type": "object"}


def figures(text: str) -> Figures:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def kept(meters: Meters) -> Figures:
    return figures(generate_latest(meters.registry).decode())


def of(found: Figures, name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


@pytest.fixture
async def whole(db: Database, database_url: str, tmp_path: Path) -> Whole:
    return await Whole.made(db, database_url, tmp_path)


def bearer(whole: Whole) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_path(whole.core.settings).read_text().strip()}"}


@pytest.mark.control("M-45")
async def test_a_monitoring_system_with_the_token_gets_all_of_them(whole: Whole) -> None:
    async with whole.http(bearer(whole)) as http:
        await http.get("/health/live")
        answer = await http.get("/metrics")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = figures(answer.text)
    assert of(found, "appliance_database_up") == 1
    assert of(found, "appliance_operations", state="unknown") == 0
    assert of(found, "appliance_http_requests_total", method="GET", route="/health/live", status="200") == 1
    served = {name.removesuffix("_count") for name, _ in found}
    late = {"appliance_audit_checkpoint_seconds", "appliance_certificate_seconds"}
    assert {meter.served_as for meter in METERS} - late <= served


@pytest.mark.control("M-16")
async def test_nobody_else_gets_any(whole: Whole) -> None:
    token = bearer(whole)["Authorization"].removeprefix("Bearer ")
    customer = (await whole.start())["access_token"]
    refused = [
        {},
        {"Authorization": "Bearer none"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {token}"},
        {"X-API-Key": token},
        {"Authorization": f"Bearer {whole.api_key}"},
        {"Authorization": f"Bearer {customer}"},
        {"Authorization": f"Bearer {token[:-1]}"},
    ]
    for headers in refused:
        async with whole.http(headers) as http:
            answer = await http.get("/metrics")
        assert (answer.status_code, "appliance_" in answer.text) == (401, False), headers
    async with whole.http(bearer(whole), client="203.0.113.9") as http:
        answer = await http.get("/metrics")
    assert (answer.status_code, "appliance_" in answer.text) == (403, False)
    async with whole.core.db.system() as conn:
        rows = await (await conn.execute("SELECT event FROM audit_pending")).fetchall()
    assert [row[0]["object"]["id"] for row in rows if row[0]["action"] == "access.deny"] == ["metrics:read"] * 9


async def test_the_token_opens_nothing_else(whole: Whole) -> None:
    conversation = (await whole.start())["conversation_id"]
    async with whole.http(bearer(whole)) as http:
        for path in (f"/api/v1/conversations/{conversation}/trace", "/api/v1/work-orders", "/api/staff/v1/me"):
            assert (await http.get(path)).status_code == 401


def test_processes_that_start_together_have_one_token_that_only_they_may_read(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: MonitorToken.of(settings), range(8)))
    path = token_path(settings)
    said = path.read_text().strip()
    assert all(token.is_it(said) for token in made)
    assert MonitorToken.of(settings).is_it(said)
    assert (stat.S_IMODE(path.stat().st_mode), len(said) >= 43) == (0o600, True)
    assert [each.name for each in path.parent.iterdir()] == ["metrics.token"]


@pytest.mark.parametrize(("content", "mode"), [("x" * 43, 0o644), ("\n", 0o600)])
def test_a_token_that_is_none_is_refused(tmp_path: Path, content: str, mode: int) -> None:
    settings = Settings(state_dir=str(tmp_path))
    token_path(settings).parent.mkdir()
    token_path(settings).write_text(content)
    token_path(settings).chmod(mode)
    with pytest.raises(ConfigurationError, match=r"metrics\.token"):
        MonitorToken.of(settings)


async def test_without_the_database_the_rest_is_served(db: Database) -> None:
    meters = Meters()
    Watching(meters).asked(Question(outcome="model_late", took_us=1))
    await db.close()
    found = figures((await Metrics(meters, db, SystemClock()).text()).decode())
    assert of(found, "appliance_database_up") == 0
    assert of(found, "appliance_llm_questions_total", outcome="model_late") == 1
    assert not any(name == "appliance_operations" for name, _ in found)


@pytest.mark.parametrize(
    ("left", "how"),
    [
        ((BotSaid(key="greeting"),), Turned.ANSWERED),
        ((QuoteOffered(hash="h", kind="refund", order_id="o", total_fen=1),), Turned.QUOTED),
        ((OperationAccepted(operation_id="o", quote_hash="h", kind="refund"),), Turned.ACCEPTED),
        ((HandoffMade(reason="asked"), BotSaid(key="handoff")), Turned.HANDED_OFF),
        ((HandoffMade(reason="asked"), TurnGivenUp()), Turned.GIVEN_UP),
    ],
)
def test_a_turn_counts_once_by_how_it_ended(left: tuple[EventData, ...], how: Turned) -> None:
    meters = Meters()
    Watching(meters).committed(left)
    found = kept(meters)
    assert {each: of(found, "appliance_turns_total", outcome=each) for each in Turned} == {
        each: float(each is how) for each in Turned
    }


def test_what_a_turn_left_is_counted() -> None:
    meters = Meters()
    heard = CommandsUnderstood(types=(), source="compact", confidence=1, took_us=5, fell_back="model_busy")
    said = [BotSaid(key="a", rephrased=True), BotSaid(key="a", fell_back="figure"), BotSaid(key="a")]
    Watching(meters).committed([heard, *said, TurnEnded(took_us={"commit": 3000, "total": 700_000})])
    Watching(meters).broken_off(BrokenOff.LEASE_LOST)
    found = kept(meters)
    assert of(found, "appliance_understanding_total", path="compact") == 1
    assert of(found, "appliance_understanding_fell_back_total", reason="model_busy") == 1
    assert of(found, "appliance_rewordings_total", outcome="reworded") == 1
    assert of(found, "appliance_rewordings_total", outcome="figure") == 1
    assert of(found, "appliance_turn_stage_seconds_sum", stage="total") == pytest.approx(0.7)
    assert of(found, "appliance_turn_stage_seconds_bucket", stage="commit", le="0.005") == 1
    assert of(found, "appliance_turn_stage_seconds_bucket", stage="commit", le="0.0025") == 0
    assert of(found, "appliance_turns_total", outcome="lease_lost") == 1


def test_a_call_counts_once_with_each_of_its_answers() -> None:
    meters = Meters()
    answer = AnswerTimes(
        seq=4, total=600, end_of_turn=300, judging=20, final=80, turn=150, elsewhere=100, speech=50, line=20
    )
    call = CallMeasured(
        length_ms=9000, left="caller", answers=(answer, answer), partials_ms=(320,), yields_ms=(400, 500), keys=3
    )
    Watching(meters).called(call)
    found = kept(meters)
    assert of(found, "appliance_calls_total", left="caller") == 1
    assert of(found, "appliance_call_answer_seconds_sum", part="total") == pytest.approx(1.2)
    assert of(found, "appliance_call_answer_seconds_sum", part="own") == pytest.approx(0.18)
    assert of(found, "appliance_call_partial_seconds_count") == 1
    assert of(found, "appliance_call_yield_seconds_sum") == pytest.approx(0.9)
    assert of(found, "appliance_call_events_total", what="yielded") == 2
    assert of(found, "appliance_call_events_total", what="key") == 3


def test_whatever_is_no_word_of_a_label_counts_as_other() -> None:
    meters, canary = Meters(), "13812345678"
    watching = Watching(meters)
    watching.asked(Question(outcome=canary, took_us=1))
    heard = CommandsUnderstood(types=(), source=canary, confidence=1, took_us=5, fell_back=canary)
    watching.committed([heard, BotSaid(key="a", fell_back=canary), TurnEnded(took_us={canary: 1})])
    watching.answered(canary, "/health/live", 200)
    found = kept(meters)
    assert canary not in str(found)
    for name, label in (("llm_questions", "outcome"), ("understanding", "path"), ("rewordings", "outcome")):
        assert of(found, f"appliance_{name}_total", **{label: OTHER}) == 1


async def test_an_address_that_nobody_serves_is_no_label(whole: Whole) -> None:
    async with whole.http() as http:
        await http.get("/secret-13812345678")
        await http.get("/api/v1/conversations/13812345678/trace")
    found = kept(whole.core.meters)
    assert of(found, "appliance_http_requests_total", method="GET", route="unmatched", status="404") >= 1
    assert "13812345678" not in str(found)


def test_every_outcome_of_a_question_has_a_word() -> None:
    def below(kind: type[ModelError]) -> set[str]:
        return {kind.code}.union(*(below(each) for each in kind.__subclasses__()))

    words = set(catalogue.QUESTIONS.words) | set(catalogue.FELL_BACK.words)
    assert below(ModelError) - below(SpeechError) - {"catalog_invalid"} <= words


async def test_questions_are_counted_and_a_server_left_alone_is_seen(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with scripted_server() as server:
        llm = LlmSettings(url=server.url)
        core = Core(Settings(state_dir=str(tmp_path), database=DatabaseSettings(url=database_url), llm=llm), db)
        await _ask(core, server, Reply("{}"))
        for _ in range(6):
            await _ask(core, server, Reply(status=500, body={}))
        assert core.chat_model is not None
        await core.chat_model.aclose()
        await core.systems.aclose()
    found = kept(core.meters)
    outcomes = {word: of(found, "appliance_llm_questions_total", outcome=word) for word in catalogue.QUESTIONS.words}
    assert {word: times for word, times in outcomes.items() if times} == {
        "answered": 1,
        "model_unavailable": 5,
        "model_resting": 1,
    }
    assert of(found, "appliance_llm_question_seconds_count") == 6
    assert of(found, "appliance_llm_resting") == 1


async def _ask(core: Core, server: ScriptedServer, reply: Reply) -> None:
    assert core.chat_model is not None
    server.will_say(reply)
    try:
        await core.chat_model.ask([{"role": "user", "content": "?"}], SCHEMA, max_tokens=5, within_s=5)
    except ModelError:
        return


async def test_the_pulse_tells_how_the_pool_is_used(whole: Whole) -> None:
    use = whole.core.db.use
    async with whole.core.db.transaction(SHOP):
        assert whole.core.db.use.busy == use.busy + 1
    assert (use.waiting, use.free >= 0) == (0, True)


PROCESS = """
import sys
from pathlib import Path
from appliance.integrations.metrics.meters import Meters
from appliance.integrations.metrics.watching import Watching
from models.question import Question
watching = Watching(Meters.shared(Path(sys.argv[1]), sys.argv[2]))
watching.asked(Question(outcome="answered", took_us=3000, prompt_tokens=7))
if len(sys.argv) > 3:
    watching.resting(True)
"""


def test_a_process_that_is_started_again_goes_on_counting_and_forgets_what_it_was(tmp_path: Path) -> None:
    for words in (("web-1", "rests"), ("web-2", "rests"), ("worker",), ("web-1",)):
        subprocess.run([sys.executable, "-c", PROCESS, str(tmp_path), *words], check=True)
    found = kept(Meters(tmp_path))
    assert of(found, "appliance_llm_questions_total", outcome="answered") == 4
    assert of(found, "appliance_llm_tokens_total", of="prompt") == 28
    assert of(found, "appliance_llm_question_seconds_bucket", le="0.005") == 4
    assert of(found, "appliance_llm_resting") == 1
    assert len(list(tmp_path.iterdir())) == 9


def test_a_new_run_begins_without_the_figures_of_the_last(tmp_path: Path) -> None:
    for _ in range(2):
        begin(tmp_path)
        assert list(folder(tmp_path).iterdir()) == []
        (folder(tmp_path) / "counter_web-9.db").touch()


def row(meter: Meter) -> str:
    labels = f"`{meter.label}`: {' '.join(f'`{word}`' for word in meter.words)}" if meter.label else ""
    if meter is HTTP:
        labels = "`route`: templates of the API, `unmatched`; `method`; `status`"
    kind = "gauge" if meter.kind is Kind.READ else meter.kind
    return f"| `{meter.served_as}` | {kind} | {meter.help} | {labels} |"


def test_the_page_lists_every_metric() -> None:
    table, _, alarms = PAGE.read_text(encoding="utf-8").partition("## Worth an alarm")
    assert [line for line in table.splitlines() if line.startswith("| `appliance_")] == [row(m) for m in METERS]
    assert set(re.findall(r"appliance_[a-z_]+", alarms)) <= {meter.served_as for meter in METERS}


def test_no_label_can_tell_a_shop_or_a_person() -> None:
    labels = {meter.label for meter in METERS if meter.label} | set(HTTP_LABELS)
    assert labels == {
        "outcome",
        "of",
        "path",
        "reason",
        "stage",
        "state",
        "route",
        "method",
        "status",
        "left",
        "part",
        "rung",
        "what",
        "kind",
        "chore",
    }


async def test_a_client_that_asks_without_the_token_is_told_what_to_send(whole: Whole) -> None:
    async with whole.http() as http:
        problem: httpx.Response = await http.get("/metrics")
    assert "Authorization: Bearer" in problem.json()["detail"]


async def test_when_the_first_certificate_ends_is_told_with_and_without_the_database(db: Database) -> None:
    clock = SystemClock()
    ends_at = clock.now() + timedelta(days=10)
    metrics = Metrics(Meters(), db, clock, certificate_ends=lambda: ends_at)
    left_s = of(figures((await metrics.text()).decode()), "appliance_certificate_seconds")
    assert timedelta(days=9) < timedelta(seconds=left_s) <= timedelta(days=10)
    await db.close()
    left_s = of(figures((await metrics.text()).decode()), "appliance_certificate_seconds")
    assert timedelta(days=9) < timedelta(seconds=left_s) <= timedelta(days=10)


async def test_order_systems_that_were_asked_are_counted_by_state_with_and_without_the_database(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    core = Core(Settings(state_dir=str(tmp_path), database=DatabaseSettings(url=database_url)), db)
    core.contacts.answered(ShopId("well"))
    core.contacts.failed(ShopId("refuses"), "order_system_unavailable")
    core.contacts.rests(ShopId("hangs"), 60)
    metrics = Metrics(Meters(), db, core.clock, order_systems=core.order_systems_by_state)
    counted = {"well": 1.0, "failing": 1.0, "resting": 1.0}
    for _ in range(2):
        found = figures((await metrics.text()).decode())
        assert {state: of(found, "appliance_order_systems", state=state) for state in counted} == counted
        await core.systems.aclose()
        await db.close()
