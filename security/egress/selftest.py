"""The self-test: each process tries to leave in each way, and what stopped it is judged.

A test that cannot fail proves nothing, so what is allowed must arrive, and without the guard everything must arrive.
Nothing is sent outside: a network namespace with a sink of its own takes it, or where none can be made a stand-in in
the probe. Only ``outside`` tries the machine's real way out, to addresses that documentation keeps free of hosts.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from security.egress import chamber, guard, probe, rules

PUBLIC: Final = "192.0.2.1"
RESOLVER: Final = "198.51.100.53"
PROXY: Final = "198.51.100.8"
ALLOWED: Final = "198.51.100.7"
METADATA: Final = "169.254.169.254"
PUBLIC_SIX: Final = "2001:db8::1"
ALLOWED_PORT: Final = 8443
_PATIENCE_S: Final = 120.0


class Mode(StrEnum):
    NAMESPACE = "namespace"
    STAND_IN = "stand_in"
    OUTSIDE = "outside"


class Attempt(msgspec.Struct, frozen=True):
    name: str
    way: str
    host: str
    port: int


class Tried(msgspec.Struct, frozen=True):
    name: str
    way: str
    host: str
    port: int
    outcome: str
    said: str
    is_good: bool


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A process or an engine: the interpreter that it runs on, and its environment with the guard."""

    name: str
    python: str
    environment: dict[str, str]
    is_engine: bool = False


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    python: str
    tried: tuple[Tried, ...]
    arrived: int
    """What the sink saw while the guard stood: 0, or it failed."""
    trouble: str = ""

    @property
    def is_good(self) -> bool:
        return not self.trouble and not self.arrived and all(each.is_good for each in self.tried)


