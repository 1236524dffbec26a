"""Logging in: two steps, one message, the same work for everybody, and no more attempts than are allowed."""

import asyncio
from typing import Any

import pytest

from security.access import totp
from security.access.errors import LoginRefused, SessionRefused, TooManyAttempts
from security.access.limits import Limits
from security.access.login import Candidate, Refused, Ticket
from security.access.model import Factor, Origin, State
from security.access.permissions import Role
from security.access.sessions import Opened
from tests.security.access.world import HERE, PASSWORD, Person, World


@pytest.fixture
def person(staff: dict[str, Person]) -> Person:
    return staff["sec.li"]


@pytest.mark.control("M-13")
async def test_password_and_code_open_a_session(world: World, person: Person) -> None:
    opened = await person.log_in()
    principal = await world.resume(opened.token)
    assert principal == opened.principal
    assert (principal.staff_id, principal.rights.roles, principal.factor) == (
        person.staff_id,
        frozenset({Role.SEC_ADMIN}),
        Factor.TOTP,
    )
    assert (await world.deeds())[-2:] == [("login.password", "success", ""), ("login.second_factor", "success", "")]


@pytest.mark.control("M-13")
async def test_a_password_alone_opens_nothing(world: World, person: Person) -> None:
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    assert ticket.factors == (Factor.TOTP,)
    with pytest.raises(SessionRefused):
        await world.resume(ticket.ticket)


@pytest.mark.control("M-13")
async def test_an_account_without_a_second_factor_cannot_log_in(world: World, person: Person) -> None:
    async with world.transaction() as conn:
        await conn.execute("DELETE FROM staff_totp WHERE staff_id = %s", (person.staff_id,))
    world.clock.move(seconds=60)
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    assert isinstance(await world.step_two(ticket.ticket, person.code()), LoginRefused)
    assert (await world.deeds())[-1] == ("login.second_factor", "failure", "no_second_factor")


@pytest.mark.control("M-11")
async def test_every_wrong_first_step_costs_one_comparison_and_hears_the_same(
    world: World, staff: dict[str, Person]
) -> None:
    """Known, unknown, wrong, locked and disabled: the work is counted, not timed."""
    disabled = staff["sys.zhao"].staff_id
    async with world.transaction() as conn:
        found = await world.access.directory.find(conn, disabled)
        await world.access.directory.put_rights(conn, disabled, found.rights, State.DISABLED)
    await _lock(world, "audit.qian")
    heard = set()
    for login, password in [
        ("sec.li", "wrong"),
        ("nobody.at.all", PASSWORD),
        ("not a login name", PASSWORD),
        ("audit.qian", PASSWORD),
        ("sys.zhao", PASSWORD),
    ]:
        before = world.hasher.verified
        refused = await world.step_one(login, password)
        assert isinstance(refused, LoginRefused), login
        assert world.hasher.verified - before == 1, login
        heard.add((refused.code, refused.detail))
    assert len(heard) == 1


@pytest.mark.control("M-11")
async def test_a_known_and_an_unknown_name_cost_the_same_statements(world: World, person: Person) -> None:
    counts = {}
    await world.step_one("warm.up", "wrong")
    for login in (person.login, "nobody.at.all"):
        async with world.transaction() as conn:
            counting: Any = Counting(conn)
            begun = await world.access.login.begin(counting, login, HERE)
            assert isinstance(begun, Candidate)
            await world.access.login.go_on(counting, begun, is_right=False)
            counts[login] = counting.statements
    assert len(set(counts.values())) == 1


@pytest.mark.parametrize("login", ["sec.li", "nobody.at.all"])
@pytest.mark.control("M-11")
async def test_five_failures_lock_a_name_for_half_an_hour(world: World, staff: dict[str, Person], login: str) -> None:
    for _ in range(5):
        assert isinstance(await world.step_one(login, "wrong"), LoginRefused)
    assert [deed[0] for deed in await world.deeds()][-2:] == ["login.password", "login.lock"]
    assert isinstance(await world.step_one(login, PASSWORD), LoginRefused)
    assert (await world.deeds())[-1] == ("login.password", "failure", "locked")
    world.clock.move(minutes=29)
    assert isinstance(await world.step_one(login, PASSWORD), LoginRefused)
    world.clock.move(minutes=1)
    later = await world.step_one(login, PASSWORD)
    assert isinstance(later, Ticket) is (login == "sec.li")


