"""What an installation looks at first: every check at once, each with what was found, what is needed and the cure."""

import dataclasses
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from appliance.setup import answers as questions
from appliance.setup import machine as machines
from appliance.setup import sizes
from appliance.setup.answers import Answers
from appliance.setup.checks import Check, Grade, Site, checks, failing, lines
from appliance.setup.errors import Refused
from appliance.setup.machine import Card, Machine
from appliance.setup.record import Installed

ROOT = Path(__file__).parents[3]
EVERYWHERE = "0.0.0.0"  # noqa: S104 (answered, not listened on)
GOOD = Machine(
    system="Linux", hardware="x86_64", distribution="Debian", glibc="2.36", python=(3, 11), cpus=8,
    cpu_flags=frozenset({"sse4_2", "ssse3", "popcnt", "cx16"}), memory_mb=64_000, is_root=True, init="systemd",
    is_clock_kept=True, encoding="UTF-8", driver="", cards=(), cards_on_bus=0,
    docker="", compose="", has_nvidia_runtime=False,
    selinux="off", apparmor="on",
)  # fmt: skip
SITE = Site(
    folder=Path("/opt/it"), state_dir=Path("/var/lib/it"), state_hindrance="",
    folder_free_mb=99_000, state_free_mb=99_000,
    has_environment=False, port_hindrance="", tokens_hindrance="", closed_parent=None, closed_program=None,
    python_home=Path("/usr"), has_packet_filter=True,
    is_folder_writable=True, installed=None,
    unfinished="", bundle="none", has_compose_file=True, has_images_lock=True, has_weights=True,
)  # fmt: skip
INSTALLED = Installed(
    version="1", revision="", folder="/opt/old", profile="cpu", mode="native", service="systemd", host="127.0.0.1",
    port=8080, name="localhost",
)  # fmt: skip


def _found(machine: Machine = GOOD, site: Site = SITE, profile: str = "cpu", **given: object) -> list[Check]:
    return checks(machine, site, dataclasses.replace(Answers(), **given), profile)  # type: ignore[arg-type]


def test_a_machine_that_fits_has_nothing_to_mend() -> None:
    assert {check.grade for check in _found()} == {Grade.OK}


@pytest.mark.parametrize(
    ("name", "machine", "site", "given"),
    [
        ("system", {"system": "Darwin"}, {}, {}),
        ("system", {"hardware": "riscv64"}, {}, {}),
        ("system", {"glibc": ""}, {}, {}),
        ("python", {"python": (3, 9)}, {}, {}),
        ("cpu flags", {"cpu_flags": frozenset({"ssse3"})}, {}, {}),
        ("cpus", {"cpus": 1}, {}, {}),
        ("memory", {"memory_mb": 900}, {}, {}),
        ("folder", {}, {"is_folder_writable": False}, {}),
        ("state directory", {}, {"state_hindrance": "holds photos"}, {}),
        ("disk for packages", {}, {"folder_free_mb": 900}, {}),
        ("disk for data", {}, {"state_free_mb": 900}, {}),
        ("way to data", {}, {"closed_parent": Path("/root")}, {}),
        ("port", {}, {"port_hindrance": "is in use"}, {}),
        ("service", {"init": "tini"}, {}, {"service": "systemd"}),
        ("service", {"is_root": False}, {}, {"service": "systemd"}),
        ("packet filter", {}, {"has_packet_filter": False}, {}),
        ("way to python", {}, {"python_home": Path("/root/.pyenv/versions/3.11.7")}, {}),
        ("way to program", {}, {"closed_program": Path("/opt/closed")}, {}),
        ("way to program", {}, {"folder": Path("/home/anna/it")}, {}),
        ("way to program", {}, {"state_dir": Path("/srv/a b")}, {}),
        ("docker", {}, {}, {"mode": "compose"}),
        ("compose", {"docker": "27"}, {}, {"mode": "compose"}),
        ("compose file", {"docker": "27", "compose": "2"}, {"has_compose_file": False}, {"mode": "compose"}),
        ("root", {"is_root": False}, {}, {"mode": "compose"}),
        ("images lock", {}, {"has_images_lock": False}, {"mode": "compose"}),
        ("weights", {}, {"has_weights": False}, {"mode": "compose", "profile": "gpu-24g"}),
        ("bundle", {}, {"bundle": "x.whl was changed"}, {}),
    ],
)
def test_what_does_not_fit_is_named_with_its_cure(name: str, machine: dict, site: dict, given: dict) -> None:  # type: ignore[type-arg]
    found = _found(dataclasses.replace(GOOD, **machine), dataclasses.replace(SITE, **site), **given)
    bad = {check.name: check for check in failing(found, Answers())}
    assert name in bad
    assert bad[name].cure
    assert bad[name].needed


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = dataclasses.replace(GOOD, system="Darwin", python=(3, 8), memory_mb=10)
    found = _found(wrong, dataclasses.replace(SITE, port_hindrance="is in use"))
    assert [check.name for check in failing(found, Answers())] == ["system", "python", "memory", "port"]
    assert sum("needed: " in line for line in lines(found)) == 4


