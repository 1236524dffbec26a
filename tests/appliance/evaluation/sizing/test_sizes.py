"""Sizes: what they rest on is said, more of a thing is never less of a machine, and measures are read strictly."""

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from appliance.cli.size import size
from appliance.config import DatabaseSettings
from appliance.db import connections
from appliance.errors import ConfigurationError
from appliance.evaluation.sizing import capacity
from appliance.evaluation.sizing.model import Demand, Size, Sureness
from appliance.evaluation.sizing.sizes import SHOPS, size_of


def values(demand: Demand) -> dict[str, float]:
    return {line.name: line.value for line in size_of("x", demand, capacity.shipped()).lines}


def test_more_conversations_never_need_less() -> None:
    found = [values(Demand(conversations_per_day=10**power)) for power in range(1, 8)]
    for smaller, larger in pairwise(found):
        assert all(larger[name] >= smaller[name] for name in smaller)


def test_a_shop_without_a_phone_needs_no_lines_and_no_engine() -> None:
    found = values(Demand(conversations_per_day=500, phone_share=0.0))
    assert (found["phone lines"], found["processor for hearing"]) == (0, 0)
    assert found["memory"] < values(Demand(conversations_per_day=500, phone_share=0.3))["memory"]


def test_the_peak_is_the_days_share_times_the_burst() -> None:
    found = values(Demand(conversations_per_day=1000, peak_hour_share=0.1, burst=5.0))
    assert found["peak conversations"] == 500


def test_the_connections_of_the_database_are_those_that_the_processes_may_hold() -> None:
    pool = DatabaseSettings().connections
    found = values(Demand(conversations_per_day=500, phone_share=0.3))
    others = found["processes"] - 1
    assert found["database connections"] == others * connections.of_process(pool) + connections.of_worker(pool)


def test_cards_are_for_a_language_model_only() -> None:
    assert values(Demand(conversations_per_day=10**6))["cards for a language model"] == 0
    assert values(Demand(conversations_per_day=10**6, has_language_model=True))["cards for a language model"] > 0


def test_each_line_says_how_sure_it_is_and_why() -> None:
    for line in size_of("x", Demand(conversations_per_day=200), capacity.shipped()).lines:
        assert line.sureness in Sureness
        assert line.why


def test_the_command_answers_for_the_three_shops_and_for_any_figure() -> None:
    told = msgspec.json.decode(CliRunner().invoke(size, ["--json"]).stdout, type=list[Size])
    assert {each.name: each.demand.conversations_per_day for each in told} == SHOPS
    told = msgspec.json.decode(CliRunner().invoke(size, ["--json", "--conversations", "77"]).stdout, type=list[Size])
    assert [each.demand.conversations_per_day for each in told] == [77]
    shown = CliRunner().invoke(size, []).output
    assert "guessed" in shown
    assert capacity.shipped().machine in shown


@pytest.mark.parametrize("option", ["--burst", "--phone-share", "--peak-hour", "--people-share"])
def test_what_is_no_number_is_refused(option: str) -> None:
    refused = CliRunner().invoke(size, ["--conversations", "100", option, "nan"])
    assert (refused.exit_code, "nan is no number to reckon with" in refused.output) == (2, True)


def test_an_hour_busier_than_any_is_refused_with_what_to_change() -> None:
    with pytest.raises(ConfigurationError, match="a smaller --peak-hour or a smaller --burst"):
        values(Demand(conversations_per_day=10**7, peak_hour_share=1.0, burst=100.0))


def test_measures_of_this_machine_take_the_tables_place(tmp_path: Path) -> None:
    file = tmp_path / "text.json"
    file.write_bytes(
        b'{"measures": [{"name": "cpu_ms_per_turn", "value": 40.0}, {"name": "other", "value": null}],'
        b' "machine": {"cpus": 64}}'
    )
    known = capacity.of_benches([file])
    assert known.cpu_ms_per_turn == 40.0
    assert known.turns_per_conversation == capacity.shipped().turns_per_conversation
    assert "64" in known.machine


NOTHING = b'{"measures": [{"name": "cpu_ms_per_turn", "value": 0}], "machine": {}}'


WORDS = b'{"measures": [{"name": "cpu_ms_per_turn", "value": "fast"}], "machine": {}}'
NO_MACHINE = b'{"measures": [{"name": "cpu_ms_per_turn", "value": 40.0}], "machine": "x"}'


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"3", b"\xff", b'{"measures": [], "machine": {}}', b'{"measures": [1], "machine": {}}', NOTHING, WORDS,
     NO_MACHINE],
)  # fmt: skip
def test_what_are_no_measures_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"wrong\.json"):
        capacity.of_benches([file])
