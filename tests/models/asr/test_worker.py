"""The worker over real WebSockets and with real processes; only the models in them are scripted."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from models.asr import folders, protocol
from models.asr.client import Hearing, Recogniser
from models.asr.environment import environment
from models.asr.errors import EngineInvalid, RecogniserBusy, RecogniserUnavailable
from models.asr.heard import Heard
from models.asr.pool import Engines
from models.asr.worker import serving
from models.catalog import manifest
from tests.models.asr.engines import DeadEngine, EchoEngine
from tests.models.asr.sounds import hiss, speech

MOST_CALLS = 2


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(Engines(EchoEngine, 1), MOST_CALLS, 0) as port:
        yield port


async def _turn(hearing: Hearing) -> Heard:
    await hearing.feed(hiss(300) + speech(700))
    await hearing.end_utterance()
    async for heard in hearing.results():
        if heard.is_final:
            return heard
    raise AssertionError("there was no final")


async def _call(port: int, hotwords: Sequence[str] = ()) -> Heard:
    async with Recogniser(f"ws://127.0.0.1:{port}", open_within_s=20, final_within_s=20).listen(
        hotwords=hotwords
    ) as hearing:
        return await _turn(hearing)


async def test_a_turn_goes_through_client_port_and_process(port: int) -> None:
    heard = await _call(port, ("跑鞋",))
    assert heard.text == "听到跑鞋"
    assert [w.text for w in heard.words] == list("听到跑鞋")
    assert heard.words[1].end_ms - heard.words[0].start_ms == 200


async def test_calls_beyond_the_limit_are_refused_with_the_reason_and_let_in_again_later(port: int) -> None:
    recogniser = Recogniser(f"ws://127.0.0.1:{port}", open_within_s=20, final_within_s=20)
    async with recogniser.listen() as one, recogniser.listen() as other:
        await asyncio.gather(_turn(one), _turn(other))
        health = (await _health(port)).json()
        assert (health["status"], health["calls"], health["most_calls"], health["owed"]) == ("ok", 2, 2, 0)
        with pytest.raises(RecogniserBusy, match="2 calls are heard already"):
            await _call(port)
    async with asyncio.timeout(20):
        while (await _health(port)).json()["calls"]:
            pass
    assert (await _call(port)).text == "听到"


async def _health(port: int) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.get(f"http://127.0.0.1:{port}/health")


async def test_an_engine_that_fails_or_ends_costs_its_call_and_no_later_one(port: int) -> None:
    with pytest.raises(RecogniserUnavailable, match="could not hear this"):
        await _call(port, ("出错",))
    with pytest.raises(RecogniserUnavailable, match="has ended"):
        await _call(port, ("退出",))
    assert (await _call(port)).text == "听到"


async def test_an_engine_that_ended_is_loaded_again_without_being_asked_and_health_says_so(port: int) -> None:
    with pytest.raises(RecogniserUnavailable, match="has ended"):
        await _call(port, ("退出",))
    gone = await _health(port)
    assert (gone.status_code, gone.json()["status"], gone.json()["warm"]) == (503, "loading", 0)
    async with asyncio.timeout(60):
        while (back := await _health(port)).status_code != 200:
            pass
    assert (back.json()["status"], back.json()["warm"], back.json()["engines"]) == ("ok", 1, 1)


@pytest.mark.parametrize(
    "message", ['{"mode": "offline"}', "hello", b"\x00"], ids=["another-mode", "no-json", "half-a-sample"]
)
async def test_what_is_not_of_the_protocol_is_told_why(port: int, message: str | bytes) -> None:
    async with connect(f"ws://127.0.0.1:{port}") as connection:
        await connection.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == protocol.CLOSE_BROKEN
    assert closed.value.rcvd.reason


async def test_a_message_too_large_ends_the_call(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}") as connection:
        await connection.send(bytes(protocol.MAX_MESSAGE_BYTES + 2))
        with pytest.raises(ConnectionClosed, match="1009"):
            await connection.recv()


async def test_a_foreign_client_gets_results_as_the_runtime_gives_them(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}") as connection:
        await connection.send(
            json.dumps({"mode": "2pass", "wav_name": "mic", "is_speaking": True, "chunk_size": [5, 10, 5]})
        )
        await connection.send(hiss(300) + speech(400))
        await connection.send(json.dumps({"is_speaking": False}))
        results = [json.loads(await connection.recv()) for _ in range(2)]
    assert [(r["mode"], r["wav_name"]) for r in results] == [("2pass-online", "mic"), ("2pass-offline", "mic")]
    assert json.loads(results[1]["timestamp"])[0][1] > 0
    assert results[1]["stamp_sents"][0]["text_seg"] == "听 到"


async def test_an_engine_that_cannot_load_keeps_the_port_shut() -> None:
    with pytest.raises(EngineInvalid, match="while it loaded"):
        async with serving(Engines(DeadEngine, 1), 1, 0):
            pass


def _model(folder: Path) -> Path:
    (folder / "config.yaml").write_text("model: SenseVoiceSmall\n")
    (folder / "model.pt").write_bytes(b"weights")
    manifest.write(folder)
    return folder


def test_a_folder_as_it_was_listed_may_be_loaded(tmp_path: Path) -> None:
    folders.check(_model(tmp_path))


def test_weights_that_were_exchanged_are_refused(tmp_path: Path) -> None:
    _model(tmp_path).joinpath("model.pt").write_bytes(b"others")
    with pytest.raises(EngineInvalid, match=r"model\.pt is not what the manifest lists"):
        folders.check(tmp_path)


@pytest.mark.parametrize(
    ("name", "says"), [("model.py", "program code"), ("other.pt", "not in the manifest|pickle form")]
)
def test_what_was_added_to_a_folder_is_refused(tmp_path: Path, name: str, says: str) -> None:
    _model(tmp_path).joinpath(name).write_bytes(b"")
    with pytest.raises(EngineInvalid, match=says):
        folders.check(tmp_path)


def test_a_folder_without_manifest_or_weights_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(EngineInvalid, match=r"config\.yaml is not there"):
        folders.check(tmp_path)
    (_model(tmp_path) / manifest.MANIFEST).unlink()
    with pytest.raises(EngineInvalid, match="appliance models hash"):
        folders.check(tmp_path)


def test_a_worker_is_started_without_a_way_out_and_with_nothing_of_somebodys_shell() -> None:
    inherited = {"PATH": "/bin", "HTTPS_PROXY": "http://proxy", "HF_TOKEN": "x", "APPLIANCE_SECRET": "y"}
    started = environment(inherited, home=Path("/state"), threads=2, card=None)
    assert started["PATH"] == "/bin"
    assert started["HF_HUB_OFFLINE"] == started["TRANSFORMERS_OFFLINE"] == "1"
    assert started["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert started["CUDA_VISIBLE_DEVICES"] == ""
    assert not {"HF_TOKEN", "APPLIANCE_SECRET"} & started.keys()
    assert environment({}, home=Path("/state"), threads=1, card=1)["CUDA_VISIBLE_DEVICES"] == "1"
