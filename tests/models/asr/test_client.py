"""A call through a scripted recogniser: turns put together, and everything that may go wrong named."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from models.asr.client import Recogniser
from models.asr.errors import ProtocolBroken, RecogniserBusy, RecogniserLate, RecogniserUnavailable
from models.asr.heard import Heard, Word
from tests.models.asr.server import ScriptedRecogniser, offline, online

PCM = bytes(640)


async def _one_turn(server: ScriptedRecogniser, *, final_within_s: float = 5.0) -> list[Heard]:
    async with Recogniser(server.url, final_within_s=final_within_s).listen() as hearing:
        await hearing.feed(PCM)
        await hearing.end_utterance()
        return await _until_final(hearing.results())


async def _until_final(results: Any) -> list[Heard]:
    heard: list[Heard] = []
    async for one in results:
        heard.append(one)
        if one.is_final:
            return heard
    raise AssertionError("there was no final")


async def test_a_call_opens_as_the_runtime_wants_it_and_sends_what_it_is_fed(server: ScriptedRecogniser) -> None:
    server.on_end = [[offline("好")]]
    async with Recogniser(server.url).listen(hotwords=("跑鞋", " 炒锅 ")) as hearing:
        await hearing.feed(PCM)
        await hearing.end_utterance()
        await _until_final(hearing.results())
    opening = server.starts[0]
    assert {name: opening[name] for name in ("mode", "wav_format", "audio_fs", "is_speaking", "chunk_size")} == {
        "mode": "2pass", "wav_format": "pcm", "audio_fs": 16000, "is_speaking": True, "chunk_size": [5, 10, 5],
    }  # fmt: skip
    assert json.loads(opening["hotwords"]) == {"跑鞋": 20, "炒锅": 20}
    assert server.heard == PCM


async def test_pieces_of_the_official_runtime_are_put_together(server: ScriptedRecogniser) -> None:
    server.on_audio = [online("我要"), online("退"), online("货")]
    server.on_end = [[offline("我要退货。", timestamp="[[10,90],[90,200],[200,300],[300,420]]", stamp_sents=[])]]
    heard = await _one_turn(server)
    assert [(h.text, h.is_final) for h in heard] == [
        ("我要", False), ("我要退", False), ("我要退货", False), ("我要退货。", True),
    ]  # fmt: skip
    assert heard[-1].words[0] == Word("我", 10, 90)
    assert [w.text for w in heard[-1].words] == list("我要退货")


async def test_a_final_of_which_a_piece_was_not_passed_over_is_a_guess(server: ScriptedRecogniser) -> None:
    server.on_audio = [offline("订单号", is_final=False, is_left_out=True)]
    server.on_end = [[offline("二零二六")]]
    assert [(h.text, h.is_guess) for h in await _one_turn(server)] == [("订单号", False), ("订单号二零二六", True)]


async def test_a_worker_that_hears_the_turn_anew_may_change_its_mind(server: ScriptedRecogniser) -> None:
    server.on_audio = [online("", whole="我有"), online("我要", whole="我要退")]
    server.on_end = [[offline("我要退货")]]
    assert [h.text for h in await _one_turn(server)] == ["我有", "我要退", "我要退货"]


async def test_pauses_within_a_turn_make_one_final(server: ScriptedRecogniser) -> None:
    server.on_audio = [
        online("订单号"),
        offline("订单号，", is_final=False, timestamp="[[0,100],[100,200],[200,300]]"),
        online("二零"),
    ]
    server.on_end = [[offline("二零。", timestamp="[[900,950],[950,990]]", alternatives=["二林"], emotion="NEUTRAL")]]
    heard = await _one_turn(server)
    assert [(h.text, h.is_final) for h in heard] == [
        ("订单号", False), ("订单号，", False), ("订单号，二零", False), ("订单号，二零。", True),
    ]  # fmt: skip
    assert [w.start_ms for w in heard[-1].words] == [0, 100, 200, 900, 950]
    assert heard[-1].alternatives == ("订单号，二林",)
    assert heard[-1].emotion == "NEUTRAL"


async def test_the_next_turn_follows_on_the_same_connection(server: ScriptedRecogniser) -> None:
    server.on_end = [[offline("第一")], [{"text": "", "wav_name": "call", "is_final": True}]]
    async with Recogniser(server.url).listen() as hearing:
        results = hearing.results()
        texts = []
        for _ in range(2):
            await hearing.feed(PCM)
            await hearing.end_utterance()
            texts.append((await _until_final(results))[-1].text)
    assert texts == ["第一", ""]
    assert len(server.starts) == 2


async def test_what_is_expected_goes_with_the_next_turn(server: ScriptedRecogniser) -> None:
    server.on_end = [[offline("第一")], [offline("第二")]]
    async with Recogniser(server.url).listen(hotwords=("跑鞋",)) as hearing:
        results = hearing.results()
        for _ in range(2):
            await hearing.feed(PCM)
            hearing.expect(("跑鞋", "保温杯"))
            await hearing.end_utterance()
            await _until_final(results)
    assert [json.loads(start["hotwords"]) for start in server.starts] == [{"跑鞋": 20}, {"跑鞋": 20, "保温杯": 20}]


async def test_a_final_that_took_long_is_its_own_turns_and_leaves_the_next_as_it_is(server: ScriptedRecogniser) -> None:
    server.on_end = [
        [online("第一", wav_name="call-0")],
        [offline("第一。", wav_name="call-0"), offline("第二。", wav_name="call-1")],
    ]
    async with Recogniser(server.url, final_within_s=None).listen() as hearing:
        await hearing.feed(PCM)
        await hearing.end_utterance()
        results = hearing.results()
        heard = [await anext(results)]
        server.on_audio = [online("第", wav_name="call-1"), online("二", wav_name="call-1")]
        await hearing.feed(PCM)
        await hearing.end_utterance()
        heard += [await anext(results) for _ in range(4)]
    assert [(h.turn, h.text, h.is_final) for h in heard] == [
        (0, "第一", False), (1, "第", False), (1, "第二", False), (0, "第一。", True), (1, "第二。", True),
    ]  # fmt: skip
    assert [start["wav_name"] for start in server.starts] == ["call-0", "call-1"]


async def test_what_comes_of_a_turn_that_is_over_is_not_heard(server: ScriptedRecogniser) -> None:
    server.on_end = [
        [offline("第一", wav_name="call-0"), online("一", wav_name="call-0")],
        [offline("第二", wav_name="call-1")],
    ]
    async with Recogniser(server.url).listen() as hearing:
        results = hearing.results()
        texts = []
        for _ in range(2):
            await hearing.feed(PCM)
            await hearing.end_utterance()
            texts.append([h.text for h in await _until_final(results)])
    assert texts == [["第一"], ["第二"]]


async def test_words_without_fitting_times_are_left_out(server: ScriptedRecogniser) -> None:
    server.on_end = [[offline("退货", timestamp="[[0,100]]")]]
    assert (await _one_turn(server))[-1].words == ()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(b"\x00\x01", id="binary"),
        pytest.param("no json", id="no-json"),
        pytest.param({"mode": "2pass-offline"}, id="no-text"),
        pytest.param({"mode": "2pass-offline", "text": 7}, id="text-is-a-number"),
        pytest.param({"mode": "offline", "text": "好", "is_final": True}, id="another-mode"),
        pytest.param(offline("退货", timestamp="[[100,0],[0,1]]"), id="times-run-backwards"),
        pytest.param(offline("退货", timestamp="soon"), id="times-are-words"),
        pytest.param(offline("长" * 4001), id="endless"),
    ],
)
async def test_what_is_not_of_the_protocol_is_refused(server: ScriptedRecogniser, wrong: Any) -> None:
    server.on_end = [[wrong]]
    with pytest.raises(ProtocolBroken):
        await _one_turn(server)


async def test_a_message_beyond_all_measure_is_not_read(server: ScriptedRecogniser) -> None:
    server.on_end = [["x" * 300_000]]
    with pytest.raises(RecogniserUnavailable):
        await _one_turn(server)


async def test_a_final_that_does_not_come_is_said_to_be_late(server: ScriptedRecogniser) -> None:
    with pytest.raises(RecogniserLate, match="no final within"):
        await _one_turn(server, final_within_s=0.05)


@pytest.mark.parametrize(
    ("closes_with", "error", "says"),
    [
        ((1013, "8 calls are heard"), RecogniserBusy, "8 calls are heard"),
        ((1002, "mode"), ProtocolBroken, "would not read"),
        ((1011, "engine"), RecogniserUnavailable, "1011 engine"),
    ],
)
async def test_why_a_connection_was_closed_is_told_apart(
    server: ScriptedRecogniser, closes_with: tuple[int, str], error: type[Exception], says: str
) -> None:
    server.closes_with = closes_with
    with pytest.raises(error, match=says):
        await _one_turn(server)


async def test_nobody_there_says_where_and_what_to_do(unused_tcp_port: int) -> None:
    recogniser = Recogniser(f"ws://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(RecogniserUnavailable, match="start the recogniser"):
        async with recogniser.listen():
            pass


@pytest.mark.parametrize(("status", "error"), [(503, RecogniserBusy), (404, RecogniserUnavailable)])
async def test_a_refusal_by_http_is_told_apart(status: int, error: type[Exception]) -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(HTTPStatus(status), "")

    async with serve(_nothing, "127.0.0.1", 0, process_request=refuse) as server:
        with pytest.raises(error):
            async with Recogniser(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}").listen():
                pass


async def _nothing(_connection: ServerConnection) -> None:
    return None


@pytest.mark.parametrize("hotwords", [["长" * 33], [" "], ["词"] * 501], ids=["long", "empty", "many"])
async def test_hotwords_that_nobody_can_use_are_refused_at_once(
    server: ScriptedRecogniser, hotwords: Sequence[str]
) -> None:
    with pytest.raises(ValueError, match="hotword"):
        async with Recogniser(server.url).listen(hotwords=hotwords):
            pass


async def test_half_a_sample_is_refused(server: ScriptedRecogniser) -> None:
    async with Recogniser(server.url).listen() as hearing:
        with pytest.raises(ValueError, match="even number"):
            await hearing.feed(b"\x00")
