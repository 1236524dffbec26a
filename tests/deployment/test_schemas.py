"""The files of a deployment, by the programs and schemas of those who will read them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance.config import DatabaseSettings
from appliance.db import connections
from tests.deployment.files import COMPOSE, PROFILES, SERVER, compose
from tests.deployment.overlays import OVERLAYS, made_of
from tests.deployment.tools import NODE, folder, of_debian, of_wheel

pytestmark = pytest.mark.slow

KUBERNETES_VERSION = "1.37"
_OF_OPERATORS = {"Cluster", "ScheduledBackup", "ObjectStore", "ScaledObject"}
"""Not Kubernetes's own: of KEDA, and of CloudNativePG (``test_cloudnative_pg.py``)."""
_KEDA = """
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";
for (const each of JSON.parse(process.argv[1])) {
  try { new ScaledObject(each).validate(); console.log("ok"); } catch (wrong) { console.log(String(wrong)); }
}
"""


def _valid(objects: list[dict[str, Any]], tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all(objects))
    return of_wheel("kubernetes-validate").run("--strict", "-k", KUBERNETES_VERSION, file)


@pytest.mark.parametrize("profile", PROFILES)
def test_compose_takes_the_file(profile: str, tmp_path: Path) -> None:
    file = tmp_path / "compose.json"
    file.write_text(json.dumps(compose(profile)))
    said = of_wheel("check-jsonschema").run("--builtin-schema", "vendor.compose-spec", file)
    assert said.returncode == 0, said.stdout


def test_compose_would_refuse_a_word_that_it_does_not_know(tmp_path: Path) -> None:
    file = tmp_path / "compose.json"
    file.write_text(json.dumps({"services": {"web": {"image": "x", "read_onli": True}}}))
    assert of_wheel("check-jsonschema").run("--builtin-schema", "vendor.compose-spec", file).returncode != 0


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_takes_what_kustomize_makes(overlay: str, tmp_path: Path) -> None:
    built = made_of(overlay)
    core = [each for each in built if each["kind"] not in _OF_OPERATORS]
    assert len(core) >= 20
    said = _valid(core, tmp_path)
    assert (said.returncode, "ERROR" in said.stdout + said.stderr) == (0, False), said.stdout + said.stderr


