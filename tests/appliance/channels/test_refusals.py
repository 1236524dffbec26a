"""Who is refused stands in the audit log: each by itself, and a flood as a few."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from appliance.identity.api_keys import ApiKeys
from appliance.identity.errors import ClearanceTooLow
from appliance.identity.model import Needed, Scope
from appliance.identity.refusals import EACH, MOST_KINDS, WINDOW_S, Refusals, Tally
from security.access.labels import Label, Level
from security.access.model import Origin
from security.access.permissions import Role
from tests.appliance.channels.whole import SHOP, Whole

REPORTS = "/api/v1/order-events"
EVENT = {"X-Event-Id": "e-1", "Content-Type": "application/json"}


async def denials(whole: Whole) -> list[dict[str, Any]]:
    return [each for each in await whole.world.records() if each["action"] == "access.deny"]


async def report(http: httpx.AsyncClient, **headers: str) -> int:
    sent = {**EVENT, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return (await http.post(REPORTS, content=b"{}", headers=sent)).status_code


@pytest.mark.control("M-18", "M-19")
async def test_a_system_without_the_scope_is_recorded_by_its_id(whole: Whole) -> None:
    key = await whole.key_of(SHOP, Scope.CONVERSATIONS_READ)
    async with whole.http(client="10.1.2.3") as http:
        assert await report(http, X_API_Key=key) == 403
    [record] = await denials(whole)
    assert (record["cat"], record["outcome"], record["reason"], record["tenant"]) == (
        "policy",
        "denied",
        "scope_missing",
        SHOP,
    )
    assert record["actor"] == {"type": "client", "id": str(UUID(key.split("_")[2])), "role": "", "auth": ""}
    assert (record["object"], record["src"]["ip"]) == ({"type": "permission", "id": "events:write"}, "10.1.2.3")
    assert record["req"]
    assert key not in str(record)


@pytest.mark.control("M-17", "M-18")
async def test_a_system_below_the_label_is_recorded(whole: Whole) -> None:
    key = await whole.key_of(SHOP, Scope.EVENTS_WRITE)
    needed = Needed(scope=Scope.EVENTS_WRITE, label=Label(level=Level.CORE))
    with pytest.raises(ClearanceTooLow) as refused:
        await ApiKeys(whole.core.db, whole.core.clock).authenticate(key, needed)
    await Refusals(whole.core.db).note_system(refused.value, needed.scope, Origin(ip="10.1.2.3"))
    [record] = await denials(whole)
    assert (record["reason"], record["tenant"], record["object"]["id"]) == ("clearance_too_low", SHOP, "events:write")


@pytest.mark.control("M-18")
@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"X_API_Key": "ak_x"}, "api_key_not_valid"),
        ({}, "api_key_not_valid"),
        ({"X_Client": f"{SHOP}/{uuid4()}", "X_Timestamp": "0", "X_Nonce": "n" * 20}, "signature_refused"),
    ],
)
async def test_who_has_not_proved_anything_is_recorded_as_unknown(
    whole: Whole, headers: dict[str, str], reason: str
) -> None:
    async with whole.http() as http:
        assert await report(http, **headers) == 401
    [record] = await denials(whole)
    assert (record["actor"]["id"], record["reason"], record["tenant"]) == ("unknown", reason, "")


@pytest.mark.control("M-15", "M-18")
@pytest.mark.parametrize("path", ["cases?limit=0", "work-orders?state=lost", "conversations/x/trace", "cases/x"])
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "ak_x"}, {"Authorization": f"Bearer ak_{SHOP}_{uuid4()}_x"}])
async def test_who_brings_no_proof_hears_nothing_of_what_is_wrong_with_his_request(
    whole: Whole, path: str, headers: dict[str, str]
) -> None:
    async with whole.http() as http:
        assert (await http.get(f"/api/v1/{path}", headers=headers)).status_code in (401, 404)
        assert (await http.get("/api/v1/cases?limit=0", headers=headers)).status_code == 401
    assert {record["reason"] for record in await denials(whole)} == {"api_key_not_valid"}


@pytest.mark.control("M-18")
async def test_a_report_signed_with_another_secret_is_recorded(whole: Whole) -> None:
    async with whole.http() as http:
        sent = {**EVENT, "X-Timestamp": "0", "X-Signature": "0"}
        assert (await http.post(f"{REPORTS}/{SHOP}", content=b"{}", headers=sent)).status_code == 401
    [record] = await denials(whole)
    assert record["reason"] == "signature_not_valid"


@pytest.mark.control("M-18", "M-21")
async def test_a_flood_of_refused_calls_leaves_a_few_records_that_say_how_many(whole: Whole) -> None:
    key = await whole.key_of(SHOP, Scope.CONVERSATIONS_READ)
    async with whole.http() as http:
        assert {await report(http, X_API_Key=key) for _ in range(120)} == {403}
    recorded = await denials(whole)
    assert [each["detail"] for each in recorded] == [{}] * EACH + [{"times": "100"}]


@pytest.mark.control("M-18")
async def test_a_flood_of_staff_is_counted_for_each_person(whole: Whole) -> None:
    await whole.let_in(Role.AGENT, Role.SUPERVISOR)
    for role in (Role.AGENT, Role.SUPERVISOR):
        async with whole.http(whole.staff[role]) as http:
            for _ in range(EACH + 10):
                assert (await http.get("/api/staff/v1/accounts")).status_code == 403
    assert [each["actor"]["role"] for each in await denials(whole)] == ["agent"] * EACH + ["supervisor"] * EACH


def test_after_an_hour_everything_is_new() -> None:
    at = 0.0
    tally = Tally(lambda: at)
    assert [tally.count("x") for _ in range(EACH + 2)] == [*range(1, EACH + 1), 0, 0]
    at = WINDOW_S
    assert tally.count("x") == 1


def test_callers_without_number_are_counted_as_one() -> None:
    """Addresses cost nothing to make up: neither memory nor the log grows with them."""
    tally = Tally(lambda: 0.0)
    told = [tally.count(number) for number in range(MOST_KINDS + 5000)]
    assert told[:MOST_KINDS] == [1] * MOST_KINDS
    assert [times for times in told[MOST_KINDS:] if times] == [*range(1, EACH + 1), 100, 1000]


def test_where_nothing_may_pass_unsaid_too_many_kinds_are_counted_anew() -> None:
    tally = Tally(lambda: 0.0, is_forgetful=True)
    assert [tally.count(number) for number in range(MOST_KINDS + 5000)] == [1] * (MOST_KINDS + 5000)
