"""The written guide agrees with the code: every staff operation, every code of a refusal, every permission."""

from pathlib import Path
from typing import Any

from litestar import Litestar

from appliance.channels.staff.http import staff_router
from appliance.web.app import WebParts, create_web
from security.access.errors import AccessError
from security.access.permissions import Permission, Role

DOCS = Path(__file__).parents[4] / "docs"
GUIDE = (DOCS / "api.md").read_text(encoding="utf-8")
NOTHING: Any = None


def web() -> Litestar:
    return create_web(WebParts(routers=[staff_router(NOTHING)]))


def operations() -> dict[str, Any]:
    schema = web().openapi_schema.to_schema()
    return {
        f"{method.upper()} {path}": what
        for path, item in schema["paths"].items()
        for method, what in item.items()
        if "/staff/" in path
    }


def test_every_operation_is_in_the_written_guide() -> None:
    assert [name for name in operations() if f"`{name}`" not in GUIDE] == []


def test_every_operation_says_what_it_is_for_and_how_it_fails() -> None:
    for name, operation in operations().items():
        assert operation["summary"], name
        assert operation["description"], name
        assert any(int(status) >= 400 for status in operation["responses"]), name


def test_an_answer_without_a_body_is_documented_without_one() -> None:
    answers = {name: what["responses"]["204"] for name, what in operations().items() if "204" in what["responses"]}
    assert "POST /api/staff/v1/logout" in answers
    assert [name for name, answer in answers.items() if answer.get("content")] == []


def test_every_operation_but_the_way_in_asks_for_a_session() -> None:
    open_to_all = [name.rpartition("/v1")[2] for name, what in operations().items() if not what.get("security")]
    assert sorted(open_to_all) == ["/login", "/login/second", "/setup", "/setup/finish"]


def test_every_code_of_a_refusal_is_in_the_written_guide() -> None:
    assert [code for code in _codes(AccessError) if f"`{code}`" not in GUIDE] == []


def test_the_page_for_assessors_names_the_administrators() -> None:
    page = (DOCS / "compliance" / "访问控制.md").read_text(encoding="utf-8")
    assert all(f"`{role}`" in page for role in (Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDIT_ADMIN))


def test_permissions_read_alike() -> None:
    assert [p for p in Permission if p.count(":") != 1 or p != p.lower()] == []


def _codes(kind: type[AccessError]) -> set[str]:
    return {code for child in kind.__subclasses__() for code in {child.code, *_codes(child)}}
