"""A person's own account: every change asks for the password, the last ones may not come back, other sessions end."""

import itertools

import pytest

from security.access import totp
from security.access.errors import ChangeRefused, LoginRefused, PasswordUnfit, SessionRefused, TokenRefused
from security.access.login import Refused, Ticket
from security.access.model import Principal
from security.access.own import Asked
from security.access.records import Deed
from tests.security.access.world import HERE, PASSWORD, Person, World, seed_of

NEW = "Another-horse-8"


@pytest.fixture
def person(staff: dict[str, Person]) -> Person:
    return staff["sec.li"]


async def ask(world: World, principal: Principal, password: str) -> tuple[Asked, Refused | None]:
    own = world.access.own
    asked = await world.do(lambda conn: own.ask(conn, principal, HERE))
    is_right = await world.access.passwords.verify(asked.kept[0], password)
    return asked, await world.do(
        lambda conn: own.answered(conn, principal, asked, HERE, is_right=is_right, deed=Deed.PASSWORD_CHANGE)
    )


async def change(world: World, principal: Principal, old: str, new: str) -> None:
    own = world.access.own
    asked, refused = await ask(world, principal, old)
    if refused:
        raise refused.error
    await own.check_new(world.access.passwords, asked, new)
    hashed = await world.access.passwords.hash(new)
    await world.do(lambda conn: own.set_password(conn, principal, hashed, HERE))


async def test_a_new_password_counts_and_ends_the_other_sessions(world: World, person: Person) -> None:
    other, mine = await person.log_in(), await person.log_in()
    await change(world, mine.principal, PASSWORD, NEW)
    with pytest.raises(SessionRefused):
        await world.resume(other.token)
    await world.resume(mine.token)
    person.password = NEW
    await person.log_in()
    assert isinstance(await world.step_one(person.login, PASSWORD), LoginRefused)


@pytest.mark.control("M-10")
async def test_the_last_five_may_not_come_back(world: World, person: Person) -> None:
    principal = (await person.log_in()).principal
    passwords = [PASSWORD, *(f"Another-horse-{n}" for n in range(8, 13))]
    for old, new in itertools.pairwise(passwords):
        await change(world, principal, old, new)
    for used in passwords[1:]:
        with pytest.raises(PasswordUnfit):
            await change(world, principal, passwords[-1], used)
    await change(world, principal, passwords[-1], PASSWORD)


@pytest.mark.control("M-10")
async def test_a_change_renews_an_expired_one(world: World, person: Person) -> None:
    world.clock.move(days=91)
    opened = await person.log_in()
    await change(world, opened.principal, PASSWORD, NEW)
    assert not (await world.resume(opened.token)).has_expired_password


@pytest.mark.control("M-11")
async def test_a_wrong_password_counts_like_a_failed_log_in(world: World, person: Person) -> None:
    opened = await person.log_in()
    for _ in range(5):
        _, refused = await ask(world, opened.principal, "wrong")
        assert refused is not None
    assert (await world.deeds())[-1] == ("password.change", "failure", "wrong_password")
    assert isinstance(await world.step_one(person.login, PASSWORD), LoginRefused)
    _, refused = await ask(world, opened.principal, PASSWORD)
    assert refused is not None


@pytest.mark.control("M-13")
async def test_a_new_app_counts_once_it_has_shown_a_code(world: World, person: Person) -> None:
    principal = (await person.log_in()).principal
    own = world.access.own
    enrolled, issued = await world.do(lambda conn: own.begin_totp(conn, principal, HERE))
    seed = seed_of(enrolled.uri)
    with pytest.raises(ChangeRefused):
        await world.do(lambda conn: own.replace_totp(conn, principal, issued.token, "000000", HERE))
    await person.log_in()
    code = totp.code(seed, totp.step_at(world.clock.now()))
    await world.do(lambda conn: own.replace_totp(conn, principal, issued.token, code, HERE))
    world.clock.move(seconds=totp.STEP_S)
    ticket = await world.step_one(person.login, PASSWORD)
    assert isinstance(ticket, Ticket)
    assert isinstance(await world.step_two(ticket.ticket, person.code()), LoginRefused)
    person.seed = seed
    await person.log_in()
    with pytest.raises(TokenRefused):
        await world.do(lambda conn: own.replace_totp(conn, principal, issued.token, code, HERE))
