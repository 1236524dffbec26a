"""Every operation of the OpenAPI document, tried by schemathesis on the running server as everybody who may call it."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

from appliance.web.access import CSRF_HEADER
from security.access.permissions import Role
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
EXAMPLES = int(os.environ.get("API_EXAMPLES", "25"))
"""Of each operation, for each caller, at length."""
SHIPPED = pytest.mark.parametrize("database_server", ["shipped"], indirect=True, scope="session")
"""The document is the same whatever the database."""
OPEN_TO_ALL = {
    f"POST /api/staff/v1/{name}" for name in ("login", "login/second", "setup", "setup/finish", "totp/finish")
}
"""They refuse whoever brings no password, code or one-time token that is right: nobody guesses one."""

OF_CONVERSATIONS = {
    f"{operation} /api/staff/v1/conversations/{{conversation_id}}/values{what}"
    for operation, what in (("GET", ""), ("POST", "/reveal"))
}
"""No administrator's to read."""
OF_THE_BUSINESS = {
    f"{operation} /api/staff/v1/{path}"
    for operation, path in (
        ("GET", "work-orders"),
        ("POST", "work-orders"),
        ("GET", "work-orders/{work_order_id}"),
        ("GET", "work-orders/{work_order_id}/changes"),
        ("POST", "work-orders/{work_order_id}/deeds"),
        ("GET", "work-orders/{work_order_id}/comments"),
        ("POST", "work-orders/{work_order_id}/comments"),
        ("POST", "work-orders/{work_order_id}/attachments"),
        ("GET", "work-members"),
        ("PUT", "work-members/{staff_id}"),
        ("POST", "conversations/{conversation_id}/rulings"),
        ("GET", "special-refunds"),
        ("POST", "special-refunds"),
        ("GET", "special-refunds/{proposal_id}"),
        ("POST", "special-refunds/{proposal_id}/approve"),
        ("POST", "special-refunds/{proposal_id}/reject"),
        ("POST", "special-refunds/{proposal_id}/withdraw"),
        ("POST", "reconciliations"),
        ("GET", "desk/board"),
        ("GET", "desk/mine"),
        ("PUT", "desk/presence"),
        ("PUT", "desk/seats/{staff_id}"),
        ("GET", "desk/conversations"),
        ("GET", "desk/conversations/{conversation_id}"),
        ("GET", "desk/conversations/{conversation_id}/events"),
        ("GET", "desk/conversations/{conversation_id}/evidence/{evidence_id}"),
        ("POST", "desk/conversations/{conversation_id}/take"),
        ("POST", "desk/conversations/{conversation_id}/transfer"),
        ("POST", "desk/conversations/{conversation_id}/hand-back"),
        ("POST", "desk/conversations/{conversation_id}/close"),
        ("POST", "desk/conversations/{conversation_id}/messages"),
        ("POST", "desk/conversations/{conversation_id}/notes"),
        ("POST", "desk/conversations/{conversation_id}/marks"),
        ("GET", "desk/replies"),
        ("POST", "desk/replies"),
        ("PUT", "desk/replies/{reply_id}"),
        ("DELETE", "desk/replies/{reply_id}"),
        ("GET", "shops/{shop}/policies"),
        ("POST", "shops/{shop}/policies"),
        ("GET", "shops/{shop}/policies/{digest}"),
        ("GET", "shops/{shop}/policies/{digest}/difference/{base}"),
        ("POST", "shops/{shop}/policies/{digest}/publish"),
        ("POST", "shops/{shop}/policies/{digest}/refuse"),
        ("POST", "shops/{shop}/policies/{digest}/recall"),
        ("POST", "shops/{shop}/policies/{digest}/try"),
        ("POST", "shops/{shop}/policies/{digest}/try/cases"),
    )
}
"""No administrator's to read or do."""
OF_THE_AUDIT = {
    *(f"GET /api/staff/v1/audit/{what}" for what in ("records", "disclosures", "findings", "checkpoints", "head")),
    *(f"GET /api/staff/v1/audit/records/{{place}}{what}" for what in ("", "/proof")),
    *(f"{method} /api/staff/v1/audit/verifications" for method in ("GET", "POST")),
}
"""The audit administrator's alone."""
OF_THE_SYSTEM = {
    "GET /api/staff/v1/clients",
    "POST /api/staff/v1/shops/{shop}/clients",
    "DELETE /api/staff/v1/shops/{shop}/clients/{credential}/{client_id}",
}
"""The system administrator's alone."""


class Known(NamedTuple):
    """Who calls: the security scheme's name, its value, headers beside it, and values that lead to what is there."""

    scheme: str = ""
    proof: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    values: Mapping[str, str | int] = {}

    @property
    def toml(self) -> str:
        lines = [f'"{name}" = {json.dumps(value)}' for name, value in self.values.items()]
        if self.scheme:
            lines += [f"[auth.openapi.{self.scheme}]", *(f'{key} = "{value}"' for key, value in self.proof.items())]
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


def member(role: Role) -> Callable[[Whole], Awaitable[Known]]:
    """It ends no session that is there: not its own."""

    async def logged_in(whole: Whole) -> Known:
        await whole.let_in(role)
        headers = whole.staff[role]
        token = headers["Cookie"].partition("=")[2]
        values = {"path.session_id": str(uuid4())}
        return Known("StaffSession", {"api_key": token}, {CSRF_HEADER: headers[CSRF_HEADER]}, values)

    return logged_in


STAFF = ("--include-tag=staff", "--exclude-path=/api/staff/v1/logout")
"""Logging out works, and then everything else is refused."""
CALLERS: list[tuple[str, Callable[[Whole], Awaitable[Known]], tuple[str, ...]]] = [
    ("nobody", nobody, ()),
    ("customer", customer, ("--include-tag=chat",)),
    ("system", system, ("--include-tag=intranet",)),
    *((role.value, member(role), STAFF) for role in Role),
]
OFTEN = {"nobody", "customer", "system", Role.SEC_ADMIN, Role.AGENT}
"""Tried in every run; the other roles may do what these may, or less."""


@SHIPPED
@pytest.mark.control("M-16", "M-24")
@pytest.mark.parametrize(("who", "known", "options"), [each for each in CALLERS if each[0] in OFTEN])
async def test_the_api_does_what_its_document_says(
    whole: Whole,
    tmp_path: Path,
    who: str,
    known: Callable[[Whole], Awaitable[Known]],
    options: tuple[str, ...],
) -> None:
    refused = await tried(whole, tmp_path, await known(whole), *options, examples=FEW)
    match who:
        case "customer":
            assert refused == set()
        case "system":
            signed = {"POST /api/v1/order-events/{shop}", "POST /api/v1/order-events/{shop}/pushed"}
            assert refused == signed, "these are signed"
        case Role.SEC_ADMIN:
            assert refused <= OPEN_TO_ALL | OF_CONVERSATIONS | OF_THE_BUSINESS | OF_THE_AUDIT | OF_THE_SYSTEM


@pytest.mark.slow
@SHIPPED
@pytest.mark.control("M-16", "M-24")
@pytest.mark.parametrize(("who", "known", "options"), CALLERS)
async def test_the_api_does_what_its_document_says_at_length(
    whole: Whole,
    tmp_path: Path,
    who: str,
    known: Callable[[Whole], Awaitable[Known]],
    options: tuple[str, ...],
    capfd: pytest.CaptureFixture[str],
) -> None:
    with capfd.disabled():
        sys.stdout.write(f"\nexamples of each operation: {EXAMPLES} of {FULL_SIZE} at full size")
    await tried(whole, tmp_path, await known(whole), *options, examples=EXAMPLES)
