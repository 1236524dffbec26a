"""Settings: one file, no unknown keys, and the environment may only say where things are."""

from pathlib import Path

import pytest

from appliance import config, config_text
from appliance.config import Profile, Settings
from appliance.config_web import WebSettings
from appliance.errors import ConfigurationError


def test_what_is_rendered_is_read_back_the_same() -> None:
    settings = Settings(profile=Profile.EVALUATION, state_dir="/srv/状态", web=WebSettings(port=0))
    assert config.parse(config_text.whole(settings), source="rendered") == settings


def test_the_example_file_lists_every_setting_with_its_default() -> None:
    assert config_text.example().replace("\n# port = 8080\n", "\nport = 8081\n").count("8081") == 1
    assert config_text.whole(Settings()).splitlines()[-1] in config_text.example().replace("\n# ", "\n")


def test_the_example_file_as_it_is_changes_nothing() -> None:
    assert config.parse(config_text.example(), source="example") == Settings()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("colour = 1", "unknown field `colour`"),
        ("[web]\nprot = 1", "web: Object contains unknown field `prot`"),
        ("[web]\nport = 70000", "web.port: Expected `int` <= 65535"),
        ('profile = "testing"', "profile: Invalid enum value 'testing'"),
        ("[web", "Expected ']' at the end of a table declaration"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_key(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        config.parse(text, source="appliance.toml")
    assert str(refused.value).startswith("appliance.toml: ")
    assert complaint in str(refused.value)


def test_the_file_lies_in_the_state_directory(tmp_path: Path) -> None:
    (tmp_path / "appliance.toml").write_text('profile = "demo"\n[web]\nport = 9000\n')
    settings = config.load({"APPLIANCE_STATE_DIR": str(tmp_path)})
    assert (settings.profile, settings.web.port, settings.state_path) == (Profile.DEMO, 9000, tmp_path)


def test_a_file_elsewhere_may_name_the_state_directory(tmp_path: Path) -> None:
    elsewhere = tmp_path / "etc.toml"
    elsewhere.write_text(f'state_dir = "{tmp_path}/state"\n')
    assert config.load({"APPLIANCE_CONFIG": str(elsewhere)}).state_path == tmp_path / "state"


def test_a_named_file_that_is_missing_refuses_to_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="which is not there"):
        config.load({"APPLIANCE_CONFIG": str(tmp_path / "none.toml")})


def test_the_environment_may_name_the_database(tmp_path: Path) -> None:
    settings = config.load({"APPLIANCE_STATE_DIR": str(tmp_path), "DATABASE_URL": "postgresql://db.internal/x"})
    assert settings.database.url == "postgresql://db.internal/x"
