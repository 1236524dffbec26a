"""Whoever seals, and is not the sealer: no record of theirs takes the place of one that waits, and none is put in.

The statements are written out, as somebody would send them who runs as one of the working roles.
"""

import json
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from security.audit.append import append, wait_sealed
from security.audit.canonical import canonical
from security.audit.head import Head, Stamp
from security.audit.merkle import Frontier
from security.audit.record import AuditEvent, Kind, Outcome, to_record, to_tree
from security.audit.store import AuditStore
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("M-20")

SEAL = b"SELECT audit_seal(%s, %s::bytea[], %s::uuid[])"
REFUSED = psycopg.errors.InsufficientPrivilege


async def waiting(log: Log) -> AuditEvent:
    """An intent that the sealer has not come to yet; before it the log has a beginning."""
    await log.append(1)
    await log.seal_what_is_pending()
    event = log.event(kind=Kind.INTENT, outcome=Outcome.PENDING, req="refund-1", detail={"refund_fen": "38900"})
    async with log.connection("appliance_app") as conn:
        await append(conn, [event])
    return event


async def next_record(log: Log, event: AuditEvent, **said: Any) -> tuple[int, bytes]:
    """As the sealer would write it, but for what is said otherwise."""
    last = (await log.rows("SELECT seq, leaf FROM audit_record ORDER BY seq DESC LIMIT 1"))[0]
    async with log.connection() as conn:
        stamp = Stamp(await AuditStore(conn).log_id(), "here", "boot")
    size = last[0] + 1
    head = Head(Frontier(size, [b""] * size.bit_count()), last[1].hex())
    row = head.seal(event, "2026-11-26T00:00:00.000000Z", stamp)
    return row.seq, canonical(json.loads(row.raw) | said)


async def is_still_told(log: Log, event: AuditEvent) -> None:
    await log.seal_what_is_pending()
    found = [
        to_record(raw) for (raw,) in await log.rows("SELECT raw FROM audit_record WHERE cat = 'money' ORDER BY seq")
    ]
    assert [(each.id, each.detail) for each in found][-1] == (event.id, event.detail)
    assert (await log.verify()).status == "ok"


@pytest.mark.parametrize("role", ["appliance_system", "appliance_app"])
async def test_a_row_put_in_under_the_id_of_an_intent_does_not_drop_it(log: Log, role: str) -> None:
    event = await waiting(log)
    async with log.connection(role) as conn:
        with pytest.raises(REFUSED):
            await conn.execute(
                """INSERT INTO audit_record (seq, id, leaf, raw) VALUES (100000, %s, '', '{"action": "nothing"}')""",
                [event.id],
            )
        with pytest.raises(REFUSED):
            await conn.execute("DELETE FROM audit_pending WHERE id = %s", [event.id])
    await is_still_told(log, event)


@pytest.mark.parametrize(
    "said",
    [
        {"detail": {"refund_fen": "1"}},
        {"detail": {}},
        {"detail": {"refund_fen": "38900", "more": "1"}},
        {"actor": {"type": "staff", "id": "u2", "role": "agent", "auth": ""}},
        {"outcome": "success"},
        {"reason": "another"},
        {"action": "audit.malformed", "detail": {"sha256": "0" * 64}},
    ],
    ids=str,
)
async def test_a_record_that_says_something_else_does_not_drop_the_intent(log: Log, said: dict[str, Any]) -> None:
    event = await waiting(log)
    seq, raw = await next_record(log, event, **said)
    async with log.connection() as conn:
        with pytest.raises(REFUSED, match="once it is sealed"):
            await conn.execute(SEAL, [seq, [raw], [event.id]])
    await is_still_told(log, event)


async def test_nothing_goes_from_what_waits_without_any_record(log: Log) -> None:
    event = await waiting(log)
    async with log.connection() as conn:
        with pytest.raises(REFUSED, match="once it is sealed"):
            await conn.execute(SEAL, [0, [], [event.id]])
    await is_still_told(log, event)


