"""The metrics of a served appliance: of all its processes together, and of no person."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families

from appliance.evaluation.throwaway import Throwaway
from appliance.integrations.metrics.catalogue import HTTP, HTTP_LABELS, METERS, OTHER
from appliance.integrations.metrics.token import token_path
from appliance.supervisor import figures
from appliance.web.answers import UNMATCHED
from tests.e2e.canaries.values import Canaries

Fixture = Any
Sample = Any
MANY = 500
LIVE = {"method": "GET", "route": "/health/live", "status": "200"}


async def scrape(place: Throwaway) -> str:
    headers = {"Authorization": f"Bearer {token_path(place.settings).read_text().strip()}"}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        answer = await http.get(f"{place.web_url}/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        yield from family.samples


def value(text: str, name: str, **labels: str) -> float:
    return sum(float(each.value) for each in samples(text) if each.name == name and each.labels == labels)


def answered_by(place: Throwaway, process: str) -> float:
    """As this process's own file says."""
    path = figures.folder(place.state_dir) / f"counter_{process}.db"
    merged: Any = MultiProcessCollector.merge([str(path)])  # type: ignore[no-untyped-call]
    return sum(float(s.value) for family in merged for s in family.samples if s.labels == LIVE)


@pytest.mark.control("M-45")
async def test_a_scrape_is_the_sum_of_all_web_processes(place: Throwaway) -> None:
    sent = 0
    while not (answered_by(place, "web-1") and answered_by(place, "web-2")) and sent < MANY:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            assert (await http.get(f"{place.web_url}/health/live")).status_code == 200
        sent += 1
    one, two = answered_by(place, "web-1"), answered_by(place, "web-2")
    assert one > 0
    assert two > 0
    for _ in range(4):
        assert value(await scrape(place), "appliance_http_requests_total", **LIVE) == one + two


@pytest.mark.control("A9", "M-45")
async def test_a_conversation_is_counted_and_nothing_of_it_is_told(place: Throwaway, shop: Fixture) -> None:
    before = await scrape(place)
    canaries = Canaries()
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say("确认")
        await talk.until_logged("receipt.received")
        await talk.say(*canaries.lines(3))
        conversation = str(talk.conversation.conversation_id)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for each in canaries.dealt:
            await http.get(f"{place.web_url}/{each}", headers={"User-Agent": "x", "X-Request-Id": each.encode().hex()})
    after = await scrape(place)
    for outcome in ("quoted", "accepted"):
        name = "appliance_turns_total"
        assert value(after, name, outcome=outcome) == value(before, name, outcome=outcome) + 1
    succeeded = value(after, "appliance_operations", state="succeeded")
    assert succeeded == value(before, "appliance_operations", state="succeeded") + 1
    name = "appliance_turn_stage_seconds_count"
    assert value(after, name, stage="commit") > value(before, name, stage="commit")
    assert value(after, "appliance_database_connections", state="free") > 0
    secret = [*canaries.dealt, shop.name, shop.customer, conversation, shop.keys.api_key]
    assert [each for each in secret if each in after] == []
    assert [each for each in samples(after) if not is_closed(each)] == []


ROUTES = ("/api/", "/health/", "/metrics", "/widget.js", "/console", "/demo/")


def is_closed(sample: Sample) -> bool:
    """Its labels hold words of the catalogue only, or the template of a route."""
    [meter] = [
        m for m in METERS if sample.name in {m.served_as, *(f"{m.name}_{e}" for e in ("bucket", "sum", "count"))}
    ]
    if meter is HTTP:
        route = sample.labels["route"]
        others = all(sample.labels[label] in {*words, OTHER} for label, words in HTTP_LABELS.items())
        return others and (route == UNMATCHED or route.startswith(ROUTES))
    labels = {label: said for label, said in sample.labels.items() if label != "le"}
    return labels.keys() == ({meter.label} if meter.label else set()) and {*labels.values()} <= {*meter.words, OTHER}
