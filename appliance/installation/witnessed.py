"""When a witness last asked for a proof of the log, in a file of the state directory. The witness keeps what it saw."""

import contextlib
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = "audit-witness.json"


class Witnessed(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    size: int
    """Of the log, as it had seen it before."""


def note(state_dir: Path, seen: Witnessed) -> None:
    """What cannot be written holds up no witness."""
    scratch = state_dir / f".{FILE}.new"
    with contextlib.suppress(OSError):
        scratch.write_bytes(msgspec.json.encode(seen))
        scratch.rename(state_dir / FILE)


def read(state_dir: Path) -> Witnessed | None:
    """None where nobody has asked, or the file says nothing."""
    try:
        return msgspec.json.decode((state_dir / FILE).read_bytes(), type=Witnessed)
    except (OSError, msgspec.DecodeError):
        return None
