"""Each kind of attempt stands once in the audit log."""

from pathlib import Path

import pytest

from appliance.db import Database
from appliance.installation.egress import EgressAlarm
from appliance.supervisor import egress
from security.egress.guard import Guard

pytestmark = pytest.mark.control("P-13")


def attempt(state: Path, port: int) -> None:
    with pytest.raises(PermissionError):
        Guard(f"web-{port}", [], str(egress.folder(state))).connecting("192.0.2.1", port)


async def records(db: Database) -> list[tuple[str, str]]:
    async with db.system() as conn:
        rows = await (await conn.execute("SELECT event FROM audit_pending ORDER BY position")).fetchall()
    return [(event["object"]["id"], event["detail"]["kind"]) for (event,) in rows]


async def test_each_kind_is_told_once(db: Database, tmp_path: Path) -> None:
    egress.begin(tmp_path)
    alarm = EgressAlarm(db, tmp_path)
    await alarm.tell()
    assert await records(db) == []
    attempt(tmp_path, 443)
    await alarm.tell()
    await alarm.tell()
    assert await records(db) == [("192.0.2.1:443", "tcp")]
    attempt(tmp_path, 80)
    await EgressAlarm(db, tmp_path).tell()
    assert [where for where, _ in await records(db)] == ["192.0.2.1:443", "192.0.2.1:80"]
