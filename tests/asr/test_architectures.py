"""FunASR's architectures with random weights through the worker: they load, stream and pass, and talk nonsense."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect

from models.asr import protocol
from models.asr.engine import Folders
from models.asr.protocol import BYTES_PER_MS, OFFLINE, ONLINE, Result
from tests.asr.worker import AsrWorker
from tests.models.asr.sounds import hiss, speech

pytestmark = pytest.mark.slow

_PIECE = 20 * BYTES_PER_MS
_WITHIN_S = 300
"""A worker that says nothing for so long says nothing."""
ARCHITECTURES = pytest.mark.parametrize(
    ("final", "online", "pauses", "punctuation"),
    [
        pytest.param("paraformer", "paraformer-online", "fsmn-vad", "ct-punc", id="paraformer"),
        pytest.param("sense-voice", "", "", "", id="sense-voice"),
    ],
)


@ARCHITECTURES
async def test_an_architecture_loads_streams_and_passes(
    random_models: Path, tmp_path: Path, final: str, online: str, pauses: str, punctuation: str
) -> None:
    """In each of two turns something is heard while audio is still sent, and the turn has one final behind it."""
    folders = {"online": online, "pauses": pauses, "punctuation": punctuation}
    chosen = {role: random_models / name for role, name in folders.items() if name}
    worker = AsrWorker(tmp_path, Folders(final=random_models / final, **chosen))
    try:
        worker.wait()
        async with asyncio.timeout(_WITHIN_S), _call(worker) as call:
            turns = [await _turn(call) for _ in range(2)]
    finally:
        ended = worker.stop()
    for while_spoken, after in turns:
        assert while_spoken.mode == ONLINE
        assert while_spoken.whole
        assert not while_spoken.is_final
        assert (after.mode, after.is_final) == (OFFLINE, True)
    assert "an engine failed" not in worker.log
    assert ended == 0


@asynccontextmanager
async def _call(worker: AsrWorker) -> AsyncIterator[ClientConnection]:
    """Without pings: they would wait behind audio that a busy machine is slow to hear."""
    async with connect(worker.url, proxy=None, compression=None, ping_interval=None) as call:
        await call.send(protocol.start(("跑鞋",)))
        yield call


async def _turn(call: ClientConnection) -> tuple[Result, Result]:
    """The first online result, which is waited for before the turn is at its end, and the final of the turn."""
    for pcm in (hiss(500), speech(6000)):
        for start in range(0, len(pcm), _PIECE):
            await call.send(pcm[start : start + _PIECE])
    first = await _next(call, ONLINE)
    await call.send(speech(500))
    await call.send(protocol.END_OF_TURN)
    while not (last := await _next(call)).is_final:
        pass
    return first, last


async def _next(call: ClientConnection, mode: str | None = None) -> Result:
    """Of this mode, if one is named; those of others are passed over."""
    while True:
        result = protocol.read_result(await call.recv())
        if mode in (None, result.mode):
            return result
