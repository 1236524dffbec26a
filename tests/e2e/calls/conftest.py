"""A whole appliance that takes calls and runs its own engines: eSpeak NG, FunASR, and the self-test model."""

from collections.abc import AsyncIterator

import pytest_asyncio

from appliance.config import Settings
from appliance.config_voice import VoiceSettings
from appliance.evaluation.calls.session import READY_S, CallCentre, voice_section
from appliance.evaluation.throwaway import throwaway
from tests.e2e.speech import refuse_without_speech


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre() -> AsyncIterator[CallCentre]:
    """One appliance for all; each call has a shop of its own."""
    refuse_without_speech()
    settings = Settings(state_dir="/nowhere", voice=VoiceSettings(enabled=True))
    async with throwaway(voice_section(settings), ready_s=READY_S) as place, CallCentre.at(place) as made:
        yield made
