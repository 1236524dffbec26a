"""The intranet API by its document's links: schemathesis makes things, and reads, comments and moves what it made."""

import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.appliance.channels.busy_shop import busy_shop
from tests.appliance.channels.document import document, operations
from tests.appliance.channels.test_api_by_its_document import CHECKS, FULL_SIZE, SHIPPED, Known, tried
from tests.appliance.channels.whole import Whole

OPERATIONS = operations(document())
LEADING = {
    link["operationId"]
    for operation in OPERATIONS.values()
    for answer in operation["responses"].values()
    for link in answer.get("links", {}).values()
}
SCENARIOS = int(os.environ.get("API_EXAMPLES", "25"))
"""Of one run."""
MOST_RUNS = 10
"""Each with a seed of its own, because a scenario goes where chance takes it; no further once all is found."""
OPTIONS = (
    "--phases=stateful",
    f"--checks={','.join((*CHECKS, 'use_after_free', 'ensure_resource_availability'))}",
    "--include-tag=intranet",
    "--exclude-path-regex=^/api/v1/order-events/",  # these are signed
    "--report=har",
)


async def never_answered(whole: Whole, home: Path, *options: str) -> set[str]:
    """What is led to and never did what it is for."""
    left = set(LEADING)
    async with busy_shop(whole, home) as shop:
        for seed in range(MOST_RUNS):
            left -= await answered(whole, home, shop.api_key, *options, f"--seed={seed}")
            if not left:
                break
    return left


async def answered(whole: Whole, home: Path, key: str, *options: str) -> set[str]:
    har = home / "asked.har"
    who = Known("ApiKey", {"bearer": key})
    await tried(whole, home, who, *OPTIONS, *options, f"--report-har-path={har}", examples=SCENARIOS)
    entries = [(each["request"], each["response"]) for each in json.loads(har.read_text("utf-8"))["log"]["entries"]]
    fine = {(asked["method"], asked["url"]) for asked, answer in entries if 200 <= answer["status"] < 300}
    return {name for name in OPERATIONS if any(_is_of(name, *each) for each in fine)}


def _is_of(name: str, method: str, url: str) -> bool:
    pattern = re.sub(r"\{\w+\}", "[^/?]+", OPERATIONS[name]["path"])
    return method == OPERATIONS[name]["method"] and bool(re.search(rf"{pattern}(\?|$)", url))


def test_everything_that_has_an_id_is_led_to() -> None:
    assert {name for name, operation in OPERATIONS.items() if "_id}" in operation["path"]} == LEADING


@SHIPPED
@pytest.mark.control("M-16", "M-24")
async def test_what_is_made_and_listed_is_found_by_its_links(whole: Whole, tmp_path: Path) -> None:
    assert await never_answered(whole, tmp_path, "--mode=positive") == set()


@pytest.mark.slow
@SHIPPED
@pytest.mark.control("M-16", "M-24")
async def test_so_it_is_with_what_does_not_fit(whole: Whole, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with capfd.disabled():
        sys.stdout.write(f"\nscenarios of each run: {SCENARIOS} of {FULL_SIZE} at full size")
    assert await never_answered(whole, tmp_path, "--mode=all") == set()
