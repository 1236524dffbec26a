"""The rules as nftables takes them, and as the kernel keeps them, in a network of the test's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.config import Settings
from appliance.config_voice import VoiceSettings
from appliance.deployment.reach import reached
from appliance.deployment.rules import Machine, ruleset
from appliance.supervisor.places import Place
from tests.deployment.tools import Tool, of_debian

REACHED = reached([Place("10.9.9.9", 443, "platform.reach"), Place("fd00::9", 8443, "platform.reach")])
VOICE = Settings(voice=VoiceSettings(enabled=True, networks=("10.3.0.0/16", "fd01::/64")))
ALL = Machine(
    product_uids=(990,),
    engine_uids=(991,),
    is_whole=True,
    has_containers=True,
    administered_from=("10.0.0.0/8", "fc00::/7"),
    trunks=("10.4.0.0/24",),
    name_servers=("10.0.0.2",),
    time_servers=("10.0.0.3", "fd00::3"),
)
NOBODY = 65534
PLACES = {
    "allowed": "10.9.9.9:443",
    "other_port": "10.9.9.9:444",
    "other_host": "10.9.9.8:443",
    "here": "127.0.0.1:443",
}
_TRIES = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for kind, place in zip(sys.argv[1::2], sys.argv[2::2]):
    host, _, port = place.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as one:
        one.settimeout(3)
        try:
            one.connect((host, int(port)))
            one.send(b"x")
        except OSError as refused:
            print(type(refused).__name__, refused.errno)
        else:
            print("sent")
"""


def _nft() -> Tool:
    if os.geteuid() != 0:
        pytest.skip("only root has a network of its own")
    return of_debian("TEST_NFT", "usr/sbin/nft")


@pytest.mark.slow
@pytest.mark.parametrize(
    "machine",
    [
        ALL,
        Machine(product_uids=(990,)),
        Machine(product_uids=(990,), engine_uids=(991,), name_servers=("10.0.0.2",)),
        Machine(has_containers=True),
        Machine(is_whole=True),
        Machine(is_whole=True, administered_from=("10.0.0.0/8",)),
    ],
)
@pytest.mark.parametrize("settings", [Settings(), VOICE])
def test_nft_takes_them(machine: Machine, settings: Settings, tmp_path: Path) -> None:
    nft = _nft()
    for found in (REACHED, ()):
        file = tmp_path / "rules.nft"
        file.write_text(ruleset(settings, found, machine))
        said = nft.run("-c", "-f", file, before=("unshare", "--net"))
        assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.control("M-05")
def test_the_kernel_lets_out_what_is_named_and_counts_the_rest(tmp_path: Path) -> None:
    """As the product's user: one address and port, this machine, and nothing else; another user as before."""
    nft = _nft()
    file = tmp_path / "rules.nft"
    file.write_text(ruleset(Settings(), reached([Place("10.9.9.9", 443, "x")]), Machine(product_uids=(NOBODY,))))
    words = [word for place in PLACES.values() for word in ("udp", place)] + [
        "tcp",
        PLACES["allowed"],
        "tcp",
        "10.9.9.8:443",
    ]
    words += ["udp", "127.0.0.1:53"]
    script = f"""
set -e
ip link set lo up
ip link add out type veth peer name back
ip link set back up
ip addr add 10.9.9.1/24 dev out
ip link set out up
ip neigh add 10.9.9.9 lladdr 02:00:00:00:00:09 dev out nud permanent
ip neigh add 10.9.9.8 lladdr 02:00:00:00:00:08 dev out nud permanent
"$NFT" -f "{file}"
"$NFT" -f "{file}"
"{sys.executable}" -c "$TRIES" {" ".join(words)}
"$NFT" list counter inet aftersales refused_out
"""
    said = subprocess.run(
        ["unshare", "--net", "bash", "-c", script],
        env={**os.environ, **nft.environment, "NFT": str(nft.program), "TRIES": _TRIES},
        capture_output=True,
        text=True,
        check=False,
    )
    if "ip: command not found" in said.stderr or "Unknown device type" in said.stderr:
        pytest.skip("a network of its own cannot be made here")
    assert said.returncode == 0, said.stderr
    tried, _, counted = said.stdout.partition("table")
    assert [line.split()[0] for line in tried.splitlines()] == _outcomes(tried)
    lines = tried.splitlines()
    # UDP: what is allowed by TCP is not by UDP; this machine always is, but for asking names.
    assert lines[3] == "sent" or lines[3].startswith("ConnectionRefused")
    assert [line.startswith(("PermissionError", "OSError", "ConnectionRefused")) for line in lines[:3]] == [True] * 3
    assert lines[4].startswith("TimeoutError")
    assert not lines[5].startswith("TimeoutError")
    assert lines[6] != "sent"
    assert int(counted.split("packets")[1].split()[0]) >= 5


def _outcomes(said: str) -> list[str]:
    return [line.split()[0] for line in said.splitlines() if line]


@pytest.mark.control("M-05")
def test_engines_are_let_out_nowhere() -> None:
    text = ruleset(Settings(), REACHED, ALL)
    accepted = [line for line in text.splitlines() if "accept" in line and "991" in line]
    assert accepted == []
    assert "meta skuid { 990, 991 } jump refuse_out" in text


def test_a_whole_machine_drops_what_nobody_named() -> None:
    text = ruleset(Settings(), (), Machine(is_whole=True))
    assert text.count("policy drop") == 2
    assert "tcp dport 22" not in text


def test_names_are_looked_up_where_it_was_said_and_else_nowhere() -> None:
    without = ruleset(Settings(), (), Machine(product_uids=(990,)))
    assert "meta skuid { 990 } meta l4proto { tcp, udp } th dport { 53, 853 } jump refuse_out" in without
    # Before what this machine may say to itself: its own resolver would ask for whoever asks it.
    assert without.index("dport { 53, 853 }") < without.index('oifname "lo" accept')
