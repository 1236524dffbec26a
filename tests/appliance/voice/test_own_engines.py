"""Which engines of speech the appliance runs itself, and of which parts."""

from pathlib import Path
from typing import Any

import pytest

from appliance.config import Settings
from appliance.config_voice import VoiceSettings
from appliance.voice.own_engines import better_models, own_recogniser, own_speaker
from models.asr.engine import Folders
from models.asr.launcher import SELF_TEST_MODEL


def settings(state: Path, **voice: Any) -> Settings:
    return Settings(state_dir=str(state), voice=VoiceSettings(**{"enabled": True, **voice}))


@pytest.mark.parametrize(
    ("voice", "hears", "speaks"),
    [
        ({}, True, True),
        ({"enabled": False}, False, False),
        ({"recogniser_url": "ws://10.0.0.1"}, False, True),
        ({"speaker_url": "http://10.0.0.1/v1"}, True, False),
    ],
)
def test_what_no_address_is_named_for_is_run_here(
    tmp_path: Path, voice: dict[str, Any], hears: bool, speaks: bool
) -> None:
    found = settings(tmp_path, **voice)
    assert (own_recogniser(found) is not None, own_speaker(found) is not None) == (hears, speaks)


def test_without_other_models_it_is_the_self_test_model(tmp_path: Path) -> None:
    found = own_recogniser(settings(tmp_path))
    assert found is not None
    assert (found.models, found.is_self_test) == (Folders(final=SELF_TEST_MODEL), True)


def test_models_in_their_usual_place_come_before_it(tmp_path: Path) -> None:
    usual = better_models(settings(tmp_path))
    for name in ("sensevoice-small", "paraformer-zh", "punctuation", "qwen3-8b"):
        (usual / name).mkdir(parents=True)
    found = own_recogniser(settings(tmp_path))
    assert found is not None
    whole = Folders(final=usual / "paraformer-zh", punctuation=usual / "punctuation")
    assert (found.models, found.is_self_test) == (whole, False)


def test_a_folder_of_one_model_is_that_model(tmp_path: Path) -> None:
    (tmp_path / "model.pt").touch()
    found = own_recogniser(settings(tmp_path, recogniser_models=str(tmp_path)))
    assert found is not None
    assert found.models == Folders(final=tmp_path)


def test_a_folder_that_is_named_and_not_there_is_not_replaced_by_another_model(tmp_path: Path) -> None:
    found = own_recogniser(settings(tmp_path, recogniser_models="/not/here"))
    assert found is not None
    assert found.models == Folders(final=Path("/not/here/final"))
