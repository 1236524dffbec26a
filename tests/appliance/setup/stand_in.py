"""A stand-in for the product, and a machine where versions of it are installed.

It keeps its data in the state directory as the product does, and fails where a file beside it says so.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CLOSED = json.dumps(
    {
        "evidence": {"proof": {"checked": [], "controls": [], "wall": []}},
        "file": "evidence.json",
        "sha256": "0",
        "is_recorded": True,
    }
)
"""What the egress test says where nothing is wrong."""
STANDS_IN = """#!{python}
import json, os, pathlib, sys
here, state = pathlib.Path(__file__).parents[2], pathlib.Path(os.environ["APPLIANCE_STATE_DIR"])
words = " ".join(sys.argv[1:])
with (here.parent / "calls").open("a") as calls:
    calls.write(here.name + " " + words.replace(str(state), "STATE") + "\\n")
def reported(here):
    return (here / "reports").read_text().splitlines() if (here / "reports").exists() else []
running, data = state / "run" / "up", state / "postgres" / "data"
for name in ("run", "secrets", "audit", "postgres"):
    (state / name).mkdir(exist_ok=True)
fails = tuple((here / "fails").read_text().splitlines()) if (here / "fails").exists() else ()
if words.startswith(fails):
    wrong = [
        dict(check="disk", grade="wrong", found=each, cure="make room", may_pass=each.startswith("late"))
        for each in reported(here)
    ]
    found = [*wrong, dict(check="web", grade="ok", found="", cure="")]
    if wrong:
        print(json.dumps(found if words.startswith(("migrate", "doctor")) else dict(passed=False, findings=found)))
    sys.exit("as told")
if words.startswith("up"):
    (state / "secrets" / "root.key").touch()
    if not data.exists():
        data.write_text("made by " + here.name)
    running.write_text(here.name)
    with (state / "audit" / "records").open("a") as records:
        records.write(here.name + ";")
elif words == "down":
    running.unlink(missing_ok=True)
elif words.startswith("status"):
    sys.exit(0 if running.exists() else "nothing runs")
elif words.startswith("migrate"):
    data.write_text(data.read_text() + ", changed by " + here.name)
elif words == "doctor --json":
    print("[]")
elif words.startswith("egress"):
    print((here / "egress").read_text() if (here / "egress").exists() else {closed!r})
elif words.startswith("recovery"):
    assert not running.exists()
    (state / "postgres" / "reconciling").touch()
elif words.startswith("backup"):
    pathlib.Path(sys.argv[2]).write_text(data.read_text())
elif words.startswith("admin"):
    done, late = state / "postgres" / "administrators", here.parent / "late"
    if words.startswith("admin list"):
        print(json.dumps([{{"role": "sys_admin"}}] if done.exists() else []))
        sys.exit()
    if late.exists() and (tries := int(late.read_text())):
        late.write_text(str(tries - 1))
        sys.exit("the audit log is late")
    if done.exists() and "--reissue" not in words or (state / "postgres" / "used").exists():
        sys.stderr.write("appliance: made before")
        sys.exit(2)
    done.touch()
    print(json.dumps([{{"role": "sys_admin", "token": "secret-token", "expires_at": "2030"}}]))
"""


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.answers = folder / "answers.toml"
        self.answers.write_text(f'state_dir = "{self.state}"\nport = 1\nservice = "supervisor"\n')

    def version(self, name: str, *, fails: str = "") -> Path:
        made = self.folder / name
        command = made / ".venv" / "bin" / "appliance"
        command.parent.mkdir(parents=True)
        command.write_text(STANDS_IN.format(python=sys.executable, closed=CLOSED))
        command.chmod(0o755)
        (made / "models" / "catalog").mkdir(parents=True)
        shutil.copy(ROOT / "models/catalog/profiles.toml", made / "models/catalog")
        (made / "pyproject.toml").write_text('[project]\nversion = "1"\n')
        self.break_(made, fails)
        return made

    def break_(self, version: Path, fails: str) -> None:
        (version / "fails").write_text(fails) if fails else (version / "fails").unlink(missing_ok=True)

    def run(self, version: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "appliance.setup", *(words or ("install",)), "--answers", str(self.answers)],
            cwd=version, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def data(self) -> str:
        return (self.state / "postgres" / "data").read_text()

    @property
    def running(self) -> str:
        return (self.state / "run" / "up").read_text()

    @property
    def installed(self) -> str:
        return Path(json.loads((self.state / "install" / "installation.json").read_text())["folder"]).name

    def calls(self) -> list[str]:
        path = self.folder / "calls"
        lines = path.read_text().splitlines()
        path.unlink()
        return [line for line in lines if " status" not in line]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """As root others must be able to pass to it, as they are to a real one."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    return Site(tmp_path)


def killed_behind(step: str, site: Site, version: Path) -> None:
    """As a kill leaves it: the steps behind it noted, nothing else undone."""
    script = (
        "import os, sys; from appliance.setup import record, __main__ as setup\n"
        "note = record.Records.put_progress\n"
        "def put(self, progress):\n"
        "    note(self, progress)\n"
        f"    if progress.done[-1:] == ({step!r},): os._exit(9)\n"
        "record.Records.put_progress = put\n"
        f"sys.exit(setup.main(['install', '--answers', {str(site.answers)!r}]))\n"
    )
    killed = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=version, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert killed.returncode == 9
