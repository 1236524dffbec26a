"""The real eSpeak NG: what it says of our readings, at which rate, for whom, and when it has too much to do."""

import asyncio
import ctypes
import functools
import multiprocessing
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from litestar.testing import AsyncTestClient

from models.tts.audio import RATE_HZ
from models.tts.client import Endpoint, Speech, SpeechClient
from models.tts.errors import EngineAbsent
from models.tts.espeak.library import LIBRARY, Library
from models.tts.espeak.server import MODEL, app
from models.tts.espeak.voicing import Voicing
from models.tts.polyphones import TABLE, Notation, mark, plain
from models.tts.prompts import Prompts
from models.tts.speaker import Speaker
from models.tts.voices import Engine, load
from tests.models.tts.server import KEY
from tests.models.tts.worker import ENGINE, Worker

pytestmark = pytest.mark.slow
NO_HOMOPHONE = {"děi", "qiǎ"}
"""No character has this reading alone."""
NEUTRAL_IN_ESPEAK = {"头发", "假发"}
_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}


@pytest.fixture
async def client(worker: Worker) -> AsyncIterator[SpeechClient]:
    client = SpeechClient(Endpoint(url=worker.url, api_key=KEY), first_within_s=60)
    yield client
    await client.aclose()


Sounds = Callable[[str, list[str]], list[str]]
Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


async def _heard(client: SpeechClient, text: str, *, speed: float = 1.0, voice: str = "cmn+f2") -> Samples:
    speech = Speech(model="espeak-ng-1.52", input=text, voice=voice, speed=speed)
    return np.frombuffer(b"".join([piece async for piece in client.speak(speech)]), dtype="<i2")


async def test_longer_words_take_longer_and_faster_ones_less(client: SpeechClient) -> None:
    short, long = await _heard(client, "您好。"), await _heard(client, "您好，请问有什么可以帮您。")
    slow, fast = await _heard(client, "您好，请问。", speed=0.7), await _heard(client, "您好，请问。", speed=1.5)
    assert len(short) < len(long)
    assert len(fast) < len(slow)


async def test_it_speaks_at_the_rate_of_the_protocol(client: SpeechClient) -> None:
    """Ten figures take two to six seconds, whoever says them; nothing sounds above half of the library's own rate."""
    heard = await _heard(client, "一二三四五六七八九十。")
    assert 2 < len(heard) / RATE_HZ < 6
    spectrum = np.abs(np.fft.rfft(heard.astype(np.float64)))
    above = np.fft.rfftfreq(len(heard), 1 / RATE_HZ) > 11_300
    assert spectrum[above].sum() < spectrum.sum() / 100


async def test_voices_differ(client: SpeechClient) -> None:
    woman, man = await _heard(client, "您好。", voice="cmn+f2"), await _heard(client, "您好。", voice="cmn+m3")
    assert woman.tobytes() != man.tobytes()


async def test_a_reply_is_heard_and_what_was_made_ahead_is_the_same(client: SpeechClient, tmp_path: Path) -> None:
    """eSpeak keeps its state in itself, so the same text twice differs in samples, never in length by much."""
    prompts = Prompts(tmp_path, identity=MODEL)
    speaker = Speaker(load(), {Engine.ESPEAK: client}, {Engine.ESPEAK: prompts})
    reply = "退货申请办好了，售后单号RF20261121000123。仓库验收后退130.73元，原路退还。"

    async def heard() -> bytes:
        return b"".join([piece async for piece in speaker.speak(reply, voice="selftest-male")])

    fresh = await heard()
    assert await speaker.make_ahead([reply], voice="selftest-male") == 3
    ahead = await heard()
    assert ahead == await heard()
    assert abs(len(ahead) - len(fresh)) < len(fresh) / 10


async def test_many_speak_at_once_and_each_is_heard(client: SpeechClient) -> None:
    assert all(len(heard) for heard in await asyncio.gather(*(_heard(client, "请稍等。") for _ in range(12))))


async def test_health_needs_no_key(worker: Worker) -> None:
    async with httpx.AsyncClient(timeout=60) as http:
        answer = await http.get(worker.url.removesuffix("/v1") + "/health")
    assert answer.json() == {"status": "ok", "model": "espeak-ng-1.52", "waiting": 0}


async def test_who_comes_when_too_many_wait_is_told_at_once(worker: Worker) -> None:
    asked = {"model": MODEL, "input": "您好。", "voice": "cmn"}
    async with AsyncTestClient(app(Voicing(ENGINE, most_waiting=0), "")) as http:
        answer = await http.post("/v1/audio/speech", json=asked)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_who_hangs_up_frees_the_library(worker: Worker) -> None:
    voicing = Voicing(ENGINE)
    pieces = voicing.speak("很长的一句话" * 300, "cmn", 0.5)
    speaking = asyncio.ensure_future(anext(pieces))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    assert voicing.waiting == 0
    assert len(await anext(voicing.speak("您好。", "cmn", 1.0))) > 0


def test_every_homophone_is_heard_as_the_reading(worker: Worker, sounds: Sounds) -> None:
    wrong = [
        f"{word}: {reading}"
        for word in TABLE.words
        if plain(word) not in NEUTRAL_IN_ESPEAK
        for reading in set(re.findall(r"\{([^}]+)\}", word)) - NO_HOMOPHONE
        if sounds("cmn-latn-pinyin", [_numbered(reading)])[0]
        not in sounds("cmn", [mark(plain(word), Notation.HOMOPHONES)])[0]
    ]
    assert wrong == []


def test_no_common_character_is_said_in_english(worker: Worker, sounds: Sounds) -> None:
    """Of GB 2312, level 1: by itself, and with 儿 joined to it."""
    cells = [bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
    common = [each for each in (cell.decode("gb2312", "ignore") for cell in cells) if each]
    texts = [mark(each, Notation.HOMOPHONES) for each in common + [f"{each}儿" for each in common]]
    said = zip(texts, sounds("cmn", texts), strict=True)
    assert [text for text, phonemes in said if "(en)" in phonemes] == []


def _numbered(pinyin: str) -> str:
    parts = unicodedata.normalize("NFD", pinyin)
    (tone,) = (_TONES[each] for each in parts if each in _TONES)
    return "".join(each for each in parts if each not in _TONES) + tone


@pytest.fixture
def sounds() -> Iterator[Sounds]:
    """Phonemes of texts in a voice. In a process of its own: here other tests have begun the library many times."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        yield lambda voice, texts: process.submit(_phonemes, voice, texts).result()


@functools.cache
def _speaking() -> ctypes.CDLL:
    Library(ENGINE)
    loaded = ctypes.CDLL(str(ENGINE / LIBRARY))
    loaded.espeak_TextToPhonemes.restype = ctypes.c_char_p
    return loaded


def _phonemes(voice: str, texts: list[str]) -> list[str]:
    """Without stress and joints."""
    loaded = _speaking()
    loaded.espeak_SetVoiceByName(voice.encode())
    rests = [ctypes.c_char_p(text.encode()) for text in texts]
    said = [loaded.espeak_TextToPhonemes(ctypes.byref(rest), 1, 0).decode() for rest in rests]
    return [re.sub(r"[_|\s',%]", "", phonemes) for phonemes in said]


def test_a_folder_without_it_is_refused_with_the_cure(worker: Worker) -> None:
    with pytest.raises(EngineAbsent, match=r"fetch-espeak\.sh"):
        Library(ENGINE.parent)
