"""Passkeys: bound to the console's own address, to one challenge and to a counter that only goes up."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.access.errors import ChangeRefused, LoginRefused, NotThere, TokenRefused
from security.access.login import Ticket
from security.access.model import Factor, Principal
from security.access.passkeys import Assertion, Passkeys
from security.access.sessions import Opened
from tests.security.access.authenticator import Authenticator
from tests.security.access.world import HERE, PASSWORD, SITE, Clock, Person, World


@pytest.fixture
async def key(world: World, sec: Principal) -> Authenticator:
    """Registered for the first security administrator."""
    key = Authenticator(SITE)
    await register(world, sec, key)
    return key


async def register(world: World, principal: Principal, key: Authenticator) -> None:
    options, issued = await world.do(lambda conn: world.access.own.begin_passkey(conn, principal, HERE))
    answer = Assertion(key.create(options))
    await world.do(lambda conn: world.access.own.add_passkey(conn, principal, issued.token, answer, HERE))


async def ticket(world: World, person: Person) -> Ticket:
    got = await world.step_one(person.login, PASSWORD)
    assert isinstance(got, Ticket)
    return got


@pytest.mark.control("M-13")
async def test_it_serves_as_the_second_factor(world: World, staff: dict[str, Person], key: Authenticator) -> None:
    got = await ticket(world, staff["sec.sun"])
    assert got.factors == (Factor.TOTP, Factor.PASSKEY)
    assert got.passkey is not None
    opened = await world.step_two(got.ticket, Assertion(key.get(got.passkey)))
    assert isinstance(opened, Opened)
    assert opened.principal.factor is Factor.PASSKEY
    assert (await world.records())[-1]["actor"]["auth"] == "password+passkey"


@pytest.mark.control("M-13")
async def test_an_answer_to_an_older_challenge_is_a_replay(
    world: World, staff: dict[str, Person], key: Authenticator
) -> None:
    old = await ticket(world, staff["sec.sun"])
    answer = Assertion(key.get(old.passkey or ""))
    new = await ticket(world, staff["sec.sun"])
    assert isinstance(await world.step_two(new.ticket, answer), LoginRefused)
    assert (await world.deeds())[-1] == ("login.second_factor", "failure", "wrong_passkey")


@pytest.mark.control("M-13")
async def test_a_copied_key_falls_behind_its_counter(
    world: World, staff: dict[str, Person], key: Authenticator
) -> None:
    got = await ticket(world, staff["sec.sun"])
    await world.step_two(got.ticket, Assertion(key.get(got.passkey or "")))
    key.counter = 0
    again = await ticket(world, staff["sec.sun"])
    assert isinstance(await world.step_two(again.ticket, Assertion(key.get(again.passkey or ""))), LoginRefused)


@pytest.mark.control("M-13")
async def test_another_site_cannot_pass_it_on(world: World, staff: dict[str, Person], key: Authenticator) -> None:
    key.origin = "https://console.example.evil"
    got = await ticket(world, staff["sec.sun"])
    assert isinstance(await world.step_two(got.ticket, Assertion(key.get(got.passkey or ""))), LoginRefused)


@pytest.mark.control("M-13")
async def test_one_persons_key_is_nobody_elses(world: World, staff: dict[str, Person], key: Authenticator) -> None:
    other = await ticket(world, staff["sec.li"])
    assert other.factors == (Factor.TOTP,)
    mine = await ticket(world, staff["sec.sun"])
    answer = Assertion(key.get(mine.passkey or ""))
    assert isinstance(await world.step_two(other.ticket, answer), LoginRefused)


async def test_a_registration_counts_once_and_for_who_began_it(
    world: World, sec: Principal, other_sec: Principal
) -> None:
    options, issued = await world.do(lambda conn: world.access.own.begin_passkey(conn, sec, HERE))
    answer = Assertion(Authenticator(SITE).create(options))
    with pytest.raises(NotThere):
        await world.do(lambda conn: world.access.own.add_passkey(conn, other_sec, issued.token, answer, HERE))
    await world.do(lambda conn: world.access.own.add_passkey(conn, sec, issued.token, answer, HERE))
    with pytest.raises(TokenRefused):
        await world.do(lambda conn: world.access.own.add_passkey(conn, sec, issued.token, answer, HERE))


async def test_a_registration_from_elsewhere_is_refused(world: World, sec: Principal) -> None:
    with pytest.raises(ChangeRefused):
        await register(world, sec, Authenticator("https://elsewhere.example"))


@pytest.mark.parametrize("origin", ["", "https://10.1.2.3", "https://10.1.2.3:8443", "https://[fd00::1]:8443"])
async def test_at_an_address_of_numbers_there_are_none(world: World, sec: Principal, origin: str) -> None:
    passkeys = Passkeys(origin, world.clock, uuid4)
    with pytest.raises(ChangeRefused, match=r"access\.origin"):
        await world.do(lambda conn: passkeys.creation_options(conn, sec.staff_id, "sec.sun", b"challenge"))


async def test_removing_it_leaves_the_app(
    world: World, staff: dict[str, Person], sec: Principal, key: Authenticator
) -> None:
    [kept] = await world.do(lambda conn: world.access.passkeys.of(conn, sec.staff_id))
    await world.do(lambda conn: world.access.own.remove_passkey(conn, sec, kept.passkey_id, HERE))
    await staff["sec.sun"].log_in()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(broken=st.dictionaries(st.sampled_from(["id", "rawId", "type", "response", "x"]), JSON))
async def test_no_answer_breaks_it(broken: dict[str, Any]) -> None:
    """It is refused before any table is asked."""
    nothing: Any = None
    with pytest.raises(ChangeRefused):
        await Passkeys(SITE, Clock(), uuid4).add(nothing, uuid4(), b"challenge", Assertion(broken))
