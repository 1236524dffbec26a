"""What is wrong with what runs, made so: nothing, half of it, without its guard, an engine that is not there."""

import asyncio
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.cli import findings_parts
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.installation import rungs
from appliance.installation.model import RungView
from appliance.installation.rungs import Rung
from appliance.joints.root_key import open_root
from appliance.supervisor import egress
from appliance.supervisor.board import Board
from appliance.supervisor.model import Phase, ProcessState, ProcessStatus, Status
from security.egress import guard
from tests.appliance.cli.doctor.conftest import Doctor, changed

fault = pytest.mark.fault


def runs(state: Path, *processes: ProcessStatus, phase: Phase = Phase.READY, **addresses: str) -> None:
    clock = SystemClock()
    status = Status(pid=os.getpid(), phase=phase, since=clock.now(), addresses=addresses, processes=processes)
    Board(state, status, clock)


def process(name: str, state: ProcessState = ProcessState.READY, **values: Any) -> ProcessStatus:
    return ProcessStatus(name=name, state=state, **values)


@fault("processes", "nothing runs", "appliance up")
async def test_an_appliance_that_does_not_run_is_found(doctor: Doctor, patient: Settings) -> None:
    await doctor.finds(patient)


@fault("processes", "worker is backing_off", "log", passes=True)
async def test_a_process_that_does_not_come_up_is_found(doctor: Doctor, patient: Settings, running: Path) -> None:
    runs(running, process("worker"))
    await doctor.is_content(patient)
    runs(running, process("worker", ProcessState.BACKING_OFF))
    await doctor.finds(patient)


@fault("processes", "came back again and again", "find out why")
async def test_a_process_that_dies_again_and_again_is_found(doctor: Doctor, patient: Settings, running: Path) -> None:
    runs(running, process("worker", restarts=12, last_exit="exit code 1"))
    await doctor.finds(patient)


@fault("web", "does not answer", "web-1.log", passes=True)
async def test_a_web_process_that_is_deaf_is_found(doctor: Doctor, patient: Settings, running: Path) -> None:
    runs(running, process("web-1"), web="127.0.0.1:9")
    await doctor.finds(patient)


@fault("web", "says 503", "mend the check", passes=True)
async def test_a_web_process_that_is_not_ready_is_found(doctor: Doctor, patient: Settings, running: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 x\r\nContent-Length: 8\r\nConnection: close\r\n\r\ndatabase")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        runs(running, process("web-1"), web=f"{host}:{port}")
        await doctor.finds(patient)


@contextmanager
def living(**environment: str) -> Iterator[int]:
    """A process that only lives; its environment is there once it has said so."""
    argv = [sys.executable, "-S", "-c", "print(flush=True); input()"]
    with subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid


@fault("guards", "worker was started without the egress guard", "appliance egress test")
async def test_a_process_without_its_guard_is_found(doctor: Doctor, patient: Settings, running: Path) -> None:
    with living(**egress.environment(patient, "worker")) as pid:
        runs(running, process("worker", pid=pid))
        await doctor.is_content(patient)
    with living() as pid:
        runs(running, process("worker", pid=pid))
        await doctor.finds(patient)


@fault("guards", "has no guard of this version", "appliance down")
async def test_an_engine_without_its_guard_is_found(
    doctor: Doctor, patient: Settings, running: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "engine", symlinks=True)
    runs(running)
    python = str(tmp_path / "engine" / "bin" / "python")
    await doctor.finds(changed(patient, "voice", enabled=True, recogniser_python=python))


@fault("engines", "the recogniser's Python", "./install.sh voice")
async def test_an_engine_that_is_not_there_is_found(doctor: Doctor, patient: Settings, tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere" / "python")
    await doctor.finds(changed(patient, "voice", enabled=True, recogniser_python=missing))


@fault("engines", "the speaker's library", "./install.sh voice")
async def test_a_speaker_that_is_not_there_is_found(doctor: Doctor, patient: Settings, tmp_path: Path) -> None:
    voice = changed(
        patient, "voice", enabled=True, recogniser_url="ws://127.0.0.1:1", speaker_library=str(tmp_path / "x")
    )
    await doctor.finds(voice)


@fault("egress", "7 attempts refused: worker (some_library) tcp 203.0.113.9:443", "appliance egress test")
async def test_attempts_to_leave_are_found(doctor: Doctor, patient: Settings) -> None:
    await doctor.is_content(patient)
    egress.begin(patient.state_path)
    tried = {"kind": "tcp", "host": "203.0.113.9", "port": 443, "count": 7, "first": 1.0, "last": 2.0}
    said = {"process": "worker", "pid": 1, "blocked": [{**tried, "by": "some_library"}]}
    (egress.folder(patient.state_path) / "worker-1.json").write_text(json.dumps(said))
    await doctor.finds(patient)
    assert guard.VARIABLE in egress.environment(patient, "worker")


@fault("rungs", "done without: keypad since", "see 'recogniser' here")
async def test_what_the_machine_does_without_is_found(doctor: Doctor, patient: Settings, running: Path) -> None:
    runs(running, process("worker"))
    await doctor.is_content(patient)
    since = datetime(2030, 1, 1, tzinfo=UTC)
    for rung in Rung:
        standing = (RungView(rung=Rung.KEYPAD, since=since), RungView(rung=rung, since=since))
        rungs.file_of(patient.state_path).write_bytes(msgspec.json.encode(standing))
        seen = await doctor.finds(patient)
        assert f"{rung} since 2030-01-01 00:00:00 UTC" in seen.found


@fault("root key", "key file", "mend what it names")
async def test_a_root_key_that_is_none_is_found(doctor: Doctor, patient: Settings) -> None:
    open_root(patient)
    await doctor.is_content(patient)
    (patient.state_path / "secrets" / "root.key").write_bytes(b"no key")
    await doctor.finds(patient)


@fault("language model", "the model server does not answer", "appliance models start", passes=True)
async def test_a_language_model_that_does_not_answer_is_found(doctor: Doctor, patient: Settings) -> None:
    await doctor.finds(changed(patient, "llm", url="http://127.0.0.1:9/v1", model="qwen"))


@fault("holidays", "have no holidays of 2031", "work.terms_file")
async def test_holidays_that_are_not_known_are_found(
    doctor: Doctor, patient: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(SystemClock):
        def now(self) -> datetime:
            return datetime(2031, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(findings_parts, "SystemClock", Later)
    await doctor.finds(patient)
