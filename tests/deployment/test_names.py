"""Metrics, options and places that the files of a deployment name: the product has them, by these names."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance.config import Settings
from appliance.integrations.metrics.catalogue import HTTP_LABELS, METERS
from models.asr.worker import settings_of
from models.llm.launcher import VLLM_VERSION
from tests.deployment.files import COMPOSE, ROOT, SERVER, containers, services, workloads

RULES: Any = yaml.safe_load((COMPOSE / "prometheus" / "aftersales.rules.yml").read_text())
DASHBOARDS = sorted((COMPOSE / "grafana").glob("*.json"))
_OF_VLLM = {"vllm:num_requests_waiting"}

_SERIES = re.compile(r"\b(appliance_\w+)(?:\{([^}]*)\})?")
_LABEL = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


def _names() -> dict[str, str]:
    """Of each series that a scrape shows, the metric that it is of."""
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {f"{each.name}{end}": each.name for each in METERS for end in endings.get(str(each.kind), ("",))}


def _words(metric: str) -> dict[str, set[str]]:
    meter = next(each for each in METERS if each.name == metric)
    labels = {meter.label: set(meter.words)} if meter.label else {}
    return labels | ({key: set(words) for key, words in HTTP_LABELS.items()} if "http" in metric else {})


def _expressions() -> list[str]:
    rules = [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]
    panels = [panel for path in DASHBOARDS for panel in json.loads(path.read_text())["panels"]]
    return [*rules, *(target["expr"] for panel in panels for target in panel["targets"])]


@pytest.mark.parametrize("expression", _expressions())
def test_a_figure_is_one_that_is_told_with_words_that_it_has(expression: str) -> None:
    names = _names()
    for series, selector in _SERIES.findall(expression):
        assert series in names
        for label, _, value in _LABEL.findall(selector):
            assert set(value.split("|")) <= _words(names[series])[label]


def test_a_figure_that_is_recorded_is_asked_for_by_its_name() -> None:
    recorded = {rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule}
    asked = {name for each in _expressions() for name in re.findall(r"\baftersales:[\w:]+", each)}
    assert asked <= recorded


def test_what_the_operations_page_calls_worth_an_alarm_is_one() -> None:
    page = (ROOT / "docs" / "operations.md").read_text().partition("## Worth an alarm")[2]
    when = [row.split("|")[1] for row in page.splitlines() if row.startswith("| ")]
    listed = {name for each in when for name in re.findall(r"appliance_\w+", each)}
    alarmed = {
        name
        for g in RULES["groups"]
        for r in g["rules"]
        if "alert" in r
        for name in re.findall(r"appliance_\w+", r["expr"])
    }
    assert listed == alarmed


def test_every_alarm_says_what_is_wrong_and_how_bad_it_is() -> None:
    alarms = [rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]
    assert len({rule["alert"] for rule in alarms}) == len(alarms) >= 8
    for rule in alarms:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert {"summary", "description"} == rule["annotations"].keys()


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_whole(path: Path) -> None:
    board = json.loads(path.read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    assert board["templating"]["list"][0]["type"] == "datasource"
    source = board["templating"]["list"][0]["name"]
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == f"${{{source}}}"
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
        assert panel["title"]
        assert [target["refId"] for target in panel["targets"]] == [chr(65 + n) for n in range(len(panel["targets"]))]
    assert len({json.loads(each.read_text())["uid"] for each in DASHBOARDS}) == len(DASHBOARDS)


def _engine_words(name: str) -> list[list[str]]:
    """Of Compose and of Kubernetes."""
    of_kubernetes = [containers(each)[-1]["args"] for each in workloads() if each["metadata"]["name"] == name]
    return [list(map(str, services()[name]["command"])), *of_kubernetes]


@pytest.mark.parametrize("words", _engine_words("asr"))
def test_the_recogniser_understands_its_options(words: list[str]) -> None:
    settings = settings_of(words)
    assert settings.host == "0.0.0.0"  # noqa: S104 (inside its container)
    assert settings.most_calls >= settings.engines


@pytest.mark.parametrize(
    "words", _engine_words("chat") + [list(services()[n]["command"]) for n in ("embedding", "rerank")]
)
def test_a_model_server_understands_its_options(words: list[str]) -> None:
    from appliance.cli.model_start import start

    known = {option for each in start.params for option in each.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("words", _engine_words("tts"))
def test_the_speaker_understands_its_options(words: list[str]) -> None:
    from models.tts.espeak.__main__ import _parser

    given = _parser().parse_args(["--engine", "/engine", *words])
    assert str(given.api_key_file) == "/run/secrets/speaker.key"


def test_vllm_is_the_version_that_was_tried() -> None:
    from appliance.deployment import images

    assert next(each.tag for each in images.known() if each.name == "VLLM_BASE") == f"v{VLLM_VERSION}"


def test_prometheus_asks_each_process_where_it_tells() -> None:
    given: Any = yaml.safe_load((COMPOSE / "prometheus" / "prometheus.yml").read_text())
    product = next(job for job in given["scrape_configs"] if job["job_name"] == "aftersales")
    asked = {name: each["port"] for each in product["dns_sd_configs"] for name in each["names"]}
    probe = Settings().platform.probe_port
    assert asked == {"web": Settings().web.port, "worker": probe, "phone": probe}
    assert {"source_labels": ["__meta_dns_name"], "target_label": "process"} in product["relabel_configs"]
    (gone,) = (
        rule["expr"] for group in RULES["groups"] for rule in group["rules"] if rule.get("alert") == "ProcessGone"
    )
    assert set(re.findall(r'process="(\w+)"', gone)) == asked.keys()
    for job in given["scrape_configs"]:
        for each in job["dns_sd_configs"]:
            for name in each["names"]:
                assert "watch" in services()[name]["networks"]


def test_the_door_passes_no_figures_on_and_believes_nobody_about_himself() -> None:
    door = (SERVER / "proxy.cfg").read_text()
    assert "http-request deny deny_status 404 if { path /metrics }" in door
    assert door.index("del-header X-Forwarded-") < door.index("set-header X-Forwarded-For")
    assert "del-header Client-Cert" in door