def test_kubernetes_would_refuse_a_word_that_it_does_not_know(tmp_path: Path) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"clusterIp": "None"}}
    assert _valid([service], tmp_path).returncode != 0


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_keda_takes_what_scales(overlay: str) -> None:
    scaled = [each for each in made_of(overlay) if each["kind"] == "ScaledObject"]
    broken = {**scaled[0], "spec": {**scaled[0]["spec"], "minReplicaCount": "two"}}
    said = subprocess.run(
        [NODE, "--input-type=module", "--eval", _KEDA, json.dumps([*scaled, broken])],
        cwd=folder(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.splitlines()[:-1] == ["ok"] * len(scaled), said.stdout + said.stderr
    assert "minReplicaCount must be integer" in said.stdout.splitlines()[-1]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_how_many_there_are_of_what_scales_is_said_by_nobody_else(overlay: str) -> None:
    """A count in a manifest would take away at each ``kubectl apply`` what load has added."""
    built = made_of(overlay)
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in built if each["kind"] == "ScaledObject"}
    counted = {each["metadata"]["name"]: "replicas" in each["spec"] for each in built if each["kind"] == "Deployment"}
    assert scaled <= counted.keys()
    assert {name for name, is_counted in counted.items() if is_counted} == counted.keys() - scaled


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_reference_of_an_overlay_leads_somewhere(overlay: str) -> None:
    built = made_of(overlay)
    known = {(each["kind"], each["metadata"]["name"]) for each in built}
    for each in built:
        if each["kind"] not in ("Deployment", "StatefulSet", "Job"):
            continue
        pod = each["spec"]["template"]["spec"]
        for volume in pod["volumes"]:
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in known
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in known
        assert ("ServiceAccount", pod["serviceAccountName"]) in known


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_postgresql_of_an_overlay_fits_its_memory_and_writes_no_words_of_customers(overlay: str) -> None:
    cluster = next(each for each in made_of(overlay) if each["kind"] == "Cluster")["spec"]
    memory = int(cluster["resources"]["limits"]["memory"].removesuffix("Gi"))
    parameters = cluster["postgresql"]["parameters"]
    assert int(parameters["shared_buffers"].removesuffix("GB")) <= memory * 0.4
    assert int(parameters["effective_cache_size"].removesuffix("GB")) < memory
    silent = {"log_statement": "none", "log_min_error_statement": "panic", "log_error_verbosity": "terse"}
    assert silent.items() <= parameters.items()
    built = {(each["kind"], each["metadata"]["name"]): each for each in made_of(overlay)}
    web, worker = (built["ScaledObject", name]["spec"]["maxReplicaCount"] for name in ("web", "worker"))
    pool = DatabaseSettings().connections
    # The phone beside them, and of web and worker one more while they are replaced.
    held = (web + 2) * connections.of_process(pool) + (worker + 1) * connections.of_worker(pool)
    assert int(parameters["max_connections"]) > held


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_lock_puts_digests_in_the_place_of_tags(overlay: str, tmp_path: Path) -> None:
    import shutil

    from appliance.deployment import images
    from tests.deployment.files import DIGEST, lock

    tree = tmp_path / "compose"
    shutil.copytree(COMPOSE, tree)
    part = tree / "kubernetes" / "components" / "images"
    part.mkdir()
    (part / "kustomization.yaml").write_text(json.dumps(images.kustomization(lock(), images.known())))
    file = tree / "kubernetes" / "overlays" / overlay / "kustomization.yaml"
    given = yaml.safe_load(file.read_text())
    given["components"] = [*given.get("components", []), "../../components/images"]
    file.write_text(yaml.safe_dump(given))
    said = of_wheel("kubectl").run("kustomize", file.parent)
    assert said.returncode == 0, said.stderr
    pods = [each for each in yaml.safe_load_all(said.stdout) if "template" in each.get("spec", {})]
    found = {c["image"] for each in pods for c in each["spec"]["template"]["spec"]["containers"]}
    assert found
    assert [image for image in found if not image.endswith(f"@{DIGEST}")] == []


def test_promtool_takes_the_rules_and_finds_what_they_raise() -> None:
    promtool = of_debian("TEST_PROMTOOL", "usr/bin/promtool")
    place = COMPOSE / "prometheus"
    for words in (
        ("check", "rules", "aftersales.rules.yml"),
        ("test", "rules", "aftersales.test.yml"),
        ("check", "config", "--syntax-only", "prometheus.yml"),
    ):
        said = promtool.run(*words, cwd=place)
        assert said.returncode == 0, said.stdout + said.stderr


def test_haproxy_takes_the_door(tmp_path: Path) -> None:
    haproxy = of_debian("TEST_HAPROXY", "usr/sbin/haproxy")
    said = haproxy.run("-c", "-f", _door(tmp_path))
    assert said.returncode == 0, said.stderr
    assert "warning" not in (said.stdout + said.stderr).lower()


def _door(tmp_path: Path) -> Path:
    """With a certificate of its own in the place of the site's."""
    key, certificate, both = tmp_path / "key.pem", tmp_path / "certificate.pem", tmp_path / "proxy.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_text(certificate.read_text() + key.read_text())
    file = tmp_path / "proxy.cfg"
    file.write_text((SERVER / "proxy.cfg").read_text().replace("/run/secrets/proxy.pem", str(both)))
    return file


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_secrets_are_made_once_each_for_its_reader(tmp_path: Path) -> None:
    import shutil

    for name in ("make-secrets.sh", "secrets.list"):
        shutil.copy(SERVER / name, tmp_path)
    first = subprocess.run([tmp_path / "make-secrets.sh"], capture_output=True, text=True, check=False)
    assert first.returncode == 1
    assert first.stderr.startswith("FAIL: still to be given: postgres.pem postgres.key proxy.pem. Cure: ")
    made = tmp_path / "secrets"
    for name in ("postgres.pem", "postgres.key", "proxy.pem"):
        (made / name).write_text("given")
    held = {path.name: path.read_bytes() for path in made.iterdir()}
    again = subprocess.run([tmp_path / "make-secrets.sh"], capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    assert {path.name: path.read_bytes() for path in made.iterdir()} == held
    rows = [row.split() for row in (SERVER / "secrets.list").read_text().splitlines() if row[0] != "#"]
    for name, owner, kind, *original in rows:
        found = (made / name).stat()
        assert (found.st_uid, found.st_mode & 0o777) == (int(owner), 0o400)
        assert kind != "copy" or held[name] == held[original[0]]
    drawn = [held[row[0]] for row in rows if row[2] == "random"]
    assert len(set(drawn)) == len(drawn)
    assert min(map(len, drawn)) >= 40
