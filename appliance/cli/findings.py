"""What ``appliance doctor`` looks at. Each check answers what it found and, if that is not well, what to do."""

import os
import shutil
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator

import httpx

from appliance.aftersales.messages.store import standing as guides_standing
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.location import database_url, is_embedded
from appliance.db.login import excess
from appliance.db.migrate import OLDEST_SERVER, pending
from appliance.db.migrate import version as server_version
from appliance.errors import ApplianceError, Unavailable
from appliance.installation.model import Finding, Grade
from appliance.installation.rules import LEAST_FREE_MB
from appliance.jobs.heartbeat import living_workers
from appliance.joints.compact_model import Standing, corpus_dir, in_force
from appliance.joints.language_model import chat_model
from appliance.joints.people_desks import holidays_missing
from appliance.joints.root_key import existing_root, is_made
from appliance.joints.sms import OptOutFile, gateway_of, has_gateway
from appliance.supervisor import board
from appliance.supervisor.model import Phase
from models.errors import ModelError
from security.audit.live import verify_live
from security.audit.sealer import KEY_FILE
from security.errors import DeviceFailed

_OLDEST_PYTHON = (3, 11)
_ANSWER_S = 10.0
_CONNECT_S = 2.0
_PROBE_BYTES = 32


Outcome = tuple[Grade, str, str]
Check = Callable[[Settings], Awaitable[Outcome]]


async def findings(settings: Settings) -> list[Finding]:
    """One after another, in the order in which one rests on the other; an error of ours is a finding too."""
    return [Finding(name, *await _outcome(check, settings)) for name, check in CHECKS.items()]


async def _outcome(check: Check, settings: Settings) -> Outcome:
    try:
        return await check(settings)
    except (ApplianceError, OSError) as failed:
        return Grade.WRONG, str(failed), _cure(failed, settings)


def _cure(failed: Exception, settings: Settings) -> str:
    """A database of our own does not answer because nothing runs."""
    is_stopped = is_embedded(settings) and board.read(settings.state_path) is None
    if isinstance(failed, Unavailable) and is_stopped:
        return "start it: 'appliance up'"
    return "mend what it names, then run 'appliance doctor' again"


async def _python(_: Settings) -> Outcome:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _OLDEST_PYTHON:
        return Grade.WRONG, f"Python {found}", "install Python 3.11 or newer and run ./install.sh again"
    return _ok(f"Python {found}")


async def _disk(settings: Settings) -> Outcome:
    place = next(path for path in (settings.state_path, *settings.state_path.parents) if path.exists())
    free_mb = shutil.disk_usage(place).free // 1_000_000
    found = f"{free_mb} MB free in {place}"
    if free_mb < LEAST_FREE_MB:
        return Grade.WRONG, found, f"make room: at least {LEAST_FREE_MB} MB, or move state_dir to another disk"
    return _ok(found)


async def _state_dir(settings: Settings) -> Outcome:
    if not settings.state_path.is_dir():
        return Grade.SKIPPED, f"{settings.state_path} is not there yet", "start once: 'appliance up'"
    for problem, cure in _loose_ends(settings):
        return Grade.WRONG, problem, cure
    return _ok(f"{settings.state_path} is closed to others")


def _loose_ends(settings: Settings) -> Iterator[tuple[str, str]]:
    folder = settings.state_path
    found = folder.stat()
    if found.st_uid != os.geteuid():
        yield f"{folder} belongs to user {found.st_uid}", f"run as that user, or give it back: chown -R <you> {folder}"
    if found.st_mode & stat.S_IWOTH:
        yield f"everybody may write to {folder}", f"chmod o-w {folder}"
    secrets = folder / "secrets"
    for path in secrets.iterdir() if secrets.is_dir() else ():
        if path.stat().st_mode & 0o077:
            yield f"others may read {path}", f"chmod 600 {path}, and change that secret"


async def _processes(settings: Settings) -> Outcome:
    status = board.read(settings.state_path)
    if status is None:
        return Grade.WRONG, "nothing runs", "start it: 'appliance up'"
    if status.phase is not Phase.READY:
        return Grade.WRONG, f"it is {status.phase}", f"wait; if it stays so, look into {settings.state_dir}/log"
    died = [f"{p.name} {p.restarts}x, last: {p.last_exit}" for p in status.processes if p.restarts]
    return _ok("all processes are ready" + (f"; came back: {', '.join(died)}" if died else ""))


async def _postgres(settings: Settings) -> Outcome:
    found = await server_version(database_url(settings))
    if found < OLDEST_SERVER:
        return Grade.WRONG, f"PostgreSQL {found}", f"use PostgreSQL {OLDEST_SERVER} or newer"
    return _ok(f"PostgreSQL {found} answers")


async def _migrations(settings: Settings) -> Outcome:
    missing = await pending(database_url(settings))
    if missing:
        return (
            Grade.WRONG,
            f"{len(missing)} are missing, first {missing[0]}",
            "restart: 'appliance down', 'appliance up'",
        )
    return _ok("the tables are those of this version")


async def _login(settings: Settings) -> Outcome:
    found = await excess(database_url(settings))
    if found:
        cure = "restart with a DATABASE_URL whose role owns nothing, and the owner's as DATABASE_OWNER_URL"
        return Grade.WRONG, f"the role that logs in {', '.join(found)}", cure
    return _ok("the role that logs in owns nothing and becomes nobody but the application")


