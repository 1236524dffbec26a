"""The settings as the console shows them: all of them, by the same words as the file, with no password."""

from pathlib import Path

import pytest

from appliance import config, config_text
from appliance.installation.secrets import without_secrets
from appliance.installation.settings import SettingsDesk, SettingView, Source

FILE = 'profile = "demo"\n[web]\nport = 9000\nworkers = 2\n[handoff]\nmisses = 4\n'


def looked(home: Path, text: str, **environment: str) -> dict[str, SettingView]:
    (home / "appliance.toml").write_text(text)
    given = {"APPLIANCE_STATE_DIR": str(home), **environment}
    view = SettingsDesk(config.load(given), given).look()
    assert (view.is_there, view.trouble, view.waits_for_restart) == (True, "", ())
    return {each.name: each for section in view.sections for each in section.settings}


def test_every_setting_of_the_file_is_shown_with_the_words_of_the_file(tmp_path: Path) -> None:
    found = looked(tmp_path, FILE)
    example = config_text.example()
    for each in found.values():
        assert f"# {each.description}" in example
        assert f"# {each.name.rpartition('.')[2]} = " in example
    assert len(found) == sum(line.startswith("# ") and " = " in line for line in example.splitlines())


def test_what_was_changed_and_where_is_said(tmp_path: Path) -> None:
    found = looked(tmp_path, FILE, DATABASE_URL="postgresql://app:hush@db.internal/aftersales")
    assert (found["web.port"].value, found["web.port"].default, found["web.port"].is_default) == ("9000", "8080", False)
    assert found["web.port"].source is Source.FILE
    assert (found["web.workers"].source, found["web.workers"].is_default) == (Source.FILE, True)
    assert found["database.url"].source is Source.ENVIRONMENT
    assert found["state_dir"].source is Source.ENVIRONMENT
    assert found["limits.starts_per_min"].source is Source.DEFAULT
    assert (found["limits.starts_per_min"].unit, found["limits.starts_per_min"].least) == ("per_min", 1)
    assert (found["access.lock_min"].unit, found["web.port"].unit) == ("min", "")
    assert "hush" not in found["database.url"].value


def test_what_a_changed_file_would_do_is_said_before_a_restart_does_it(tmp_path: Path) -> None:
    given = {"APPLIANCE_STATE_DIR": str(tmp_path)}
    desk = SettingsDesk(config.load(given), given)
    (tmp_path / "appliance.toml").write_text(FILE)
    assert desk.look().waits_for_restart == ("profile", "web.port", "handoff.misses")
    (tmp_path / "appliance.toml").write_text("[web]\nprot = 1\n")
    view = desk.look()
    assert "prot" in view.trouble
    assert view.waits_for_restart == ()


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://app:hush@db.internal:5432/aftersales?sslmode=verify-full",
        "postgresql://app:h@hush@db.internal/aftersales",
        "postgresql://db.internal/aftersales?user=app&password=hush",
        "host=db.internal user=app password=hush",
        "host=db.internal user=app password = 'hush hush'",
        "https://erp.internal/api?access_key=hush&shop=1",
        "syslog+tls://collector:hush@10.0.0.1:6514",
    ],
)
def test_no_password_of_an_address_is_shown(secret: str) -> None:
    shown = without_secrets(secret)
    assert "hush" not in shown
    assert "internal" in shown or "10.0.0.1" in shown


@pytest.mark.parametrize("plain", ["http://127.0.0.1:8000/v1", '["10.0.0.0/8","fc00::/7"]', "/etc/aftersales/llm.key"])
def test_what_holds_no_password_stays_as_it_is(plain: str) -> None:
    assert without_secrets(plain) == plain
