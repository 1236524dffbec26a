"""Call files: written whole beside the spool folder, then moved into it, so that no half of one is ever read.

The file's name is the attempt's id: the same again takes the place of the first. Asterisk deletes it when it is done.
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Final
from uuid import UUID

from appliance.integrations.pbx.dial import Plan, check
from appliance.outbound.model import Dial
from appliance.outbound.ports import NotPlaced

_MODE: Final = 0o640
DRAFTS: Final = "appliance-tmp"
"""Beside the spool folder: on the same file system, and not looked at by the switchboard."""


class CallFiles:
    """``outbound.ports.Pbx``"""

    def __init__(self, spool: Path, plan: Plan) -> None:
        self._spool = spool
        self._drafts = spool.parent / DRAFTS
        self._plan = plan

    async def place(self, dial: Dial) -> None:
        check(dial)
        try:
            await asyncio.to_thread(self._write, dial)
        except OSError as refused:
            raise NotPlaced(
                f"the call file could not be written ({refused.strerror}): let this user write in outbound.spool and "
                "in the folder above it"
            ) from refused

    async def take_back(self, attempt_id: UUID) -> None:
        with contextlib.suppress(OSError):
            await asyncio.to_thread((self._spool / _name(attempt_id)).unlink)

    def _check_folders(self) -> None:
        """Each time: a folder of another machine comes and goes. NotPlaced says what to do."""
        if not self._spool.is_dir():
            raise NotPlaced(
                f"outbound.spool names {self._spool}, which is no folder here: mount the switchboard's spool folder "
                "there, or set outbound.way to ari"
            )
        self._drafts.mkdir(mode=0o750, exist_ok=True)
        if self._drafts.stat().st_dev != self._spool.stat().st_dev:
            raise NotPlaced(
                f"{self._drafts} and {self._spool} lie on different file systems, so a file could be read before it is "
                "whole: mount the folder above both"
            )

    def _write(self, dial: Dial) -> None:
        self._check_folders()
        name = _name(dial.attempt_id)
        draft = self._drafts / name
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self._text(dial))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._spool / name)

    def _text(self, dial: Dial) -> str:
        context, extension = self._plan.place
        lines = [
            f"Channel: {self._plan.channel(dial)}",
            *([f"CallerID: <{self._plan.caller_number}>"] if self._plan.caller_number else []),
            f"WaitTime: {self._plan.wait_s}",
            "MaxRetries: 0",
            f"Context: {context}",
            f"Extension: {extension}",
            "Priority: 1",
            *(f"Setvar: {name}={value}" for name, value in self._plan.variables(dial).items()),
            "Archive: no",
        ]
        return "\n".join(lines) + "\n"


def _name(attempt_id: UUID) -> str:
    return f"{attempt_id}.call"
