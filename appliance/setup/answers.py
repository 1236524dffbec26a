"""What an installation has to know, each with a default, so that a file may answer all, some or none of it.

A key that is not known, or a value that does not fit, is refused before anything is looked at.
"""

import dataclasses
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from appliance.setup.errors import Refused
from appliance.setup.networks import is_address, is_name_server, is_trunk

AUTO: Final = "auto"
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_LARGEST_PORT: Final = 65535
_MOST_WORKERS: Final = 64
_OF_THE_SYSTEM: Final = re.compile(
    "//?|/(?:home|media|mnt|opt|root|srv|tmp|var|var/(?:lib|log|tmp))"
    "|/(?:bin|boot|dev|etc|lib[0-9a-z]*|proc|run|sbin|sys|usr)(?:/.*)?"
)
"""The first ones hold folders of others; in the latter nothing is anybody's own."""
ACCEPTABLE: Final = ("cpus", "memory", "packet filter")
"""Checks that a person may overrule."""
_FOLDERS: Final = frozenset({"state_dir", "images_lock", "weights_dir", "wal_dir"})
"""Full paths, or empty."""


def _is_own_folder(path: str) -> bool:
    """Its owner is changed, and what lies in it may be: not the system's."""
    return not path or not _OF_THE_SYSTEM.fullmatch(os.path.normpath(path))


def _is_host(text: str) -> bool:
    """Empty, it would be every network of this machine."""
    return is_address(text) or bool(_NAME.fullmatch(text))


class Mode(StrEnum):
    NATIVE = "native"
    COMPOSE = "compose"


class Service(StrEnum):
    """What keeps it running."""

    AUTO = AUTO
    SYSTEMD = "systemd"
    SUPERVISOR = "supervisor"


def _question(default: Any, words: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
    return field(default=default, metadata={"words": words, "fits": fits})


def _list(words: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
    return field(default_factory=tuple, metadata={"words": words, "fits": fits})


@dataclass(frozen=True, kw_only=True)
class Answers:
    mode: str = _question(
        Mode.NATIVE, "native (processes of this machine) or compose (containers)", lambda v: v in list(Mode)
    )
    profile: str = _question(AUTO, "auto (by the cards found), cpu, gpu-24g, gpu-48g, gpu-80g or gpu-multi")
    state_dir: str = _question(
        "",
        "Where data, keys and logs are kept, as a full path; a folder of its own, for an uninstallation with the keys "
        "empties it; empty: chosen by who installs",
        _is_own_folder,
    )
    service: str = _question(
        Service.AUTO,
        "auto, systemd or supervisor (our own, for machines without systemd)",
        lambda v: v in list(Service),
    )
    host: str = _question(
        "127.0.0.1", "Address that the appliance listens on; 0.0.0.0: every network of this machine", _is_host
    )
    port: int = _question(8080, "Its TCP port", lambda v: 0 < v <= _LARGEST_PORT)
    workers: int = _question(2, "Web processes", lambda v: 0 < v <= _MOST_WORKERS)
    name: str = _question(
        "localhost",
        "Name that staff and customers call it by; certificates are made for it",
        lambda v: bool(_NAME.fullmatch(v)),
    )
    certificates: bool = _question(
        True, "Let the web processes speak TLS, by an authority and a certificate made here; false: a proxy does"
    )
    administrators: bool = _question(True, "Make the first four administrators, and print their one-time tokens")
    tokens_file: str = _question("", "A new file for those tokens, readable by its owner alone; empty: print them")
    name_servers: tuple[str, ...] = _list(
        "Addresses inside your network that look up names for it, where systemd keeps it, for what is asked outside "
        "goes out; none: its names stand in /etc/hosts",
        lambda v: all(map(is_name_server, v)),
    )
    images_lock: str = _question(
        "", "Containers: the file that names each image by its digest, as a full path; empty: the one of before"
    )
    weights_dir: str = _question(
        "",
        "Containers: where the models' weights lie, no folder of the system; empty: weights in state_dir",
        _is_own_folder,
    )
    wal_dir: str = _question(
        "",
        "Containers: where PostgreSQL keeps its log, a folder of its own on another disk; empty: wal in state_dir",
        _is_own_folder,
    )
    sip_trunks: tuple[str, ...] = _list(
        "Containers: networks of the telephone network's side, which their telephone system may speak to; of public "
        "ones at most a /16, or a /32 of IPv6",
        lambda v: all(map(is_trunk, v)),
    )
    accept: tuple[str, ...] = _list(
        f"Checks whose failure is accepted: {', '.join(ACCEPTABLE)}", lambda v: set(v) <= set(ACCEPTABLE)
    )
    given: frozenset[str] = field(default=frozenset(), compare=False)
    """The questions that were answered, and not left out: no question itself."""


def read(path: Path | None) -> Answers:
    """The defaults where no file is named."""
    if path is None:
        return Answers()
    try:
        return parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as unreadable:
        raise Refused(f"{path} cannot be read", "name a file that is there and is UTF-8") from unreadable
    except Refused as wrong:
        raise Refused(f"{path}: {wrong.found}", wrong.cure) from wrong


def parse(text: str) -> Answers:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise Refused(f"it is no TOML: {wrong}", "./install.sh --print-answers shows the form") from wrong
    known = {each.name: each for each in _questions()}
    for key, value in tree.items():
        if key not in known:
            raise Refused(f"there is no question {key!r}", f"there are {', '.join(known)}")
        _refuse_unfit(known[key], value)
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in tree.items()}
    return Answers(**values, given=frozenset(tree))


def _refuse_unfit(question: "dataclasses.Field[Any]", value: Any) -> None:
    usual = default_of(question)
    if isinstance(usual, tuple):
        is_right = isinstance(value, list) and all(isinstance(each, str) for each in value)
    else:
        is_right = type(value) is (str if isinstance(usual, str) else type(usual))
    if question.name in _FOLDERS and is_right:
        is_right = not value or value.startswith("/")
    if not is_right or not question.metadata["fits"](value):
        raise Refused(f"{question.name} = {value!r} does not fit", question.metadata["words"])


def _questions() -> "list[dataclasses.Field[Any]]":
    return [each for each in dataclasses.fields(Answers) if "words" in each.metadata]


def default_of(question: "dataclasses.Field[Any]") -> Any:
    return () if question.default is dataclasses.MISSING else question.default


def example() -> str:
    """A file with every question, as its default answers it."""
    lines = ["# Answers for ./install.sh --answers FILE. What is left out is answered as here.\n"]
    lines += [f"\n# {each.metadata['words']}\n{each.name} = {_toml(default_of(each))}\n" for each in _questions()]
    return "".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return str(value) if isinstance(value, int) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
