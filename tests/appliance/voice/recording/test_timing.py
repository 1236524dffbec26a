"""When characters were spoken: exact where the words tell, and more than that where they do not."""

import pytest

from appliance.voice.recording import timing
from appliance.voice.recording.model import Span, Utterance
from models.asr.heard import Word


def utterance(text: str, said: str, *, step: int = 100) -> Utterance:
    """Each character of ``said`` is a word of its own; they stand 100 ms apart from 1000 ms on."""
    words = tuple(Word(char, 1000 + at * step, 1000 + at * step + step) for at, char in enumerate(said))
    return Utterance(start_ms=900, end_ms=1000 + len(said) * step + 100, text=text, words=words)


def test_signs_between_do_not_count() -> None:
    heard = utterance("卡号，是：六六，谢谢。", "卡号是六六谢谢")
    assert timing.span_of_text(heard, 5, 7) == Span(1300, 1500)


def test_a_number_in_digits_lies_between_the_words_around_it() -> None:
    heard = utterance("我的卡号是622。谢谢你", "我的卡号是六百二十二谢谢你")
    assert timing.span_of_text(heard, 5, 8) == Span(1500, 2000)


def test_one_letter_alone_is_no_anchor() -> None:
    """是 is there a second time, behind the number: it must not be taken for the one before."""
    heard = utterance("是622的", "呃六二二是")
    assert timing.span_of_text(heard, 1, 4) == Span(900, 1600)


def test_what_was_spoken_is_exact_by_itself() -> None:
    assert timing.span_of_spoken(utterance("卡号622", "卡号六二二"), 2, 5) == Span(1200, 1500)


def test_a_word_of_several_characters_is_taken_whole() -> None:
    heard = Utterance(
        start_ms=0,
        end_ms=1000,
        text="卡号6226好的",
        words=(Word("卡号6", 0, 300), Word("226", 300, 500), Word("好的", 600, 900)),
    )
    assert timing.span_of_text(heard, 2, 6) == Span(0, 500)


@pytest.mark.parametrize(
    "words",
    [
        (),
        (Word("六", 100, 100),),
        (Word("六", 500, 600), Word("二", 100, 200)),
        (Word("六", 9000, 9100),),
    ],
)
def test_without_times_that_can_be_it_is_all_of_it(words: tuple[Word, ...]) -> None:
    heard = Utterance(start_ms=0, end_ms=2000, text="六二", words=words)
    found = timing.span_of_text(heard, 0, 1)
    assert found.start_ms <= 0
    assert found.end_ms >= max([2000, *(word.end_ms for word in words)])
