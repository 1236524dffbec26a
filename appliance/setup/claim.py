"""Which folder may become the state directory, and what in it is the installation's.

Nothing else in it is handed over or destroyed: whoever names a folder in which other things lie is told so, and keeps
them. A name counts as the installation's if the product makes it, or if the settings there lead to it.
"""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from appliance.setup.errors import Refused
from appliance.setup.record import FOLDER, Records

SETTINGS: Final = "appliance.toml"
_MADE: Final = frozenset(
    {
        FOLDER, SETTINGS, "audit", "audit-witness.json", "backups", "containers", "corpus", "engines", "evidence",
        "log", "models", "order-system", "outbound", "postgres", "prompts", "rungs.json", "run", "secrets", "tls",
        "upkeep.json", "vllm", "wal", "weights",
    }
)  # fmt: skip
_OF_A_HOME: Final = frozenset(
    {
        ".bash_history", ".cache", ".config", ".local", ".nv", ".nvidia", ".postgresql", ".psql_history",
        ".python_history", ".triton", ".vllm",
    }
)  # fmt: skip
"""Of libraries: the state directory is the home of the user that the product runs as."""
OF_THE_DISK: Final = frozenset({"lost+found", ".snapshot", ".snapshots", ".zfs"})
"""What a file system of its own shows at its root: nobody's, and left where it is."""
_LAID_BEFORE: Final = frozenset({SETTINGS, "containers", "corpus", "models", "secrets", "tls", "weights"})
"""What a site may put there by hand before the first installation. Others have folders of these names, too."""
_WEIGHTS: Final = "weights"
_WAYS: Final = ("_dir", "_file")
"""How the keys of settings end that name a place."""
_FEW: Final = 3


def is_own(entry: Path, state_dir: Path) -> bool:
    """Of an entry of the state directory. Of a folder that is only on the way to what settings name: if nothing else
    lies in it."""
    return entry.name in _OF_A_HOME or _plain(entry.name) in _MADE or _leads_to(entry, _named(state_dir))


def own(state_dir: Path) -> list[Path]:
    """What is the installation's there, by name; links are not looked through."""
    return [each for each in _entries(state_dir) if is_own(each, state_dir)]


def strangers(state_dir: Path) -> list[Path]:
    """What lies there and is neither the installation's nor the file system's own."""
    return [each for each in _entries(state_dir) if not is_own(each, state_dir)]


def hindrance(state_dir: Path, folder: Path) -> str:
    """Why it cannot be the state directory of the program in ``folder``; empty where it can.

    Where something is installed already it can: what somebody has put beside it is left alone.
    """
    if folder.resolve().is_relative_to(state_dir.resolve()):
        return "holds the program itself"
    if not os.path.lexists(state_dir):
        return ""
    if not state_dir.is_dir():
        return "is there, and is no folder"
    records = Records(state_dir)
    if records.installed() is not None:
        return ""
    try:
        odd, there = strangers(state_dir), {each.name for each in own(state_dir)}
    except PermissionError:
        return "cannot be looked into"
    if odd:
        return f"holds {listed(odd)}, which no installation made"
    is_begun = records.is_ours() or (there <= {FOLDER} and not records.holds_more_than_its_lock())
    if is_begun or (there <= _LAID_BEFORE and _is_meant_for_us(there, state_dir)):
        return ""
    return f"holds {listed(own(state_dir))}, and no installer ever worked there"


def _is_meant_for_us(there: set[str], state_dir: Path) -> bool:
    return SETTINGS in there or (state_dir / "containers" / "server").is_dir() or there == {_WEIGHTS}


def refuse_strange(state_dir: Path, folder: Path) -> None:
    """Before the first byte is written there."""
    if why := hindrance(state_dir, folder):
        raise Refused(f"{state_dir} {why}", "answer state_dir with a folder of its own: a new or an empty one")


def refuse_strangers(state_dir: Path) -> None:
    """Before anything there is destroyed."""
    if odd := strangers(state_dir):
        raise Refused(
            f"{state_dir} also holds {listed(odd)}, which this installation did not make; nothing was touched",
            "move them elsewhere, then do this again: what is destroyed is gone",
        )


def listed(paths: list[Path]) -> str:
    names = ", ".join(each.name for each in paths[:_FEW])
    return f"{names} and {len(paths) - _FEW} more" if len(paths) > _FEW else names


def _entries(state_dir: Path) -> list[Path]:
    return sorted(each for each in state_dir.iterdir() if each.name not in OF_THE_DISK)


def _plain(name: str) -> str:
    """Of a file that is written to replace another, that one's: ``upkeep.new``, ``.audit-witness.json.new``."""
    if not name.endswith(".new"):
        return name
    whole = name.removesuffix(".new").removeprefix(".")
    return next((each for each in _MADE if whole in (each, Path(each).stem)), name)


def _leads_to(path: Path, named: set[Path]) -> bool:
    if path in named:
        return True
    if path.is_symlink() or not path.is_dir() or not any(path in each.parents for each in named):
        return False
    return all(_leads_to(each, named) for each in path.iterdir())


def _named(state_dir: Path) -> set[Path]:
    """The places inside it that its settings name. Damaged ones name nothing."""
    try:
        tree = tomllib.loads((state_dir / SETTINGS).read_text("utf-8"))
    except (OSError, ValueError):
        return set()
    ways = (Path(os.path.normpath(state_dir / text)) for text in _ways(tree))
    return {each for each in ways if state_dir in each.parents}


def _ways(tree: dict[str, Any]) -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _ways(value)
        elif isinstance(value, str) and value and key.endswith(_WAYS):
            yield value
