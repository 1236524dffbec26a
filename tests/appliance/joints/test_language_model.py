"""The key of the language model's server comes from a file that only its owner may read."""

from pathlib import Path

import pytest

from appliance.config_understanding import LlmSettings
from appliance.errors import ConfigurationError
from appliance.joints.language_model import chat_model

pytestmark = pytest.mark.control("M-29")


def settings(file: Path) -> LlmSettings:
    return LlmSettings(url="http://127.0.0.1:1/v1", model="any", api_key_file=str(file))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "llm.key"
    file.write_text("secret")
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"chmod 600 {file}"):
        chat_model(settings(file))


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_of_its_owner_alone_is_taken(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "llm.key"
    file.write_text("secret")
    file.chmod(mode)
    chat_model(settings(file))


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        chat_model(settings(tmp_path / "absent"))
