"""The audit log as its auditor sees it: filters, pages, one record, its proof, and the check of all of it."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.compliance import explorer
from security.access.permissions import Role
from security.audit import witness
from security.audit.append import wait_sealed
from security.audit.record import Category, Outcome, Target
from security.audit.verify import leaf_hash
from tests.appliance.channels.staff.world import Browser, StaffWorld
from tests.security.access.world import HERE

CHECKED = {"checked": 500, "of": 700}
REPORT: dict[str, Any] = {
    "status": "ok",
    "records": 700,
    "checkpoints": 2,
    "unsigned": 0,
    "root": "ab",
    "first_bad": None,
    "why": "",
    "warnings": [],
    "gaps": [],
    "restarts": [],
    "open_intents": [],
}


@pytest.fixture
async def auditor(staff: StaffWorld) -> Browser:
    return await staff.as_role(Role.AUDIT_ADMIN)


async def kept(staff: StaffWorld, count: int, **changes: Any) -> list[str]:
    """Ids of records that are sealed when this returns."""
    ids = [event.id for event in await staff.log.append(count, **changes)]
    async with staff.log.connection() as conn:
        await wait_sealed(conn, ids, 10)
    return [str(each) for each in ids]


async def found(auditor: Browser, query: str) -> dict[str, Any]:
    answer = await auditor.get(f"/audit/records{query}")
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def saying(*lines: dict[str, Any], then: str = "") -> tuple[str, ...]:
    """A check that says this."""
    said = "".join(json.dumps(line) + "\\n" for line in lines)
    return (sys.executable, "-c", f"import sys, time\nsys.stdout.write('{said}'); sys.stdout.flush()\n{then}")


@pytest.mark.control("M-20")
async def test_pages_go_back_through_the_whole_log_without_gap_or_repetition(
    staff: StaffWorld, auditor: Browser
) -> None:
    await kept(staff, 7)
    newest = (await found(auditor, "?limit=1"))["records"][0]["seq"]
    numbers: list[int] = []
    cursor = newest + 1
    while cursor is not None:
        page = await found(auditor, f"?limit=3&cursor={cursor}")
        numbers += [record["seq"] for record in page["records"]]
        cursor = page["cursor"]
    assert numbers == list(range(newest, -1, -1))


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("action=refund.approve", {"action": "refund.approve"}),
        ("action=parcel.", {"action": "parcel.lose"}),
        ("category=backup", {"cat": Category.BACKUP}),
        ("outcome=unknown", {"outcome": Outcome.UNKNOWN}),
        ("object=case-77", {"object": Target(type="case", id="case-77")}),
        ("shop=shop-77", {"tenant": "shop-77"}),
    ],
)
async def test_a_filter_finds_what_fits_and_nothing_else(
    staff: StaffWorld, auditor: Browser, query: str, changes: dict[str, Any]
) -> None:
    ids = await kept(staff, 3, **changes)
    await kept(staff, 3)
    page = await found(auditor, f"?{query}")
    assert sorted(record["id"] for record in page["records"]) == sorted(ids)


async def test_a_period_ends_where_it_says(staff: StaffWorld, auditor: Browser) -> None:
    at = datetime(2031, 5, 1, 8, tzinfo=UTC)
    ids = []
    for day in range(3):
        staff.log.clock.at = at + timedelta(days=day)
        ids += await kept(staff, 1, action="refund.dated")
    times = [record["ts"] for record in (await found(auditor, "?action=refund.dated"))["records"]][::-1]
    page = await found(auditor, f"?action=refund.dated&since={times[1]}&until={times[2]}")
    assert [record["id"] for record in page["records"]] == [ids[1]]


async def test_one_question_goes_through_so_many_records_and_no_more(
    staff: StaffWorld, auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer, "MOST_LOOKED_AT", 2)
    rare = await kept(staff, 1, action="refund.rare")
    await kept(staff, 5)
    seen: list[str] = []
    page = await found(auditor, "?action=refund.rare")
    assert page["records"] == []
    while page["cursor"] is not None and not seen:
        page = await found(auditor, f"?action=refund.rare&cursor={page['cursor']}")
        seen += [record["id"] for record in page["records"]]
    assert seen == rare


@pytest.mark.control("M-18")
async def test_each_look_is_recorded_by_the_names_of_its_filters(staff: StaffWorld, auditor: Browser) -> None:
    [record] = await kept(staff, 1)
    before = len(await staff.world.records())
    await found(auditor, "?actor=u-secret&category=money")
    await auditor.get(f"/audit/records/{record}")
    looks = [event for event in (await staff.world.records())[before:] if event["action"] == "audit.read"]
    assert [sorted(event["detail"]) for event in looks] == [["filters"], ["record"]]
    assert looks[0]["detail"]["filters"] == "category actor"


@pytest.mark.control("P-29")
async def test_a_record_is_shown_as_it_is_hashed_by_number_and_by_id(staff: StaffWorld, auditor: Browser) -> None:
    [record_id] = await kept(staff, 1)
    by_id = (await auditor.get(f"/audit/records/{record_id}")).json()
    by_number = (await auditor.get(f"/audit/records/{by_id['seq']}")).json()
    raw = dict(await staff.log.rows("SELECT seq, raw FROM audit_record"))[by_id["seq"]]
    assert by_number["record"] == by_id["record"] == json.loads(raw)
    assert by_id["leaf"] == leaf_hash(raw).hex()


@pytest.mark.control("P-29", "M-20")
async def test_the_proof_of_a_record_is_good_with_the_keys_alone(staff: StaffWorld, auditor: Browser) -> None:
    [record_id] = await kept(staff, 1)
    assert (await auditor.get(f"/audit/records/{record_id}/proof")).status_code == 404  # not signed yet
    await staff.log.stop()  # a sealer that stops signs what it has
    head = (await auditor.get("/audit/head")).json()
    proof = (await auditor.get(f"/audit/records/{record_id}/proof")).text
    number, raw = witness.check_inclusion(proof, [witness.Key.of(key) for key in head["keys"]])
    shown = (await auditor.get(f"/audit/records/{number}")).json()
    assert (json.loads(raw), shown["is_signed"]) == (shown["record"], True)


async def test_the_newest_checkpoint_comes_first_and_is_that_of_the_head(staff: StaffWorld, auditor: Browser) -> None:
    await kept(staff, 1)
    await staff.log.stop()
    staff.log.revive()
    await kept(staff, 1)
    await staff.log.stop()
    first = (await auditor.get("/audit/checkpoints?limit=1")).json()
    rest = (await auditor.get(f"/audit/checkpoints?cursor={first['cursor']}")).json()
    numbers = [each["number"] for each in first["checkpoints"] + rest["checkpoints"]]
    assert numbers == list(range(len(numbers) - 1, -1, -1))
    assert (await auditor.get("/audit/head")).json()["checkpoint"] == first["checkpoints"][0]


@pytest.mark.parametrize(
    ("said", "last", "outcome"),
    [
        ([CHECKED, REPORT], {"type": "verdict", "status": "ok"}, "success"),
        (
            [CHECKED, {**REPORT, "status": "tampered", "first_bad": 3, "why": "differs"}],
            {"type": "verdict", "status": "tampered", "first_bad": 3},
            "failure",
        ),
        ([{**REPORT, "status": "incomplete"}], {"type": "verdict", "status": "incomplete"}, "unknown"),
        ([CHECKED], {"type": "no_verdict", "why": "the check ended early"}, "unknown"),
    ],
)
@pytest.mark.control("M-20", "M-18")
async def test_a_check_is_told_as_it_goes_on_and_its_end_is_recorded(
    staff: StaffWorld, auditor: Browser, said: list[dict[str, Any]], last: dict[str, Any], outcome: str
) -> None:
    staff.api.verification._command = saying(*said)
    before = len(await staff.world.records())
    answer = await auditor.post("/audit/verifications")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert last.items() <= lines[-1].items()
    assert [line for line in lines if line["type"] == "checked"] == [
        {"type": "checked", "records": 500, "of": 700} for line in said if line is CHECKED
    ]
    [event] = (await staff.world.records())[before:]
    assert (event["action"], event["outcome"]) == ("audit.verify", outcome)


async def test_what_a_check_complains_of_is_what_the_auditor_is_told(staff: StaffWorld, auditor: Browser) -> None:
    staff.api.verification._command = saying(then="raise SystemExit('the log could not be checked: no such file')")
    answer = await auditor.post("/audit/verifications")
    assert json.loads(answer.text) == {"type": "no_verdict", "why": "the log could not be checked: no such file"}


async def test_one_check_at_a_time_and_whoever_leaves_ends_it(staff: StaffWorld, auditor: Browser) -> None:
    assert auditor.principal is not None
    verification = staff.api.verification
    verification._command = saying(CHECKED, then="time.sleep(600)")
    first = verification.begin(auditor.principal, HERE)
    await anext(first)
    assert (await auditor.post("/audit/verifications")).json()["code"] == "conflict"
    await asyncio.wait_for(first.aclose(), 10)  # type: ignore[attr-defined]
    verification._command = saying(REPORT)
    assert (await auditor.post("/audit/verifications")).status_code == 200


async def edit(staff: StaffWorld, number: int, words: str) -> None:
    """As whoever owns the database may, with the triggers off."""
    statement = "UPDATE audit_record SET raw = convert_to({!r}, 'UTF8') WHERE seq = {}"
    await staff.log.as_owner(statement.format(words, number), "audit_record")


@pytest.mark.control("P-29")
@pytest.mark.parametrize("words", ["no record at all", '{"seq": 1}', "[]"])
async def test_what_is_no_record_any_more_is_named_and_hides_nothing(
    staff: StaffWorld, auditor: Browser, words: str
) -> None:
    [good, bad] = await kept(staff, 2, action="refund.edited")
    number = (await auditor.get(f"/audit/records/{bad}")).json()["seq"]
    await edit(staff, number, words)
    page = await found(auditor, "?action=refund.edited")
    assert ([record["id"] for record in page["records"]], page["unreadable"]) == ([good], [number])
    shown = (await auditor.get(f"/audit/records/{number}")).json()
    assert shown["leaf"] != leaf_hash(json.dumps(shown["record"], separators=(",", ":")).encode()).hex()


@pytest.mark.control("P-29")
async def test_whoever_comes_next_sees_what_the_last_check_found(staff: StaffWorld, auditor: Browser) -> None:
    told = {"status": "tampered", "records": "700", "first_bad": "17"}
    one, two = [
        (await kept(staff, 1, action="audit.verify", cat=Category.AUDIT, outcome=outcome, detail=detail))[0]
        for outcome, detail in ((Outcome.FAILURE, told), (Outcome.UNKNOWN, {}))
    ]
    numbers = [(await auditor.get(f"/audit/records/{each}")).json()["seq"] for each in (two, one)]
    checks = (await auditor.get("/audit/verifications")).json()
    assert [(check["seq"], check["outcome"], check["records"], check["first_bad"]) for check in checks] == [
        (numbers[0], "unknown", None, None),
        (numbers[1], "failure", 700, 17),
    ]
    await edit(staff, numbers[0], "no record at all")
    newest = (await auditor.get("/audit/verifications")).json()[0]
    assert (newest["outcome"], newest["first_bad"]) == ("failure", numbers[0])
