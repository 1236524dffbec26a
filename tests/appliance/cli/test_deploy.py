"""``appliance deploy`` as a person calls it: it writes and prints, and installs nothing."""

import json
from pathlib import Path

import pytest

from appliance.cli.main import main
from appliance.deployment import images
from appliance.deployment.text import TEMPLATES

DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of an installation that may reach one order system."""
    state = tmp_path / "state"
    state.mkdir()
    file = state / "appliance.toml"
    file.write_text('[platform]\nreach = ["10.9.9.9:443"]\n')
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(state))
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return file


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["deploy", *words])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_units_are_written_for_the_settings_in_force(
    tmp_path: Path, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "units"
    code, out, _ = _run(capsys, "units", "--to", str(to), "--profile", "cpu", "--root", "/opt/it", "--user", "own")
    written = {path.name for path in to.iterdir()}
    assert (code, len(out.splitlines())) == (0, len(written))
    assert written == {path.name.removesuffix(".j2") for path in (TEMPLATES / "units").iterdir()}
    unit = (to / "aftersales.service").read_text()
    for line in (
        "User=own",
        "ExecStart=/opt/it/.venv/bin/appliance up --foreground",
        f"Environment=APPLIANCE_CONFIG={settings}",
        "IPAddressAllow=localhost 10.9.9.9",
        "Requires=aftersales-egress.service",
    ):
        assert f"\n{line}\n" in unit


def test_without_a_packet_filter_its_unit_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("units", "--to", str(tmp_path / "units"), "--profile", "cpu", "--root", "/opt/it", "--without-rules")
    assert _run(capsys, *words)[0] == 0
    assert not (tmp_path / "units" / "aftersales-egress.service").exists()
    assert "aftersales-egress" not in (tmp_path / "units" / "aftersales.service").read_text()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("units", "--to", "{to}", "--profile", "huge"), "there is no profile huge; there are "),
        (("units", "--to", "{to}", "--profile", "cpu", "--root", "/opt/a b"), "cannot name /opt/a b because of ' '"),
        (("rules",), "whom are the rules for?"),
        (("rules", "--user", "nobody-of-that-name"), "there is no user nobody-of-that-name here"),
        (("rules", "--whole-machine", "--ssh-from", "office"), "--ssh-from: 'office' does not appear to be"),
        (("images", "--kustomize"), "--kustomize needs --lock"),
        (("images", "--lock", "/nowhere/images.lock"), "/nowhere/images.lock cannot be read"),
    ],
)
def test_what_does_not_fit_is_one_line_with_its_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    to = tmp_path / "units"
    code, out, err = _run(capsys, *(word.format(to=to) for word in words))
    assert (code, out, err.count("\n"), complaint in err) == (2, "", 1, True)
    assert not to.exists()


def test_a_public_address_is_refused(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.write_text('[platform]\nreach = ["8.8.8.8:443"]\n')
    for words in (("rules", "--user", "0"), ("policy",), ("units", "--to", "/nowhere", "--profile", "cpu")):
        code, _, err = _run(capsys, *words)
        assert (code, "8.8.8.8" in err) == (2, True)


def test_rules_name_the_users_and_what_they_may_reach(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "rules", "--user", "4711", "--engine-user", "4712", "--name-server", "10.0.0.53")
    assert code == 0
    for part in ("4711", "4712", "10.9.9.9 . 443", "10.0.0.53"):
        assert part in out


@pytest.mark.parametrize(
    ("option", "value"),
    [("--name-server", "8.8.8.8"), ("--name-server", "10.0.0.0/8"), ("--sip-trunk", "0.0.0.0/1")],
)
def test_rules_let_no_name_be_looked_up_outside_and_no_half_of_the_world_in(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = _run(capsys, "rules", "--containers", option, value)
    assert (code, out, f"{option} {value}: name " in err) == (2, "", True)


def test_the_gate_knows_names_only(tmp_path: Path, settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = _run(capsys, "gate", "--to", str(tmp_path / "gate"))
    assert (code, "by its name only" in err, (tmp_path / "gate").exists()) == (2, True, False)
    settings.write_text('[platform]\nreach = ["localhost:9443"]\n')
    assert _run(capsys, "gate", "--to", str(tmp_path / "gate"))[0] == 0
    assert {path.name for path in (tmp_path / "gate").iterdir()} == {"gate.cfg", "gate.json"}


def test_the_way_out_is_written_alike_until_the_settings_change(
    tmp_path: Path, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def written(text: str) -> tuple[str, str]:
        settings.write_text(text)
        assert _run(capsys, "gate", "--to", str(tmp_path))[0] == 0
        return (tmp_path / "gate.cfg").read_text(), (tmp_path / "gate.json").read_text()

    first, again = written("[web]\nport = 8080\n"), written("[web]\nport = 8080\n")
    assert again == first
    changed = written("[web]\nport = 8081\n")
    assert (changed[0] == first[0], changed[1] == first[1]) == (True, False)


def test_a_policy_of_the_network_names_the_order_system(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "policy")
    assert (code, "10.9.9.9/32" in out, "NetworkPolicy" in out) == (0, True, True)


def test_images_are_listed_and_a_lock_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = images.known()
    code, out, _ = _run(capsys, "images")
    assert (code, len(out.splitlines())) == (0, len(known))
    code, out, _ = _run(capsys, "images", "--json")
    assert [each["name"] for each in json.loads(out)] == [each.name for each in known]
    lock = tmp_path / "images.lock"
    lock.write_text("".join(f"{each.name}={each.reference}@{DIGEST}\n" for each in known))
    assert f"{lock} names all {len(known)} images by digest" in _run(capsys, "images", "--lock", str(lock))[1]
    assert len(json.loads(_run(capsys, "images", "--lock", str(lock), "--json")[1])) == len(known)
    assert json.loads(_run(capsys, "images", "--lock", str(lock), "--kustomize")[1])["kind"] == "Component"
