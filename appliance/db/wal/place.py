"""Where base backups and segments lie, and which of them a second needs. Names only; nothing is opened."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Self

from appliance.errors import ConfigurationError, NotFound

SUFFIX: Final = ".csaw"
_BASE: Final = re.compile(r"base-(\d{8}T\d{6}Z)-([0-9A-F]{24})\.csab")
_LEFT: Final = "left-"
_STAMP: Final = "%Y%m%dT%H%M%SZ"


class Base(NamedTuple):
    path: Path
    ended_at: datetime
    """Any second from here on can be restored from it."""
    first_segment: str
    """No segment before this one is needed."""

    @classmethod
    def named(cls, path: Path) -> Self | None:
        found = _BASE.fullmatch(path.name)
        if found is None:
            return None
        return cls(path, datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC), found[2])

    @staticmethod
    def name(ended_at: datetime, first_segment: str) -> str:
        return f"base-{ended_at.astimezone(UTC).strftime(_STAMP)}-{first_segment}.csab"


class Place:
    """Of one cluster."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.base = folder / "base"
        self.wal = folder / "wal"

    @classmethod
    def of(cls, wal_dir: Path, data: Path) -> Self:
        """``data``: of the cluster; its identifier is what its control file begins with."""
        try:
            with (data / "global" / "pg_control").open("rb") as control:
                identifier = int.from_bytes(control.read(8), sys.byteorder)
        except OSError as absent:
            raise ConfigurationError(f"{absent.filename}: {absent.strerror}: there is no cluster") from absent
        return cls(wal_dir / str(identifier))

    def bases(self) -> list[Base]:
        """The oldest first."""
        found = (Base.named(path) for path in self.base.glob("base-*.csab"))
        return sorted((each for each in found if each is not None), key=lambda each: each.ended_at)

    def left_at(self, now: datetime) -> Path:
        """For what was kept of a stretch that a copy put back has left."""
        return self._folder / f"{_LEFT}{now.astimezone(UTC).strftime(_STAMP)}"

    def left(self, before: datetime) -> list[Path]:
        """Those that were left before then."""
        return [path for path in self._folder.glob(f"{_LEFT}*Z") if path.name <= self.left_at(before).name]

    def segments(self, since: str) -> list[Path]:
        """From this segment on, of every timeline, with what tells the timelines apart."""
        return sorted(
            path
            for path in self.wal.glob(f"*{SUFFIX}")
            if path.name.startswith("0") and (".history" in path.name or path.name[8:24] >= since[8:24])
        )


def base_for(wal_dir: Path, at: datetime) -> tuple[Place, Base]:
    """The newest that ended before; NotFound says how far back it goes."""
    places = [Place(folder) for folder in wal_dir.iterdir() if folder.is_dir()] if wal_dir.is_dir() else []
    found = [(place, base) for place in places for base in place.bases()]
    fitting = [(place, base) for place, base in found if base.ended_at <= at]
    if fitting:
        return max(fitting, key=lambda each: each[1].ended_at)
    oldest = min((base.ended_at for _, base in found), default=None)
    reach = f"the oldest second there is {oldest:%Y-%m-%d %H:%M:%S} UTC" if oldest else "it holds no base backup"
    raise NotFound(f"{wal_dir}: nothing reaches back to {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC; {reach}")
