"""What the guard lets pass and what it refuses: in processes of their own, since an audit hook stays for life."""

import json
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from security.egress import guard
from security.egress.guard import EgressRefused, Guard, joined, split

pytestmark = pytest.mark.control("P-13", "P-18", "M-04")

PUBLIC = ["192.0.2.1", "198.51.100.7", "169.254.169.254", "10.1.2.3", "2001:db8::1", "fe80::1", "::ffff:192.0.2.1"]


@pytest.fixture
def listener() -> Iterator[int]:
    """A port on this machine that answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def run(code: str, tmp_path: Path, allow: tuple[str, ...] = (), *arguments: str) -> list[Any]:
    """What a guarded process prints, and what it counted, last."""
    variable = guard.said("tried", allow, str(tmp_path / "counts"))
    program = "from security.egress import guard; guard.install_from_environment()\n" + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**variable, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(guard.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    counted = [
        (each["kind"], each["host"], each["port"], each["count"])
        for file in sorted((tmp_path / "counts").glob("*.json"))
        for each in json.loads(file.read_text())["blocked"]
    ]
    return [*done.stdout.splitlines(), counted]


REFUSALS = """
import socket, sys
def tried(what):
    try:
        what()
    except guard.EgressRefused:
        print("refused")
    except OSError as lost:
        print(type(lost).__name__)
    else:
        print("passed")
"""


@pytest.mark.parametrize("address", PUBLIC)
def test_no_address_but_this_machines_is_reached(address: str) -> None:
    with pytest.raises(EgressRefused):
        Guard("g", []).connecting(address, 443)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1", "localhost"])  # noqa: S104
def test_this_machine_is_reached(address: str) -> None:
    Guard("g", []).connecting(address, 1)


def test_a_destination_is_a_host_with_its_port() -> None:
    named = Guard("g", ["10.1.2.3:443", "192.168.7.0/24:25", "[2001:db8::5]:443", "erp.example.internal:8443"])
    for host, port in [("10.1.2.3", 443), ("192.168.7.9", 25), ("2001:db8::5", 443), ("ERP.example.internal.", 8443)]:
        named.connecting(host, port)
    for host, port in [("10.1.2.3", 80), ("10.1.2.4", 443), ("192.168.8.9", 25), ("erp.example.internal", 443)]:
        with pytest.raises(EgressRefused):
            named.connecting(host, port)


def test_only_named_names_are_looked_up_and_their_answers_learned() -> None:
    named = Guard("g", ["erp.example.internal:443"])
    named.looking_up("erp.example.internal")
    for other in ("telemetry.example.com", "erp.example.internal.evil.test", "xerp.example.internal"):
        with pytest.raises(EgressRefused):
            named.looking_up(other)
    answer = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.9.9.9", 443))
    named.learn("telemetry.example.com", [answer])
    with pytest.raises(EgressRefused):
        named.connecting("10.9.9.9", 443)
    named.learn("erp.example.internal", [answer])
    named.connecting("10.9.9.9", 443)
    with pytest.raises(EgressRefused):
        named.connecting("10.9.9.9", 22)


def test_what_is_tried_is_counted_by_kind_and_place_and_stays_bounded() -> None:
    watched = Guard("g", [])
    for number in range(3 * guard.MOST_KINDS):
        for _ in range(2):
            with pytest.raises(EgressRefused):
                watched.connecting("192.0.2.1", 1000 + number)
    counted = watched.blocked()
    assert len(counted) == guard.MOST_KINDS + 1
    assert sum(each["count"] for each in counted) == 6 * guard.MOST_KINDS
    assert counted[0]["by"] == __name__


def test_sockets_of_python_are_seen(tmp_path: Path) -> None:
    code = f"""{REFUSALS}
