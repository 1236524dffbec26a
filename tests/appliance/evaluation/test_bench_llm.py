"""``bench llm`` on a scripted server: the same requests go there twice, and a server that is away gives no number."""

import pytest

from appliance.config_understanding import LlmSettings
from appliance.evaluation.bench.llm import MESSAGES, measure
from appliance.evaluation.bench.model import NotMeasured
from appliance.evaluation.understanding_suite import load
from tests.models.llm.server import Reply, scripted_server

CASES = load([MESSAGES])


def test_the_messages_that_ship_are_cases_without_unknown_keys() -> None:
    told: list[str] = []
    assert len(load([MESSAGES], told.append)) == len(CASES)
    assert told == []


async def test_the_baseline_sends_the_very_same_requests() -> None:
    async with scripted_server() as server:
        server.will_say(Reply('{"commands": [{"type": "chitchat"}]}'))
        report = await measure(LlmSettings(url=server.url), CASES[:3], 2, lambda _: None)
        asked = [str(body) for body in server.asked]
    assert {asked.count(body) for body in asked} == {1 + 2 + 2}
    names = [each.name for each in report.measures]
    assert names[:2] == ["ms_a_message", "ms_a_message_p95"]
    assert {"ms_added", "overhead", "cpu_ms_a_message", "questions_a_message"} <= set(names)


async def test_a_server_that_is_away_is_not_measured() -> None:
    with pytest.raises(NotMeasured, match="did not answer"):
        await measure(LlmSettings(url="http://127.0.0.1:9/v1"), CASES[:1], 1, lambda _: None)
