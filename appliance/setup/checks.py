"""Does this machine fit? Every check says what was found, what is needed and the cure; none stops the others.

Pure: what was found is handed in. What only warns is said; what fails stops the installation, unless it may be accepted
and an answer accepts it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from appliance.setup.answers import Answers, Mode, Service
from appliance.setup.containers import PORT
from appliance.setup.machine import Machine
from appliance.setup.record import Installed
from appliance.setup.sizes import CPU

_HARDWARE: Final = ("x86_64", "aarch64")
_OLDEST_PYTHON: Final = (3, 11)
_FLAGS: Final = frozenset({"sse4_2", "ssse3", "popcnt", "cx16"})
"""x86-64-v2, which the packages are built for."""
_FEWEST_CPUS: Final = 2
_MEMORY_MB: Final = 3_500
_MEMORY_GPU_MB: Final = 14_000
_FOLDER_MB: Final = 1_500
_FOLDER_THERE_MB: Final = 300
_STATE_MB: Final = 2_000
SYSTEMD: Final = "systemd"
_ODD: Final = re.compile(r"[^\w./+@:-]")
"""In a folder that a unit cannot name."""
_ALONE: Final = re.compile(r"localhost|127\.[0-9.]+|::1")
"""Who means this machine by it is on this machine."""
_UNSEEN: Final = re.compile(r"^/(home|root|tmp|var/tmp|run/user)(/|$)")
"""What processes of a hardened unit do not see."""


class Grade(StrEnum):
    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Check:
    name: str
    grade: Grade
    found: str
    needed: str
    cure: str = ""
    may_be_accepted: bool = False


@dataclass(frozen=True, kw_only=True)
class Site:
    """What was looked up of the places that are to be used."""

    folder: Path
    state_dir: Path
    state_hindrance: str
    """Why it cannot be the state directory; empty where it can."""
    folder_free_mb: int
    state_free_mb: int
    has_environment: bool
    port_hindrance: str
    """Empty where it is free."""
    tokens_hindrance: str
    """Why the answered file for tokens cannot be made, where some may be due; empty where it can."""
    closed_parent: Path | None
    closed_program: Path | None
    python_home: Path
    """Of the interpreter that the packages will be installed for."""
    has_packet_filter: bool
    is_folder_writable: bool
    installed: Installed | None
    unfinished: str
    bundle: str
    """``none``, ``whole``, or what is wrong with what it brings."""
    has_compose_file: bool
    has_images_lock: bool
    has_weights: bool


def checks(machine: Machine, site: Site, answers: Answers, profile: str) -> list[Check]:
    return [
        *_platform(machine),
        *_strength(machine, answers, profile),
        *_places(machine, site, answers),
        *_parts(machine, site, answers, profile),
    ]


def _platform(machine: Machine) -> Iterator[Check]:
    is_right = machine.system == "Linux" and machine.hardware in _HARDWARE and bool(machine.glibc)
    found = f"{machine.system} {machine.hardware}, glibc {machine.glibc or 'none'}, {machine.distribution}"
    yield _check("system", is_right, found, "Linux with glibc on x86_64 or aarch64", "install on such a machine")
    python = ".".join(map(str, machine.python))
    yield _check("python", machine.python >= _OLDEST_PYTHON, python, "3.11 or newer", "install it, or set PYTHON=/path")
    missing = sorted(_FLAGS - machine.cpu_flags) if machine.hardware == "x86_64" else []
    said = f"without {', '.join(missing)}" if missing else f"{machine.hardware}, all that is needed"
    yield _check(
        "cpu flags",
        not missing,
        said,
        "x86-64-v2",
        "use a processor from 2009 or later; a virtual one must pass its flags on",
    )
    yield _warning(
        "clock",
        machine.is_clock_kept is not False,
        {True: "kept right", False: "nobody keeps it", None: "cannot be asked here"}[machine.is_clock_kept],
        "a clock that is kept right: tokens, deadlines and the audit log rest on it",
        "set up chrony with a time server of yours",
    )
    is_utf8 = machine.encoding.upper().replace("-", "") == "UTF8"
    yield _warning(
        "locale", is_utf8, machine.encoding, "UTF-8", "export LANG=C.UTF-8, or messages in Chinese may not show"
    )


def _strength(machine: Machine, answers: Answers, profile: str) -> Iterator[Check]:
    least = _MEMORY_MB if profile == CPU else _MEMORY_GPU_MB
    yield _soft("cpus", machine.cpus >= _FEWEST_CPUS, f"{machine.cpus}", f"{_FEWEST_CPUS} or more", "give it more")
    yield _soft(
        "memory", machine.memory_mb >= least, f"{machine.memory_mb} MB", f"{least} MB for {profile}", "give it more"
    )
    cards = ", ".join(f"{card.name} {card.memory_mib} MiB" for card in machine.cards)
    found = f"{cards}; driver {machine.driver}; profile {profile}" if cards else f"none; profile {profile}"
    is_unseen = not cards and machine.cards_on_bus > 0
    if is_unseen:
        found = f"{machine.cards_on_bus} of NVIDIA on the PCI bus, and no driver that shows them; profile {profile}"
    yield _warning(
        "cards",
        not is_unseen or answers.profile == CPU,
        found,
        "none, or such as nvidia-smi shows",
        'install NVIDIA\'s driver until nvidia-smi shows them, or answer profile = "cpu" to do without',
    )


def _places(machine: Machine, site: Site, answers: Answers) -> Iterator[Check]:
    least = _FOLDER_THERE_MB if site.has_environment else _FOLDER_MB
    yield _check(
        "folder", site.is_folder_writable, str(site.folder), "a folder of your own", "run as its owner, or copy it"
    )
    yield _check(
        "state directory",
        not site.state_hindrance,
        f"{site.state_dir} {site.state_hindrance}".rstrip(),
        "a folder of its own, new or empty, or of an installation before: an uninstallation with the keys empties it",
        "answer state_dir with another, or move elsewhere what lies there; where an installation failed in a folder "
        "that is not its own, remove 'install' from it",
    )
    yield _check(
        "disk for packages",
        site.folder_free_mb >= least,
        f"{site.folder_free_mb} MB free",
        f"{least} MB in {site.folder}",
        "make room",
    )
    yield _check(
        "disk for data",
        site.state_free_mb >= _STATE_MB,
        f"{site.state_free_mb} MB free",
        f"{_STATE_MB} MB in {site.state_dir}",
        "make room, or answer state_dir with another disk",
    )
    if machine.is_root:
        yield _check(
            "way to data",
            site.closed_parent is None,
            str(site.closed_parent or "open"),
            f"other users may pass to {site.state_dir}",
            "answer state_dir with a folder under /var/lib or /srv",
        )
    else:
        yield Check(
            name="user",
            grade=Grade.NOTE,
            found="not root",
            needed="root, to start with the machine",
            cure="as a user it starts when you call 'appliance up'",
        )
    listens = (answers.host, answers.port) if answers.mode == Mode.NATIVE else ("0.0.0.0", PORT)  # noqa: S104
    where = f"{listens[0]}:{listens[1]}"
    ours = site.installed is not None and (site.installed.host, site.installed.port) == listens
    yield _check(
        "port",
        not site.port_hindrance or ours,
        f"{where} {site.port_hindrance or 'is free'}",
        where,
        "answer host with an address of this machine, or 0.0.0.0 for all ('ip address' lists them); answer port with "
        "a free one, or stop who listens there"
        if answers.mode == Mode.NATIVE
        else "stop who listens there",
    )
    yield _name(answers, listens[0])
    if answers.tokens_file and answers.administrators:
        yield _tokens_file(site, answers)


def _tokens_file(site: Site, answers: Answers) -> Check:
    """Where administrators were made before, none may be due."""
    grade = Grade.BAD if site.installed is None or site.unfinished else Grade.NOTE
    return Check(
        name="tokens file",
        grade=grade if site.tokens_hindrance else Grade.OK,
        found=f"{answers.tokens_file} {site.tokens_hindrance or 'can be made'}",
        needed="a new file, in a folder that is there",
        cure="answer tokens_file with one, or move away what is there",
    )


def _name(answers: Answers, host: str) -> Check:
    return _warning(
        "name",
        not (_ALONE.fullmatch(answers.name) and not _ALONE.fullmatch(host)),
        f"{answers.name}, listening on {host}",
        "the name that others type, where others can reach it: certificate and sign-in are for that name alone",
        "answer name with what this machine is called in your network",
    )


def _parts(machine: Machine, site: Site, answers: Answers, profile: str) -> Iterator[Check]:
    is_systemd = machine.init == SYSTEMD
    wants_systemd = answers.service == Service.SYSTEMD
    yield _check(
        "service",
        (is_systemd and machine.is_root) or not wants_systemd,
        f"process 1 is {machine.init or 'unknown'}, installed by {'root' if machine.is_root else 'a user'}",
        "systemd, and root" if wants_systemd else "systemd and root, or our own supervisor",
        'run it as root, or answer service = "supervisor"',
    )
    if is_systemd and machine.is_root and answers.service != Service.SUPERVISOR and answers.mode == Mode.NATIVE:
        yield from _under_systemd(site)
    if answers.mode == Mode.COMPOSE:
        yield from _containers(machine, site, profile)
    else:
        yield Check(
            name="containers",
            grade=Grade.OK,
            found=f"docker {machine.docker}" if machine.docker else "no docker",
            needed="none, for native",
        )
    yield _warning(
        "selinux",
        machine.selinux != "enforcing",
        machine.selinux,
        "off or permissive: nobody has run it under an enforcing policy",
        f"watch 'ausearch -m avc' for what is refused in {site.state_dir}",
    )
    yield Check(name="apparmor", grade=Grade.OK, found=machine.apparmor, needed="on or off: no profile of ours")
    yield _check(
        "bundle",
        site.bundle in {"none", "whole"},
        site.bundle,
        "none, or one whose packages are whole",
        "unpack the bundle again",
    )
    yield Check(name="installation", grade=Grade.OK, found=_installation(site), needed="none, or one to be upgraded")


def _under_systemd(site: Site) -> Iterator[Check]:
    """A user of its own runs it there, walled in by its unit and by rules of the kernel."""
    yield _soft(
        "packet filter",
        site.has_packet_filter,
        "nft" if site.has_packet_filter else "none",
        "nft, which loads the rules that let nothing out but what the settings name",
        "install nftables; accepted, only the unit keeps it in",
    )
    unseen = _UNSEEN.search(str(site.python_home))
    yield _check(
        "way to python",
        not unseen,
        str(site.python_home),
        "an interpreter outside /home, /root and /tmp: the service does not see those",
        "set PYTHON=/usr/bin/python3, and remove .venv",
    )
    is_plain = not any(odd.search(str(each)) for each in (site.folder, site.state_dir) for odd in (_ODD, _UNSEEN))
    is_open = site.closed_program is None
    yield _check(
        "way to program",
        is_plain and is_open,
        str(site.closed_program or site.folder),
        "folders outside /home, /root and /tmp, of plain letters, that other users may pass",
        "put this folder under /opt, and state_dir under /var/lib",
    )


def _containers(machine: Machine, site: Site, profile: str) -> Iterator[Check]:
    yield _check(
        "docker",
        bool(machine.docker),
        machine.docker or "does not answer",
        "a running Docker",
        'install and start it, or answer mode = "native"',
    )
    yield _check(
        "compose",
        bool(machine.compose),
        machine.compose or "missing",
        "Docker's compose plugin",
        "install docker-compose-plugin",
    )
    yield _check(
        "compose file",
        site.has_compose_file,
        "there" if site.has_compose_file else "missing",
        "compose/server/compose.yaml in this version",
        'answer mode = "native"',
    )
    yield _check(
        "root",
        machine.is_root,
        "root" if machine.is_root else "a user",
        "root, who alone gives each secret to the user of its container",
        "run it as root",
    )
    yield _check(
        "images lock",
        site.has_images_lock,
        "there" if site.has_images_lock else "missing",
        "a file that names each image by its digest",
        "answer images_lock; 'appliance deploy images' lists what it names (docs/deployment.md)",
    )
    if profile != CPU:
        yield _check(
            "weights",
            site.has_weights,
            "there" if site.has_weights else "missing",
            f"the weights of the models of {profile}, a folder each",
            "answer weights_dir; 'appliance models check' says what is missing there",
        )
        yield _check(
            "nvidia runtime",
            machine.has_nvidia_runtime,
            "there" if machine.has_nvidia_runtime else "missing",
            "NVIDIA's container toolkit",
            "install nvidia-container-toolkit, then nvidia-ctk runtime configure",
        )


def _installation(site: Site) -> str:
    if site.unfinished:
        return site.unfinished
    if site.installed is None:
        return f"none in {site.state_dir}"
    return f"{site.installed.version} in {site.installed.folder}"


def failing(found: list[Check], answers: Answers) -> list[Check]:
    return [
        each for each in found if each.grade is Grade.BAD and not (each.may_be_accepted and each.name in answers.accept)
    ]


def lines(found: list[Check]) -> Iterator[str]:
    """A table that a person reads."""
    width = max(len(each.name) for each in found)
    for each in found:
        yield f"  {each.grade:<4} {each.name:<{width}}  {each.found}"
        if each.grade is not Grade.OK:
            accept = f' (or accept = ["{each.name}"])' if each.may_be_accepted else ""
            yield f"       {'':<{width}}  needed: {each.needed}. Cure: {each.cure}{accept}"


def _check(name: str, is_right: bool, found: str, needed: str, cure: str) -> Check:
    return Check(name=name, grade=Grade.OK if is_right else Grade.BAD, found=found, needed=needed, cure=cure)


def _soft(name: str, is_right: bool, found: str, needed: str, cure: str) -> Check:
    grade = Grade.OK if is_right else Grade.BAD
    return Check(name=name, grade=grade, found=found, needed=needed, cure=cure, may_be_accepted=True)


def _warning(name: str, is_right: bool, found: str, needed: str, cure: str) -> Check:
    return Check(name=name, grade=Grade.OK if is_right else Grade.NOTE, found=found, needed=needed, cure=cure)
