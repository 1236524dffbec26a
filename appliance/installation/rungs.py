"""On which rungs of the ladder this machine stands: what it does without, and since when.

Each rung is entered and left by the state of one part, as the page of health shows it. Entering and leaving are put on
record; where it stands now lies in a file, for ``status``, ``doctor`` and the metrics, which need no database for it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import psycopg

from appliance.clock import Clock
from appliance.db import Database
from appliance.errors import Unavailable
from appliance.installation.model import Health, Part, RungView, State
from security.audit.append import append
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target

EVERY_S: Final = 5.0
_decoder = msgspec.json.Decoder(tuple[RungView, ...])
_log = logging.getLogger(__name__)


class Rung(StrEnum):
    SMALLER_MODEL = "smaller_model"
    """The language model fails: the smaller one is asked in its place."""
    COMPACT_MODEL = "compact_model"
    """No language model answers: the compact one understands, templates speak."""
    KEYPAD = "keypad"
    """The recogniser is gone: callers press keys, or are called back."""
    PLAIN_VOICE = "plain_voice"
    """The speaker is gone: eSpeak NG speaks."""
    WORK_ORDERS = "work_orders"
    """An order system does not answer: requests are kept for it, or for people."""
    WAITING_FOR_DATABASE = "waiting_for_database"
    """Requests wait until PostgreSQL is there again."""
    QUEUE = "queue"
    """Turns wait long: newcomers are told how long it takes, and queue."""
    NO_MONEY = "no_money"
    """Audit records cannot be sealed: nothing that moves money is begun."""


ENTERED_BY: Final[Mapping[Rung, tuple[Part, frozenset[State]]]] = {
    Rung.SMALLER_MODEL: (Part.LANGUAGE_MODEL, frozenset({State.SMALLER})),
    Rung.COMPACT_MODEL: (Part.LANGUAGE_MODEL, frozenset({State.RESTING})),
    Rung.KEYPAD: (Part.RECOGNISER, frozenset({State.NOT_READY})),
    Rung.PLAIN_VOICE: (Part.SPEAKER, frozenset({State.NOT_READY})),
    Rung.WORK_ORDERS: (Part.ORDER_SYSTEMS, frozenset({State.FAILING})),
    Rung.WAITING_FOR_DATABASE: (Part.DATABASE, frozenset({State.AWAY})),
    Rung.QUEUE: (Part.TURNS, frozenset({State.BEHIND})),
    Rung.NO_MONEY: (Part.AUDIT, frozenset({State.BEHIND})),
}
_ASKS_THE_DATABASE: Final = frozenset({Rung.WORK_ORDERS, Rung.QUEUE, Rung.NO_MONEY})


def stands(before: Sequence[RungView], health: Health) -> tuple[RungView, ...]:
    """Where it stands now. Of what cannot be known without the database stays what was known before."""
    states = {part.part: part.state for part in health.parts}
    known = {view.rung: view for view in before}
    is_blind = states.get(Part.DATABASE) is State.AWAY
    found = []
    for rung, (part, states_of_it) in ENTERED_BY.items():
        if is_blind and rung in _ASKS_THE_DATABASE:
            found += [known[rung]] if rung in known else []
        elif states.get(part) in states_of_it:
            found.append(known.get(rung) or RungView(rung=rung.value, since=health.at))
    return tuple(found)


def file_of(state_dir: Path) -> Path:
    return state_dir / "rungs.json"


def present(state_dir: Path) -> tuple[RungView, ...]:
    """None before a worker has looked."""
    file = file_of(state_dir)
    return _decoder.decode(file.read_bytes()) if file.exists() else ()


class RungWatch:
    """Of one machine. What is told twice after a crash was at least told, unless the database was away as well."""

    def __init__(self, look: Callable[[], Awaitable[Health]], db: Database, clock: Clock, state_dir: Path) -> None:
        self._look = look
        self._db = db
        self._clock = clock
        self._file = file_of(state_dir)
        self._state_dir = state_dir
        self._told: list[AuditEvent] = []

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.once()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()

    async def once(self) -> None:
        """What cannot be put on record now, because the database is away, is as soon as it is back."""
        before = present(self._state_dir)
        now = stands(before, await self._look())
        self._told += changes(before, now, self._clock.now())
        if self._told and Rung.WAITING_FOR_DATABASE not in {view.rung for view in now}:
            await self._tell()
        if now != before:
            await asyncio.to_thread(self._keep, now)

    async def _tell(self) -> None:
        try:
            async with self._db.system() as conn:
                await append(conn, self._told)
        except (Unavailable, psycopg.OperationalError):
            _log.warning("rungs.not_recorded_yet")
        else:
            self._told = []

    def _keep(self, now: tuple[RungView, ...]) -> None:
        scratch = self._file.with_suffix(".new")
        scratch.write_bytes(msgspec.json.encode(now))
        scratch.rename(self._file)


def changes(before: Sequence[RungView], now: Sequence[RungView], at: datetime) -> list[AuditEvent]:
    was, stands_on = {view.rung: view for view in before}, {view.rung: view for view in now}
    entered = [_of_rung("rung.entered", view, {}) for rung, view in stands_on.items() if rung not in was]
    left = [
        _of_rung("rung.left", view, {"lasted_s": str(round((at - view.since).total_seconds()))})
        for rung, view in was.items()
        if rung not in stands_on
    ]
    return entered + left


def _of_rung(action: str, view: RungView, detail: Mapping[str, str]) -> AuditEvent:
    return AuditEvent(
        actor=Actor(type=ActorType.SERVICE, id="worker"),
        cat=Category.SERVICE,
        action=action,
        object=Target(type="rung", id=view.rung),
        outcome=Outcome.SUCCESS,
        detail={"since": view.since.isoformat(timespec="seconds"), **detail},
    )
