"""Whether the recogniser hears what the speaker says: fixed sentences, in a telephone's band, by character."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from appliance.errors import Unavailable
from appliance.evaluation.calls.earpiece import RATE_HZ
from appliance.evaluation.calls.voice import MANNERS, CallersVoice
from appliance.voice.model import EAR_HZ
from appliance.voice.ports import Recogniser
from appliance.voice.resampling import Resampler
from models.asr.distance import distance
from models.compact.numerals import DIGIT
from models.errors import ModelError

SENTENCES: Final = (
    "我要退货",
    "转人工客服",
    "好的",
    "不是",
    "质量问题",
    "订单号是20261110123456",
    "尾号是4402",
    "帮我查一下订单",
)
MOST_WRONG: Final = 0.25
"""Of all characters: with more of them no conversation is held."""
_SILENCE: Final = bytes(EAR_HZ)
_WITHIN_S: Final = 30.0
_NUMBER: Final = re.compile(r"\d{4,}")
_FIGURES: Final = str.maketrans({written: str(figure) for written, figure in DIGIT.items()})


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    said: str
    heard: str
    """In the manner in which it was heard best."""
    characters: int
    wrong: int

    @property
    def is_right(self) -> bool:
        return self.wrong == 0


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    sentences: tuple[Sentence, ...]

    @property
    def wrong_share(self) -> float:
        return sum(each.wrong for each in self.sentences) / sum(each.characters for each in self.sentences)

    @property
    def numbers(self) -> tuple[Sentence, ...]:
        return tuple(each for each in self.sentences if _NUMBER.search(each.said))

    @property
    def is_good(self) -> bool:
        return self.wrong_share <= MOST_WRONG and all(map(_has_its_number, self.numbers))


async def hear(recogniser: Recogniser, voice: CallersVoice, texts: Sequence[str] = SENTENCES) -> Hearing:
    """Each in two manners, as a person says again what was not heard. Unavailable: an engine does not do its work."""
    try:
        async with asyncio.timeout(_WITHIN_S * len(texts)):
            return Hearing(sentences=tuple([await _best(recogniser, voice, text) for text in texts]))
    except (ModelError, TimeoutError) as away:
        raise Unavailable(str(away) or "the engines of speech did not answer in time") from away


async def _best(recogniser: Recogniser, voice: CallersVoice, text: str) -> Sentence:
    tries = []
    for manner in range(len(MANNERS)):
        tries.append(await _heard(recogniser, text, await voice.of(text, manner)))
        if tries[-1].is_right:
            break
    return min(tries, key=lambda each: each.wrong)


async def _heard(recogniser: Recogniser, text: str, sound: bytes) -> Sentence:
    wide = Resampler(RATE_HZ, EAR_HZ).feed(sound)
    heard = ""
    async with recogniser.listen() as hearing:
        await hearing.feed(wide + _SILENCE)
        await hearing.end_utterance()
        async for result in hearing.results():
            if result.is_final:
                heard = result.text
                break
    wanted, got = _plain(text), _plain(heard)
    return Sentence(said=text, heard=heard, characters=len(wanted), wrong=distance(wanted, got))


def _has_its_number(sentence: Sentence) -> bool:
    found = _NUMBER.search(_plain(sentence.said))
    return found is not None and found[0] in _plain(sentence.heard)


def _plain(text: str) -> str:
    """Without what is not heard, every digit as a figure: engines write numbers one way or the other."""
    return "".join(each for each in text.translate(_FIGURES) if each.isalnum()).lower()
