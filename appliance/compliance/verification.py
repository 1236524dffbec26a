"""Checks the whole log while somebody watches, by the command that an auditor would run, in a process of its own:
it takes a core for as long as it lasts, which is not to be one that answers customers."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from appliance import launch
from appliance.compliance.model import Checked, NoVerdict, Said, Verdict
from appliance.db import Database
from appliance.errors import Conflict
from appliance.identity.staff_deeds import Deeds
from security.access import records
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Outcome, Target

_LOG: Final = Target(type="audit_log", id="this")
_OUTCOMES: Final = {"ok": Outcome.SUCCESS, "tampered": Outcome.FAILURE}
_MOST_LINE: Final = 64 * 1024 * 1024
"""A verdict lists every open intent and every gap."""


class Verification:
    """One at a time in each web process."""

    def __init__(self, db: Database, deeds: Deeds, command: Sequence[str]) -> None:
        """``command``: ``appliance audit verify --json --progress``, as it is started from here."""
        self._db = db
        self._deeds = deeds
        self._command = command
        self._running = asyncio.Lock()

    def begin(self, who: Principal, origin: Origin) -> AsyncIterator[Said]:
        """How far it is, and what was found at last. Whoever reads no further stops it.

        Conflict while another one runs.
        """
        if self._running.locked():
            raise Conflict("the log is being checked already; wait until that is done")
        return self._recorded(who, origin)

    async def _recorded(self, who: Principal, origin: Origin) -> AsyncIterator[Said]:
        deed, actor = Deed.AUDIT_VERIFY, records.actor_of(who)
        async with self._running, self._deeds.noting(deed, actor, _LOG, origin):
            said: Said = NoVerdict(why="")
            async for said in self._said():
                yield said
            outcome, detail = _in_short(said)
            async with self._db.system() as conn:
                await append(conn, [records.record(deed, actor, _LOG, origin, outcome=outcome, detail=detail)])

    async def _said(self) -> AsyncIterator[Said]:
        pipe = asyncio.subprocess.PIPE
        command = launch.command(self._command, death_signal=signal.SIGKILL)
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, limit=_MOST_LINE)
        if process.stdout is None or process.stderr is None:
            raise AssertionError("both were asked for")
        complaint = asyncio.create_task(process.stderr.read())
        said: Said = NoVerdict(why="")
        try:
            async for line in process.stdout:
                said = _read(line)
                yield said
            if not isinstance(said, Verdict):
                yield NoVerdict(why=(await complaint).decode(errors="replace").strip() or "the check ended early")
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            complaint.cancel()


def _read(line: bytes) -> Said:
    told: dict[str, Any] = msgspec.json.decode(line)
    if "checked" in told:
        return Checked(records=told["checked"], of=told["of"])
    return msgspec.convert({**told, "type": "verdict", "open_intents": len(told["open_intents"])}, Verdict)


def _in_short(said: Said) -> tuple[Outcome, dict[str, str]]:
    if not isinstance(said, Verdict):
        return Outcome.UNKNOWN, {}
    detail = {"status": said.status, "records": str(said.records)}
    if said.first_bad is not None:
        detail["first_bad"] = str(said.first_bad)
    return _OUTCOMES.get(said.status, Outcome.UNKNOWN), detail
