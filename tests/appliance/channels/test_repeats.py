"""What is sent again under the same idempotency key is done once, by whoever sent it, and never for something else."""

import asyncio
from typing import Any

import httpx
import pytest

from appliance.identity.model import Scope
from tests.appliance.channels.whole import SHOP, Whole

WORK = "/api/v1/work-orders"
BODY = {"kind": "request", "words": "请核对这一单的发票抬头", "order_id": "20261110123456"}


async def opened(http: httpx.AsyncClient, key: str = "k-1", **more: Any) -> httpx.Response:
    return await http.post(WORK, json=BODY | more, headers={"Idempotency-Key": key})


async def test_a_work_order_is_opened_once_with_its_words(whole: Whole) -> None:
    async with whole.http({"X-API-Key": whole.api_key}) as http:
        first, again = await opened(http), await opened(http)
        other = await opened(http, "k-2")
        path = f"{WORK}/{first.json()['work_order_id']}"
        comments = (await http.get(f"{path}/comments")).json()
        listed = (await http.get(WORK)).json()["work_orders"]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert {each["work_order_id"] for each in listed} == {each.json()["work_order_id"] for each in (first, other)}
    assert [each["words"] for each in comments] == [BODY["words"]]


async def test_many_at_once_open_one(whole: Whole) -> None:
    async with whole.http({"X-API-Key": whole.api_key}) as http:
        answers = await asyncio.gather(*(opened(http) for _ in range(5)))
        path = f"{WORK}/{answers[0].json()['work_order_id']}"
        comments = (await http.get(f"{path}/comments")).json()
    assert {answer.json()["work_order_id"] for answer in answers} == {answers[0].json()["work_order_id"]}
    assert len(comments) == 1


async def test_the_answer_to_a_repeat_is_how_it_stands_by_then(whole: Whole) -> None:
    async with whole.http({"X-API-Key": whole.api_key}) as http:
        first = await opened(http)
        path = f"{WORK}/{first.json()['work_order_id']}/deeds"
        moved = await http.post(path, json={"deed": "cancel"}, headers={"If-Match": first.headers["etag"]})
        again = await opened(http)
    assert (again.json(), again.headers["etag"]) == (moved.json(), moved.headers["etag"])


async def test_a_key_that_came_with_something_else_is_refused(whole: Whole) -> None:
    async with whole.http({"X-API-Key": whole.api_key}) as http:
        await opened(http)
        refused = await opened(http, order_id="20261110123457")
        strange = await opened(http, "no spaces, please")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_used")
    assert strange.status_code == 422


async def test_a_key_is_its_senders_own(whole: Whole) -> None:
    other = await whole.key_of(SHOP, Scope.WORK_ORDERS_WRITE)
    async with whole.http({"X-API-Key": whole.api_key}) as http, whole.http({"X-API-Key": other}) as others:
        ours, theirs = await opened(http), await opened(others)
    assert ours.json()["work_order_id"] != theirs.json()["work_order_id"]


@pytest.mark.parametrize(("second", "said"), [("c-1", 1), ("c-2", 2)])
async def test_a_comment_is_said_once_of_each_work_order(whole: Whole, second: str, said: int) -> None:
    async with whole.http({"X-API-Key": whole.api_key}) as http:
        paths = [f"{WORK}/{(await opened(http, key, words=None)).json()['work_order_id']}/comments" for key in "ab"]
        for path in paths:
            for key in ("c-1", second):
                answer = await http.post(path, json={"words": "看过了"}, headers={"Idempotency-Key": key})
                assert answer.status_code == 201
        comments = [(await http.get(path)).json() for path in paths]
    assert [len(each) for each in comments] == [said, said]
