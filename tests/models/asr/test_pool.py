"""Engines in processes of their own: they end with whoever asks them, and what has ended holds up nobody who speaks."""

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from models.asr.errors import RecogniserUnavailable
from models.asr.pool import Engines
from tests.models.asr.engines import FollowingEngine, WaitingEngine

_WITHIN_MS = 60_000
_ASKER = """
import asyncio
from models.asr.pool import Engines
from tests.models.asr.engines import EchoEngine, FollowingEngine

async def ask():
    engines = Engines(EchoEngine, 1, follow=FollowingEngine, streams=True)
    await engines.start()
    print(*(pid for each in engines.least_asked()._processes for pid in each._process._processes), flush=True)
    await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(ask())
"""


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[Engines]:
    """Their second pass takes until somebody has written into ``go``."""
    os.mkfifo(tmp_path / "go")
    engines = Engines(partial(WaitingEngine, tmp_path / "go"), 1, follow=FollowingEngine, streams=True)
    await engines.start()
    yield engines
    engines.stop()


async def test_who_speaks_is_followed_while_a_second_pass_is_made(engines: Engines, tmp_path: Path) -> None:
    place = engines.least_asked()
    final = asyncio.create_task(place.final(b"", (), True))
    online, is_still_passing = [await place.online(call, bytes(9600), False) for call in (1, 1, 2)], not final.done()
    await asyncio.to_thread((tmp_path / "go").write_text, "我要退货")
    assert (online, is_still_passing) == (["听1", "听2", "听1"], True)
    assert (await final).text == "我要退货"


async def test_what_was_followed_of_one_call_is_forgotten_and_of_no_other(engines: Engines) -> None:
    place = engines.least_asked()
    for call in (1, 2):
        await place.online(call, bytes(9600), False)
    await place.forget(1)
    assert [await place.online(call, bytes(9600), False) for call in (1, 2)] == ["听1", "听2"]


async def test_an_engine_of_which_one_process_died_is_not_warm_until_it_is_there_again(engines: Engines) -> None:
    place = engines.least_asked()
    with pytest.raises(RecogniserUnavailable, match="has ended"):
        await place.online(FollowingEngine.LAST, b"", False)
    assert (engines.warm, engines.many) == (0, 1)
    assert await place.online(1, bytes(9600), False) == "听1"


def test_an_engine_ends_with_a_worker_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "asker.py"
    script.write_text(_ASKER, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    asker = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment)
    assert asker.stdout is not None
    processes = [int(pid) for pid in asker.stdout.readline().split()]
    handles = [os.pidfd_open(pid) for pid in processes]
    asker.kill()
    asker.wait()
    for handle in handles:
        ended = select.poll()
        ended.register(handle, select.POLLIN)
        assert ended.poll(_WITHIN_MS), "the engine waits for ever"
    assert len(handles) == 2
