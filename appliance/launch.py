"""How every child process is started: give up root where told, tie its life to the parent's, then become the program.

The kernel kills (or stops) the child when its parent dies, however it dies, so nothing is left behind. ``command``
makes the command line; run as a script this file is the last step before ``exec`` and uses the standard library only.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
_PARENT_IS_GONE = 75
_SAME = "-"


def command(
    program: Sequence[str], *, death_signal: signal.Signals, uid: int | None = None, gid: int | None = None
) -> list[str]:
    """For a child of this very process. ``death_signal`` is what it gets when this process dies."""
    ids = [_SAME if value is None else str(value) for value in (uid, gid)]
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(death_signal)), *ids, "--", *program]


def main(argv: Sequence[str]) -> None:
    parent, death_signal, uid, gid, dash, *program = argv
    if dash != "--" or not program:
        raise SystemExit("launch: expected PARENT_PID SIGNAL UID GID -- program [arguments]")
    if uid != _SAME:
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    _die_with_parent(int(parent), int(death_signal))
    os.execv(program[0], program)  # noqa: S606 (no shell is the point)


def _die_with_parent(parent: int, death_signal: int) -> None:
    """After the credentials changed, which makes the kernel forget it. A parent that died before is seen afterwards."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise SystemExit(f"launch: prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        raise SystemExit(_PARENT_IS_GONE)


if __name__ == "__main__":
    main(sys.argv[1:])