tried(lambda: socket.create_connection(("192.0.2.1", 443), 1))
tried(lambda: socket.socket().connect_ex(("192.0.2.1", 443)))
tried(lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 443)))
tried(lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"?", ("192.0.2.1", 53)))
tried(lambda: socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"?"], [], 0, ("192.0.2.1", 53)))
tried(lambda: socket.getaddrinfo("telemetry.example.com", 443))
tried(lambda: socket.gethostbyname("telemetry.example.com"))
tried(lambda: socket.gethostbyaddr("192.0.2.1"))
tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
"""
    *words, counted = run(code, tmp_path)
    assert words == ["refused"] * 9
    assert sorted(counted) == [
        ("dns", "192.0.2.1", 0, 1),
        ("dns", "telemetry.example.com", 0, 2),
        ("raw", "family-2", 0, 1),
        ("tcp", "192.0.2.1", 443, 2),
        ("tcp", "2001:db8::1", 443, 1),
        ("udp", "192.0.2.1", 53, 2),
    ]


def test_uvloop_which_tells_nobody_is_seen_too(tmp_path: Path, listener: int) -> None:
    code = """
    import asyncio, sys, uvloop
    async def tried(what):
        try:
            await what
        except guard.EgressRefused:
            print("refused")
        else:
            print("passed")
    async def main():
        loop = asyncio.get_running_loop()
        print(type(loop).__module__)
        await tried(asyncio.open_connection("192.0.2.1", 443))
        await tried(asyncio.open_connection("telemetry.example.com", 443))
        await tried(loop.getaddrinfo("telemetry.example.com", 443))
        await tried(loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("192.0.2.1", 53)))
        await tried(asyncio.open_connection("127.0.0.1", int(sys.argv[1])))
    uvloop.run(main())
    """
    *words, counted = run(code, tmp_path, (), str(listener))
    assert words == ["uvloop", *["refused"] * 4, "passed"]
    assert sum(count for *_, count in counted) == 4


def test_httpx_gets_an_error_of_its_own_and_a_proxy_of_the_environment_is_no_way_round(tmp_path: Path) -> None:
    code = """
    import os, httpx
    os.environ["HTTPS_PROXY"] = os.environ["HTTP_PROXY"] = "http://192.0.2.9:3128"
    for url in ("http://telemetry.example.com/", "https://192.0.2.1/"):
        try:
            httpx.get(url)
        except httpx.ConnectError as refused:
            print("egress guard" in str(refused))
    """
    *words, counted = run(code, tmp_path)
    assert words == ["True", "True"]
    assert counted == [("tcp", "192.0.2.9", 3128, 2)]


def test_a_forked_child_counts_for_itself(tmp_path: Path) -> None:
    code = f"""{REFUSALS}
import os
tried(lambda: socket.create_connection(("192.0.2.1", 1)))
if (child := os.fork()) == 0:
    tried(lambda: socket.create_connection(("192.0.2.1", 2)))
    os._exit(0)
os.waitpid(child, 0)
"""
    *_, counted = run(code, tmp_path)
    assert sorted(counted) == [("tcp", "192.0.2.1", 1, 1), ("tcp", "192.0.2.1", 2, 1)]


def test_what_cannot_be_read_allows_nothing_but_this_machine(tmp_path: Path, listener: int) -> None:
    code = f"""
from security.egress import guard
guard.install_from_environment({{guard.VARIABLE: "no json"}})
{REFUSALS}
tried(lambda: socket.create_connection(("192.0.2.1", 443)))
tried(lambda: socket.create_connection(("127.0.0.1", {listener})))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=guard.__file__.rpartition("/security/")[0],
    )
    assert done.stdout.split() == ["refused", "passed"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("erp:443", ("erp", 443)), ("[2001:db8::1]:443", ("2001:db8::1", 443)), ("2001:db8::1", ("2001:db8::1", 0)),
        ("erp", ("erp", 0)), ("10.0.0.0/8:25", ("10.0.0.0/8", 25)),
    ],
)  # fmt: skip
def test_a_destination_in_words(text: str, parts: tuple[str, int]) -> None:
    assert split(text) == parts
    assert split(joined(*parts)) == parts
