"""Words are put anew only where there is a language model and the settings want it."""

from appliance.config_understanding import LlmSettings
from appliance.joints.language_model import chat_model, rewording
from tests.appliance.dialogue.world import RENDERER

OFF = LlmSettings(url="http://127.0.0.1:1/v1")
ON = LlmSettings(url="http://127.0.0.1:1/v1", rephrase=True)


async def test_as_it_ships_it_is_off() -> None:
    chat = chat_model(OFF)
    assert rewording(chat, RENDERER.replies, OFF) is None
    assert rewording(chat, RENDERER.replies, ON) is not None
    await chat.aclose()


def test_without_a_language_model_there_is_none() -> None:
    assert rewording(None, RENDERER.replies, ON) is None
