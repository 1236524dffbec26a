"""A real conversation full of personal values, traced by a real receiver: none of them, and no id, goes along."""

import asyncio

import pytest

from appliance.config_telemetry import TelemetrySettings
from appliance.conversation.events import TurnEnded
from appliance.integrations.telemetry.spans import Spans
from appliance.integrations.telemetry.turns import TurnTraces
from tests.appliance.conversation.test_privacy import BANK_CARD, CANARIES, ID_CARD
from tests.appliance.conversation.world import PHONE, Talk
from tests.appliance.integrations.telemetry.receiver import receiving

WORDS = ("我要退鞋子，尺码不合适", "手机号", "身份证")


@pytest.mark.control("P-03")
async def test_nothing_of_anybody_is_in_what_a_collector_gets(talk: Talk) -> None:
    with receiving() as receiver:
        spans = Spans.of(TelemetrySettings(traces_url=receiver.url), "web-1", "1.0")
        assert spans is not None
        talk.world.process.workshop.watch = TurnTraces(spans)
        await talk.say(f"我的手机号是{PHONE}，身份证{ID_CARD}")
        await talk.say(f"退到银行卡{BANK_CARD}")
        await talk.press(f"slot:phone={PHONE}")
        await talk.say(WORDS[0])
        await talk.say("确认")
        await talk.settle()
        await asyncio.to_thread(spans.close)
        said = b"".join(receiver.bodies)
        assert sum(span.name == "turn" for span in receiver.spans()) >= 5
        receiver.bodies.clear()
        control = Spans.of(TelemetrySettings(traces_url=receiver.url), f"{PHONE} {WORDS[0]}", "1.0")
        assert control is not None
        TurnTraces(control).committed([TurnEnded()])
        await asyncio.to_thread(control.close)
    ids = (str(talk.conversation_id), talk.conversation_id.hex)
    forbidden = [*CANARIES, *WORDS, *ids]
    assert [each for each in forbidden if each.encode() in said] == []
    leaked = b"".join(receiver.bodies)
    assert [each for each in (PHONE, WORDS[0]) if each.encode() in leaked] == [PHONE, WORDS[0]]
