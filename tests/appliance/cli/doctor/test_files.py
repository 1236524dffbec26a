"""What is wrong with files, made so: modes, certificates, what settings name, what was built and trained."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.channels.staff.console import BUILT
from appliance.cli import findings_files
from appliance.config import Settings
from appliance.installation.certificates import Certificates
from appliance.integrations.sms import description
from models.compact import model as compact
from security.crypto.authority import issue, make_authority
from security.pii.analyzer import Analyzer
from security.pii.recognisers import ALL
from tests.appliance.cli.doctor.conftest import Doctor, changed

fault = pytest.mark.fault
NOW = datetime.now(UTC)
NAME = "desk.example.internal"


@fault("state", "others may read", "chmod 600")
async def test_a_key_that_others_may_read_is_found(doctor: Doctor, patient: Settings) -> None:
    key = patient.state_path / "secrets" / "root.key"
    key.parent.mkdir()
    key.touch(mode=0o600)
    await doctor.is_content(patient)
    key.chmod(0o644)
    await doctor.finds(patient)


@fault("state", "everybody may write", "chmod o-w")
async def test_a_state_directory_that_everybody_writes_to_is_found(doctor: Doctor, patient: Settings) -> None:
    patient.state_path.chmod(0o777)
    await doctor.finds(patient)


@fault("settings", "others may write to", "chmod go-w")
async def test_settings_that_others_may_change_are_found(
    doctor: Doctor, patient: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", patient.state_dir)
    file = patient.state_path / "appliance.toml"
    file.write_text("")
    file.chmod(0o644)
    await doctor.is_content(patient)
    file.chmod(0o666)
    await doctor.finds(patient)


@fault("settings", "without TLS", "web.certificate_file")
async def test_listening_to_all_without_tls_is_found(
    doctor: Doctor, patient: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", patient.state_dir)
    (patient.state_path / "appliance.toml").write_text("")
    (patient.state_path / "appliance.toml").chmod(0o600)
    await doctor.finds(changed(patient, "web", host="0.0.0.0"))  # noqa: S104


@fault("named files", "which is not there", "empty llm.api_key_file")
async def test_a_file_that_a_setting_names_and_nobody_put_there_is_found(doctor: Doctor, patient: Settings) -> None:
    await doctor.finds(changed(patient, "llm", api_key_file=str(patient.state_path / "gone")))


@fault("named files", "which others may read", "change that secret")
async def test_a_secret_beside_the_settings_that_others_may_read_is_found(doctor: Doctor, patient: Settings) -> None:
    file = patient.state_path / "llm.key"
    file.write_text("a secret")
    file.chmod(0o640)
    named = changed(patient, "llm", api_key_file=str(file))
    await doctor.finds(named)
    file.chmod(0o600)
    await doctor.is_content(named)


def issued(patient: Settings, at: datetime = NOW) -> Path:
    Certificates(patient.state_path).issue((NAME,), at)
    return patient.state_path / "tls" / f"{NAME}.pem"


@fault("certificates", "expires on", "appliance certificates renew")
async def test_a_certificate_that_will_soon_end_is_found(doctor: Doctor, patient: Settings) -> None:
    issued(patient)
    await doctor.is_content(patient)
    issued(patient, NOW - timedelta(days=300))
    await doctor.finds(patient)


@fault("certificates", "expired on", "appliance certificates renew")
async def test_a_certificate_that_has_ended_is_found(doctor: Doctor, patient: Settings) -> None:
    issued(patient, NOW - timedelta(days=400))
    await doctor.finds(patient)


@fault("certificates", "is not valid before", "clock right")
async def test_a_certificate_of_tomorrow_is_found(doctor: Doctor, patient: Settings) -> None:
    issued(patient, NOW + timedelta(days=2))
    await doctor.finds(patient)


@fault("certificates", "is not the key of", "appliance certificates renew")
async def test_a_certificate_beside_another_ones_key_is_found(doctor: Doctor, patient: Settings) -> None:
    certificate = issued(patient)
    certificate.with_suffix(".key").write_bytes(make_authority("another", NOW).key)
    await doctor.finds(patient)


@fault("certificates", "others may read", "pose as this server")
async def test_a_servers_key_that_others_may_read_is_found(doctor: Doctor, patient: Settings) -> None:
    issued(patient).with_suffix(".key").chmod(0o644)
    await doctor.finds(patient)


@fault("certificates", "the other half of the authority", "bring it back")
async def test_half_an_authority_is_found(doctor: Doctor, patient: Settings) -> None:
    issued(patient)
    (patient.state_path / "secrets" / "ca.key").unlink()
    await doctor.finds(patient)


@fault("certificates", "the authority ends on", "trust the new")
async def test_an_authority_that_will_soon_end_is_found(doctor: Doctor, patient: Settings) -> None:
    issued(patient, NOW - timedelta(days=3500))
    issued(patient)
    await doctor.finds(patient)


@fault("certificates", "was issued by another authority", "appliance certificates renew")
async def test_a_certificate_of_another_authority_is_found(doctor: Doctor, patient: Settings) -> None:
    certificate = issued(patient)
    stranger = issue(make_authority("another", NOW), (NAME,), NOW)
    certificate.write_bytes(stranger.certificate)
    certificate.with_suffix(".key").write_bytes(stranger.key)
    await doctor.finds(patient)


@fault("certificates", "expires on", "get another one from who issued it")
async def test_the_companys_own_certificate_that_will_soon_end_is_found(doctor: Doctor, patient: Settings) -> None:
    pair = issue(make_authority("company", NOW), (NAME,), NOW - timedelta(days=380))
    certificate, key = patient.state_path / "web.pem", patient.state_path / "web.key"
    certificate.write_bytes(pair.certificate)
    key.write_bytes(pair.key)
    key.chmod(0o600)
    await doctor.finds(changed(patient, "web", certificate_file=str(certificate), key_file=str(key)))


@fault("certificates", "go together", "mend what it names")
async def test_a_certificate_without_its_key_is_found(doctor: Doctor, patient: Settings) -> None:
    await doctor.finds(changed(patient, "web", certificate_file=str(issued(patient))))


@fault("console", "was not built", "./install.sh")
async def test_a_console_that_was_not_built_is_found(
    doctor: Doctor, patient: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await doctor.is_content(patient)
    monkeypatch.setattr(findings_files, "BUILT", tmp_path)
    await doctor.finds(patient)


@fault("console", "which is not there", "./install.sh")
async def test_a_console_with_a_part_missing_is_found(
    doctor: Doctor, patient: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(BUILT, tmp_path / "console")
    next((tmp_path / "console" / "assets").glob("index-*.js")).unlink()
    monkeypatch.setattr(findings_files, "BUILT", tmp_path / "console")
    await doctor.finds(patient)


@pytest.fixture
def trained_copy(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = shutil.copytree(trained, tmp_path / "compact")
    monkeypatch.setattr(findings_files, "DEFAULT_DIRECTORY", copy)
    return copy


@fault("compact model", "cannot be read", "train it again")
async def test_a_model_file_that_was_changed_is_found(doctor: Doctor, patient: Settings, trained_copy: Path) -> None:
    await doctor.is_content(patient)
    weights = trained_copy / "weights.npz"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    await doctor.finds(patient)


@fault("compact model", "trained from other words", "train it again")
async def test_a_model_of_another_version_is_found(doctor: Doctor, patient: Settings, trained_copy: Path) -> None:
    manifest = trained_copy / "model.json"
    product = compact.manifest_of(trained_copy).product
    manifest.write_text(manifest.read_text().replace(product, "0" * len(product)))
    await doctor.finds(patient)


@fault("personal data", "NAME is not found", "./install.sh")
async def test_a_finder_without_its_list_of_names_is_found(
    doctor: Doctor, patient: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await doctor.is_content(patient)
    without: Any = [each for each in ALL if each.type != "NAME"]
    monkeypatch.setattr(Analyzer.__init__, "__defaults__", (without,))
    await asyncio.sleep(0)
    await doctor.finds(patient)


@fault("own words", "nothing was trained with those in", "appliance models train")
async def test_words_of_a_site_that_nothing_was_trained_with_are_found(doctor: Doctor, patient: Settings) -> None:
    words = patient.state_path / "corpus" / "intents" / "exchange.txt"
    words.parent.mkdir(parents=True)
    words.write_text("(我要|我想|)(走|办)闪换(吧|)\n")
    await doctor.finds(patient)


@fault("messages", "recipient", "mend what it names")
async def test_a_gateway_whose_description_has_a_mistake_is_found(
    doctor: Doctor, served: Settings, tmp_path: Path
) -> None:
    described = tmp_path / "gateway.yaml"
    shutil.copy(description.DEMO, described)
    named = changed(served, "messages", gateway_file=str(described))
    await doctor.is_content(named)
    described.write_text(f"{described.read_text('utf-8')}\nrecipient: phone\n")
    seen = await doctor.finds(named)
    assert str(described) in seen.found
