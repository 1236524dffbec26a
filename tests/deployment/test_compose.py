"""``compose/server``: what each service is given and refused, whatever the profile."""

import re
import subprocess
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance import config
from appliance.db import connections
from appliance.deployment import images
from appliance.deployment.images import Use
from appliance.deployment.rules import EDGE, GATE, INSIDE, WIRE
from appliance.jobs.worker import run_worker
from appliance.supervisor.child import GRACE_S
from models.catalog.loading import load as load_catalog
from models.catalog.model import Role
from tests.deployment.files import DIGEST, PROFILES, SERVER, compose, pairs, services

_SECONDS = re.compile(r"^(\d+)s$")
_SIZES = {"M": 1, "G": 1024, "MB": 1, "GB": 1024}
_OURS = ("web", "worker", "phone", "migrations")

every_profile = pytest.mark.parametrize("profile", PROFILES)
every_service = pytest.mark.parametrize("name", sorted(services()))


def _megabytes(said: str) -> int:
    number, unit = re.match(r"^(\d+)([MG]B?)$", said).groups()  # type: ignore[union-attr]
    return int(number) * _SIZES[unit]


@every_service
def test_a_service_may_do_nothing_to_its_machine(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert int(service["user"].partition(":")[0]) > 0
    assert not {"privileged", "pid", "userns_mode", "cap_add", "devices", "network_mode"} & service.keys()
    assert service["ulimits"]["core"] == 0


@every_service
def test_a_service_has_bounds_and_an_end(name: str) -> None:
    service = services()[name]
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory"} <= limits.keys()
    assert service["pids_limit"] > 0
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert _SECONDS.match(service["stop_grace_period"])
    assert service["restart"] == ("no" if name == "migrations" else "unless-stopped")
    assert "test" in service["healthcheck"] or name == "migrations"


@every_service
def test_an_image_is_named_by_its_digest_and_stands_in_the_one_list(name: str) -> None:
    image = services()[name]["image"]
    known = {each.reference for each in images.known() if Use.COMPOSE in each.used_in}
    assert image.endswith(f"@{DIGEST}")
    assert image.partition("@")[0] in known


def test_the_list_names_no_image_that_nothing_runs() -> None:
    run = {service["image"].partition("@")[0] for service in services().values()}
    assert {each.reference for each in images.known() if Use.COMPOSE in each.used_in} == run


@pytest.mark.control("M-05")
def test_only_the_door_the_gate_and_the_wire_lead_anywhere() -> None:
    networks = compose("cpu")["networks"]
    outside = {name for name, network in networks.items() if not network.get("internal")}
    assert outside == {"edge", "gate", "wire"}
    on = {name: set(service["networks"]) & outside for name, service in services().items()}
    assert {name: places for name, places in on.items() if places} == {
        "proxy": {"edge"},
        "gate": {"gate"},
        "pbx": {"wire"},
    }


def test_the_rules_know_every_bridge() -> None:
    networks = compose("cpu")["networks"]
    bridges = {network["driver_opts"]["com.docker.network.bridge.name"]: name for name, network in networks.items()}
    assert set(bridges) == {*INSIDE, GATE, EDGE, WIRE}
    assert {bridges[each] for each in INSIDE} == {name for name, each in networks.items() if each.get("internal")}


def test_docker_gives_nobody_an_address_that_is_a_services_own() -> None:
    """Whoever starts first gets the first that is free, and web starts before the proxy."""
    fixed = [
        (network, IPv4Address(given["ipv4_address"]))
        for service in services().values()
        if isinstance(service["networks"], dict)
        for network, given in service["networks"].items()
        if "ipv4_address" in given
    ]
    assert {network for network, _ in fixed} == {"front", "pbx"}
    for network, address in fixed:
        [pool] = compose("cpu")["networks"][network]["ipam"]["config"]
        subnet, given_out = IPv4Network(pool["subnet"]), IPv4Network(pool["ip_range"])
        assert given_out.subnet_of(subnet)
        assert address in subnet
        assert not {address, IPv4Address(pool["gateway"])} & set(given_out)
    assert len(set(fixed)) == len(fixed)


@every_profile
def test_every_web_process_has_an_address_behind_the_proxy(profile: str) -> None:
    """The first and the last of the range are left out: the last is the subnet's broadcast."""
    [pool] = compose(profile)["networks"]["front"]["ipam"]["config"]
    assert int(services(profile)["web"]["deploy"]["replicas"]) <= IPv4Network(pool["ip_range"]).num_addresses - 2


@pytest.mark.control("M-05")
def test_only_the_door_and_the_telephone_system_publish_ports() -> None:
    published = {name for name, service in services().items() if "ports" in service}
    assert published == {"proxy", "pbx"}


def test_no_secret_stands_in_an_environment_or_a_setting() -> None:
    for service in services().values():
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"PASSWORD|TOKEN|KEY|SECRET", name) or str(value).startswith("/run/secrets/"), name
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), name