def test_only_what_is_a_matter_of_taste_can_be_accepted() -> None:
    given = Answers(accept=("memory", "system"))
    found = _found(dataclasses.replace(GOOD, memory_mb=10, system="Darwin"))
    assert [check.name for check in failing(found, given)] == ["system"]


def test_those_that_can_be_accepted_are_the_ones_that_an_answer_may_name() -> None:
    assert {each.name for each in _found() if each.may_be_accepted} == set(questions.ACCEPTABLE)


def test_what_only_warns_stops_nothing() -> None:
    found = _found(dataclasses.replace(GOOD, is_clock_kept=False, selinux="enforcing", encoding="ANSI", is_root=False))
    assert {c.name for c in found if c.grade is Grade.NOTE} == {"clock", "selinux", "locale", "user"}
    assert failing(found, Answers()) == []


def test_a_card_in_containers_needs_its_runtime() -> None:
    machine = dataclasses.replace(GOOD, docker="27", compose="2.30")
    found = _found(machine, profile="gpu-24g", mode="compose")
    assert [check.name for check in failing(found, Answers())] == ["nvidia runtime"]


def test_the_port_that_this_appliance_listens_on_is_no_hindrance() -> None:
    site = dataclasses.replace(SITE, port_hindrance="is in use", installed=INSTALLED)
    assert failing(_found(site=site), Answers()) == []


def test_a_host_that_is_no_address_of_this_machine_is_called_that() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert machines.port_hindrance("127.0.0.1", taken.getsockname()[1]) == "is in use"
    for host in ("192.0.2.1", "no.such.name.invalid"):
        hindrance = machines.port_hindrance(host, 8080)
        assert hindrance == "is no address of this machine"
        found = _found(site=dataclasses.replace(SITE, port_hindrance=hindrance), host=host)
        (bad,) = failing(found, Answers())
        assert (bad.found, "an address of this machine" in bad.cure) == (f"{host}:8080 {hindrance}", True)


@pytest.mark.parametrize(
    ("given", "is_warned"),
    [
        ({"host": EVERYWHERE}, True),
        ({"host": "10.1.2.3"}, True),
        ({"mode": "compose"}, True),
        ({"host": EVERYWHERE, "name": "shop.example"}, False),
        ({"host": "127.0.0.1"}, False),
    ],
)
def test_who_listens_for_others_under_a_name_for_himself_is_warned(given: dict[str, Any], *, is_warned: bool) -> None:
    found = {each.name: each for each in _found(**given)}
    assert (found["name"].grade is Grade.NOTE, "answer name" in found["name"].cure) == (is_warned, True)


@pytest.mark.parametrize(
    ("memories", "profile"),
    [
        ([], "cpu"),
        ([16_376], "cpu"),
        ([23_028], "gpu-24g"),
        ([46_068], "gpu-48g"),
        ([81_559], "gpu-80g"),
        ([81_559, 81_559], "gpu-multi"),
        ([23_028, 81_559], "gpu-80g"),
    ],
)
def test_the_largest_profile_that_fits_is_taken(memories: list[int], profile: str) -> None:
    cards = [Card(name="card", memory_mib=memory) for memory in memories]
    assert sizes.choose(ROOT, cards, "auto") == profile


def test_a_profile_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Refused, match="the profile gpu-80g needs 1 of 79 GiB, found card 22 GiB"):
        sizes.choose(ROOT, [Card(name="card", memory_mib=23_028)], "gpu-80g")
    with pytest.raises(Refused, match="there is no profile huge"):
        sizes.choose(ROOT, [], "huge")
    assert sizes.choose(ROOT, [Card(name="card", memory_mib=81_559)], "cpu") == "cpu"


def test_the_example_of_answers_is_the_defaults() -> None:
    assert questions.parse(questions.example()) == Answers()
    assert questions.parse("") == Answers()