@pytest.mark.control("M-11")
async def test_failures_long_ago_do_not_count(world: World, person: Person) -> None:
    for _ in range(4):
        await world.step_one(person.login, "wrong")
    world.clock.move(minutes=15)
    for _ in range(4):
        await world.step_one(person.login, "wrong")
    assert isinstance(await world.step_one(person.login, PASSWORD), Ticket)


@pytest.mark.control("M-11")
async def test_who_keeps_trying_while_locked_does_not_prolong_it(world: World, person: Person) -> None:
    await _lock(world, person.login)
    for _ in range(10):
        world.clock.move(minutes=3)
        await world.step_one(person.login, "wrong")
    assert isinstance(await world.step_one(person.login, PASSWORD), Ticket)


@pytest.mark.control("M-11")
async def test_of_many_attempts_at_once_no_more_than_five_are_looked_at(world: World, person: Person) -> None:
    """Each is reserved before it is compared, and counts as a failure until it has turned out right."""
    begun = await asyncio.gather(
        *(world.do(lambda conn: world.access.login.begin(conn, person.login, HERE)) for _ in range(12))
    )
    assert [isinstance(each, Candidate) and each.objection for each in begun].count("") == 5


@pytest.mark.control("M-11")
async def test_wrong_codes_count_like_wrong_passwords(world: World, person: Person) -> None:
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    world.clock.move(seconds=60)
    for _ in range(5):
        assert isinstance(await world.step_two(ticket.ticket, "000000"), LoginRefused)
    assert isinstance(await world.step_two(ticket.ticket, person.code()), LoginRefused)
    assert isinstance(await world.step_one(person.login, PASSWORD), LoginRefused)


@pytest.mark.control("M-11")
async def test_a_right_password_does_not_wipe_out_wrong_codes(world: World, person: Person) -> None:
    """Else who has the password could try codes for ever."""
    for _ in range(5):
        ticket = await world.step_one(person.login, PASSWORD)
        assert isinstance(ticket, Ticket)
        await world.step_two(ticket.ticket, "000000")
    assert isinstance(await world.step_one(person.login, PASSWORD), LoginRefused)


async def test_a_completed_log_in_forgets_failures(world: World, person: Person) -> None:
    for _ in range(4):
        await world.step_one(person.login, "wrong")
    await person.log_in()
    for _ in range(4):
        await world.step_one(person.login, "wrong")
    assert isinstance(await world.step_one(person.login, PASSWORD), Ticket)


@pytest.mark.control("M-11")
async def test_an_address_that_tries_many_names_is_slowed_down(database_url: str, tmp_path: Any) -> None:
    world = World(database_url, tmp_path, Limits(source_failures=5))
    bad, good = Origin(ip="10.6.6.6"), Origin(ip="10.0.0.7")
    for n in range(5):
        assert isinstance(await world.step_one(f"name.{n}", "wrong", bad), LoginRefused)
    assert isinstance(await world.step_one("name.9", "wrong", bad), TooManyAttempts)
    assert (await world.deeds())[-1] == ("login.password", "denied", "too_many_attempts")
    assert isinstance(await world.step_one("name.9", "wrong", good), LoginRefused)


@pytest.mark.control("M-13")
async def test_a_code_counts_once(world: World, person: Person) -> None:
    world.clock.move(seconds=60)
    code = person.code()
    await world.log_in(person.login, PASSWORD, code)
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    assert isinstance(await world.step_two(ticket.ticket, code), LoginRefused)
    assert (await world.deeds())[-1] == ("login.second_factor", "failure", "replayed_code")


