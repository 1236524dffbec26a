"""What a shop's systems read over HTTP: ETags that spare a body, filters that are understood or refused."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from appliance.aftersales.cases.looking import CaseSeen
from appliance.channels.intranet.examples import EXAMPLES
from appliance.identity.model import Scope
from appliance.identity.refusals import EACH
from appliance.ids import ConversationId, uuid7
from tests.appliance.aftersales.cases.world import SHOP as CASES_SHOP
from tests.appliance.channels.busy_shop import agree_to_a_case
from tests.appliance.channels.whole import SHOP, Whole

BASE = "/api/v1"


async def bearer(whole: Whole, *scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {await whole.key_of(SHOP, *scopes)}"}


@pytest.fixture
async def agreed(whole: Whole) -> dict[str, str]:
    """A case that was agreed to; the headers of a system that reads all of its shop."""
    await whole.core.shops.create(CASES_SHOP, "示范店")
    await agree_to_a_case(whole, ConversationId(uuid7()))
    return {"Authorization": f"Bearer {await whole.key_of(CASES_SHOP, *Scope)}"}


async def test_from_the_list_to_the_case_to_the_decision(whole: Whole, agreed: dict[str, str]) -> None:
    async with whole.http(agreed) as http:
        (listed,) = (
            await http.get(f"{BASE}/cases?state=pending&kind=return_refund&since=2026-11-21T10:00:00%2B08:00")
        ).json()["cases"]
        case: dict[str, Any] = (await http.get(f"{BASE}/cases/{listed['case_id']}")).json()
        why = (await http.get(f"{BASE}/decisions/{case['decision_id']}")).json()
    assert case == listed
    assert (case["operation_state"], case["receipt"]) == ("accepted", None)
    assert case["deadlines"] == {"expected_at": None, "refund_due_at": None, "work_due_at": None}
    assert (why["rule"], why["verdict"], why["refusal"]) == ("R5", "approve", None)
    assert why["rows"][0]["law"] == "消费者权益保护法"


async def test_who_has_it_already_is_sent_nothing(whole: Whole, agreed: dict[str, str]) -> None:
    async with whole.http(agreed) as http:
        (case,) = (await http.get(f"{BASE}/cases")).json()["cases"]
        work = (await http.post(f"{BASE}/work-orders", json={"words": "看一下"})).json()["work_order_id"]
        one = (
            "cases/" + case["case_id"],
            "decisions/" + case["decision_id"],
            f"work-orders/{work}",
            f"work-orders/{work}/comments",
        )
        for path in ("/cases", "/conversations", "/work-orders", *(f"/{each}" for each in one)):
            etag = (await http.get(BASE + path)).headers["etag"]
            for known in (etag, f'"x", W/{etag}', "*"):
                again = await http.get(BASE + path, headers={"If-None-Match": known})
                assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
            assert (await http.get(BASE + path, headers={"If-None-Match": '"x"'})).status_code == 200


async def test_a_trace_that_has_not_gone_on_is_not_sent_again(whole: Whole) -> None:
    opened = await whole.start()
    path = f"{BASE}/conversations/{opened['conversation_id']}/trace"
    async with whole.http(await bearer(whole, Scope.CONVERSATIONS_READ)) as http:
        etag = (await http.get(path)).headers["etag"]
        again = await http.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.control("M-18")
async def test_who_reads_a_conversation_stands_in_the_audit_log(whole: Whole) -> None:
    """Each reading that hands something over; of one that goes on and on, a few that say how many."""
    opened = await whole.start()
    path = f"{BASE}/conversations/{opened['conversation_id']}/trace"
    headers = await bearer(whole, Scope.CONVERSATIONS_READ)
    async with whole.http(headers, client="10.1.2.3") as http:
        handed = len((await http.get(path)).json()["events"])
        assert (await http.get(f"{path}?after={2**53}")).json()["events"] == []
        for _ in range(EACH + 10):
            await http.get(path)
    recorded = [each for each in await whole.world.records() if each["action"] == "conversation.look"]
    assert {(each["actor"]["type"], each["actor"]["id"], each["tenant"], each["src"]["ip"]) for each in recorded} == {
        ("client", str(UUID(headers["Authorization"].split("_")[2])), SHOP, "10.1.2.3")
    }
    assert {each["object"]["id"] for each in recorded} == {opened["conversation_id"]}
    assert [each["detail"] for each in recorded] == [{"events": str(handed)}] * EACH


async def test_the_etag_changes_with_the_list(whole: Whole) -> None:
    async with whole.http(await bearer(whole, Scope.CONVERSATIONS_READ)) as http:
        before = await http.get(f"{BASE}/conversations")
        opened = await whole.start()
        after = await http.get(f"{BASE}/conversations", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    (seen,) = after.json()["conversations"]
    assert (seen["conversation_id"], seen["state"], seen["outcome"]) == (opened["conversation_id"], "open", None)
    assert set(seen) == {"conversation_id", "channel", "state", "started_at", "outcome"}


@pytest.mark.parametrize("path", ["/cases", "/conversations"])
@pytest.mark.parametrize(
    "query",
    [
        "state=strange",
        "since=2026-11-21T10:00:00",
        "since=2026-13-21T10:00:00Z",
        "until=0.5",
        "cursor=x",
        "limit=0",
    ],
)
async def test_a_filter_that_is_not_understood_is_refused(whole: Whole, path: str, query: str) -> None:
    async with whole.http({"Authorization": f"Bearer {whole.api_key}"}) as http:
        answer = await http.get(f"{BASE}{path}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("path", ["/cases", "/conversations", "/work-orders"])
async def test_a_filter_that_is_not_understood_is_named_as_it_was_written(whole: Whole, path: str) -> None:
    async with whole.http({"Authorization": f"Bearer {whole.api_key}"}) as http:
        answer = await http.get(f"{BASE}{path}?state=strange")
    assert [each["field"] for each in answer.json()["errors"]] == ["state"]


@pytest.mark.control("M-17")
async def test_money_is_shown_to_who_was_granted_cases_and_to_nobody_else(whole: Whole) -> None:
    others = await bearer(whole, *(set(Scope) - {Scope.CASES_READ}))
    async with whole.http(others) as http:
        refused = await http.get(f"{BASE}/cases")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


@pytest.mark.control("M-16")
async def test_what_is_another_shops_is_not_there(whole: Whole, agreed: dict[str, str]) -> None:
    async with whole.http(agreed) as theirs:
        (case,) = (await theirs.get(f"{BASE}/cases")).json()["cases"]
    async with whole.http({"Authorization": f"Bearer {whole.api_key}"}) as http:
        paths = [f"/cases/{case['case_id']}", f"/decisions/{case['decision_id']}", f"/cases/{uuid4()}"]
        answers = [await http.get(BASE + path) for path in paths]
        assert (await http.get(f"{BASE}/cases")).json()["cases"] == []
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_is_a_whole_answer(kind: type) -> None:
    shown = msgspec.to_builtins(msgspec.convert(EXAMPLES[kind], kind))
    assert shown.keys() == EXAMPLES[kind].keys()


async def test_the_document_shows_the_examples(whole: Whole) -> None:
    async with whole.http() as http:
        paths = (await http.get("/api/docs/openapi.json")).json()["paths"]
    answer = paths["/api/v1/cases"]["get"]["responses"]["200"]["content"]["application/json"]
    (shown,) = answer["examples"].values()
    (case,) = shown["value"]["cases"]
    assert case == {name: value for name, value in EXAMPLES[CaseSeen].items() if value is not None} | {
        "deadlines": {"expected_at": EXAMPLES[CaseSeen]["deadlines"]["expected_at"]}
    }
    assert "304" in paths["/api/v1/cases"]["get"]["responses"]
