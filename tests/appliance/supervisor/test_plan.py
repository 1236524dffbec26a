"""Which processes an installation runs."""

from pathlib import Path

import pytest

from appliance.config import Settings
from appliance.config_voice import VoiceSettings
from appliance.supervisor.processes import PHONE, plan


@pytest.mark.parametrize("is_enabled", [False, True])
def test_calls_have_a_process_only_where_they_are_enabled(tmp_path: Path, is_enabled: bool) -> None:
    settings = Settings(state_dir=str(tmp_path), voice=VoiceSettings(enabled=is_enabled))
    assert (PHONE in [item.name for item in plan(settings)]) is is_enabled