@pytest.mark.control("M-13")
async def test_a_code_before_one_that_was_used_is_spent_with_it(world: World, person: Person) -> None:
    world.clock.move(seconds=90)
    await world.log_in(person.login, PASSWORD, person.code())
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    assert isinstance(await world.step_two(ticket.ticket, person.code(-1)), LoginRefused)
    assert isinstance(await world.step_two(ticket.ticket, person.code(+1)), Opened)


@pytest.mark.control("M-13")
async def test_the_code_of_the_set_up_is_spent(world: World, person: Person) -> None:
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    assert isinstance(await world.step_two(ticket.ticket, person.code()), LoginRefused)


async def test_a_ticket_counts_once_and_for_five_minutes(world: World, person: Person) -> None:
    world.clock.move(seconds=60)
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    assert isinstance(await world.step_two(ticket.ticket, person.code()), Opened)
    world.clock.move(seconds=totp.STEP_S)
    assert isinstance(await world.step_two(ticket.ticket, person.code()), LoginRefused)
    late = await world.step_one(person.login, PASSWORD)
    assert isinstance(late, Ticket)
    world.clock.move(minutes=5)
    assert isinstance(await world.step_two(late.ticket, person.code()), LoginRefused)
    assert (await world.deeds())[-1] == ("login.second_factor", "failure", "no_ticket")


@pytest.mark.control("M-13")
async def test_two_who_bring_the_same_code_at_once_get_one_session(world: World, person: Person) -> None:
    world.clock.move(seconds=60)
    tickets = [await world.step_one(person.login, PASSWORD) for _ in range(3)]
    got = await asyncio.gather(
        *(world.step_two(ticket.ticket, person.code()) for ticket in tickets if isinstance(ticket, Ticket))
    )
    assert sorted(type(each).__name__ for each in got) == ["LoginRefused", "LoginRefused", "Opened"]


@pytest.mark.control("M-28")
async def test_rights_changed_in_the_table_open_nothing(world: World, person: Person) -> None:
    async with world.transaction() as conn:
        await conn.execute("UPDATE staff_account SET roles = '{sys_admin}' WHERE staff_id = %s", (person.staff_id,))
    world.clock.move(seconds=60)
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    assert isinstance(await world.step_two(ticket.ticket, person.code()), LoginRefused)
    assert (await world.deeds())[-1] == ("rights.tampered", "denied", "")


@pytest.mark.control("M-12", "M-29")
async def test_no_name_password_or_token_is_in_tables_or_records(world: World, person: Person) -> None:
    opened = await person.log_in()
    await world.step_one("canary.name", "Canary-password-9")
    async with world.transaction() as conn:
        dump = []
        tables = await (
            await conn.execute(
                "SELECT relname FROM pg_class WHERE relname ~ '^(staff|access|audit_pending)' AND relkind = 'r'"
            )
        ).fetchall()
        for (table,) in tables:
            dump += await (await conn.execute(f"SELECT t::text FROM {table} AS t")).fetchall()  # noqa: S608
    assert len(dump) > 10
    for secret in (person.login, "先生", "canary", PASSWORD, opened.token):
        assert secret not in str(dump)
        assert secret.encode().hex() not in str(dump)


@pytest.mark.control("M-18")
async def test_a_refusal_is_kept_though_it_is_a_refusal(world: World) -> None:
    begun = await world.do(lambda conn: world.access.login.begin(conn, "nobody", HERE))
    assert isinstance(begun, Candidate)
    refused = await world.do(lambda conn: world.access.login.go_on(conn, begun, is_right=False))
    assert isinstance(refused, Refused)
    [event] = await world.records()
    assert (event["actor"]["id"], event["src"], event["req"]) == ("unknown", {"ip": "10.0.0.9", "term": "test"}, "r-1")


class Counting:
    """Hands on to a connection and counts statements."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self.statements = 0

    async def execute(self, *arguments: Any) -> Any:
        self.statements += 1
        return await self._conn.execute(*arguments)

    def cursor(self, **options: Any) -> Any:
        self.statements += 1
        return self._conn.cursor(**options)


async def _lock(world: World, login: str) -> None:
    for _ in range(5):
        await world.step_one(login, "wrong")
