"""What is made again, and what is not: a repeat never does a thing twice, and is proven anew."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from aftersales_client import (
    ApiKey,
    AsyncClient,
    Client,
    Deed,
    NewWorkOrder,
    NoAnswer,
    NotFound,
    NotUnderstood,
    Patience,
    Signing,
    TooMany,
    Unavailable,
    WorkDeed,
)
from aftersales_client.errors import Problem, Refused
from aftersales_client.patience import may_repeat
from appliance.config_web import LimitSettings
from appliance.db import Database
from tests.appliance.channels.whole import SHOP, Whole

AT_ONCE = Patience(first_s=0, longest_s=0)
PAGE = httpx.Response(200, json={"cases": [], "cursor": None})


def problem(status: int, *, retryable: bool = False) -> httpx.Response:
    said = {"type": "t", "title": "T", "status": status, "code": "c", "detail": "d", "request_id": "r"}
    headers = {"Retry-After": "0"} if retryable else {}
    return httpx.Response(status, json=said | {"retryable": retryable}, headers=headers)


@dataclass
class Script:
    """Plays one answer for each request; an exception breaks the line."""

    answers: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers[len(self.asked) - 1]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def client(self, credential: httpx.Auth | None = None, patience: Patience = AT_ONCE) -> Client:
        http = httpx.Client(transport=httpx.MockTransport(self))
        return Client("https://appliance", credential, http=http, patience=patience)


PASSING: list[httpx.Response | Exception] = [
    problem(503, retryable=True),
    httpx.Response(502),
    httpx.Response(504),
    httpx.ReadTimeout("late"),
]


@pytest.mark.parametrize("failure", PASSING)
def test_a_reading_is_made_again_after_what_passes(failure: Any) -> None:
    script = Script([failure, PAGE])
    assert script.client().list_cases().items == ()
    assert len(script.asked) == 2


async def test_so_it_is_where_it_is_awaited() -> None:
    script = Script([*PASSING, PAGE])
    async with httpx.AsyncClient(transport=httpx.MockTransport(script)) as http:
        client = AsyncClient("https://appliance", ApiKey("ak_x"), http=http, patience=AT_ONCE)
        assert [each async for each in client.every_case()] == []
    assert len(script.asked) == 5


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (problem(404), NotFound),
        (problem(503), Unavailable),
        (problem(500), Unavailable),
        (httpx.Response(404, text="<html>"), NotUnderstood),
        (httpx.Response(200, text="<html>"), NotUnderstood),
    ],
)
def test_what_does_not_pass_is_raised_at_once(failure: httpx.Response, raised: type[Exception]) -> None:
    script = Script([failure])
    with pytest.raises(raised):
        script.client().list_cases()


def test_what_goes_on_failing_is_raised_in_the_end() -> None:
    script = Script([problem(503, retryable=True)] * 5)
    with pytest.raises(Unavailable):
        script.client().list_cases()
    assert len(script.asked) == 5


@pytest.mark.parametrize(
    "act", [lambda c: c.open_work_order(NewWorkOrder()), lambda c: c.report_event({}, event_id="e")]
)
def test_the_id_of_a_repeat_is_that_of_the_first(act: Callable[[Client], Any]) -> None:
    script = Script([httpx.ReadTimeout("late"), httpx.ReadTimeout("late"), problem(404)])
    with pytest.raises(NotFound):
        act(script.client())
    ids = {(each.headers.get("idempotency-key"), each.headers.get("x-event-id")) for each in script.asked}
    assert (len(script.asked), len(ids)) == (3, 1)


def test_each_request_of_its_own_has_an_id_of_its_own() -> None:
    script = Script([problem(404)] * 2)
    for _ in range(2):
        with pytest.raises(NotFound):
            script.client().open_work_order(NewWorkOrder())
    assert len({each.headers["idempotency-key"] for each in script.asked}) == 2


def test_a_deed_is_not_made_again_when_it_may_have_been_done() -> None:
    script = Script([httpx.ReadTimeout("late")])
    with pytest.raises(NoAnswer) as lost:
        script.client().move_work_order("w", WorkDeed(deed=Deed.START), version=3)
    assert (lost.value.was_sent, script.asked[0].headers["if-match"]) == (True, '"3"')


@pytest.mark.parametrize("unsent", [httpx.ConnectError("refused"), problem(429, retryable=True)])
def test_a_deed_is_made_again_when_it_was_surely_not_done(unsent: Any) -> None:
    script = Script([unsent, problem(404)])
    with pytest.raises(NotFound):
        script.client().move_work_order("w", WorkDeed(deed=Deed.START), version=3)


def test_a_repeat_is_signed_anew() -> None:
    script = Script([problem(503, retryable=True), PAGE])
    script.client(Signing("demo/c", "s")).list_cases()
    first, second = (each.headers["x-nonce"] for each in script.asked)
    assert first != second


@pytest.mark.parametrize(
    ("status", "asked", "is_repeatable", "expected"),
    [(429, 1.0, False, True), (503, 1.0, False, True), (503, None, False, False), (409, 1.0, True, False)],
)
def test_who_says_when_is_asked_again(status: int, asked: float | None, is_repeatable: bool, expected: bool) -> None:
    said = Problem(type="", title="", status=status, code="c", detail="", request_id="")
    assert may_repeat(Refused(said, asked), is_repeatable=is_repeatable) is expected


async def test_who_asks_too_often_is_told_for_how_long(db: Database, database_url: str, tmp_path: Any) -> None:
    """On the real server: a pause that is longer than what one is ready to wait is not begun."""
    limits = LimitSettings(client_calls_per_min=1)
    whole = await Whole.made(db, database_url, tmp_path, limits=limits)
    async with whole.http() as http:
        client = AsyncClient("https://appliance", ApiKey(whole.api_key), http=http, patience=Patience(total_s=5))
        await client.list_cases()
        with pytest.raises(TooMany) as refused:
            await client.list_cases(limit=2)
    assert 50 < (refused.value.retry_after_s or 0) <= 60
    assert SHOP not in str(refused.value)
    await whole.aclose()
