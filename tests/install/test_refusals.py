"""Why a package registry gave nothing: read out of what pip 23 and npm 11 really wrote, in one line with its cure."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = ROOT / "compose" / "install"
OF_PIP = """Looking in indexes: https://me:****@pypi.example.internal/simple/
WARNING: Retrying (Retry(total=0, connect=None, read=None)) after connection broken by '{broken}': /simple/click/
Could not fetch URL https://me:****@pypi.example.internal/simple/click/: {fetched} - skipping
ERROR: Could not find a version that satisfies the requirement click==8.5.1 (from versions: none)
ERROR: No matching distribution found for click==8.5.1
"""
OF_NPM = """npm error code {code}
npm error errno {code}
npm error {said}
npm error If you are behind a proxy, please make sure that the 'proxy' config is set properly.
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-27T22_12_59_198Z-debug-0.log
"""
UNTRUSTED = "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))"
UNNAMED = "NewConnectionError('Failed to establish a new connection: [Errno -2] Name or service not known')"
CLOSED = (
    "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))"
)
SILENT = "NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused')"


def _pip(broken: str, fetched: str = "") -> str:
    return OF_PIP.format(broken=broken, fetched=fetched or f"connection error: {broken}")


def _npm(code: str, said: str) -> str:
    return OF_NPM.format(code=code, said=said)


def _read(log: str, folder: Path) -> list[str]:
    """Both lines, as a step gets them: under its own traps."""
    (folder / "log").write_text(log)
    script = 'source "$1/say-things.sh"; source "$1/read-refusal.sh"; refusal "$2"; cure_of_refusal "$2"'
    words = ["bash", "-Eeuo", "pipefail", "-c", script, "bash", str(STEPS), str(folder / "log")]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize(
    ("log", "why", "cure"),
    [
        (
            _pip(UNTRUSTED),
            "the certificate of what answers is not trusted: https://pypi.example",
            "export PIP_CERT and ",
        ),
        (
            _npm(
                "DEPTH_ZERO_SELF_SIGNED_CERT",
                "request to https://npm.example/x failed, reason: self-signed certificate",
            ),
            "the certificate of what answers is not trusted: request to https://npm.example/x failed, reason: self",
            "export PIP_CERT and NODE_EXTRA_CA_CERTS",
        ),
        (
            _pip("reset", "401 Client Error: Unauthorized for url: https://pypi.example.internal/simple/click/"),
            "it wants another user and password: https://pypi.example.internal/simple/click/: 401 Client Error",
            "for pip into ~/.netrc",
        ),
        (
            _npm("E401", "Incorrect or missing password."),
            "it wants another user and password: Incorrect or missing password.",
            "for npm into ~/.npmrc ('//HOST/:_authToken=TOKEN')",
        ),
        (_pip(UNNAMED), "its name is not found: https://pypi.example.internal/simple/click/: ", "PIP_INDEX_URL"),
        (
            _npm(
                "ENOTFOUND",
                "network request to https://npm.example/x failed, reason: getaddrinfo ENOTFOUND npm.example",
            ),
            "its name is not found: network request to https://npm.example/x failed, reason: getaddrinfo",
            "NPM_CONFIG_REGISTRY",
        ),
        (_pip(CLOSED), "the proxy does not let it through: ", "export HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"),
        (
            _npm("E407", "407 Proxy Authentication Required - GET https://npm.example/x"),
            "the proxy does not let it through: 407 Proxy Authentication Required - GET https://npm.example/x",
            "and as NO_PROXY what is reached without it",
        ),
        (_pip(SILENT), "nothing answers there: ", "the way out as HTTPS_PROXY"),
        (
            _npm(
                "ECONNREFUSED",
                "FetchError: request to http://npm.example/x failed, reason: connect ECONNREFUSED 10.0.0.1:9",
            ),
            "nothing answers there: FetchError: request to http://npm.example/x failed, reason: connect ECONNREFUSED",
            "NPM_CONFIG_REGISTRY for the pages",
        ),
        (
            _npm("E503", "503 Service Unavailable - GET http://npm.example/x"),
            "it fails by itself: 503 Service Unavailable",
            "try again in a while",
        ),
        (
            _npm("E404", "404 Not Found - GET https://npm.example/x"),
            "it does not have that: 404 Not Found - GET https://npm.example/x",
            "have it mirrored there",
        ),
        (
            _npm(
                "EINTEGRITY",
                "sha512-z4P integrity checksum failed when using sha512: wanted sha512-z4P but got sha512-abc",
            ),
            "it gives other files than were pinned: sha512-z4P integrity checksum failed",
            "do not go on without knowing why",
        ),
        ("ERROR: something new\n", "ERROR: something new", "check the network"),
        ("", "", "check the network"),
    ],
)
def test_the_reason_is_said_with_its_cure(log: str, why: str, cure: str, tmp_path: Path) -> None:
    said, mend = _read(log, tmp_path)
    assert (said.startswith(why), cure in mend) == (True, True), (said, mend)


def test_what_may_be_a_password_is_not_said(tmp_path: Path) -> None:
    said, _ = _read(_npm("E404", "404 Not Found - GET https://me:secret@npm.example/x"), tmp_path)
    assert said == "it does not have that: 404 Not Found - GET https://npm.example/x"


def test_the_pages_that_npm_gets_nothing_for_say_why(tmp_path: Path) -> None:
    """The build hook calls it within pip, and ``make-venv.sh`` says its line again."""
    for part in ("compose/install", "appliance/console"):
        (tmp_path / part).mkdir(parents=True)
    for name in ("build-console.sh", "say-things.sh", "read-refusal.sh"):
        (tmp_path / "compose/install" / name).write_text((STEPS / name).read_text())
    (tmp_path / "appliance/console/package-lock.json").touch()
    node = tmp_path / "bin" / "node"
    node.parent.mkdir()
    log = _npm(
        "ENOTFOUND", "network request to https://npm.example/x failed, reason: getaddrinfo ENOTFOUND npm.example"
    )
    npm = node.with_name("npm")
    for program in (node, npm):
        program.write_text(f"#!/bin/sh\ncat <<'EOF'\n{log}EOF\nexit 1\n")
        program.chmod(0o755)
    done = subprocess.run(
        ["bash", str(tmp_path / "compose/install/build-console.sh"), "build"],
        env={"PATH": "/usr/bin:/bin", "CONSOLE_NODE": str(node.parent)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "FAIL: the npm registry does not give the packages that the chat widget is built with: its name is not found: "
        "network request to https://npm.example/x failed, reason: getaddrinfo ENOTFOUND npm.example. Cure: name a "
    )
