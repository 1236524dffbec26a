"""What is said and what is heard, compared as people would."""

import pytest

from appliance.errors import Unavailable
from appliance.evaluation.calls.hearing import Hearing, Sentence, hear
from appliance.evaluation.calls.voice import MANNERS, CallersVoice
from models.asr.client import Recogniser
from tests.appliance.voice.engines import ScriptedRecogniser, ToneSpeaker


async def heard(said: str, *lines: str) -> Hearing:
    return await hear(ScriptedRecogniser(*lines), CallersVoice(ToneSpeaker()), [said])


@pytest.mark.parametrize("line", ["订单号是4402", "订单号是四四零二。", "订单号是 四四〇二"])
async def test_a_number_is_the_same_however_it_is_written(line: str) -> None:
    found = await heard("订单号是4402", line)
    assert (found.wrong_share, found.is_good) == (0.0, True)


async def test_a_wrong_number_is_not_good_whatever_else_was_heard() -> None:
    found = await heard("订单号是4402", *["订单号是4403"] * len(MANNERS))
    assert (found.sentences[0].wrong, found.is_good) == (1, False)


async def test_the_best_of_several_manners_counts() -> None:
    found = await heard("我要退货", "我要退", "我要退货")
    assert found.sentences == (Sentence(said="我要退货", heard="我要退货", characters=4, wrong=0),)


async def test_a_recogniser_that_is_away_is_said() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        await hear(Recogniser("ws://127.0.0.1:1"), CallersVoice(ToneSpeaker()), ["好的"])
