"""Every operation of the OpenAPI document, tried by schemathesis on the running server as everybody who may call it."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

from appliance.web.access import CSRF_HEADER
from security.access.permissions import Role
from tests.appliance.channels.staff.test_who_may_call_what import ROUTES, UNKNOWN
from tests.appliance.channels.whole import SHOP, Whole

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
FEW, FULL_SIZE = 5, 100
"""Examples of each operation for each caller, beside those that cover its schema; in a soak."""
SHIPPED = pytest.mark.parametrize("database_server", ["shipped"], indirect=True, scope="session")
"""The document is the same whatever the database."""
OPEN_TO_ALL = {
    f"POST /api/staff/v1/{name}" for name in ("login", "login/second", "setup", "setup/finish", "totp/finish")
}
"""They refuse whoever brings no password, code or one-time token that is right: nobody guesses one."""


class Known(NamedTuple):
    """Who calls: the security scheme's name, its value, headers beside it, and values that lead to what is there."""

    scheme: str = ""
    proof: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    values: Mapping[str, str | int] = {}
    of_operations: Mapping[str, tuple[str, str]] = {}
    """A parameter and its value, of one operation alone."""

    @property
    def toml(self) -> str:
        lines = [f'"{name}" = {json.dumps(value)}' for name, value in self.values.items()]
        if self.scheme:
            lines += [f"[auth.openapi.{self.scheme}]", *(f'{key} = "{value}"' for key, value in self.proof.items())]
        for name, (parameter, value) in self.of_operations.items():
            lines += ["[[operations]]", f"include-name = {json.dumps(name)}"]
            lines += ["[operations.parameters]", f'"{parameter}" = {json.dumps(value)}']
        return "\n".join(["[parameters]", *lines, ""])


async def tried(whole: Whole, home: Path, who: Known, *options: str, examples: int) -> set[str]:
    """Fails with what schemathesis reports. Otherwise the operations that let this caller nowhere: 401 and 403 only."""
    config = home / "schemathesis.toml"
    config.write_text(who.toml)
    headers = [part for name, value in who.headers.items() for part in ("-H", f"{name}: {value}")]
    async with whole.ignorant_orders(), whole.served() as url:
        process = await asyncio.create_subprocess_exec(
            SCHEMATHESIS,
            f"--config-file={config}",
            "run",
            f"{url}/api/docs/openapi.json",
            "--phases=examples,coverage,fuzzing",
            f"--checks={','.join(CHECKS)}",
            f"--max-examples={examples}",
            "--seed=20261",
            "--request-timeout=60",
            "--generation-database=none",
            "--continue-on-failure",
            "--no-color",
            *headers,
            *options,
            cwd=home,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    _, _, refused = said.partition("Authentication failed:")
    return set(re.findall(r"^  - (\S+ \S+)$", refused.partition("Ensure valid authentication")[0], re.MULTILINE))


async def nobody(whole: Whole) -> Known:
    return Known()


async def customer(whole: Whole) -> Known:
    """Without a long poll, which waits as long as it is told."""
    opened = await whole.start()
    values = {"path.conversation_id": opened["conversation_id"], "query.wait_s": 0}
    return Known("ConversationToken", {"bearer": opened["access_token"]}, values=values)


async def system(whole: Whole) -> Known:
    opened = await whole.start()
    values = {"path.conversation_id": opened["conversation_id"], "path.shop": SHOP}
    return Known("ApiKey", {"bearer": whole.api_key}, values=values)


END_ALL = "POST /api/staff/v1/accounts/{staff_id}/sessions/end"


def member(role: Role) -> Callable[[Whole], Awaitable[Known]]:
    """It ends no session that is there: not its own."""

    async def logged_in(whole: Whole) -> Known:
        await whole.let_in(role)
        headers = whole.staff[role]
        token = headers["Cookie"].partition("=")[2]
        values = {"path.session_id": str(uuid4())}
        proof, csrf = {"api_key": token}, {CSRF_HEADER: headers[CSRF_HEADER]}
        return Known("StaffSession", proof, csrf, values, {END_ALL: ("path.staff_id", str(uuid4()))})

    return logged_in


LOGOUT = "/logout"
STAFF = ("--include-tag=staff", f"--exclude-path=/api/staff/v1{LOGOUT}")
"""Logging out works, and then everything else is refused."""


def what_it_may(role: Role) -> tuple[str, ...]:
    """Schemathesis's choice of the operations that the table of who may call what allows this role."""
    cells = [cell for cell in ROUTES if role in cell.allowed and cell.path != LOGOUT]
    allowed = "|".join(f"{cell.method} {template(cell.path)}" for cell in cells)
    return (f"--include-name-regex=^({allowed})$",)


def template(path: str) -> str:
    """The pattern of the documented path that a path of the table belongs to."""
    parts = path.partition("?")[0].split("/")
    return re.escape("/api/staff/v1") + "/".join(r"\{\w+\}" if part in UNKNOWN else re.escape(part) for part in parts)


CALLERS: list[tuple[str, Callable[[Whole], Awaitable[Known]], tuple[str, ...]]] = [
    ("nobody", nobody, ()),
    ("customer", customer, ("--include-tag=chat",)),
    ("system", system, ("--include-tag=intranet",)),
    (Role.SEC_ADMIN.value, member(Role.SEC_ADMIN), STAFF),
    *((role.value, member(role), what_it_may(role)) for role in Role if role is not Role.SEC_ADMIN),
]
"""One of the staff tries everything, and is refused by the document what is not his. The others try what is theirs:
each refusal of each role is held by the table of who may call what."""
OFTEN = {"nobody", "customer", "system", Role.SEC_ADMIN, Role.AGENT}
"""Tried in every run; what the others may besides is tried in a soak."""
CALLS = [pytest.param(*each, marks=() if each[0] in OFTEN else pytest.mark.soak) for each in CALLERS]


@pytest.fixture
def examples(capfd: pytest.CaptureFixture[str]) -> int:
    """Of each operation."""
    number = int(os.environ.get("API_EXAMPLES", FEW))
    with capfd.disabled():
        sys.stdout.write(f"\nexamples of each operation: {number} of {FULL_SIZE} at full size")
    return number


@SHIPPED
@pytest.mark.control("M-16", "M-24")
@pytest.mark.parametrize(("who", "known", "options"), CALLS)
async def test_the_api_does_what_its_document_says(
    whole: Whole,
    tmp_path: Path,
    who: str,
    known: Callable[[Whole], Awaitable[Known]],
    options: tuple[str, ...],
    examples: int,
) -> None:
    refused = await tried(whole, tmp_path, await known(whole), *options, examples=examples)
    match who:
        case "customer":
            assert refused == set()
        case "system":
            signed = {"POST /api/v1/order-events/{shop}", "POST /api/v1/order-events/{shop}/pushed"}
            assert refused == signed, "these are signed"
        case Role.SEC_ADMIN:
            assert {each for each in refused - OPEN_TO_ALL if Role.SEC_ADMIN in may_call(each)} == set()


def may_call(operation: str) -> frozenset[Role]:
    """By the table of who may call what."""
    method, _, path = operation.partition(" /api/staff/v1")
    [cell] = [each for each in ROUTES if each.method == method and is_at(path, each.path.partition("?")[0])]
    return cell.allowed


def is_at(template: str, path: str) -> bool:
    pairs = zip_longest(template.split("/"), path.split("/"))
    return all(part == named or (str(part).startswith("{") and named in UNKNOWN) for part, named in pairs)
