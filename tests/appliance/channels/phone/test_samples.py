"""The sample files of a switchboard name what the code names."""

from pathlib import Path

import pytest

from appliance.channels.phone.agi import CALL_ID, NEXT, TARGET
from appliance.channels.phone.media_socket import PROTOCOL
from appliance.config_voice import VoiceSettings

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
