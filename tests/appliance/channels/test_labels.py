"""Security labels: every object has one, every route says it, and whoever does not dominate it reads nothing of it."""

from itertools import chain, combinations
from typing import Any, Final

import httpx
import pytest
from litestar import Router, get

from appliance.db.declarations import tables
from appliance.identity.model import CLEARANCE as OF_SCOPES
from appliance.identity.model import Scope
from appliance.web import labels
from appliance.web.access import OPTION, Declaration, Proof, Proven, Public, StaffOnly, proven
from appliance.web.app import WebParts, create_web
from security.access.labels import Category, Label, Level, may_read
from security.access.permissions import CLEARANCE, GRANTS, Role
from tests.appliance.channels.whole import Whole

SUBJECTS: Final[dict[str, Label]] = {
    "anybody": labels.OF_ANYBODY,
    "customer": labels.OF_A_CUSTOMER,
    "reporter": labels.OF_A_REPORTER,
    **{scope.value: label for scope, label in OF_SCOPES.items()},
    **{role.value: label for role, label in CLEARANCE.items()},
}
OF_OPERATION: Final = {
    "schema_migration",
    "api_key",
    "order_event",
    "client_allowance",
    "case_progress",
    "case_step",
    "guide_message",
    "worker_heartbeat",
    "webhook",
    "webhook_position",
    "webhook_delivery",
    "signing_client",
    "client_nonce",
    "client_certificate",
    "procrastinate_jobs",
    "procrastinate_workers",
    "procrastinate_periodic_defers",
    "procrastinate_events",
}
OF_CUSTOMERS: Final = {
    "subject_link",
    "conversation",
    "conversation_event",
    "event_body",
    "inbound",
    "evidence",
    "recording",
    "recording_chunk",
    "photo_link",
    "outbound_call",
    "outbound_attempt",
    "outbound_refusal",
    "decision",
    "quote",
    "after_sales_case",
    "case_unit",
    "work_order",
    "work_order_change",
    "work_order_comment",
    "work_order_attachment",
    "work_member",
    "special_refund",
    "difference",
    "desk_seat",
    "desk_ticket",
    "desk_message",
    "canned_reply",
}
OF_POLICY: Final = {"policy_version"}
OF_ACCOUNTS: Final = {"staff_account", "access_change", "access_phase", "client_proposal"}
OF_THE_LOG: Final = {"audit_log", "audit_pending", "audit_record", "audit_checkpoint", "audit_leaf", "audit_forward"}
OF_SECURITY: Final = {
    "shop_secret",
    "shop_kek",
    "shop_index_key",
    "subject_dek",
    "key_copy",
    "key_rotation",
    "restoration",
    "staff_password",
    "staff_totp",
    "staff_passkey",
    "staff_token",
    "staff_ticket",
    "staff_attempt",
    "staff_lock",
    "staff_session",
    "vault_reveal",
}
OF_EVERYBODY: Final = {"shop_widget", "desk_hours"}
MATRIX: Final[dict[str, set[str]]] = {
    "anybody": OF_EVERYBODY,
    "customer": OF_EVERYBODY | {"shop"} | OF_CUSTOMERS,
    "reporter": OF_EVERYBODY | {"shop"} | OF_OPERATION,
    Scope.EVENTS_WRITE: OF_EVERYBODY | {"shop"} | OF_OPERATION,
    Scope.CONVERSATIONS_READ: OF_EVERYBODY | {"shop"} | OF_CUSTOMERS,
    Scope.CASES_READ: OF_EVERYBODY | {"shop", "operation"} | OF_CUSTOMERS,
    Scope.DECISIONS_READ: OF_EVERYBODY | {"shop"} | OF_CUSTOMERS,
    Scope.WORK_ORDERS_READ: OF_EVERYBODY | {"shop"} | OF_CUSTOMERS,
    Scope.WORK_ORDERS_WRITE: OF_EVERYBODY | {"shop"} | OF_CUSTOMERS,
    Scope.CALL_REFUSALS_WRITE: OF_EVERYBODY | {"shop"} | OF_CUSTOMERS,
    Role.SYS_ADMIN: OF_EVERYBODY | {"shop"} | OF_OPERATION,
    Role.SEC_ADMIN: OF_EVERYBODY | {"shop"} | OF_ACCOUNTS | OF_SECURITY,
    Role.AUDIT_ADMIN: OF_EVERYBODY | {"shop"} | OF_ACCOUNTS | OF_THE_LOG,
    Role.AGENT: OF_EVERYBODY | {"shop"} | OF_CUSTOMERS | OF_POLICY,
    Role.SUPERVISOR: OF_EVERYBODY | {"shop", "operation"} | OF_CUSTOMERS | OF_POLICY,
    Role.APPROVER: OF_EVERYBODY | {"shop", "operation"} | OF_CUSTOMERS | OF_POLICY,
    Role.OPERATIONS: OF_EVERYBODY | {"shop"} | OF_POLICY,
}
"""Who may read which table, by labels alone. ``vault_value`` holds values in clear: nobody's label reaches it."""


@pytest.mark.control("M-17")
@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_subject_reads_exactly_the_objects_of_its_row(subject: str) -> None:
    readable = {name for name, table in tables().items() if may_read(SUBJECTS[subject], table.label)}
    assert readable == MATRIX[subject]


