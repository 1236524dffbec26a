"""The kernel's rules beside containers: who loads them, when the site's are left alone, and that they go again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.deployment.text import TEMPLATES
from appliance.setup import bridge_rules, systemd
from appliance.setup.record import Installed
from appliance.setup.running import Teller
from security.egress import rules
from tests.appliance.setup.stand_in import ROOT
from tests.deployment.tools import of_debian

PRODUCT = '#!/bin/sh\nPYTHONPATH="{root}" exec "{python}" -P -m appliance.cli.main "$@"\n'
RECORDS = '#!/bin/sh\necho "$(basename "$0") $*" >>"{folder}/calls"\n'
REAL = """
import sys
from pathlib import Path
from appliance.setup import bridge_rules
from appliance.setup.record import Installed
from appliance.setup.running import Teller
from security.egress import rules
state = Path(sys.argv[1])
installed = Installed(version="1", revision="", folder=sys.argv[2], profile="cpu", mode="compose",
                      service="supervisor", host="", port=443, name="x")
print(rules.is_loaded())
bridge_rules.load(installed, state, ["10.4.0.0/24"], Teller(None))
bridge_rules.load(installed, state, ["10.4.0.0/24"], Teller(None))
rules.is_loaded.cache_clear()
print(rules.is_loaded())
print(bridge_rules.remove(state, Teller(None)))
rules.is_loaded.cache_clear()
print(rules.is_loaded())
"""


class Host:
    """A machine with a laid-out version in containers, and programs that only record."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state, self.bin = folder, folder / "state", folder / "bin"
        self.unit = folder / "units" / systemd.RULES_UNIT
        self._program(folder / "version/.venv/bin/appliance", PRODUCT.format(root=ROOT, python=sys.executable))
        profiles = self.state / "containers/server/profiles"
        profiles.mkdir(parents=True)
        (profiles / "cpu.env").write_text("SETTINGS=appliance.toml\n")
        (profiles.parent / "appliance.toml").touch()
        for name in ("nft", "systemctl"):
            self._program(self.bin / name, RECORDS.format(folder=folder))

    def installed(self, service: str = "systemd") -> Installed:
        return Installed(
            version="1", revision="", folder=str(self.folder / "version"), profile="cpu", mode="compose",
            service=service, host="", port=443, name="shop.example",
        )  # fmt: skip

    def load(self, service: str = "systemd") -> None:
        bridge_rules.load(self.installed(service), self.state, (), Teller(None))

    def calls(self) -> list[str]:
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def _program(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    made = Host(tmp_path)
    monkeypatch.setenv("PATH", f"{made.bin}:{os.environ['PATH']}")
    monkeypatch.setattr(systemd, "_UNITS", made.unit.parent)
    monkeypatch.setattr(systemd, "RULES", tmp_path / "rules.nft")
    return made


@pytest.mark.control("M-05")
def test_they_are_loaded_now_and_by_a_unit_at_each_start_and_taken_away_again(host: Host) -> None:
    host.load()
    file = bridge_rules.file_of(host.state)
    assert host.calls() == [
        f"nft -f {file}",
        "systemctl daemon-reload",
        f"systemctl enable {systemd.RULES_UNIT}",
        f"systemctl restart {systemd.RULES_UNIT}",
    ]
    assert [each.name for each in host.unit.parent.iterdir()] == [systemd.RULES_UNIT]
    assert f"ExecStart={host.bin}/nft -f {file}\n" in host.unit.read_text()

    assert bridge_rules.remove(host.state, Teller(None)) == [
        str(host.unit),
        "the kernel's table inet aftersales",
        str(file),
    ]
    assert host.calls()[-1] == "nft delete table inet aftersales"
    assert (host.unit.exists(), file.exists()) == (False, False)
    assert bridge_rules.remove(host.state, Teller(None)) == []


@pytest.mark.parametrize("whose", ["nobody's", "the site's"])
def test_rules_of_the_machine_and_its_unit_are_left_alone(
    host: Host, whose: str, capsys: pytest.CaptureFixture[str]
) -> None:
    host.load()
    host.unit.write_text("ExecStart=/usr/sbin/nft -f /etc/aftersales-appliance/rules.nft\n")
    if whose == "the site's":
        systemd.RULES.write_text("table inet aftersales { }\n")
        host.calls()
        capsys.readouterr()
        host.load()
        assert (host.calls(), "they are kept as they are" in capsys.readouterr().out) == ([], True)
    removed = bridge_rules.remove(host.state, Teller(None))
    assert (host.unit.exists(), "the kernel's table inet aftersales" in removed) == (True, whose == "nobody's")


def test_where_there_is_no_nft_it_is_said(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(systemd, "nft", lambda: None)
    host.load()
    assert capsys.readouterr().out == (
        "== WARNING: no rules of the kernel are loaded: there is no nft. Cure: install nftables, then run ./install.sh "
        "again\n"
    )
    assert (host.calls(), bridge_rules.file_of(host.state).exists()) == ([], False)


def test_it_is_the_same_table_everywhere() -> None:
    assert rules.TABLE == bridge_rules.TABLE
    assert f"table {' '.join(rules.TABLE)} {{" in (TEMPLATES / "rules.nft.j2").read_text()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a network of its own")
def test_the_kernel_takes_them_again_and_again_and_forgets_them(host: Host) -> None:
    nft = of_debian("TEST_NFT", "usr/sbin/nft")
    (host.bin / "nft").write_text(
        "#!/bin/sh\n"
        + "".join(f'export {name}="{value}"\n' for name, value in nft.environment.items())
        + f'exec "{nft.program}" "$@"\n'
    )
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-P", "-c", REAL, host.state, host.folder / "version"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stdout.splitlines() if not line.startswith("==")]
    assert (done.returncode, done.stderr) == (0, "")
    assert (said[0], said[1], "table inet aftersales" in said[2], said[3]) == ("False", "True", True, "False")
