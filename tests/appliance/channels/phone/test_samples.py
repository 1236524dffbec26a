"""The sample files of a switchboard name what the code names."""

from pathlib import Path

import pytest

from appliance.channels.phone.agi import CALL_ID, NEXT, NUMBER, OUTBOUND, TARGET
from appliance.channels.phone.media_socket import PROTOCOL
from appliance.config_calls import OutboundSettings
from appliance.config_voice import VoiceSettings
from appliance.integrations.pbx import dial

PBX = Path(__file__).parents[4] / "compose" / "pbx"
SETTINGS = VoiceSettings()


@pytest.mark.parametrize(
    "said",
    [
        f"v(call=${{{CALL_ID}}})",
        f'["${{{NEXT}}}" = "hangup"]',
        f"Goto(${{{TARGET}}},1)",
        f"?{SETTINGS.people},1)",
        f"AGI_PORT={SETTINGS.agi_port}",
        f"AUDIOSOCKET_PORT={SETTINGS.audiosocket_port}",
        "/enter)",
        "/leave)",
    ],
)
def test_the_dialplan(said: str) -> None:
    assert said in (PBX / "extensions.conf").read_text()


@pytest.mark.parametrize("said", [f":{SETTINGS.media_port}/media", f"protocols = {PROTOCOL}"])
def test_the_client_of_chan_websocket(said: str) -> None:
    assert said in (PBX / "websocket_client.conf").read_text()


OUTBOUND_SETTINGS = OutboundSettings()


@pytest.mark.parametrize(
    "said",
    [
        f"[{OUTBOUND_SETTINGS.dial_context}]",
        f"[{OUTBOUND_SETTINGS.answered.partition(',')[0]}]",
        f"${{{dial.RING}}})",
        f"$[0${{{dial.UNTIL}}} < ${{EPOCH}}]?late",
        f"n(late),AGI(agi://${{APPLIANCE}}:${{AGI_PORT}}/tried,${{{OUTBOUND}}},LATE)",
        f"/tried,${{{OUTBOUND}}},${{DIALSTATUS}})",
        "/answered)",
        f"v(call=${{{CALL_ID}}})",
        f"?{SETTINGS.people},1)",
    ],
)
def test_the_dialplan_of_calls_that_are_made(said: str) -> None:
    assert said in (PBX / "outbound.conf").read_text()


def test_both_sides_name_the_variables_alike() -> None:
    assert (dial.TOKEN, dial.NUMBER) == (OUTBOUND, NUMBER)
