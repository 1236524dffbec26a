"""What is served below the label of its table stands in a closed list: nothing else is, and nothing there is idle."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import pytest
from litestar.routes import HTTPRoute

from appliance.aftersales.policy.pack import default_pack
from appliance.channels.staff.http import BASE
from appliance.db import Connection, Database
from appliance.db.declarations import tables
from appliance.web import labels
from appliance.web.access import OPTION, StaffOnly
from appliance.web.labels import LOWERED, SHARED, Lowering
from security.access.labels import Category
from security.access.permissions import ADMINISTRATORS, Permission, Role
from tests.appliance.channels.staff.test_operations import Hands
from tests.appliance.channels.staff.test_values import SHOP
from tests.appliance.channels.staff.test_who_may_call_what import NOBODY, PERIOD, ROUTES, VERSION, Cell, _pattern
from tests.appliance.channels.staff.world import StaffWorld

pytestmark = pytest.mark.control("M-17")

TOUCHED: LiteralString = (
    "SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
    "WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.relkind = 'r' "
    "AND c.relnamespace = 'public'::regnamespace"
)
"""A transaction holds a lock on each table that it has read, until it ends."""
SHIPPED = default_pack().id[-12:]
BUSINESS = frozenset({Category.CUSTOMER, Category.MONEY})


@pytest.fixture
async def talked(staff: StaffWorld) -> Hands:
    return await Hands(staff).begin()


@pytest.fixture
def touched(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The tables that the product's own transactions have used so far."""
    found: set[str] = set()
    real = Database._scope

    @asynccontextmanager
    async def scope(self: Database, begin: str, values: Mapping[str, str]) -> AsyncIterator[Connection]:
        async with real(self, begin, values) as conn:
            yield conn
            found.update(name for (name,) in await (await conn.execute(TOUCHED)).fetchall())

    monkeypatch.setattr(Database, "_scope", scope)
    return found


def below(declared: StaffOnly, touched: set[str]) -> set[str]:
    """Tables about customers and money that a route reads although its label does not dominate theirs."""
    known = tables()
    return {
        name
        for name in touched
        if known[name].label.categories & BUSINESS and not declared.label.dominates(known[name].label)
    }


def allowed(declared: StaffOnly) -> set[str]:
    return set(LOWERED[declared.lowering].tables) if declared.lowering else set()


async def test_no_staff_route_reads_above_its_label_but_those_of_the_list(
    staff: StaffWorld, talked: Hands, touched: set[str]
) -> None:
    browsers = {role: await staff.as_role(role) for role in ADMINISTRATORS}
    for role in (Role.AGENT, Role.SUPERVISOR, Role.APPROVER, Role.OPERATIONS):
        browsers[role] = await talked.person(role, SHOP)
    found: dict[tuple[str, str], set[str]] = {}
    for cell in ROUTES:
        browser = next(browser for role, browser in browsers.items() if role in cell.allowed)
        touched.clear()
        await browser.call(cell.method, _path(cell, talked), _body(cell))
        assert touched, cell
        declared = _declared(staff, cell)
        found[cell[:2]] = below(declared, touched) - allowed(declared)
    assert {cell: names for cell, names in found.items() if names} == {}


async def test_what_is_listed_is_read_and_would_be_refused_without_the_list(talked: Hands, touched: set[str]) -> None:
    staff = talked.staff
    people = {role: await talked.person(role, SHOP) for role in (Role.AGENT, Role.SUPERVISOR)}
    people |= {role: await staff.as_role(role) for role in (Role.SYS_ADMIN, Role.AUDIT_ADMIN)}
    lowered = [cell for cell in ROUTES if _declared(staff, cell).lowering not in (None, *SHARED)]
    for cell in lowered:
        who = next(person for role, person in people.items() if role in cell.allowed)
        touched.clear()
        assert (await who.call(cell.method, _path(cell, talked), _body(cell))).status_code == 200
        declared = _declared(staff, cell)
        assert below(declared, touched) == allowed(declared) != set()
    assert len(lowered) == len(Lowering) - len(SHARED)


async def test_an_agents_words_are_compared_with_the_vault_and_none_of_it_is_served(
    talked: Hands, touched: set[str]
) -> None:
    staff, agent = talked.staff, await talked.person(Role.AGENT, SHOP)
    noting = next(cell for cell in ROUTES if cell.path.endswith("/notes"))
    touched.clear()
    answer = await agent.call(noting.method, _path(noting, talked), {"text": "客人电话13800138000"})
    declared = _declared(staff, noting)
    assert (answer.status_code, "138" in answer.text) == (201, False)
    assert below(declared, touched) == allowed(declared) == {"vault_value"}


def test_each_lowering_of_the_list_belongs_to_one_route_and_says_why(staff: StaffWorld) -> None:
    named = [each.lowering for each in _all(staff) if each.lowering]
    used = sorted({*named})
    assert all(named.count(each) == 1 for each in used if each not in SHARED)
    assert used == sorted(Lowering) == sorted(LOWERED)
    assert all(len(lowered.why) > 20 for lowered in LOWERED.values())


def test_a_route_that_lowers_without_being_listed_is_found() -> None:
    silent = StaffOnly(Permission.CUSTOMER_REVEAL, labels.of("conversation"))
    assert below(silent, {"vault_value", "conversation"}) - allowed(silent) == {"vault_value"}
    honest = StaffOnly(Permission.CUSTOMER_REVEAL, labels.of("conversation", "vault_value"))
    assert below(honest, {"vault_value", "conversation"}) == set()


def _path(cell: Cell, talked: Hands) -> str:
    """To what is there, of the shop that is served."""
    path = cell.path.replace("nowhere", SHOP).replace(VERSION, SHIPPED)
    if "operations" in path:
        return path.replace(NOBODY, talked.operation_id)
    return path.replace(NOBODY, str(talked.conversation_id)) if "conversations" in path else path


def _body(cell: Cell) -> Any:
    return {**cell.body, "base": SHIPPED} if cell.body is PERIOD else cell.body


def _declared(staff: StaffWorld, cell: Cell) -> StaffOnly:
    path = _pattern(staff.web, BASE + cell.path.partition("?")[0])
    [handler] = [each for at, each in _routes_of(staff) if at == path and cell.method in each.http_methods]
    declared = handler.opt[OPTION]
    assert isinstance(declared, StaffOnly)
    return declared


def _all(staff: StaffWorld) -> Iterator[StaffOnly]:
    for _, handler in _routes_of(staff):
        if isinstance(declared := handler.opt.get(OPTION), StaffOnly):
            yield declared


def _routes_of(staff: StaffWorld) -> list[tuple[str, Any]]:
    return [
        (route.path, handler)
        for route in staff.web.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.http_methods != {"OPTIONS"}
    ]