def _secret_list() -> dict[str, list[str]]:
    lines = [line for line in (SERVER / "secrets.list").read_text().splitlines() if not line.startswith("#")]
    return {line.split()[0]: line.split()[1:] for line in lines}


def test_every_secret_is_made_for_the_user_that_reads_it() -> None:
    listed, used = _secret_list(), dict[str, set[str]]()
    for service in services().values():
        for secret in service.get("secrets", []):
            source = secret if isinstance(secret, str) else secret["source"]
            used.setdefault(source, set()).add(service["user"].partition(":")[0])
    assert {name: {line[0]} for name, line in listed.items()} == used
    assert set(compose("cpu")["secrets"]) == set(listed)
    for line in listed.values():
        assert line[1] in ("random", "given") or (line[1] == "copy" and listed[line[2]][1] == "random")


def test_every_file_that_is_mounted_as_a_secret_is_one_of_the_service() -> None:
    for name, service in services().items():
        mounted = {
            each if isinstance(each, str) else each.get("target", each["source"]) for each in service.get("secrets", [])
        }
        words = yaml.safe_dump({key: service.get(key) for key in ("command", "environment")})
        assert set(re.findall(r"/run/secrets/([\w.]+)", words)) <= mounted, name


def test_what_is_stopped_gets_longer_than_the_product_takes() -> None:
    given = {name: int(_SECONDS.match(service["stop_grace_period"])[1]) for name, service in services().items()}  # type: ignore[index]
    worker_s = (run_worker.__kwdefaults__ or {})["grace_s"]
    assert given["web"] > GRACE_S
    assert given["worker"] > worker_s + GRACE_S
    assert given["phone"] > 8 + GRACE_S


@every_profile
def test_a_profile_is_one_of_the_catalogue_and_starts_what_that_places(profile: str) -> None:
    given = pairs(SERVER / "profiles" / f"{profile}.env")
    known = load_catalog().profiles[given["MODEL_PROFILE"]]
    assert given["MODEL_PROFILE"] == profile
    started = {
        name
        for name, service in services(profile).items()
        if set(given["COMPOSE_PROFILES"].split(",")) & set(service.get("profiles", []))
    }
    assert {role for role in map(str, Role) if role in started} == {str(place.role) for place in known.place}


def test_every_profile_of_the_catalogue_has_a_file() -> None:
    assert set(PROFILES) == set(load_catalog().profiles)


@every_profile
def test_the_settings_of_a_profile_are_settings_of_the_product(profile: str) -> None:
    path = SERVER / compose(profile)["configs"]["appliance"]["file"]
    settings = config.parse(path.read_text(), source=path.name)
    services_here = services(profile)
    assert settings.platform.kept_by == "platform"
    assert settings.access.trusted_proxies == (f"{services_here['proxy']['networks']['front']['ipv4_address']}/32",)
    assert settings.database.password_file == "/run/secrets/login.password"
    assert bool(settings.llm.url) == bool(load_catalog().profiles[profile].place)
    for url in (settings.llm.url, settings.voice.recogniser_url, settings.voice.speaker_url):
        assert not url or re.split(r"[/:]+", url)[1] in services_here
    if settings.voice.recogniser_url:
        networks = {name: service["networks"] for name, service in services_here.items() if name in ("phone", "pbx")}
        assert settings.voice.host == networks["phone"]["pbx"]["ipv4_address"]
        assert settings.voice.networks == (f"{networks['pbx']['pbx']['ipv4_address']}/32",)


@every_profile
def test_postgresql_fits_its_memory_and_the_processes_its_connections(profile: str) -> None:
    sized = pairs_of_postgres(compose(profile)["configs"]["pg_sized"]["file"])
    here = services(profile)
    memory = _megabytes(here["postgres"]["deploy"]["resources"]["limits"]["memory"])
    settings = config.parse((SERVER / compose(profile)["configs"]["appliance"]["file"]).read_text(), source="it")
    web_and_phone = int(here["web"]["deploy"]["replicas"]) + 1
    pool = settings.database.connections
    held = web_and_phone * connections.of_process(pool) + connections.of_worker(pool)
    assert _megabytes(sized["shared_buffers"]) <= memory * 0.4
    assert _megabytes(sized["effective_cache_size"]) < memory
    # Twice while all are replaced.
    assert int(sized["max_connections"]) >= 2 * held


