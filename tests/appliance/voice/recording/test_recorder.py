"""The recorder of a call: refused within its next step, patient with a database that is away, and never in the call's
way."""

import pytest

from appliance.errors import Unavailable
from appliance.voice.recording import recorder as module
from appliance.voice.recording.model import Ending, Utterance
from appliance.voice.recording.recorder import MOST_WAITING, Recorder
from appliance.voice.recording.reel import CHUNK_MS, HELD_MS, Cut
from models.asr.heard import Word
from security.pii.analyzer import Analyzer
from tests.appliance.voice.recording.test_reel import LOUD, sounding


class Shelf:
    def __init__(self) -> None:
        self.is_away = False
        self.cuts: list[Cut] = []
        self.ends: list[tuple[Ending, dict[str, int]]] = []

    async def put(self, cut: Cut) -> None:
        self._reach()
        self.cuts.append(cut)

    async def end(self, ending: Ending, silenced_ms: dict[str, int]) -> None:
        self._reach()
        self.ends.append((ending, silenced_ms))

    def _reach(self) -> None:
        if self.is_away:
            raise Unavailable("the database is away")


class Broken(Analyzer):
    def find(self, *_: object, **__: object) -> list[object]:  # type: ignore[override]
        raise RuntimeError


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def recorder(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setattr(module, "EVERY_S", 0)
    return Recorder(shelf, Analyzer())


def feed(recorder: Recorder, seconds: range) -> None:
    for second in seconds:
        recorder.hear(second * 1000, LOUD)
        recorder.speak(second * 1000, LOUD)


def greeting(start_ms: int = 0, end_ms: int = 1000) -> Utterance:
    return Utterance(start_ms=start_ms, end_ms=end_ms, text="你好", words=(Word("你好", start_ms, end_ms),))


async def test_what_is_left_is_written_when_the_call_is_over(recorder: Recorder, shelf: Shelf) -> None:
    feed(recorder, range(12))
    recorder.transcribed(greeting())

    await recorder.close()

    assert [len(cut.bot) for cut in shelf.cuts] == [CHUNK_MS * 8, 2000 * 8]
    assert sounding(shelf.cuts[0].caller) == [(0, 1500)]
    assert shelf.ends == [(Ending.KEPT, {"UNHEARD": 10500})]


@pytest.mark.control("L-05")
async def test_a_caller_who_refuses_is_not_recorded_from_that_moment_on(recorder: Recorder, shelf: Shelf) -> None:
    feed(recorder, range(3))
    await recorder.refuse()
    assert not recorder.is_on

    feed(recorder, range(3, 300))
    recorder.transcribed(greeting())
    await recorder.flush()
    await recorder.close()

    assert shelf.cuts == []
    assert [ending for ending, _ in shelf.ends] == [Ending.REFUSED]


@pytest.mark.control("L-05")
async def test_refusing_needs_no_database(recorder: Recorder, shelf: Shelf) -> None:
    """Taking up ends at once; the shelf is told when it is back."""
    feed(recorder, range(3))
    shelf.is_away = True
    await recorder.refuse()
    feed(recorder, range(3, 6))

    shelf.is_away = False
    await recorder.close()

    assert shelf.cuts == []
    assert [ending for ending, _ in shelf.ends] == [Ending.REFUSED]


async def test_a_database_that_comes_back_gets_all_of_it(recorder: Recorder, shelf: Shelf) -> None:
    feed(recorder, range(HELD_MS // 1000 + 25))
    shelf.is_away = True
    await recorder.flush()
    assert recorder.is_on

    shelf.is_away = False
    await recorder.flush()

    assert len(shelf.cuts) == 2


async def test_one_that_stays_away_ends_the_recording_and_not_the_call(recorder: Recorder, shelf: Shelf) -> None:
    shelf.is_away = True
    feed(recorder, range((HELD_MS + (MOST_WAITING + 1) * CHUNK_MS) // 1000))

    await recorder.flush()
    assert not recorder.is_on
    feed(recorder, range(2))
    await recorder.close()
    assert shelf.ends == []

    shelf.is_away = False
    await recorder.close()
    assert [ending for ending, _ in shelf.ends] == [Ending.BROKEN]


@pytest.mark.control("L-06")
async def test_speech_that_could_not_be_read_is_never_heard(shelf: Shelf) -> None:
    recorder = Recorder(shelf, Broken())
    feed(recorder, range(2))
    recorder.transcribed(greeting())

    await recorder.close()

    assert sounding(shelf.cuts[0].caller) == []
    assert sounding(shelf.cuts[0].bot) == [(0, 2000)]
