"""What auditors see of personal data: how much was found, and for whom it was made clear. No value of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.clock import SHANGHAI
from security.access.permissions import Role
from security.audit.append import wait_sealed
from security.audit.record import Category
from tests.appliance.channels.staff.test_values import ID_CARD, PHONE, SHOP, WANTED, Talked
from tests.appliance.channels.staff.world import Browser, StaffWorld

DAY = datetime(2031, 5, 1, 20, tzinfo=UTC)
"""In China it is the second already."""


@pytest.fixture
async def talked(staff: StaffWorld) -> Talked:
    return await Talked(staff).begin()


@pytest.fixture
async def auditor(staff: StaffWorld) -> Browser:
    return await staff.as_role(Role.AUDIT_ADMIN)


async def sealed(staff: StaffWorld) -> None:
    """All that was said so far; a mark is the last of it."""
    mark = await staff.log.append(1, action="test.mark")
    async with staff.log.connection() as conn:
        await wait_sealed(conn, [event.id for event in mark], 10)


@pytest.mark.control("M-35")
async def test_who_saw_a_clear_value_is_told_with_purpose_and_record(talked: Talked, auditor: Browser) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    await agent.post(f"{talked.path}/reveal", WANTED)
    await agent.post(f"{talked.path}/reveal", WANTED | {"placeholder": "⟨手机9⟩"})
    await agent.get(talked.path)
    await sealed(talked.staff)
    answer = await auditor.get(f"/audit/disclosures?object={talked.conversation_id}")
    refused, seen = answer.json()["disclosures"]
    assert (seen["outcome"], seen["purpose"], seen["what"], seen["shop"]) == ("success", "call_back", "⟨手机1⟩", SHOP)
    assert (seen["actor"]["role"], seen["object"]["id"]) == ("agent", str(talked.conversation_id))
    assert (refused["outcome"], refused["seq"] > seen["seq"]) == ("denied", True)
    record = (await auditor.get(f"/audit/records/{seen['seq']}")).json()["record"]
    assert (record["action"], record["kind"]) == ("pii.reveal", "outcome")
    assert PHONE not in answer.text


@pytest.mark.control("P-01")
async def test_findings_are_counts_by_day_channel_and_kind(talked: Talked, auditor: Browser) -> None:
    await talked.staff.log.as_owner("UPDATE vault_value SET created_at = '2031-05-01T20:00Z'", "vault_value")
    answer = await auditor.get(f"/audit/findings?{period(DAY, timedelta(hours=1))}")
    assert answer.json()["found"] == [
        {"day": "2031-05-02", "channel": "web", "type": type_, "values": 1} for type_ in ("ID_CARD", "PHONE", "PLATE")
    ]
    assert not any(secret in answer.text for secret in (PHONE, ID_CARD, str(talked.conversation_id)))
    before = (await auditor.get(f"/audit/findings?{period(DAY - timedelta(hours=1), timedelta(hours=1))}")).json()
    assert (before["found"], before["afterwards"]) == ([], [])


@pytest.mark.control("P-01")
async def test_values_that_were_masked_afterwards_are_counted_by_kind(staff: StaffWorld, auditor: Browser) -> None:
    told: dict[str, Any] = {"cat": Category.PII, "action": "pii.masked_afterwards"}
    await staff.log.append(2, **told, detail={"types": "ADDRESS,PHONE"})
    await sealed(staff)
    afterwards = (await auditor.get("/audit/findings?until=2999-01-01T00:00:00Z&since=2998-12-31T00:00:00Z")).json()
    assert afterwards["afterwards"] == []
    [record, *_] = (await auditor.get("/audit/records?action=pii.masked_afterwards")).json()["records"]
    at = datetime.fromisoformat(record["ts"])
    counts = (await auditor.get(f"/audit/findings?{period(at - timedelta(hours=1), timedelta(hours=2))}")).json()
    day = at.astimezone(SHANGHAI).date().isoformat()
    assert counts["afterwards"] == [{"day": day, "type": type_, "times": 2} for type_ in ("ADDRESS", "PHONE")]


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-1), timedelta(days=31, seconds=1)])
async def test_a_period_that_is_none_or_too_long_is_refused(auditor: Browser, length: timedelta) -> None:
    answer = await auditor.get(f"/audit/findings?{period(DAY, length)}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def period(since: datetime, length: timedelta) -> str:
    return f"since={since:%Y-%m-%dT%H:%M:%SZ}&until={since + length:%Y-%m-%dT%H:%M:%SZ}"