async def _web(settings: Settings) -> Outcome:
    status = board.read(settings.state_path)
    if status is None or "web" not in status.addresses:
        return Grade.SKIPPED, "it does not run", "start it: 'appliance up'"
    url = f"http://{status.addresses['web']}/health/ready"
    try:
        async with httpx.AsyncClient(timeout=_ANSWER_S, trust_env=False) as client:
            answer = await client.get(url)
    except httpx.TransportError as failed:
        return Grade.WRONG, f"{url} does not answer: {failed}", f"look into {settings.state_dir}/log/web-1.log"
    if not answer.is_success:
        return Grade.WRONG, f"{url} says {answer.status_code}: {answer.text[:200]}", "mend the check that it names"
    return _ok(f"{url} says ready")


async def _worker(settings: Settings) -> Outcome:
    db = await _database(settings)
    try:
        workers = await living_workers(db, SystemClock())
    finally:
        await db.close()
    if not workers:
        return Grade.WRONG, "no worker has shown a sign of life", f"look into {settings.state_dir}/log/worker.log"
    return _ok(f"{len(workers)} at work")


async def _language_model(settings: Settings) -> Outcome:
    """Without it customers are still understood, by the compact model: less well, and nobody would see why."""
    if not settings.llm.url:
        return Grade.SKIPPED, "none is set", "name its server as llm.url in appliance.toml, if there is one"
    chat = chat_model(settings.llm)
    try:
        served = await chat.served()
    except ModelError as away:
        cure = f"start it ('appliance models start'), or mend llm.url; asked at {settings.llm.url}"
        return Grade.WRONG, str(away), cure
    finally:
        await chat.aclose()
    if settings.llm.model not in served:
        return Grade.WRONG, f"it serves {', '.join(served)}", f"serve it as '{settings.llm.model}', or change llm.model"
    return _ok(f"{settings.llm.model} is served at {settings.llm.url}")


async def _own_words(settings: Settings) -> Outcome:
    """Words that an enterprise wrote, and that nothing was trained with, would seem to do nothing."""
    folder, train = corpus_dir(settings), "run 'appliance models train', then restart"
    match in_force(settings).standing:
        case Standing.PRODUCT:
            return Grade.SKIPPED, "there are none", f"write some (docs/own-corpus.md) into {folder}, if you like"
        case Standing.OWN:
            return _ok("the compact model was trained with them")
        case Standing.UNTRAINED:
            return Grade.WARNING, f"nothing was trained with those in {folder}", train
        case Standing.OTHER_WORDS:
            return Grade.WARNING, f"those in {folder} have changed since the model was trained", train
        case Standing.OTHER_PRODUCT:
            return Grade.WARNING, "the product is newer than the model trained with them: its own counts", train
        case Standing.CORRUPT:
            return Grade.WRONG, "the model trained with them cannot be read: the product's own counts", train


async def _holidays(settings: Settings) -> Outcome:
    if found := holidays_missing(settings.work, SystemClock().now().date()):
        cure = "add those that the State Council has arranged to a copy of terms.toml, and name it as work.terms_file"
        return Grade.WARNING, found, cure
    return _ok("the holidays of the next three months are known to work orders")


async def _root_key(settings: Settings) -> Outcome:
    """That it opens, and opens what it wraps: a token that is away is found before the next start needs it."""
    if not is_made(settings):
        return Grade.SKIPPED, "there is no root key yet", "start once: 'appliance up'"
    root, context = existing_root(settings), b"csa/doctor/v1"
    try:
        if root.unwrap(root.wrap(bytes(_PROBE_BYTES), context), context) != bytes(_PROBE_BYTES):
            return Grade.WRONG, "the root key does not open what it wraps", "call who keeps the token or device"
    except DeviceFailed as failed:
        return Grade.WRONG, str(failed), "call who keeps the token or device"
    return _ok(f"it opens, in keeping of: {settings.keys.provider}")


async def _messages(settings: Settings) -> Outcome:
    """Without a gateway nothing is queued, and no conversation speaks of a message."""
    if not has_gateway(settings):
        found = "no SMS gateway: customers are told where to send goods in the conversation alone"
        return Grade.SKIPPED, found, "describe it in a file (docs/sms.md) and name that as messages.gateway_file"
    await gateway_of(settings).aclose()
    OptOutFile(settings.messages).read()
    db = await _database(settings)
    try:
        async with db.system() as conn:
            counted = await guides_standing(conn)
    finally:
        await db.close()
    waiting = ", ".join(f"{number} {state}" for state, number in counted.items()) or "nothing queued yet"
    return _ok(f"the SMS gateway is described; messages: {waiting}")


async def _audit(settings: Settings) -> Outcome:
    key = settings.audit_path / KEY_FILE
    if not key.is_file():
        return Grade.SKIPPED, "no record has been sealed yet", "start once: 'appliance up'"
    db = await _database(settings)
    try:
        async with db.system() as conn:
            report = await verify_live(conn, settings.audit_path, key.read_text(encoding="utf-8").strip())
    finally:
        await db.close()
    if report.exit_code:
        return Grade.WRONG, "the log does not hold", "run 'appliance audit verify', and keep everything as it is"
    return _ok("every record, hash and signature holds")


async def _database(settings: Settings) -> Database:
    return await Database.open(database_url(settings), size=1, name="appliance-doctor", wait_s=_CONNECT_S)


def _ok(found: str) -> Outcome:
    return Grade.OK, found, ""


CHECKS: dict[str, Check] = {
    "python": _python,
    "disk": _disk,
    "state": _state_dir,
    "processes": _processes,
    "postgres": _postgres,
    "migrations": _migrations,
    "login": _login,
    "root key": _root_key,
    "holidays": _holidays,
    "web": _web,
    "worker": _worker,
    "language model": _language_model,
    "own words": _own_words,
    "messages": _messages,
    "audit": _audit,
}