@pytest.mark.parametrize("said", [{"seq": "1"}, {"prev": "0" * 64}, {"seq": "1000"}], ids=str)
async def test_a_record_out_of_its_place_is_not_kept(log: Log, said: dict[str, Any]) -> None:
    event = await waiting(log)
    seq, raw = await next_record(log, log.event(), **said)
    async with log.connection() as conn:
        with pytest.raises(REFUSED, match="follow"):
            await conn.execute(SEAL, [seq, [raw], []])
        with pytest.raises(REFUSED, match="follow"):
            await conn.execute(SEAL, [seq + 1000, [raw], []])
    await is_still_told(log, event)


async def test_the_application_seals_nothing(log: Log) -> None:
    event = await waiting(log)
    seq, raw = await next_record(log, event)
    async with log.connection("appliance_app") as conn:
        with pytest.raises(REFUSED):
            await conn.execute(SEAL, [seq, [raw], [event.id]])
    await is_still_told(log, event)


async def test_an_intent_under_an_id_that_the_log_knows_is_refused(log: Log) -> None:
    """Otherwise who waits for its seal would be told at once of the other's."""
    known = (await log.append(1))[0]
    await log.seal_what_is_pending()
    async with log.connection("appliance_app") as conn:
        with pytest.raises(psycopg.errors.UniqueViolation):
            await append(conn, [log.event(id=known.id, kind=Kind.INTENT, outcome=Outcome.PENDING)])


async def test_another_event_under_an_id_that_the_log_knows_is_not_lost(log: Log) -> None:
    known = (await log.append(1))[0]
    await log.seal_what_is_pending()
    async with log.connection("appliance_app") as conn:
        await append(conn, [log.event(id=known.id, reason="another")])
    async with log.sealing():
        await until_nothing_waits(log)
    details = await log.rows(
        "SELECT convert_from(raw, 'UTF8')::jsonb #>> '{detail,id}' FROM audit_record WHERE action = 'audit.malformed'"
    )
    assert details == [(str(known.id),)]
    assert (await log.verify()).status == "ok"


async def until_nothing_waits(log: Log) -> None:
    """What is appended last is sealed last."""
    async with log.connection() as conn:
        await wait_sealed(conn, await append(conn, [log.event()]), 10)
    assert await log.rows("SELECT id FROM audit_pending") == []


WAYS_TO_WRITE = {
    "parts left out": {"src": None},
    "parts of parts left out": {"actor": {"type": "staff", "id": "u1"}},
    "an id in capitals": {"id": "capitals"},
    "letters in two pieces": {"reason": "e\u0301"},
    "a number": {"detail": {"n": 1}},
    "a key that is none": {"detail": {"Bad": "x"}},
    "another field": {"more": "x"},
}


@pytest.mark.parametrize("change", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE)
async def test_an_event_that_is_not_written_as_ours_are_is_sealed_by_its_hash_and_blocks_nothing(
    log: Log, change: dict[str, Any]
) -> None:
    event_id = UUID("abcdefab-cdef-4bcd-8fab-cdefabcdefab")
    tree = {key: value for key, value in (to_tree(log.event(id=event_id)) | change).items() if value is not None}
    if tree["id"] == "capitals":
        tree["id"] = str(event_id).upper()
    async with log.connection("appliance_app") as conn:
        await conn.execute("SELECT audit_append(%s::jsonb)", [json.dumps([tree])])
    async with log.sealing():
        await until_nothing_waits(log)
    assert "audit.malformed" in await log.actions()
    assert (await log.verify()).status == "ok"


async def test_what_the_files_know_and_the_database_forgot_is_taken_over_whole(log: Log) -> None:
    event = log.event(id=uuid4(), detail={"id": str(uuid4())})
    async with log.connection("appliance_app") as conn:
        await append(conn, [event])
    await log.crash_at("records_in_files")
    await is_still_told(log, event)
