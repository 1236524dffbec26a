"""``compose/kubernetes``: what each object is given and refused, before kustomize has put them together."""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance import config
from appliance.aftersales.evidence.service import MOST_BYTES
from appliance.app.core import DISTRIBUTION
from appliance.channels.web.upload import FORM_OVERHEAD_BYTES
from appliance.deployment import images
from appliance.deployment.images import Use
from appliance.jobs.worker import run_worker
from appliance.supervisor.child import GRACE_S
from models.catalog.loading import load as load_catalog
from models.llm.launcher import PORTS
from tests.deployment.files import KUBERNETES, ROOT, containers, manifests, name_of, of_kind, workloads

every_workload = pytest.mark.parametrize("workload", workloads(), ids=name_of)
SETTINGS = sorted(KUBERNETES.rglob("appliance.toml"))
every_settings = pytest.mark.parametrize("path", SETTINGS, ids=lambda path: str(path.relative_to(KUBERNETES)))


def _pod(workload: dict[str, Any]) -> dict[str, Any]:
    return dict(workload["spec"]["template"]["spec"])


def _component(workload: dict[str, Any]) -> str:
    return str(workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"])


def _main(component: str) -> dict[str, Any]:
    return next(containers(each)[-1] for each in workloads() if _component(each) == component)


@every_workload
def test_a_pod_is_as_restricted_as_kubernetes_can_make_it(workload: dict[str, Any]) -> None:
    pod = _pod(workload)
    inside = pod["securityContext"]
    assert (inside["runAsNonRoot"], inside["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert inside["runAsUser"] > 0
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert not [volume for volume in pod["volumes"] if "hostPath" in volume]
    for container in containers(workload):
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["readOnlyRootFilesystem"] is True
        assert own["capabilities"] == {"drop": ["ALL"]}


@every_workload
def test_a_container_has_bounds(workload: dict[str, Any]) -> None:
    for container in containers(workload):
        resources = container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys() & resources["limits"].keys()


@every_workload
def test_what_serves_is_asked_how_it_is(workload: dict[str, Any]) -> None:
    if workload["kind"] == "Job":
        return
    main = containers(workload)[-1]
    ports = {port["name"] for port in main["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert main[probe]["httpGet"]["port"] in ports
    # Without its database a process waits; to kill it would lose what it waits with.
    assert "/ready" not in main["livenessProbe"]["httpGet"]["path"]


def test_the_product_is_run_by_commands_that_it_has_and_asked_where_it_answers() -> None:
    from appliance.cli.run import PROCESSES

    settings = config.parse(SETTINGS[0].read_text(), source="it")
    ours = {"web": settings.web.port, "worker": settings.platform.probe_port, "phone": settings.platform.probe_port}
    for component, port in ours.items():
        main = _main(component)
        assert main["args"] == [component]
        assert main["ports"][0]["containerPort"] == port
        assert main["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert _main("migrations")["args"] == ["migrations"]
    assert {*ours, "migrations"} <= set(PROCESSES)
    assert _main("chat")["ports"][0]["containerPort"] == next(iter(PORTS.values()))


def test_ports_of_calls_are_those_of_the_settings() -> None:
    voice = config.parse((KUBERNETES / "overlays/large/appliance.toml").read_text(), source="it").voice
    known = {port["name"]: port["containerPort"] for port in _main("phone")["ports"]}
    asked = {"agi": voice.agi_port, "audiosocket": voice.audiosocket_port, "media": voice.media_port}
    assert {name: known[name] for name in asked} == asked
    switchboard = next(each for each in of_kind("Service") if each["metadata"]["name"] == "switchboard")
    assert {port["name"]: port["port"] for port in switchboard["spec"]["ports"]} == asked


@every_settings
def test_a_process_listens_where_a_pod_can(path: Path) -> None:
    """Nobody knows a pod's address beforehand, and a Service's belongs to no pod."""
    settings = config.parse(path.read_text(), source=path.name)
    listened = [settings.web.host, settings.platform.probe_host, *([settings.voice.host] * settings.voice.enabled)]
    assert set(listened) == {"0.0.0.0"}  # noqa: S104 - compared, not listened on


@every_settings
def test_its_settings_are_settings_of_the_product(path: Path) -> None:
    settings = config.parse(path.read_text(), source=path.name)
    services = {each["metadata"]["name"] for each in of_kind("Service")}
    assert settings.platform.kept_by == "platform"
    assert "sslmode=verify-full" in settings.database.url
    for url in (settings.llm.url, settings.voice.recogniser_url, settings.voice.speaker_url):
        assert not url or re.split(r"[/:]+", url)[1] in services


def test_what_is_stopped_gets_longer_than_the_product_takes() -> None:
    given = {_component(each): _pod(each)["terminationGracePeriodSeconds"] for each in workloads()}
    waits_s = 5
    assert given["web"] > waits_s + GRACE_S
    assert given["worker"] > waits_s + (run_worker.__kwdefaults__ or {})["grace_s"] + GRACE_S
    assert given["phone"] > waits_s + 8 + GRACE_S


@every_workload
def test_an_image_stands_in_the_one_list(workload: dict[str, Any]) -> None:
    known = {each.reference for each in images.known() if Use.KUBERNETES in each.used_in}
    assert {container["image"] for container in containers(workload)} <= known


def test_the_list_names_no_image_that_nothing_runs() -> None:
    run = {container["image"] for each in workloads() for container in containers(each)}
    run |= {each["spec"]["imageName"] for each in of_kind("Cluster")}
    assert {each.reference for each in images.known() if Use.KUBERNETES in each.used_in} == run


def test_an_image_of_ours_has_the_products_version() -> None:
    from importlib.metadata import version

    assert {each.tag for each in images.known() if each.dockerfile} == {version(DISTRIBUTION)}


@pytest.mark.control("M-05")
def test_whoever_is_named_in_no_policy_reaches_nobody() -> None:
    refuse = next(each for each in of_kind("NetworkPolicy") if each["metadata"]["name"] == "refuse-everything")
    assert refuse["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def _selected(selector: dict[str, Any]) -> set[str]:
    if labels := selector.get("matchLabels"):
        return {labels[key] for key in labels if key == "app.kubernetes.io/component"}
    return {value for rule in selector.get("matchExpressions", []) for value in rule["values"]}


@pytest.mark.control("M-05")
def test_no_policy_lets_engines_out() -> None:
    for policy in of_kind("NetworkPolicy"):
        chosen = _selected(policy["spec"]["podSelector"])
        if chosen & {"chat", "asr", "tts"}:
            assert "egress" not in policy["spec"], policy["metadata"]["name"]


@pytest.mark.control("M-05")
def test_no_policy_reaches_a_public_address() -> None:
    import ipaddress

    blocks = re.findall(r"cidr: (\S+?)[ }\n]", "".join(p.read_text() for p in KUBERNETES.rglob("policies.yaml")))
    assert blocks
    assert [block for block in blocks if not ipaddress.ip_network(block).is_private] == []


def test_a_port_that_a_policy_opens_is_one_of_a_container() -> None:
    known = {port["containerPort"] for each in workloads() for c in containers(each) for port in c.get("ports", [])}
    foreign = {53, 443, 5432, 6443, 8000, 9000}
    for policy in of_kind("NetworkPolicy"):
        rules = [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]
        opened = {port["port"] for rule in rules for port in rule.get("ports", [])}
        assert opened <= known | foreign, policy["metadata"]["name"]


def test_a_service_and_a_budget_find_their_pods() -> None:
    components = {_component(each) for each in workloads()}
    for each in of_kind("Service"):
        assert _selected({"matchLabels": each["spec"]["selector"]}) <= components
    for each in of_kind("PodDisruptionBudget"):
        assert _selected(each["spec"]["selector"]) <= components


def _services() -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each["spec"] for each in of_kind("Service")}


def test_what_prometheus_asks_is_every_process_ready_or_not() -> None:
    """Behind an address of the cluster's it would find one of many."""
    given = yaml.safe_load((ROOT / "compose/prometheus/prometheus.yml").read_text())
    asked = [each for job in given["scrape_configs"] for each in job["dns_sd_configs"]]
    services = _services()
    for each in asked:
        for name in each["names"]:
            assert (services[name]["clusterIP"], services[name]["publishNotReadyAddresses"]) == ("None", True)
            assert [port["port"] for port in services[name]["ports"]] == [each["port"]]


def test_who_is_served_is_served_by_a_process_that_is_ready() -> None:
    settings = config.parse((KUBERNETES / "overlays/large/appliance.toml").read_text(), source="it")
    urls = (settings.llm.url, settings.voice.recogniser_url, settings.voice.speaker_url)
    (door,) = of_kind("Ingress")
    backends = [path["backend"]["service"]["name"] for rule in door["spec"]["rules"] for path in rule["http"]["paths"]]
    for name in [*backends, *(re.split(r"[/:]+", url)[1] for url in urls)]:
        assert not {"clusterIP", "publishNotReadyAddresses"} & _services()[name].keys(), name


def test_a_customers_photo_passes_the_ingress() -> None:
    (door,) = of_kind("Ingress")
    megabytes = re.fullmatch(r"(\d+)m", door["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"])
    assert megabytes is not None
    assert int(megabytes[1]) * 1024**2 >= MOST_BYTES + FORM_OVERHEAD_BYTES


def test_what_scales_asks_for_figures_that_are_recorded() -> None:
    rules = yaml.safe_load((ROOT / "compose/prometheus/aftersales.rules.yml").read_text())
    recorded = {rule["record"] for group in rules["groups"] for rule in group["rules"] if "record" in rule}
    scaled = of_kind("ScaledObject")
    assert {each["spec"]["scaleTargetRef"]["name"] for each in scaled} == {"web", "worker", "chat"}
    for each in scaled:
        assert {trigger["metadata"]["query"] for trigger in each["spec"]["triggers"]} <= recorded
        assert each["spec"]["fallback"]["replicas"] >= each["spec"]["minReplicaCount"]


def _copying() -> list[dict[str, Any]]:
    return [each for each in workloads() if _pod(each).get("initContainers")]


@pytest.mark.parametrize("workload", _copying(), ids=name_of)
def test_secrets_are_copied_again_when_the_first_container_runs_again(workload: dict[str, Any]) -> None:
    """As when a node was restarted: what was copied is still there, and nobody but root may write over it."""
    (first,) = _pod(workload)["initContainers"]
    *shell, script = first["command"]
    with tempfile.TemporaryDirectory() as scratch:
        mounted, copied = Path(scratch, "mounted"), Path(scratch, "copied")
        for folder in (mounted / "login", copied):
            folder.mkdir(parents=True)
        given = mounted / "login" / "password"
        given.write_text("old")
        given.chmod(0o400)
        who: dict[str, Any] = {"user": 65534} if os.geteuid() == 0 else {}
        for path in (Path(scratch), copied, given) if who else ():
            os.chown(path, 65534, -1)
        here = script.replace("/mounted/", f"{mounted}/").replace("/run/secrets/", f"{copied}/")
        for words in ("old", "new"):
            given.chmod(0o600)
            given.write_text(words)
            given.chmod(0o400)
            done = subprocess.run([*shell, here], capture_output=True, text=True, check=False, **who)
            assert (done.returncode, done.stderr) == (0, "")
            made = copied / "password"
            assert (made.read_text(), made.stat().st_mode & 0o777) == (words, 0o400)


def test_every_secret_that_is_mounted_is_told_of_in_the_document() -> None:
    page = (ROOT / "docs/deployment.md").read_text()
    named = set(re.findall(r"secretName: ([\w-]+)|passwordSecret: { name: ([\w-]+)|secret: { name: ([\w-]+)", _text()))
    found = {name for groups in named for name in groups if name}
    # CloudNativePG's own, made with the cluster.
    assert [name for name in sorted(found - {"database-ca"}) if f"`{name}`" not in page] == []


def test_a_command_of_the_document_finds_what_it_names() -> None:
    """Only ``apply`` reads the namespace out of the files."""
    said = re.findall(r"kubectl [^`\n]+", (ROOT / "docs/deployment.md").read_text())
    needing = [each for each in said if not re.match(r"kubectl (apply --kustomize|label namespace) ", each)]
    assert len(needing) >= 2
    assert [each for each in needing if not each.startswith("kubectl --namespace aftersales ")] == []


def _text() -> str:
    return "".join(path.read_text() for path in KUBERNETES.rglob("*.yaml"))


def test_no_secret_stands_in_a_file() -> None:
    assert of_kind("Secret") == []
    for _, each in manifests():
        assert not re.search(r"password: [^{\s]", yaml.safe_dump(each).replace("passwordSecret", ""))


def test_the_models_profile_is_one_of_the_catalogue() -> None:
    words = _main("chat")["args"]
    profile = load_catalog().profiles[words[words.index("--profile") + 1]]
    assert str(profile.place[0].role) == words[words.index("--role") + 1]
    assert _main("chat")["resources"]["limits"]["nvidia.com/gpu"] == str(len(profile.place[0].cards))
