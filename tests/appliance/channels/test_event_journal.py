"""The journal of order events on a real database: each counts once, a replay is noticed, shops do not meet."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from appliance.channels.intranet.store import EventJournal
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.errors import Conflict
from appliance.ids import ShopId

DEMO, OTHER = ShopId("demo"), ShopId("other")
SIGNED = sha256(b"1.{}").digest()


@pytest.fixture
def journal(db: Database) -> EventJournal:
    return EventJournal(db, FixedClock(datetime(2026, 11, 21, 2, 0, tzinfo=UTC)))


async def test_an_event_is_to_be_applied_until_it_was(journal: EventJournal) -> None:
    first = await journal.take(DEMO, "e-1", SIGNED)
    after_a_crash = await journal.take(DEMO, "e-1", sha256(b"2.{}").digest())
    await journal.finish(DEMO, "e-1")

    assert (first, after_a_crash, await journal.take(DEMO, "e-1", SIGNED)) == (True, True, False)


async def test_a_replay_under_another_id_is_a_conflict(journal: EventJournal) -> None:
    await journal.take(DEMO, "e-1", SIGNED)

    with pytest.raises(Conflict):
        await journal.take(DEMO, "e-2", SIGNED)


async def test_unsigned_events_differ_by_id_alone(journal: EventJournal) -> None:
    assert await journal.take(DEMO, "e-1", None)
    assert await journal.take(DEMO, "e-2", None)


async def test_ids_are_a_shops_own(journal: EventJournal) -> None:
    await journal.take(DEMO, "e-1", SIGNED)
    await journal.finish(DEMO, "e-1")

    assert await journal.take(OTHER, "e-1", SIGNED)
