"""The model that ships, through the worker: whole turns said by eSpeak NG over a telephone line."""

import asyncio
from pathlib import Path

import pytest

from models.asr.heard import Heard
from tests.asr.sentences import SENTENCES
from tests.asr.worker import AsrWorker

pytestmark = pytest.mark.slow


async def _said(worker: AsrWorker, *turns: bytes) -> list[list[Heard]]:
    """All turns of one call, fed in pieces of 20 ms faster than they were said."""
    async with worker.recogniser().listen(hotwords=("跑鞋",)) as hearing:
        results, heard = hearing.results(), []
        for pcm in turns:
            for start in range(0, len(pcm), 640):
                await hearing.feed(pcm[start : start + 640])
            await hearing.end_utterance()
            heard.append(await _until_final(results))
        return heard


async def _until_final(results: object) -> list[Heard]:
    heard: list[Heard] = []
    async for one in results:  # type: ignore[attr-defined]
        heard.append(one)
        if one.is_final:
            return heard
    raise AssertionError("there was no final")


async def test_turns_of_a_call_are_understood(self_test: AsrWorker, spoken: Path) -> None:
    turns = [(spoken / f"{name}.pcm").read_bytes() for name in SENTENCES]
    heard = await _said(self_test, *turns)
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
    heard = await asyncio.gather(*(_said(self_test, pcm) for pcm in turns))
    assert [call[0][-1].text for call in heard] == ["我要退货", "转人工客服", "好的没问题"]


async def test_silence_gives_no_words(self_test: AsrWorker) -> None:
    assert [h.text for h in (await _said(self_test, bytes(64_000)))[0]] == [""]


def test_the_worker_asked_nobody_outside(self_test: AsrWorker) -> None:
    assert self_test.health().json()["status"] == "ok"
    assert "Download" not in self_test.log
    assert "failed" not in self_test.log
