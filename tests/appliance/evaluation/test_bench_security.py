"""``bench audit``, ``bench crypto`` and ``bench pii``: a short run says everything that a script relies on."""

import json
from pathlib import Path

import pytest

from appliance.cli.main import main


def report_of(tmp_path: Path, *arguments: str) -> dict[str, dict[str, float | None]]:
    file = tmp_path / "report.json"
    with pytest.raises(SystemExit) as ended:
        main(["bench", *arguments, "--json", str(file)])
    assert ended.value.code == 0
    report = json.loads(file.read_text())
    assert report["machine"]["cpus"]
    return {measure["name"]: measure for measure in report["measures"]}


@pytest.mark.control("A11")
def test_records_are_measured_until_sealed_beside_plain_inserts(tmp_path: Path) -> None:
    found = report_of(tmp_path, "audit", "--duration-s", "0.5")
    for name in ("sealed_records_per_second", "pending_records_per_second"):
        assert found[name]["baseline"]
        assert found[name]["ratio"]
    for name in ("sealed_record_cpu_us", "sealed_record_cpu_of_writers_us"):
        assert found[name]["ratio"]
    parts = [found[f"sealed_record_cpu_of_{part}_us"]["value"] for part in ("writers", "sealer")]
    whole = found["sealed_record_cpu_us"]["value"]
    assert whole is not None
    assert whole > sum(part for part in parts if part is not None) > 0, "the database has its part"
    assert found["sealed_intent_ms"]["p95"]
    assert found["verified_records_per_second"]["value"]


def test_each_suite_is_measured_beside_its_bare_cipher(tmp_path: Path) -> None:
    found = report_of(tmp_path, "crypto", "--duration-s", "0.1")
    for suite in ("aes_256_gcm", "sm4_gcm"):
        for deed in ("sealed", "opened"):
            assert found[f"{suite}_{deed}_per_second"]["ratio"]


def test_finding_personal_data_is_measured_beside_plain_presidio(tmp_path: Path) -> None:
    found = report_of(tmp_path, "pii", "--rounds", "1")
    assert found["messages_per_second"]["baseline"]
    assert found["messages_per_second"]["ratio"]
    assert found["p99_ms_per_1000_characters"]["value"]
