"""What is done by the clock to keep the installation whole, when each is due, and how it went: one place for all of it.

What was done lies in a file of the state directory, for ``status``, ``doctor``, the console and the metrics, which need
no database for it. Of each other machine, with a state directory of its own, another keeper knows.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

import msgspec

from appliance.clock import SHANGHAI
from appliance.config import Profile, Settings
from appliance.config_upkeep import Often
from appliance.installation.model import Chore, ChoreView
from security.durable import replace_file

AGAIN: Final = timedelta(hours=1)
"""After a failure; what is due by its rhythm before that comes then."""
GRACE: Final = timedelta(hours=6)
"""Later than that something is overdue: no worker looks, or one thing before it took all night."""
_SUNDAY: Final = 6
_WEEK: Final = 7
_log = logging.getLogger(__name__)


class Rhythm(msgspec.Struct, frozen=True):
    at: time
    """In Shanghai."""
    often: Often | None = None
    """None: daily."""

    def after(self, moment: datetime) -> datetime:
        """The first time later than ``moment``."""
        day = moment.astimezone(SHANGHAI).date()
        while True:
            found = datetime.combine(day, self.at, SHANGHAI)
            if found > moment and self._is_day(found):
                return found
            day += timedelta(days=1)

    def _is_day(self, found: datetime) -> bool:
        match self.often:
            case Often.WEEKLY:
                return found.weekday() == _SUNDAY
            case Often.MONTHLY:
                return found.weekday() == _SUNDAY and found.day <= _WEEK
            case _:
                return True


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one chore."""

    since: datetime
    """When it was first asked for."""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    """None while it is done; or it was cut off, where nobody is about it any more."""
    done_at: datetime | None = None
    """When it last went well."""
    why: str = ""
    """Why it did not, the last time; empty: it did."""


_decoder = msgspec.json.Decoder(dict[Chore, Kept])


def rhythms(settings: Settings) -> dict[Chore, Rhythm]:
    """Those that the settings ask for. What is not in production keeps itself no house."""
    if settings.profile is not Profile.PRODUCTION:
        return {}
    upkeep = settings.upkeep
    wanted = {
        Chore.CERTIFICATES: (upkeep.certificates_at, None),
        Chore.BACKUP: (upkeep.backup_at if upkeep.backup_dir else "", None),
        Chore.DRILL: ("" if upkeep.drill is Often.NEVER or not upkeep.backup_dir else upkeep.drill_at, upkeep.drill),
        Chore.EGRESS: (upkeep.egress_at, None),
    }
    return {chore: Rhythm(time.fromisoformat(at), often) for chore, (at, often) in wanted.items() if at}


def due_at(rhythm: Rhythm, kept: Kept) -> datetime:
    """When it is to be done next. A failure, and what was cut off, is tried again before its time."""
    if kept.began_at is None:
        return rhythm.after(kept.since)
    by_rhythm = rhythm.after(kept.began_at)
    is_open = kept.ended_at is None or kept.why
    return min(by_rhythm, (kept.ended_at or kept.began_at) + AGAIN) if is_open else by_rhythm


def views(rhythms: Mapping[Chore, Rhythm], known: Mapping[Chore, Kept], now: datetime) -> tuple[ChoreView, ...]:
    """Of what was asked for just now, too: nobody has looked yet."""
    found = []
    for chore, rhythm in rhythms.items():
        kept = known.get(chore) or Kept(since=now)
        due = due_at(rhythm, kept)
        found.append(
            ChoreView(
                chore=chore,
                tried_at=kept.began_at,
                done_at=kept.done_at,
                due_at=due,
                is_failed=bool(kept.why),
                is_overdue=now - due > GRACE,
            )
        )
    return tuple(found)


def of(settings: Settings, now: datetime) -> tuple[ChoreView, ...]:
    return views(rhythms(settings), read(settings.state_path), now)


def first_due(rhythms: Mapping[Chore, Rhythm], known: Mapping[Chore, Kept], now: datetime) -> Chore | None:
    """What is due, the longest first; None: nothing is."""
    waiting = [(due_at(rhythm, known[chore]), chore) for chore, rhythm in rhythms.items() if chore in known]
    due = [each for each in waiting if each[0] <= now]
    return min(due)[1] if due else None


def asked_for(rhythms: Iterable[Chore], known: Mapping[Chore, Kept], now: datetime) -> dict[Chore, Kept]:
    """With what is new, without what nobody asks for any more: asked for again, it begins anew."""
    return {chore: known.get(chore) or Kept(since=now) for chore in rhythms}


def file_of(state_dir: Path) -> Path:
    return state_dir / "upkeep.json"


def in_words(settings: Settings, now: datetime) -> tuple[str, ...]:
    """A line each, for who looks at the command line."""
    known = read(settings.state_path)
    return tuple(_line(each, known.get(each.chore)) for each in of(settings, now))


def _line(view: ChoreView, kept: Kept | None) -> str:
    last = f"last done {_minute(view.done_at)}" if view.done_at else "never done yet"
    why = f"; the last try, {_minute(view.tried_at)}, failed: {kept.why}" if kept and kept.why and view.tried_at else ""
    return f"{view.chore}: {last}{why}; {'OVERDUE since' if view.is_overdue else 'next'} {_minute(view.due_at)}"


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def read(state_dir: Path) -> dict[Chore, Kept]:
    """Nothing before a worker has looked, nor of a file that is damaged: then all of it is asked for anew."""
    file = file_of(state_dir)
    try:
        return _decoder.decode(file.read_bytes())
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError:
        _log.warning("upkeep.file_damaged", extra={"file": str(file)})
        return {}


def write(state_dir: Path, known: Mapping[Chore, Kept]) -> None:
    """OSError where it cannot be kept: what was known before stays."""
    replace_file(file_of(state_dir), msgspec.json.encode(known), 0o644)
