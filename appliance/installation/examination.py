"""``appliance doctor``, for who has no shell: the command itself, in a process of its own, and what it finds.

It reads the whole audit log, which takes a core that is not to be one that answers customers.
"""

import asyncio
import signal
from collections.abc import Sequence
from typing import Final

import msgspec

from appliance import launch
from appliance.errors import Conflict, Unavailable
from appliance.installation.model import Finding

LONGEST_S: Final = 300.0
_GOOD: Final = (0, 1)
"""1: something is wrong, and was found."""
_decoder = msgspec.json.Decoder(tuple[Finding, ...])


class AlreadyRunning(Conflict):
    code = "already_running"


class Examination:
    """One at a time in each web process."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._running = asyncio.Lock()

    async def run(self) -> tuple[Finding, ...]:
        """AlreadyRunning while another one runs; Unavailable where it does not come to its end."""
        if self._running.locked():
            raise AlreadyRunning("the installation is being examined already; wait until that is done")
        async with self._running:
            return await self._found()

    async def _found(self) -> tuple[Finding, ...]:
        pipe = asyncio.subprocess.PIPE
        command = launch.command(self._command, death_signal=signal.SIGKILL)
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        try:
            async with asyncio.timeout(LONGEST_S):
                said, complaint = await process.communicate()
        except TimeoutError as late:
            raise Unavailable(f"the examination took longer than {LONGEST_S:g} s; run 'appliance doctor'") from late
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode not in _GOOD:
            why = complaint.decode(errors="replace").strip()[:200]
            raise Unavailable(f"the examination ended early: {why}; run 'appliance doctor'")
        return _decoder.decode(said)
