"""Times of words count where they can be true."""

from appliance.voice.word_times import SLACK_MS, WordTimes
from models.asr.heard import Word


def words(*starts: int) -> tuple[Word, ...]:
    return tuple(Word("字", start, start + 200) for start in starts)


def final(times: WordTimes, said: tuple[Word, ...], now_ms: int, utterance: int = 0) -> tuple[Word, ...]:
    return times.of(said, now_ms, utterance=utterance, is_final=True)


def test_times_within_what_was_just_said_count() -> None:
    times = WordTimes()
    times.began(10_000)
    said = words(9_800, 10_400)
    assert times.of(said, 11_000, utterance=0, is_final=False) == said
    times.ended()
    assert final(times, said, 11_000) == said


def test_times_that_begin_anew_with_a_turn_count_for_nothing() -> None:
    times = WordTimes()
    times.began(500)
    times.ended()
    assert final(times, words(400), 2_000) == words(400)
    times.began(10_000)
    times.ended()
    assert final(times, words(300, 900), 12_000, utterance=1) == ()


def test_times_that_begin_anew_count_for_nothing_though_he_spoke_on_before_a_final_came() -> None:
    times = WordTimes()
    times.began(8_000)
    times.ended()
    times.began(10_000)
    assert final(times, words(300), 11_000) == ()
    times.ended()
    assert final(times, words(300), 12_000, utterance=1) == ()


def test_a_final_that_comes_while_the_next_words_are_said_has_its_own_times() -> None:
    times = WordTimes()
    times.began(1_000)
    times.ended()
    times.began(9_000)
    assert final(times, words(1_100), 10_000) == words(1_100)
    times.ended()
    assert final(times, words(9_100), 11_000, utterance=1) == words(9_100)


def test_times_after_what_was_heard_count_for_nothing() -> None:
    times = WordTimes()
    times.began(500)
    times.ended()
    assert final(times, words(900, 2_000 + SLACK_MS), 2_000) == ()


def test_where_no_sound_was_noticed_words_follow_those_before_them() -> None:
    times = WordTimes()
    times.began(8_000)
    times.ended()
    assert final(times, words(8_100), 9_000) == words(8_100)
    times.ended()
    assert final(times, words(2_000), 12_000, utterance=1) == ()
    times.ended()
    assert final(times, words(9_500), 12_000, utterance=2) == words(9_500)


def test_a_turn_that_goes_on_after_a_pause_is_one() -> None:
    times = WordTimes()
    times.began(1_000)
    times.began(4_000)
    times.ended()
    said = words(900, 4_100)
    assert final(times, said, 5_000) == said