@pytest.mark.control("M-17")
def test_the_levels_and_categories_decide_and_nothing_else() -> None:
    """Every label that there can be against every other."""
    sets = [
        frozenset(each) for each in chain.from_iterable(combinations(Category, n) for n in range(len(Category) + 1))
    ]
    order = [Level.PUBLIC, Level.INTERNAL, Level.SENSITIVE, Level.CORE]
    all_labels = [Label(level=level, categories=each) for level in Level for each in sets]
    for subject in all_labels:
        for thing in all_labels:
            is_high = order.index(subject.level) >= order.index(thing.level)
            assert may_read(subject, thing) == (is_high and thing.categories <= subject.categories)


@pytest.mark.control("M-17")
def test_every_route_says_the_label_of_what_it_serves(whole: Whole) -> None:
    for handler in _handlers(whole):
        declared: Declaration = handler.opt[OPTION]
        assert isinstance(declared.label, Label)
        match declared:
            case Public(label=label):
                assert label == labels.OF_ANYBODY
            case Proven(Proof.API_KEY, label):
                assert any(may_read(each, label) for each in OF_SCOPES.values())
            case Proven(Proof.CONVERSATION_TOKEN, label):
                assert may_read(labels.OF_A_CUSTOMER, label)
            case Proven(Proof.SIGNATURE, label):
                assert may_read(labels.OF_A_REPORTER, label)
            case Proven(Proof.MONITOR_TOKEN, label):
                assert may_read(labels.OF_A_MONITOR, label)
            case StaffOnly(permission, label):
                granted = [role for role in Role if permission in GRANTS[role]]
                assert granted
                assert all(may_read(CLEARANCE[role], label) for role in granted), (permission, label)


@pytest.mark.control("M-17")
@pytest.mark.parametrize(
    ("lowered", "path", "status"),
    [
        ({"level": "core", "categories": []}, "/accounts", 200),
        ({"level": "sensitive", "categories": ["security"]}, "/accounts", 403),
        ({"level": "internal", "categories": ["security"]}, "/changes", 403),
        ({"level": "public", "categories": []}, "/phase", 403),
        ({"level": "public", "categories": []}, "/me", 200),
    ],
)
async def test_a_permission_without_the_label_reads_nothing(
    whole: Whole, lowered: dict[str, Any], path: str, status: int
) -> None:
    """The label is changed as every right is: proposed by one security administrator, agreed to by another."""
    people = await whole.world.first_four()
    sec, other = [await people[name].log_in() for name in ("sec.sun", "sec.li")]
    third = await (await whole.world.appoint(sec.principal, "sec.wu", Role.SEC_ADMIN)).log_in()
    await whole.world.confirm_all(other.principal)
    await whole.world.go_live(sec.principal)
    async with whole.http(whole.session(sec.token)) as one, whole.http(whole.session(other.token)) as two:
        body = {"roles": ["sec_admin"], "clearance": lowered}
        about = await _staff_id(one, "sec.li")
        proposed = (await one.post(f"/api/staff/v1/accounts/{about}/rights", json=body)).json()
        assert proposed["state"] == "proposed"
        assert (await two.get("/api/staff/v1/accounts")).status_code == 200, "nothing changes until another one agrees"
        async with whole.http(whole.session(third.token)) as three:
            agreed = await three.post(f"/api/staff/v1/changes/{proposed['change_id']}/approve")
        assert agreed.json()["state"] == "applied"
    again = await people["sec.li"].log_in()
    async with whole.http(whole.session(again.token)) as http:
        answer = await http.get(f"/api/staff/v1{path}")
    assert answer.status_code == status
    last = (await whole.world.records())[-1]
    assert (status == 403) == (last["action"] == "access.deny" and last["reason"] == "label")


@pytest.mark.control("M-17")
async def test_what_is_labelled_above_its_proof_answers_nobody() -> None:
    @get("/", opt=proven(Proof.CONVERSATION_TOKEN, labels.of("staff_account")))
    async def too_high() -> str:
        return "secret"

    app: Any = create_web(WebParts(routers=[Router("/api/too-high", route_handlers=[too_high])]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://appliance") as http:
        answer = await http.get("/api/too-high")
    assert (answer.status_code, "secret" in answer.text) == (403, False)


@pytest.mark.control("M-17")
def test_what_is_made_of_two_tables_is_as_high_as_both() -> None:
    made = labels.of("operation", "staff_account")
    assert made == Label(level=Level.CORE, categories=frozenset({Category.CUSTOMER, Category.MONEY}))
    with pytest.raises(KeyError):
        labels.of("no_such_table")


def _handlers(whole: Whole) -> list[Any]:
    """But the framework's own answers to OPTIONS."""
    found: list[Any] = []
    for route in whole.app.routes:
        handlers: list[Any] = getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]
        found += [each for each in handlers if getattr(each, "http_methods", None) != {"OPTIONS"}]
    return found


async def _staff_id(http: httpx.AsyncClient, login: str) -> str:
    accounts = (await http.get("/api/staff/v1/accounts")).json()
    return next(str(each["staff_id"]) for each in accounts if each["login"] == login)
