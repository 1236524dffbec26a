"""What the processes of one appliance may reach, and what their guards refused (``security.egress.guard``).

Order systems, webhooks and the SMS gateway are admitted where a row or file names them; the rest is in the settings.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.config import Settings
from appliance.supervisor import places
from security.egress import guard

_FILES: Final = "*.json"
UNREADABLE: Final = "unreadable-count"


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts of one process on one destination since the appliance started."""

    process: str
    kind: str
    host: str
    port: int
    count: int
    first: float
    last: float
    by: str
    """The module that tried."""

    @property
    def destination(self) -> str:
        return guard.joined(self.host, self.port)

    @property
    def last_at(self) -> datetime:
        return datetime.fromtimestamp(self.last, UTC)


def folder(state_dir: Path) -> Path:
    return state_dir / "run" / "egress"


def begin(state_dir: Path) -> None:
    """A new run begins with none; what was counted before stands in the audit log."""
    shutil.rmtree(folder(state_dir), ignore_errors=True)
    folder(state_dir).mkdir(mode=0o700, parents=True)


def named(settings: Settings) -> dict[str, str]:
    """``host:port`` of everything that the settings name (``places``), by the setting."""
    found: dict[str, str] = {}
    for place in places.named(settings):
        number = sum(name.partition(" ")[0] == place.named_by for name in found) + 1
        found[place.named_by if number == 1 else f"{place.named_by} ({number})"] = str(place)
    return found


def environment(settings: Settings, process: str) -> dict[str, str]:
    """What makes a child of that name guard itself. What listens here it may reach under the address that it has."""
    here = (settings.web.host, settings.voice.host, settings.platform.probe_host)
    allow = [*named(settings).values(), *(guard.joined(host, guard.ANY_PORT) for host in here if host)]
    return guard.said(process, allow, str(folder(settings.state_path)))


def sealed_in(settings: Settings, process: str) -> dict[str, str]:
    """The same for an engine, which needs nobody but this machine."""
    return guard.said(process, (), str(folder(settings.state_path)))


def blocked(state_dir: Path) -> tuple[Blocked, ...]:
    """Of all processes, the latest first. A file is replaced whole, so it is read whole."""
    found = [each for path in sorted(folder(state_dir).glob(_FILES)) for each in _read(path)]
    return tuple(sorted(found, key=lambda each: -each.last))


def by_kind(found: tuple[Blocked, ...]) -> dict[str, int]:
    return {kind: sum(each.count for each in found if each.kind == kind) for kind in guard.KINDS}


def _read(path: Path) -> list[Blocked]:
    """A file that cannot be read is said, not passed over: it may be the one that matters."""
    try:
        tree: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        return msgspec.convert([{"process": tree["process"], **each} for each in tree["blocked"]], list[Blocked])
    except (OSError, msgspec.MsgspecError, KeyError, TypeError):
        when = path.stat().st_mtime if path.exists() else 0.0
        lost = Blocked(process=path.stem, kind="raw", host=UNREADABLE, port=0, count=1, first=when, last=when, by="")
        return [lost]
