"""What an earlier call settled: taken where nothing is answered, and never silently another than what is answered."""

import dataclasses
import json
from pathlib import Path

import pytest

from appliance.setup import carrying_over
from appliance.setup.answers import Answers, parse
from appliance.setup.errors import Refused
from appliance.setup.record import Installed, Progress
from tests.appliance.setup.stand_in import Site, killed_behind, site

__all__ = ["site"]
COMPOSE = Installed(
    version="1", revision="", folder="/opt/it", profile="cpu", mode="compose", service="supervisor", host="0.0.0.0",  # noqa: S104
    port=443, name="shop.example",
)  # fmt: skip


def _answer(site: Site, **answers: object) -> None:
    lines = {"state_dir": str(site.state), "service": "supervisor", **answers}
    site.answers.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items()))


def _installed_at(site: Site, port: int) -> Path:
    first = site.version("first")
    _answer(site, port=port, name="a.internal")
    assert site.run(first).returncode == 0
    site.calls()
    return first


def _is_well(site: Site, version: Path) -> str:
    done = site.run(version)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_what_is_left_out_is_as_it_was_and_so_looked_at(site: Site) -> None:
    first = _installed_at(site, 9443)
    site.answers.write_text(f'state_dir = "{site.state}"\n')
    looked = site.run(first, "look").stdout
    assert "127.0.0.1:9443 is free" in looked
    assert "a.internal, listening on 127.0.0.1" in looked
    assert "on https://127.0.0.1:9443/" in _is_well(site, first)
    assert "on https://127.0.0.1:9443/" in _is_well(site, site.version("second"))


@pytest.mark.parametrize(
    ("answer", "in_effect"),
    [
        ({"port": 9555}, "port = 9555 is answered, and 9443 is in effect. Cure: change web.port in "),
        ({"host": "0.0.0.0"}, "host = '0.0.0.0' is answered, and '127.0.0.1' is in effect. Cure: "),  # noqa: S104
        ({"name": "b.internal"}, "name = 'b.internal' is answered, and 'a.internal' is in effect. Cure: "),
        ({"service": "systemd"}, 'service = "systemd" is answered, and supervisor keeps it running. Cure: '),
        ({"mode": "compose"}, "it was installed as native, and compose is answered. Cure: "),
    ],
)
def test_an_answer_that_the_settings_contradict_is_refused_before_anything_is_done(
    site: Site, answer: dict[str, object], in_effect: str
) -> None:
    first = _installed_at(site, 9443)
    record = (site.state / "install" / "installation.json").read_text()
    _answer(site, **answer)
    for words in ((), ("look",)):
        refused = site.run(first, *words)
        assert (refused.returncode, in_effect in refused.stderr) == (1, True)
    assert not (site.folder / "calls").exists()
    assert (site.state / "install" / "installation.json").read_text() == record


def test_what_a_person_changed_in_the_settings_is_in_effect_and_may_be_answered(site: Site) -> None:
    first = _installed_at(site, 9443)
    settings = site.state / "appliance.toml"
    settings.write_text(settings.read_text().replace("9443", "9555").replace("https://a.", "https://b."))
    _answer(site, port=9555, name="b.internal")
    assert "on https://127.0.0.1:9555/" in _is_well(site, first)
    _answer(site)
    assert "on https://127.0.0.1:9555/" in _is_well(site, first)


def test_before_the_settings_are_written_an_answer_may_be_mended(site: Site) -> None:
    first = site.version("first")
    _answer(site, port=9443, name="a.internal")
    killed_behind("place", site, first)
    _answer(site, port=9555, name="b.internal")
    assert "on https://127.0.0.1:9555/" in _is_well(site, first)


def test_another_version_in_the_same_folder_is_refused_with_nothing_changed(site: Site) -> None:
    first = _installed_at(site, 9443)
    (first / "pyproject.toml").write_text('[project]\nversion = "2"\n')
    refused = site.run(first)
    assert (refused.returncode, "1 is installed from " in refused.stderr, "now holds 2" in refused.stderr) == (
        1,
        True,
        True,
    )
    assert not (site.folder / "calls").exists()
    (first / "pyproject.toml").write_text('[project]\nversion = "1"\n')
    _is_well(site, first)


def test_another_commit_with_other_tables_is_another_version_and_its_upgrade_notes_them(site: Site) -> None:
    first, second = _installed_at(site, 9443), site.version("second")
    for version in (first, second):
        (version / "appliance/db/migrations").mkdir(parents=True)
        (version / "appliance/db/migrations/0002_add_more.sql").touch()
    refused = site.run(first)
    assert (refused.returncode, "holds 1 with other tables (0002_add_more.sql)" in refused.stderr) == (1, True)
    _is_well(site, second)
    _is_well(site, second)
    (site.state / "install" / "migrations.json").unlink()  # as an installer of before leaves it
    _is_well(site, second)


def _settled(text: str, state: Path, installed: Installed | None, progress: Progress | None = None) -> Answers:
    return carrying_over.settled(parse(text), installed, progress, state, is_upgrade=False)


def test_containers_stay_containers_even_where_the_record_is_gone(tmp_path: Path) -> None:
    kept = _settled("", tmp_path, COMPOSE)
    assert (kept.mode, kept.name, kept.port) == ("compose", "shop.example", Answers().port)
    assert _settled("", tmp_path, None, Progress(before=None, after=COMPOSE)).mode == "compose"
    assert _settled("", tmp_path, None).mode == "native"
    (tmp_path / "containers" / "server").mkdir(parents=True)
    assert _settled("", tmp_path, None).mode == "compose"
    for installed in (COMPOSE, None):
        with pytest.raises(Refused, match="installed as compose, and native is answered"):
            _settled('mode = "native"', tmp_path, installed)


def test_an_upgrade_may_be_kept_running_by_something_else(tmp_path: Path) -> None:
    native = dataclasses.replace(COMPOSE, mode="native", host="127.0.0.1", port=1)
    answers = parse('service = "systemd"')
    assert carrying_over.settled(answers, native, None, tmp_path, is_upgrade=True).service == "systemd"
    with pytest.raises(Refused, match="supervisor keeps it running"):
        carrying_over.settled(answers, native, None, tmp_path, is_upgrade=False)


def test_settings_that_nobody_can_read_are_named(site: Site) -> None:
    first = _installed_at(site, 9443)
    (site.state / "appliance.toml").write_text("[web\n")
    refused = site.run(first)
    assert (refused.returncode, "the settings cannot be read" in refused.stderr) == (1, True)