class Control(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    is_good: bool
    found: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    mode: Mode
    checked: tuple[Checked, ...]
    controls: tuple[Control, ...]
    wall: tuple[Tried, ...]
    """Past Python, on the real way out; empty where it was not tried."""

    @property
    def is_good(self) -> bool:
        held = all(each.is_good for each in self.controls) and all(each.is_good for each in self.wall)
        return bool(self.checked) and held and all(each.is_good for each in self.checked)


ATTEMPTS: Final = (
    Attempt("TCP 443", "tcp", PUBLIC, 443),
    Attempt("HTTP 80", "http", PUBLIC, 80),
    Attempt("HTTPS 8443", "https", PUBLIC, 8443),
    Attempt("SSH 22", "tcp", PUBLIC, 22),
    Attempt("SMTP 25", "tcp", PUBLIC, 25),
    Attempt("UDP 53 (DNS)", "udp", RESOLVER, 53),
    Attempt("TCP 53 (DNS)", "tcp", RESOLVER, 53),
    Attempt("UDP 123 (NTP)", "udp", PUBLIC, 123),
    Attempt("UDP 443 (QUIC)", "udp", PUBLIC, 443),
    Attempt("IPv6 TCP 443", "tcp", PUBLIC_SIX, 443),
    Attempt("IPv6 UDP 443", "udp", PUBLIC_SIX, 443),
    Attempt("metadata 169.254.169.254", "http", METADATA, 80),
    Attempt("proxy of the environment", "proxy", PROXY, 3128),
)
"""Each leaves by a socket of Python, so the sink can be seen to get it where no guard stands."""
LOOK_UP: Final = Attempt("name look-up", "look_up", "egress-test.invalid", 443)
RAW: Final = Attempt("raw socket (ICMP)", "raw", PUBLIC, 0)
PAST: Final = (
    Attempt("ctypes", "ctypes", PUBLIC, 443),
    Attempt("shell /dev/tcp", "shell", PUBLIC, 443),
    Attempt("unguarded child", "child", PUBLIC, 443),
)
"""Past the guard: what the kernel's rules alone can stop."""
_ALLOWED: Final = Attempt("allowed address", "tcp", ALLOWED, ALLOWED_PORT)


def run(subjects: Sequence[Subject], mode: Mode, say: Callable[[str], None]) -> Proof:
    if mode is Mode.NAMESPACE:
        return _in_a_chamber(subjects, say)
    return _here(subjects, mode, say)


def knows_ipv6() -> bool:
    """Whether this kernel has it at all: where it has not, nothing can leave by it, and a sink cannot listen on it."""
    try:
        socket.socket(socket.AF_INET6).close()
    except OSError:
        return False
    return True


def attempts() -> tuple[Attempt, ...]:
    """Those of ``ATTEMPTS`` that this kernel has a way for."""
    return ATTEMPTS if knows_ipv6() else tuple(each for each in ATTEMPTS if ":" not in each.host)


def can_make_a_namespace() -> bool:
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    made = subprocess.run([*_apart(unshare), "true"], capture_output=True, check=False)  # noqa: S603
    return made.returncode == 0


def _apart(unshare: str) -> list[str]:
    return [unshare, "--net"] if os.geteuid() == 0 else [unshare, "--user", "--map-root-user", "--net"]


def _in_a_chamber(subjects: Sequence[Subject], say: Callable[[str], None]) -> Proof:
    ways = attempts()
    runs = [
        *(_run(each.name, each, [*ways, LOOK_UP, RAW]) for each in subjects),
        _run("allowed", _allowing(subjects[0]), [_ALLOWED]),
        _run("bare", _bare(subjects[0]), [*ways, *PAST]),
        _run("past", subjects[0], PAST),
    ]
    places = [*((_kind(each), each.host, each.port) for each in ways), ("tcp", ALLOWED, ALLOWED_PORT)]
    plan = {"hosts": sorted({host for _, host, _ in places}), "listen": places, "runs": runs}
    unshare = shutil.which("unshare") or "unshare"
    say(f"{len(subjects)} processes and engines, {len(ways) + 2} ways each, in a network namespace with a sink")
    done = subprocess.run(  # noqa: S603
        [*_apart(unshare), sys.executable, "-I", "-S", chamber.__file__],
        input=json.dumps(plan), capture_output=True, text=True, check=False, timeout=_PATIENCE_S * len(runs),
    )  # fmt: skip
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        return Proof(
            mode=Mode.NAMESPACE, checked=(), wall=(),
            controls=(Control(name="namespace", is_good=False, found=f"the chamber did not work: {why[0]}"),),
        )  # fmt: skip
    results = {each["name"]: each for each in json.loads(done.stdout)["results"]}
    bare, allowed, past = results["bare"], results["allowed"], results["past"]
    seen = {tuple(each) for each in bare["seen"]}
    missed = [each.name for each in ways if (_kind(each), each.host, each.port) not in seen]
    gone = sum(each["outcome"] == probe.LEFT for each in _outcomes(past))
    controls = (
        Control(
            name="allowed_arrives", is_good=bool(allowed["seen"]),
            found=f"{ALLOWED}:{ALLOWED_PORT}, which was named: {'arrived' if allowed['seen'] else 'did not arrive'}",
        ),
        Control(
            name="sink_sees_all", is_good=not missed,
            found=f"not seen: {', '.join(missed)}" if missed else "without the guard each of them arrived at the sink",
        ),
        Control(
            name="guard_is_no_wall", is_good=True,
            found=f"past the guard (ctypes, a shell, an unguarded child) {gone} of {len(PAST)} left the process: "
            "only the kernel's rules stop these",
        ),
    )  # fmt: skip
    return Proof(
        mode=Mode.NAMESPACE,
        checked=tuple(_checked(each, results[each.name]) for each in subjects),
        controls=controls,
        wall=(),
    )


def _here(subjects: Sequence[Subject], mode: Mode, say: Callable[[str], None]) -> Proof:
    """On this machine as it is. A stand-in takes what would be sent; ``outside`` lets it go, to learn what stops it."""
    ways, stands_in = attempts(), mode is Mode.STAND_IN
    where = "a stand-in takes what would be sent" if stands_in else "on the real way out"
    say(f"{len(subjects)} processes and engines, {len(ways) + 2} ways each; {where}")
    guarded = tuple(
        _checked(each, _one(_run(each.name, each, [*ways, LOOK_UP, RAW]), stands_in=True)) for each in subjects
    )
    bare = _outcomes(_one(_run("bare", _bare(subjects[0]), ways), stands_in=True))
    allowed = _outcomes(_one(_run("allowed", _allowing(subjects[0]), [_ALLOWED]), stands_in=True))
    missed = [each["name"] for each in bare if each["outcome"] != probe.LEFT]
    passed = bool(allowed) and allowed[0]["outcome"] == probe.LEFT
    controls = (
        Control(
            name="allowed_arrives", is_good=passed,
            found=f"{ALLOWED}:{ALLOWED_PORT}, which was named: {'passed the guard' if passed else 'did not pass'}",
        ),
        Control(
            name="sink_sees_all", is_good=bool(bare) and not missed,
            found="without the guard each of them came to the stand-in" if not missed else f"not seen: {missed}",
        ),
    )  # fmt: skip
    wall: tuple[Tried, ...] = ()
    if mode is Mode.OUTSIDE:
        wall = tuple(_at_the_wall(subjects[0], each) for each in [*ways, RAW, *PAST])
    return Proof(mode=mode, checked=guarded, controls=controls, wall=wall)


def _at_the_wall(subject: Subject, attempt: Attempt) -> Tried:
    """One attempt without a guard. That nothing answers is no proof; that a rule counted it is."""
    before = rules.counted()
    outcomes = _outcomes(_one(_run("wall", _bare(subject), [attempt]), stands_in=False))
    if not outcomes:
        return Tried(
            **msgspec.structs.asdict(attempt), outcome=probe.FAILED, said="the probe did not run", is_good=False
        )
    by = rules.risen(before, rules.counted())
    tried = _tried(outcomes[0], (probe.KERNEL, probe.NO_ROUTE))
    return msgspec.structs.replace(tried, is_good=True, said=f"{tried.said} · {by}") if by else tried


def _checked(subject: Subject, result: dict[str, object]) -> Checked:
    tried = tuple(_tried(each, (probe.GUARD,)) for each in _outcomes(result))
    seen = result.get("seen", [])
    trouble = "" if tried else f"its probe did not run: {str(result['err']).strip()[-200:]}"
    return Checked(
        subject=subject.name,
        python=subject.python,
        tried=tried,
        arrived=len(seen) if isinstance(seen, list) else 0,
        trouble=trouble,
    )


def _tried(each: Mapping[str, object], good: Sequence[str]) -> Tried:
    return msgspec.convert({**each, "is_good": each["outcome"] in good}, Tried)


def _outcomes(result: Mapping[str, object]) -> list[dict[str, object]]:
    """Empty where the probe did not run to its end."""
    return json.loads(str(result["out"])) if result["code"] == 0 else []


def _one(run_: Mapping[str, object], *, stands_in: bool) -> dict[str, object]:
    done = subprocess.run(  # noqa: S603
        run_["argv"],  # type: ignore[call-overload]
        input=json.dumps({"stands_in": stands_in, "attempts": run_["attempts"]}),
        env=run_["environment"], capture_output=True, text=True, timeout=_PATIENCE_S, check=False,
    )  # fmt: skip
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def _run(name: str, subject: Subject, attempts: Iterable[Attempt]) -> dict[str, object]:
    """An engine has the guard in its environment; a process of ours installs it as its first deed, and so does this."""
    return {
        "name": name,
        "argv": [
            subject.python,
            "-I",
            *([probe.__file__] if subject.is_engine else ["-c", _OURS, _ROOT, probe.__file__]),
        ],
        "environment": subject.environment,
        "attempts": msgspec.to_builtins(list(attempts)),
        "patience_s": _PATIENCE_S,
    }


_ROOT: Final = str(Path(guard.__file__).parents[2])
_OURS: Final = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); from security.egress import guard; "
    "guard.install_from_environment(); sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
)


def _allowing(subject: Subject) -> Subject:
    said = guard.said("egress-test", [guard.joined(ALLOWED, ALLOWED_PORT)], "")
    return msgspec.structs.replace(subject, environment={**subject.environment, **said})


def _bare(subject: Subject) -> Subject:
    return msgspec.structs.replace(
        subject, environment={name: value for name, value in subject.environment.items() if name != guard.VARIABLE}
    )


def _kind(attempt: Attempt) -> str:
    return "udp" if attempt.way == "udp" else "tcp"