def pairs_of_postgres(file: str) -> dict[str, str]:
    lines = [line.partition("#")[0] for line in (SERVER / file).read_text().splitlines()]
    return {key.strip(): value.strip().strip("'") for key, _, value in (line.partition("=") for line in lines) if value}


def test_a_segment_that_is_asked_for_again_is_archived_and_another_of_its_name_is_refused(tmp_path: Path) -> None:
    """A server that dies before it noted the first time asks again, and goes on asking until it is told yes."""
    kept = tmp_path / "kept"
    kept.mkdir()
    segment, other = tmp_path / "segment", tmp_path / "other"
    segment.write_bytes(b"one")
    other.write_bytes(b"two")
    command = pairs_of_postgres("postgres/postgresql.conf")["archive_command"].replace(
        "/var/lib/wal-archive", str(kept)
    )

    def archive(path: Path) -> int:
        words = ["sh", "-c", command.replace("%p", str(path)).replace("%f", "0001")]
        return subprocess.run(words, check=False, capture_output=True).returncode

    assert [archive(segment), archive(segment)] == [0, 0]
    assert archive(other) != 0
    assert [(path.name, path.read_bytes()) for path in kept.iterdir()] == [("0001", b"one")]


def test_postgresql_takes_tls_alone_and_writes_no_words_of_customers() -> None:
    given = pairs_of_postgres("postgres/postgresql.conf")
    assert (given["ssl"], given["log_statement"], given["log_min_error_statement"]) == ("on", "none", "panic")
    assert given["log_error_verbosity"] == "terse"
    assert (given["fsync"], given["synchronous_commit"], given["archive_mode"]) == ("on", "on", "on")
    rules = [line.split() for line in (SERVER / "postgres/pg_hba.conf").read_text().splitlines() if line[0] != "#"]
    assert [rule for rule in rules if rule[0] not in ("local", "hostssl")] == []
    assert {rule[-1] for rule in rules if rule[0] == "hostssl"} == {"scram-sha-256"}


def test_postgresql_is_healthy_once_it_takes_connections_from_others_and_not_while_it_is_being_made() -> None:
    """The image makes the cluster with a server that only its socket leads to; the migrations do not come back."""
    here = services()
    asked = dict(word[2:].split("=") for word in here["postgres"]["healthcheck"]["test"] if "=" in word)
    taken = {
        tuple(line.split()[1:3]) for line in (SERVER / "postgres/pg_hba.conf").open() if line.startswith("hostssl")
    }
    assert asked["host"] == "127.0.0.1"
    assert (asked["dbname"], asked["username"]) in taken
    assert here["migrations"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_the_product_is_run_by_commands_that_it_has() -> None:
    from appliance.cli.run import PROCESSES

    here = services()
    assert {name: here[name]["command"] for name in _OURS} == {name: [name] for name in _OURS}
    assert set(_OURS) <= set(PROCESSES)


def _probed(service: dict[str, Any]) -> str:
    asked = " ".join(map(str, service["healthcheck"]["test"]))
    return str(re.findall(r"http://127\.0\.0\.1:(\S+?)'", asked)[0])


def test_a_service_is_asked_where_it_answers() -> None:
    from models.asr.worker import PORT as ASR_PORT
    from models.llm.launcher import PORTS
    from models.tts.launcher import ESPEAK_PORT

    settings = config.parse((SERVER / "appliance.gpu.toml").read_text(), source="it")
    here = services()
    assert _probed(here["web"]) == f"{settings.web.port}/health/ready"
    assert _probed(here["worker"]) == _probed(here["phone"]) == f"{settings.platform.probe_port}/health/ready"
    for role, port in PORTS.items():
        assert _probed(here[str(role)]) == f"{port}/health"
    assert _probed(here["asr"]) == f"{ASR_PORT}/health"
    assert _probed(here["tts"]) == f"{ESPEAK_PORT}/health"
    assert settings.llm.url == f"http://chat:{PORTS[Role.CHAT]}/v1"
    assert settings.voice.recogniser_url == f"ws://asr:{ASR_PORT}"
    assert settings.voice.speaker_url == f"http://tts:{ESPEAK_PORT}/v1"
