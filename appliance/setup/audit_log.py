"""Where the files of the audit log lie, as the settings have it; and keeping them when all around them is destroyed."""

import filecmp
import os
import shutil
import tomllib
from pathlib import Path
from typing import Final

from appliance.setup.errors import StepFailed

USUAL: Final = "audit"


def place(state_dir: Path, settings: Path, *, seen_as: Path | None = None) -> Path:
    """``seen_as``: how the product itself, in a container, calls what is ``state_dir`` here."""
    named = Path(_named(settings))
    if seen_as is not None and named.is_relative_to(seen_as):
        named = named.relative_to(seen_as)
    return Path(os.path.normpath(state_dir / named))


def _named(settings: Path) -> str:
    try:
        tree = tomllib.loads(settings.read_text("utf-8"))
    except FileNotFoundError:
        return USUAL
    except (OSError, ValueError) as damaged:
        raise StepFailed(
            f"{settings} cannot be read ({damaged}), and says where the audit log lies", "mend it, then do this again"
        ) from damaged
    return str(tree.get("audit", {}).get("segments_dir", USUAL))


def keep(log: Path, kept: Path) -> None:
    """It holds no clear values, and has to outlive what it tells of. StepFailed unless the copy is the whole of it."""
    shutil.copytree(log, kept)
    there, copied = _files(log), _files(kept)
    if there != copied:
        odd = min(each for each in there.keys() | copied.keys() if there.get(each) != copied.get(each))
        raise _not_whole(log, kept, odd)
    _, other, unread = filecmp.cmpfiles(log, kept, there, shallow=False)
    if odd := min([*other, *unread], default=""):
        raise _not_whole(log, kept, odd)


def _files(folder: Path) -> dict[str, int]:
    """Each with its size."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def _not_whole(log: Path, kept: Path, name: str) -> StepFailed:
    return StepFailed(
        f"{name} of the audit log in {log} is another in its copy {kept}; no key was destroyed",
        "see that nothing writes there, and that the disk is well; then do this again",
    )
