"""The model that ships, through the worker: whole turns said by eSpeak NG over a telephone line."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.asr.sentences import SENTENCES
from tests.asr.worker import ROOT, AsrWorker, turns_heard

pytestmark = pytest.mark.slow

SUITE = Path(__file__).parents[3] / "shared" / "suites" / "conversations" / "dev"
_EVERY = 4
"""Of the sentences that were held back."""


def test_what_it_was_never_trained_on_is_understood(python: Path) -> None:
    wrong = _rates(python, str(_EVERY))
    assert wrong["all"] <= 2
    assert wrong["number"] <= 1
    assert wrong["phone"] <= 1


def test_callers_of_cases_that_it_does_not_know_are_understood(python: Path) -> None:
    """One sentence of its own is read beside them, since there must be one."""
    if not SUITE.is_dir():
        pytest.skip("shared/suites is not beside this checkout")
    wrong = _rates(python, str(sys.maxsize), str(SUITE))
    assert wrong["suite, unseen"] <= 10


def _rates(python: Path, *given: str) -> dict[str, float]:
    program = [str(python), str(Path(__file__).with_name("hear.py")), *given]
    said = subprocess.run(program, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE).stdout
    rates: dict[str, float] = json.loads(said.splitlines()[-1])
    return rates


async def test_turns_of_a_call_are_understood(self_test: AsrWorker, spoken: Path) -> None:
    turns = [(spoken / f"{name}.pcm").read_bytes() for name in SENTENCES]
    heard = await turns_heard(self_test, *turns)
    finals = [turn[-1] for turn in heard]
    assert [f.text for f in finals] == ["我要退货", "订单号是20261115956559" + "03", "转人工客服", "好的没问题"]
    starts = [word.start_ms for final in finals for word in final.words]
    assert starts == sorted(starts)
    assert all(len(final.words) == len(final.text) for final in finals)
    assert finals[0].emotion == "NEUTRAL"


async def test_something_is_heard_while_somebody_still_speaks(self_test: AsrWorker, spoken: Path) -> None:
    async with self_test.recogniser().listen() as hearing:
        first = asyncio.ensure_future(anext(hearing.results()))
        await hearing.feed((spoken / "number.pcm").read_bytes())
        while not first.done():
            await hearing.feed(bytes(640))
            await asyncio.sleep(0)
    assert not (await first).is_final
    assert (await first).text


async def test_calls_at_the_same_time_do_not_hear_each_other(self_test: AsrWorker, spoken: Path) -> None:
    turns = [(spoken / f"{name}.pcm").read_bytes() for name in ("return", "human", "yes")]
    heard = await asyncio.gather(*(turns_heard(self_test, pcm) for pcm in turns))
    assert [call[0][-1].text for call in heard] == ["我要退货", "转人工客服", "好的没问题"]


async def test_silence_gives_no_words(self_test: AsrWorker) -> None:
    assert [h.text for h in (await turns_heard(self_test, bytes(64_000)))[0]] == [""]


def test_the_worker_asked_nobody_outside(self_test: AsrWorker) -> None:
    assert self_test.health().json()["status"] == "ok"
    assert "Download" not in self_test.log
    assert "failed" not in self_test.log
