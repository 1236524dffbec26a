"""Which processes an installation runs."""

from pathlib import Path
from typing import Any

import pytest

from appliance.config import Settings
from appliance.config_voice import VoiceSettings
from appliance.supervisor.processes import PHONE, plan


@pytest.mark.parametrize("is_enabled", [False, True])
def test_calls_have_a_process_only_where_they_are_enabled(tmp_path: Path, is_enabled: bool) -> None:
    settings = Settings(state_dir=str(tmp_path), voice=VoiceSettings(enabled=is_enabled))
    assert (PHONE in [item.name for item in plan(settings)]) is is_enabled


@pytest.mark.parametrize(
    ("named", "engines"),
    [
        ({}, ["recogniser", "speaker"]),
        ({"recogniser_url": "ws://10.0.0.1"}, ["speaker"]),
        ({"recogniser_url": "ws://10.0.0.1", "speaker_url": "http://10.0.0.1/v1"}, []),
    ],
)
def test_engines_that_nobody_named_are_up_before_calls_are_taken_and_down_after(
    tmp_path: Path, named: dict[str, Any], engines: list[str]
) -> None:
    settings = Settings(state_dir=str(tmp_path), voice=VoiceSettings(enabled=True, **named))
    phone = next(item for item in plan(settings) if item.name == PHONE)
    assert [name for name in phone.after if name in ("recogniser", "speaker")] == engines
    assert [item.name for item in plan(settings) if item.name in ("recogniser", "speaker")] == engines