def test_addresses_and_networks_of_both_families_fit() -> None:
    read = questions.parse(
        "state_dir = '/srv/kf'\nname_servers = ['10.0.0.53', 'fd00::53', '127.0.0.53', '100.100.2.136']\n"
        "sip_trunks = ['10.0.0.0/8', '39.128.0.0/16', 'fd00::/8']"
    )
    assert (read.state_dir, read.name_servers, read.sip_trunks) == (
        "/srv/kf",
        ("10.0.0.53", "fd00::53", "127.0.0.53", "100.100.2.136"),
        ("10.0.0.0/8", "39.128.0.0/16", "fd00::/8"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "port = '8080'", "port = 0", "port = 70000", "port = true", "mode = 'docker'", "service = 'upstart'",
        "nmae = 'x'",
        "name = 'a b'", "state_dir = 'relative'", "accept = 'memory'", "accept = [1]",
        "accept = ['memroy']", "accept = ['memory', 'port']", "certificates = 1", "port =",
        "host = ''", "host = 'every network'", "name_servers = ['not an address']",
        "state_dir = '/'", "state_dir = '/var/../var/lib/'",
        "name_servers = ['10.0.0.1', '']", "sip_trunks = ['0.0.0.0/0']", "sip_trunks = ['10.1.2.3/8']",
        "name_servers = ['8.8.8.8']", "name_servers = ['203.0.113.4']", "name_servers = ['255.255.255.255']",
        "sip_trunks = ['240.0.0.0/4']", "wal_dir = '/etc/ssl'", "state_dir = '/usr/share/kf'", "state_dir = '/lib32'",
        "name_servers = ['2400:3200::1']", "name_servers = ['0.0.0.0']",
        "sip_trunks = ['0.0.0.0/1']", "sip_trunks = ['39.0.0.0/15']", "sip_trunks = ['2400::/31']",
        "wal_dir = '/'", "wal_dir = '/var/lib'", "weights_dir = '/usr/'",
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_refused_with_what_would(text: str) -> None:
    with pytest.raises(Refused) as refused:
        questions.parse(text)
    assert refused.value.cure


def test_a_machine_is_read_from_the_kernel_and_the_drivers_tool(tmp_path: Path) -> None:
    for name, text in {
        "etc/os-release": 'NAME="x"\nPRETTY_NAME="Kylin V10"\n',
        "proc/cpuinfo": "processor: 0\nflags\t\t: fpu sse4_2 popcnt\n",
        "proc/meminfo": "MemTotal:       8000000 kB\n",
        "sys/fs/cgroup/memory.max": "2147483648\n",
        "proc/1/comm": "systemd\n",
        "sys/fs/selinux/enforce": "1",
        "sys/module/apparmor/parameters/enabled": "Y\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    said = {"nvidia-smi": "NVIDIA L20, 46068, 570.86\nNVIDIA L20, 46068, 570.86\n", "docker": '27.1 {"nvidia":{}}'}
    found = machines.look(tmp_path, lambda words: said.get(words[0]))
    assert (found.distribution, found.memory_mb, found.init) == ("Kylin V10", 2048, "systemd")
    assert (found.selinux, found.apparmor, found.driver, found.has_nvidia_runtime) == (
        "enforcing",
        "on",
        "570.86",
        True,
    )
    assert found.cards == (Card(name="NVIDIA L20", memory_mib=46068),) * 2
    assert "popcnt" in found.cpu_flags


def test_a_card_that_no_driver_shows_is_found_on_the_bus_and_said(tmp_path: Path) -> None:
    for slot, (vendor, kind) in enumerate([("0x10de", "0x030200"), ("0x10de", "0x040300"), ("0x1002", "0x030000")]):
        device = tmp_path / f"sys/bus/pci/devices/0000:0{slot}:00.0"
        device.mkdir(parents=True)
        (device / "vendor").write_text(f"{vendor}\n")
        (device / "class").write_text(f"{kind}\n")
    found = machines.look(tmp_path, lambda _: None)
    assert found.cards_on_bus == 1
    for answers, grade in ((Answers(), Grade.NOTE), (Answers(profile="cpu"), Grade.OK)):
        machine = dataclasses.replace(GOOD, cards_on_bus=1)
        cards = next(each for each in checks(machine, SITE, answers, "cpu") if each.name == "cards")
        assert (cards.grade, cards.found.startswith("1 of NVIDIA on the PCI bus, and no driver")) == (grade, True)
        assert "install NVIDIA's driver" in cards.cure


@pytest.mark.parametrize(
    ("installed", "unfinished", "grade"),
    [(None, "", Grade.BAD), (INSTALLED, "one under way", Grade.BAD), (INSTALLED, "", Grade.NOTE)],
)
def test_a_tokens_file_that_is_there_is_found_at_the_first_look(
    installed: Installed | None, unfinished: str, grade: Grade
) -> None:
    site = dataclasses.replace(SITE, tokens_hindrance="is there already", installed=installed, unfinished=unfinished)
    (check,) = (each for each in _found(site=site, tokens_file="/srv/tokens") if each.name == "tokens file")
    assert (check.grade, check.found, bool(check.cure)) == (grade, "/srv/tokens is there already", True)


def test_a_file_that_is_to_be_new_must_not_be_there_and_its_folder_must(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    names = ("there", "new", "state/new", "absent/new")
    said = [machines.new_file_hindrance(tmp_path / name, tmp_path / "state") for name in names]
    assert said == ["is there already", "", "", "cannot be made in that folder"]


def test_nothing_that_is_asked_for_may_be_there(tmp_path: Path) -> None:
    found = machines.look(tmp_path, lambda _: None)
    assert (found.cards, found.docker, found.compose, found.selinux, found.memory_mb) == ((), "", "", "off", 0)


def test_our_own_supervisor_asks_nothing_of_systemd() -> None:
    site = dataclasses.replace(SITE, has_packet_filter=False, folder=Path("/home/anna/it"), python_home=Path("/root"))
    for machine, given in ((GOOD, {"service": "supervisor"}), (dataclasses.replace(GOOD, is_root=False), {})):
        assert failing(_found(machine, site, **given), Answers()) == []


def test_the_installer_needs_nothing_but_the_standard_library() -> None:
    """It runs before any package is there."""
    script = "import sys; sys.path.insert(0, '.'); import appliance.setup.__main__"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
