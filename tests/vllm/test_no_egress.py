"""vLLM looks for nothing outside: from start to answer the kernel counts no attempt to leave this machine.

It runs in a network namespace that has a loopback and no way out. A packet or a connection to anywhere else finds no
route, and the kernel counts that (``OutNoRoutes``), whichever language asked for it. The same count is shown to see an
attempt: of ours, and of vLLM's own when it is not told its address.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from models.catalog.model import Role
from models.llm.environment import AIR_GAP
from tests.vllm.server import PYTHON, VllmServer

pytestmark = pytest.mark.slow

LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running
os.execvp(sys.argv[1], sys.argv[1:])
"""
APART = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
NO_WAY_OUT = [*APART, "python3", "-c", LOOPBACK_UP]
QUESTIONS: dict[Role, tuple[str, dict[str, object]]] = {
    Role.CHAT: ("chat/completions", {"messages": [{"role": "user", "content": "退货"}], "max_tokens": 5}),
    Role.EMBEDDING: ("embeddings", {"input": ["退货", "发票"]}),
    Role.RERANK: ("rerank", {"query": "退货", "documents": ["我想退货", "开发票"]}),
}
ASK_FOR_THE_ADDRESS = "from vllm.utils.network_utils import get_ip; print(get_ip())"


@pytest.fixture(scope="module", autouse=True)
def _apart() -> None:
    if (
        shutil.which(APART[0]) is None
        or subprocess.run([*NO_WAY_OUT, "true"], capture_output=True, check=False).returncode != 0
    ):
        pytest.skip("this machine lets nobody make a network namespace")


def _counted(snmp: str, snmp6: str) -> int:
    """For both versions of IP, since the namespace was made."""
    names, values = (line.split() for line in snmp.splitlines() if line.startswith("Ip:"))
    six = [line.split()[1] for line in snmp6.splitlines() if line.startswith("Ip6OutNoRoutes")]
    return int(values[names.index("OutNoRoutes")]) + sum(map(int, six))


def _attempts_of(code: str, python: Path | str = "python3", **environment: str) -> int:
    """Of a program that runs alone in such a namespace."""
    script = '"$0" -c "$1" >/dev/null 2>&1; cat /proc/net/snmp; echo ---; cat /proc/net/snmp6'
    done = subprocess.run(
        [*NO_WAY_OUT, "sh", "-c", script, str(python), code],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    snmp, _, snmp6 = done.stdout.partition("---")
    return _counted(snmp, snmp6)


@pytest.fixture(params=[Role.CHAT, Role.EMBEDDING, pytest.param(Role.RERANK, marks=pytest.mark.soak)])
def walled_in(request: pytest.FixtureRequest, tiny_model: Path, tmp_path: Path) -> Iterator[VllmServer]:
    socket = tmp_path / "vllm.sock"
    server = VllmServer(tmp_path / "vllm", tiny_model, role=request.param, prefix=NO_WAY_OUT, unix_socket=socket)
    server.start()
    yield server
    server.kill()


def test_it_starts_and_answers_without_one_attempt_to_leave(walled_in: VllmServer) -> None:
    path, asked = QUESTIONS[Role(walled_in.model)]
    with walled_in.client() as http:
        answer = http.post(path, json={"model": walled_in.model, **asked})
    assert answer.status_code == httpx.codes.OK, answer.text
    its_net = Path("/proc", str(walled_in.pids[0]), "net")
    assert _counted((its_net / "snmp").read_text(), (its_net / "snmp6").read_text()) == 0


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket().connect(('192.0.2.1', 443))",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'?', ('192.0.2.1', 53))",
        "import socket; socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))",
    ],
    ids=["tcp", "udp", "ipv6"],
)
def test_the_count_sees_an_attempt(attempt: str) -> None:
    assert _attempts_of("pass") == 0
    assert _attempts_of(attempt) == 1


def test_it_would_ask_outside_for_its_own_address_if_it_were_not_told(tiny_model: Path) -> None:
    assert tiny_model.is_dir()
    assert _attempts_of(ASK_FOR_THE_ADDRESS, PYTHON) > 0
    assert _attempts_of(ASK_FOR_THE_ADDRESS, PYTHON, **AIR_GAP) == 0


@pytest.mark.parametrize(
    ("environment", "is_on"),
    [({}, True), ({"DO_NOT_TRACK": "true"}, True), (AIR_GAP, False)],
    ids=["bare", "true", "ours"],
)
def test_usage_statistics_are_off_and_only_an_exact_one_does_it(
    tiny_model: Path, tmp_path: Path, environment: dict[str, str], *, is_on: bool
) -> None:
    assert tiny_model.is_dir()
    said = subprocess.run(
        [PYTHON, "-I", "-c", "from vllm.usage.usage_lib import is_usage_stats_enabled as on; print(on())"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.splitlines()[-1] == str(is_on)
