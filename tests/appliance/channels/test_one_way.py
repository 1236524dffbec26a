"""Staff and systems read in one way: lists that grow come by cursor, failures are problems, what stands is not sent."""

from typing import Any

from tests.appliance.channels.document import document, operations
from tests.appliance.channels.whole import Whole

BESIDE = {"looked_back_to", "unreadable"}
"""What a page may say of itself."""
OTHER_WAYS = {"page", "page_size", "per_page", "offset", "before", "start", "size", "count"}


def _asked(operation: dict[str, Any], place: str = "query") -> set[str]:
    return {each["name"] for each in operation.get("parameters", []) if each["in"] == place}


def _answer(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = operation["responses"]["200"]["content"]["application/json"]["schema"]
    named: dict[str, Any] = schemas.get(answer.get("$ref", "").rpartition("/")[2], answer)
    return named


async def test_what_comes_in_pages_comes_by_cursor(whole: Whole) -> None:
    schema = whole.app.openapi_schema.to_schema()
    every = [
        what | {"name": f"{method} {path}"} for path, item in schema["paths"].items() for method, what in item.items()
    ]
    paged = [each for each in every if _asked(each) & {"limit", "cursor"}]
    assert [each["name"] for each in every if _asked(each) & OTHER_WAYS] == []
    assert [each["name"] for each in paged if not _asked(each) >= {"limit", "cursor"}] == []
    answers = [_answer(each, schema["components"]["schemas"])["properties"] for each in paged]
    assert all("cursor" in answer and len(answer.keys() - BESIDE) == 2 for answer in answers)
    assert len(answers) == 10


async def test_every_failure_in_the_document_is_a_problem(whole: Whole) -> None:
    for path, item in whole.app.openapi_schema.to_schema()["paths"].items():
        for operation in item.values():
            failures = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
            assert all(set(answer["content"]) == {"application/problem+json"} for answer in failures.values()), path


def test_what_a_system_has_read_and_still_stands_is_not_sent_again() -> None:
    reads = {name: each for name, each in operations(document()).items() if each["method"] == "GET"}
    assert {name for name, each in reads.items() if "304" not in each["responses"]} == set()
    assert all("If-None-Match" in _asked(each, "header") for each in reads.values())
