"""FunASR's architectures with random weights through the worker: they load, stream and pass, and talk nonsense."""

from pathlib import Path

import pytest

from models.asr.engine import Folders
from models.asr.heard import Heard
from tests.asr.worker import AsrWorker
from tests.models.asr.sounds import hiss, speech

pytestmark = pytest.mark.slow


async def _two_turns(worker: AsrWorker) -> list[Heard]:
    finals = []
    async with worker.recogniser().listen(hotwords=("跑鞋",)) as hearing:
        results = hearing.results()
        for _ in range(2):
            await hearing.feed(hiss(500) + speech(2000) + hiss(300))
            await hearing.end_utterance()
            async for heard in results:
                if heard.is_final:
                    finals.append(heard)
                    break
    return finals


@pytest.mark.parametrize(
    ("final", "online", "pauses", "punctuation"),
    [
        ("paraformer", "paraformer-online", "fsmn-vad", "ct-punc"),
        ("sense-voice", "", "", ""),
    ],
)
async def test_an_architecture_loads_streams_and_passes(
    random_models: Path, tmp_path: Path, final: str, online: str, pauses: str, punctuation: str
) -> None:
    folders = {"online": online, "pauses": pauses, "punctuation": punctuation}
    chosen = {role: random_models / name for role, name in folders.items() if name}
    worker = AsrWorker(tmp_path, Folders(final=random_models / final, **chosen))
    try:
        worker.wait()
        finals = await _two_turns(worker)
    finally:
        ended = worker.stop()
    assert [f.is_final for f in finals] == [True, True]
    assert "an engine failed" not in worker.log
    assert ended == 0
