"""Versions of a policy over the staff API: proposed by operations, published by an approver, each deed recorded."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from appliance.aftersales.cases import store
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.files import PackFiles
from appliance.aftersales.policy.pack import DEFAULT_PACK, default_pack
from appliance.ids import DecisionId, ShopId, uuid7
from models.commands import Reason
from security.access.permissions import Role
from security.access.rights import fitting
from tests.appliance.aftersales.policy.asks import ask, order
from tests.appliance.channels.staff.world import Browser, StaffWorld
from tests.security.access.world import HERE

SHOP = ShopId("shop-1")
PATH = f"/shops/{SHOP}/policies"
SHIPPED = default_pack().id[-12:]


class Office:
    """Operations and an approver of one shop."""

    def __init__(self, staff: StaffWorld) -> None:
        self.staff = staff
        self.clock = staff.world.clock

    async def person(self, role: Role, *shops: str) -> Browser:
        world = self.staff.world
        by = (await self.staff.people["sec.li"].log_in()).principal
        rights = fitting([role], frozenset(shops))
        login = f"{role.value}.{uuid4().hex[:6]}"
        made = await world.do(lambda conn: world.access.changes.create(conn, by, login, login, rights, HERE))
        assert made.set_up is not None
        person = await world.set_up(made.set_up.token, None)
        person.login = login
        return await self.staff.of(person)

    def files(self, days: int = 20, hours: int = 24) -> dict[str, Any]:
        texts = PackFiles.of(DEFAULT_PACK).as_text()
        terms = json.loads(texts["pack.json"])
        begins = self.clock.now() + timedelta(hours=hours)
        terms |= {"version": "2", "effective_from": begins.isoformat()}
        terms["window_days"] |= {"normal": days}
        return {"files": texts | {"pack.json": json.dumps(terms)}}

    async def decided(self, days: int) -> None:
        """A past decision on a return without a reason, so many days after delivery."""
        now = self.clock.now()
        delivered = order(
            delivered_at=now - timedelta(days=days), shipped_at=None, paid_at=now - timedelta(days=days + 2)
        )
        asked = ask("return_refund", delivered, now=now, reason=Reason.SIZE)
        decision = evaluate(default_pack(), asked).decision
        values = store.decision_values(decision, DecisionId(uuid7()), now, asked)
        async with self.staff.db.transaction(SHOP) as conn:
            where = {"shop": SHOP, "conversation_id": uuid4(), "now": now}
            await store.execute(conn, "insert_decision", where | values)

    async def recorded(self, after: int) -> list[tuple[str, str, str]]:
        made = (await self.staff.world.records())[after:]
        return [(event["action"], event["kind"], event["outcome"]) for event in made]


@pytest.fixture
def office(staff: StaffWorld) -> Office:
    return Office(staff)


def ended(answer: Any) -> str:
    digest: str = answer.json()["policy"][-12:]
    return digest


@pytest.mark.control("M-15", "M-18")
async def test_one_proposes_and_another_publishes_and_each_deed_is_recorded(office: Office) -> None:
    operations = await office.person(Role.OPERATIONS, SHOP)
    approver = await office.person(Role.APPROVER, SHOP)
    before = len(await office.staff.world.records())
    proposed = await operations.post(PATH, office.files())
    assert (proposed.status_code, proposed.json()["state"]) == (201, "proposed")
    published = await approver.post(f"{PATH}/{ended(proposed)}/publish")
    assert (published.status_code, published.json()["state"]) == (200, "published")
    recalled = await approver.post(f"{PATH}/{ended(proposed)}/recall")
    assert (recalled.status_code, recalled.json()["state"]) == (200, "recalled")
    assert await office.recorded(before) == [
        ("policy.propose", "event", "success"),
        ("policy.publish", "intent", "pending"),
        ("policy.publish", "outcome", "success"),
        ("policy.recall", "intent", "pending"),
        ("policy.recall", "outcome", "success"),
    ]


async def test_what_was_proposed_is_read_and_compared(office: Office) -> None:
    operations = await office.person(Role.OPERATIONS, SHOP)
    files = office.files()
    digest = ended(await operations.post(PATH, files))
    assert (await operations.get(f"{PATH}/{digest}")).json() == files["files"]
    listed = (await operations.get(PATH)).json()
    assert [(version["policy"][-12:], version["state"]) for version in listed] == [(digest, "proposed")]
    changed = (await operations.get(f"{PATH}/{digest}/difference/{SHIPPED}")).json()
    days = {"gold": 15, "normal": 7, "silver": 7}
    assert changed["terms"][-1] == {"name": "window_days", "before": days, "after": days | {"normal": 20}}


async def test_a_draft_is_tried_on_the_past_and_only_who_sees_cases_is_told_names(office: Office) -> None:
    operations = await office.person(Role.OPERATIONS, SHOP)
    approver = await office.person(Role.APPROVER, SHOP)
    for days in (3, 10, 12, 40):
        await office.decided(days)
    digest = ended(await operations.post(PATH, office.files(days=20)))
    period = {"base": SHIPPED, "since": (office.clock.now() - timedelta(days=1)).isoformat()}
    period["until"] = (office.clock.now() + timedelta(days=1)).isoformat()
    tried = (await operations.post(f"{PATH}/{digest}/try", period)).json()
    assert (tried["compared"], tried["changed"], tried["more_fen"]) == (4, 2, 40000)
    assert tried["shifts"] == [
        {
            "flow": "return_refund",
            "before": "refuse",
            "before_rule": "R11",
            "after": "approve",
            "after_rule": "R10",
            "decisions": 2,
            "more_fen": 40000,
        }
    ]
    assert (await operations.post(f"{PATH}/{digest}/try/cases", period)).status_code == 403
    named = (await approver.post(f"{PATH}/{digest}/try/cases", period)).json()
    assert [(each["order_id"], each["after"]["rule"]) for each in named["changed"]] == [("O-1", "R10")] * 2


REFUSED = {
    "a mistake in a file": ({"files": {"pack.json": "{"}}, 422, "invalid_input"),
    "a file that is no part of a pack": ({"files": {"../pack.json": "{}"}}, 422, "invalid_input"),
    "no files": ({"files": {}}, 422, "invalid_input"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_pack_is_refused_and_said_so(office: Office, name: str) -> None:
    body, status, code = REFUSED[name]
    operations = await office.person(Role.OPERATIONS, SHOP)
    answer = await operations.post(PATH, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_another_shops_policy_is_not_there(office: Office) -> None:
    operations = await office.person(Role.OPERATIONS, SHOP)
    approver = await office.person(Role.APPROVER, "shop-2")
    digest = ended(await operations.post(PATH, office.files()))
    before = len(await office.staff.world.records())
    assert (await approver.get(f"{PATH}/{digest}")).status_code == 404
    assert (await approver.post(f"{PATH}/{digest}/publish")).status_code == 404
    assert await office.recorded(before) == [
        ("policy.publish", "intent", "pending"),
        ("policy.publish", "outcome", "denied"),
    ]


async def test_a_time_without_its_offset_is_refused(office: Office) -> None:
    operations = await office.person(Role.OPERATIONS, SHOP)
    digest = ended(await operations.post(PATH, office.files()))
    answer = await operations.post(f"{PATH}/{digest}/try", {"base": SHIPPED, "since": "2026-11-01T00:00:00"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
