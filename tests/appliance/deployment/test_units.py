"""Units as systemd reads them, and what they allow."""

from pathlib import Path

import msgspec
import pytest

from appliance.config import AuditSettings, Settings
from appliance.config_backup import BackupSettings
from appliance.config_calls import OutboundSettings
from appliance.config_web import WebSettings
from appliance.deployment.reach import reached
from appliance.deployment.units import STOP_S, Place, units
from appliance.errors import InvalidInput
from appliance.supervisor.places import Place as Destination
from appliance.supervisor.processes import plan
from tests.deployment.tools import of_debian

REACHED = reached([Destination("10.9.9.9", 443, "platform.reach")])


def _place(root: Path) -> Place:
    """With a stand-in for each program, since systemd looks if it is there."""
    for name in (".venv/bin/appliance", ".venv/bin/python", ".venv-asr/bin/python", "nft"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("#!/bin/sh\n")
        (root / name).chmod(0o755)
    return Place(
        root=root,
        state_dir=Path("/var/lib/aftersales"),
        config_file=Path("/etc/aftersales-appliance/appliance.toml"),
        weights_dir=root / "weights",
        profile="gpu-24g",
        user="root",
        engine_user="root",
        nft=root / "nft",
    )


def _written(folder: Path, settings: Settings | None = None) -> list[Path]:
    texts = units(settings or Settings(), REACHED, _place(folder))
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [folder / name for name in texts if not name.endswith(".conf")]


@pytest.mark.slow
def test_systemd_takes_them(tmp_path: Path) -> None:
    said = of_debian("TEST_SYSTEMD", "usr/bin/systemd-analyze").run("verify", "--man=no", *_written(tmp_path))
    assert [line for line in said.stderr.splitlines() if str(tmp_path) in line or "aftersales" in line] == []


@pytest.mark.slow
def test_systemd_would_say_something(tmp_path: Path) -> None:
    bad = tmp_path / "bad.service"
    bad.write_text("[Service]\nExecStart=/nowhere/at/all\nProtectSistem=yes\n")
    assert "bad.service" in of_debian("TEST_SYSTEMD", "usr/bin/systemd-analyze").run("verify", bad).stderr


@pytest.mark.control("M-05")
def test_a_service_reaches_what_the_settings_name_and_engines_this_machine() -> None:
    made = units(Settings(), REACHED, _PLACE)
    allowed = {name: _of(text, "IPAddressAllow") for name, text in made.items() if "IPAddressAllow" in text}
    assert allowed == {
        "aftersales.service": ["localhost 10.9.9.9"],
        "aftersales-model@.service": ["localhost"],
        "aftersales-asr.service": ["localhost"],
        "aftersales-tts.service": ["localhost"],
    }
    assert {_of(made[name], "IPAddressDeny")[0] for name in allowed} == {"any"}


def test_a_service_writes_where_the_settings_say_and_nowhere_else() -> None:
    (usual,) = _of(units(Settings(), (), _PLACE)["aftersales.service"], "ReadWritePaths")
    settings = Settings(
        audit=AuditSettings(segments_dir="/mnt/second/audit"),
        backup=BackupSettings(wal_dir="/mnt/second/wal"),
        outbound=OutboundSettings(enabled=True, spool="/var/spool/asterisk/outgoing"),
    )
    (elsewhere,) = _of(units(settings, (), _PLACE)["aftersales.service"], "ReadWritePaths")
    assert usual == str(_PLACE.state_dir)
    assert elsewhere == f"{usual} -/mnt/second/audit -/mnt/second/wal -/var/spool/asterisk"
    with pytest.raises(InvalidInput, match="cannot name"):
        units(Settings(backup=BackupSettings(wal_dir="/mnt/a folder")), (), _PLACE)


def test_who_may_come_from_elsewhere_is_let_in_where_web_listens_there() -> None:
    settings = Settings(web=WebSettings(host="0.0.0.0"))  # noqa: S104
    (allowed,) = _of(units(settings, (), _PLACE)["aftersales.service"], "IPAddressAllow")
    assert allowed.split()[1:] == list(settings.access.networks)


def test_nothing_starts_without_the_rules() -> None:
    made = units(Settings(), (), _PLACE)
    for name, text in made.items():
        if name.endswith(".service") and name != "aftersales-egress.service":
            alone = _of(text, "PrivateNetwork") == ["yes"]
            assert alone or _of(text, "Requires") == ["aftersales-egress.service"]
            assert _of(text, "NoNewPrivileges") == ["yes"]
            assert _of(text, "CapabilityBoundingSet") == [""]
            assert _of(text, "ProtectSystem") == ["strict"]


def test_without_a_packet_filter_the_product_waits_for_none_and_its_unit_still_denies() -> None:
    made = units(Settings(), (), msgspec.structs.replace(_PLACE, has_rules=False))
    assert "aftersales-egress.service" not in made
    assert "aftersales-egress" not in made["aftersales.service"]
    assert _of(made["aftersales.service"], "IPAddressDeny") == ["any"]


@pytest.mark.parametrize("folder", ["/opt/a folder", "/opt/%i", "/opt/$HOME"])
def test_a_folder_that_a_unit_cannot_name_is_refused(folder: str) -> None:
    with pytest.raises(InvalidInput, match="cannot name"):
        units(Settings(), (), msgspec.structs.replace(_PLACE, root=Path(folder)))


def test_systemd_waits_longer_than_the_supervisor() -> None:
    longest_s = max(item.stop_s for item in plan(Settings(state_dir="/nowhere")) if hasattr(item, "stop_s"))
    assert longest_s < STOP_S
    assert _of(units(Settings(), (), _PLACE)["aftersales.service"], "TimeoutStopSec") == [str(STOP_S)]


def _of(text: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


_PLACE = Place(
    root=Path("/opt/aftersales"),
    state_dir=Path("/var/lib/aftersales"),
    config_file=Path("/etc/aftersales-appliance/appliance.toml"),
    weights_dir=Path("/var/lib/aftersales/weights"),
    profile="cpu",
)
