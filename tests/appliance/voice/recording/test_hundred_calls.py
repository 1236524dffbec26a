"""Over more than a hundred calls with spoken numbers of all kinds no digit of them is audible, what was said around
them is, and none of them is readable in the transcript, even where the recogniser has misheard a digit."""

import re
from collections import Counter
from collections.abc import Sequence

import pytest

from appliance.voice.recording import redaction
from appliance.voice.recording.model import SAMPLES_PER_MS, Span, Utterance
from appliance.voice.recording.reel import Reel
from appliance.voice.recording.ulaw import SILENCE
from security.pii.analyzer import Analyzer
from security.pii.digits import ANY_DIGIT
from security.pii.mask import ConversationMask, placeholders_in
from security.pii.retrospect import MOST_MESSAGES, Kept, corrected, split_findings
from tests.appliance.voice.recording.calls import WRONG_MS, Call, calls

CALLS = calls(112, seed=20261126)
_NUMBERS = re.compile(f"{ANY_DIGIT}(?:[。，]?{ANY_DIGIT})+")
NEAR_MS = redaction.MARGIN_MS + WRONG_MS + 200
"""So near to a value other words may go with it."""


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.fixture(scope="module")
def kept(analyzer: Analyzer) -> list[bytes]:
    """What is kept of each caller."""
    return [_recorded(analyzer, call) for call in CALLS]


@pytest.mark.control("L-06")
def test_no_digit_of_a_number_is_audible(kept: list[bytes]) -> None:
    heard = [
        (call.name, call.said[place].marked)
        for call, codes in zip(CALLS, kept, strict=True)
        for place, span in call.secrets
        if _sounds(codes, span)
    ]
    assert heard == []
    assert sum(len(call.secrets) for call in CALLS) > 1500


@pytest.mark.control("L-06")
def test_what_was_said_around_it_is_audible(kept: list[bytes]) -> None:
    """In utterances of their own always, beside a number from half a second on."""
    far = [
        (call, place, _sounds(codes, span))
        for call, codes in zip(CALLS, kept, strict=True)
        for place, span in call.others
        if not _is_near(call, place, span)
    ]
    assert [(call.name, call.said[place].marked) for call, place, is_there in far if not is_there] == []
    assert len(far) > 1900


@pytest.mark.control("L-06")
def test_no_number_is_readable_in_the_transcript(analyzer: Analyzer) -> None:
    """Of one that is told alone, a digit may be: it says nothing of the rest."""
    readable: list[tuple[str, str, str]] = []
    told = 0
    for call in CALLS:
        for place, text in enumerate(_transcript(analyzer, call.utterances)):
            if "[" in call.said[place].marked:
                told += sum(map(len, _NUMBERS.findall(call.utterances[place].text)))
                readable += [(call.name, call.utterances[place].text, n) for n in _NUMBERS.findall(_bare(text))]
    assert readable == []
    assert told > 1500


def test_all_shapes_of_calls_are_there() -> None:
    names = Counter(call.name for call in CALLS)
    assert len(names) == 7
    assert min(names.values()) >= 16


def _recorded(analyzer: Analyzer, call: Call) -> bytes:
    reel = Reel()
    for utterance in call.utterances:
        reel.hear(0, call.pcm[: utterance.end_ms * SAMPLES_PER_MS * 2])
        recent = reel.recent(utterance)
        reel.take(utterance, redaction.silences(analyzer, recent, was_told=reel.was_told(recent)))
    reel.hear(0, call.pcm)
    return b"".join(cut.caller for cut in reel.rest())


def _sounds(kept: bytes, span: Span) -> bool:
    return set(kept[span.start_ms * SAMPLES_PER_MS : span.end_ms * SAMPLES_PER_MS]) - {SILENCE, 0x7F} != set()


def _is_near(call: Call, place: int, span: Span) -> bool:
    return any(
        span.start_ms - NEAR_MS < secret.end_ms and secret.start_ms < span.end_ms + NEAR_MS
        for there, secret in call.secrets
        if there == place
    )


def _bare(text: str) -> str:
    """Without placeholders, which hold digits of ours."""
    for placeholder in placeholders_in(text):
        text = text.replace(placeholder, "")
    return text


def _transcript(analyzer: Analyzer, utterances: Sequence[Utterance]) -> list[str]:
    """As a conversation keeps it: each masked, and again when a later one tells more."""
    mask = ConversationMask([], lambda _, value: value)
    kept: list[str] = []
    wholes: dict[str, str] = {}
    for utterance in utterances:
        earlier = kept[-MOST_MESSAGES:]
        known = {
            label: wholes[label]
            for label in corrected([Kept(None, text) for text in earlier], utterance.text)  # type: ignore[arg-type]
            if label in wholes
        }
        *before, now = split_findings(
            analyzer, earlier, utterance.text, expected=utterance.expected, channel="voice", wholes=known
        )
        again = [mask.mask_again(text, findings) for text, findings in zip(earlier, before, strict=True)]
        masked = mask.mask(utterance.text, now)
        wholes |= {new.entry.placeholder: new.finding.normalised for each in (*again, masked) for new in each.new}
        kept[len(kept) - len(earlier) :] = [*(each.text for each in again), masked.text]
    return kept
