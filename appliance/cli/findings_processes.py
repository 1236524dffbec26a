"""What ``appliance doctor`` looks at in what runs: the tree, web, workers, their guards, the engines of speech."""

import os
from pathlib import Path

import httpx

from appliance.cli.findings_outcome import (
    START,
    Outcome,
    is_kept_elsewhere,
    listed,
    opened,
    passing,
    warning,
    well,
    wrong,
)
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.installation.model import Grade
from appliance.jobs.heartbeat import living_workers
from appliance.supervisor import board, egress
from appliance.supervisor.model import Phase, ProcessState
from appliance.supervisor.processes import POSTGRES
from appliance.voice.own_engines import own_recogniser, own_speaker
from appliance.web.tls import to_ourselves
from security.egress import guard, placing
from security.errors import GuardNotPlaced

_ANSWER_S = 10.0
_KEPT_ELSEWHERE: Outcome = (
    Grade.SKIPPED,
    "a platform keeps the processes, each in a container of its own",
    "ask it: 'docker compose ps', or 'kubectl get pods'",
)
_MOST_RESTARTS = 10


async def processes(settings: Settings) -> Outcome:
    if is_kept_elsewhere(settings):
        return _KEPT_ELSEWHERE
    status = board.read(settings.state_path)
    if status is None:
        return wrong("nothing runs", START)
    if status.phase is not Phase.READY:
        return passing(f"it is {status.phase}", f"wait; if it stays so, look into {settings.state_dir}/log")
    died = [f"{p.name} {p.restarts}x, last: {p.last_exit}" for p in status.processes if p.restarts]
    away = [
        f"{p.name} is {p.state}" for p in status.processes if p.state not in (ProcessState.READY, ProcessState.DONE)
    ]
    if away:
        return passing(listed(away), f"look into {settings.state_dir}/log; it is started again and again")
    if any(p.restarts >= _MOST_RESTARTS for p in status.processes):
        return warning(f"came back again and again: {listed(died)}", f"find out why in {settings.state_dir}/log")
    return well("all processes are ready" + (f"; came back: {', '.join(died)}" if died else ""))


async def web(settings: Settings) -> Outcome:
    if is_kept_elsewhere(settings):
        return _KEPT_ELSEWHERE
    status = board.read(settings.state_path)
    if status is None or "web" not in status.addresses:
        return Grade.SKIPPED, "it does not run", START
    url = f"{settings.web.scheme}://{status.addresses['web']}/health/ready"
    try:
        async with httpx.AsyncClient(timeout=_ANSWER_S, trust_env=False, verify=to_ourselves(settings.web)) as client:
            answer = await client.get(url)
    except httpx.TransportError as failed:
        return passing(f"{url} does not answer: {failed}", f"look into {settings.state_dir}/log/web-1.log")
    if not answer.is_success:
        return passing(f"{url} says {answer.status_code}: {answer.text[:200]}", "mend the check that it names")
    return well(f"{url} says ready")


async def worker(settings: Settings) -> Outcome:
    async with opened(settings) as db:
        workers = await living_workers(db, SystemClock())
    if not workers:
        return passing("no worker has shown a sign of life", f"look into {settings.state_dir}/log/worker.log")
    return well(f"{len(workers)} at work")


async def guards(settings: Settings) -> Outcome:
    """Each process of ours carries its guard in its environment; an engine's lies in the environment of its own."""
    status = board.read(settings.state_path)
    if is_kept_elsewhere(settings) or status is None:
        return Grade.SKIPPED, "no process of ours runs here", "ask 'appliance egress test'"
    bare = [each.name for each in status.processes if each.pid and each.name != POSTGRES and not _is_guarded(each.pid)]
    if bare:
        found = f"{listed(bare)} was started without the egress guard"
        return wrong(found, "'appliance down', 'appliance up'; if it stays so, run 'appliance egress test'")
    own = own_recogniser(settings)
    if own is not None and os.access(own.python, os.X_OK):
        try:
            is_placed = placing.is_placed(own.python)
        except GuardNotPlaced as broken:
            return wrong(str(broken), "make the environment of the engine again: ./install.sh voice")
        if not is_placed:
            return wrong(f"the engine at {own.python} has no guard of this version", "'appliance down', 'appliance up'")
    return well("every process was started with its guard")


def _is_guarded(pid: int) -> bool:
    """Of a process that is not ours to look into, nothing is said."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return True
    return f"{guard.VARIABLE}=".encode() in environment


async def engines(settings: Settings) -> Outcome:
    """Whether what is to hear and to speak is on this machine at all."""
    if not settings.voice.enabled:
        return Grade.SKIPPED, "calls are off", "set voice.enabled, if calls are to be taken (docs/phone.md)"
    again = "run ./install.sh voice, or name an engine that runs elsewhere"
    own = own_recogniser(settings)
    if own is not None and not os.access(own.python, os.X_OK):
        return wrong(f"the recogniser's Python {own.python} is not there", again)
    if own is not None and not own.models.final.is_dir():
        return wrong(f"the recogniser's model {own.models.final} is not there", again)
    library = own_speaker(settings)
    if library is not None and not library.is_dir():
        return wrong(f"the speaker's library {library} is not there", again)
    return well("every engine that runs here is installed")


async def blocked(settings: Settings) -> Outcome:
    """What the guards refused since the appliance started. What C code does they cannot see: the kernel's rules do."""
    found = egress.blocked(settings.state_path)
    if not found:
        return well("no process has tried to reach what no setting names")
    shown = "; ".join(f"{each.process} ({each.by}) {each.kind} {each.destination} {each.count}x" for each in found[:5])
    cure = "name it in the settings if it is meant; otherwise find out what wants it, and run 'appliance egress test'"
    return warning(f"{sum(each.count for each in found)} attempts refused: {shown}", cure)
