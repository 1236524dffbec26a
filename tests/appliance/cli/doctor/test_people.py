"""What is wrong with accounts, made so: open tokens, no second factor, too few administrators."""

import pytest

from appliance.config import Settings
from appliance.db import Database
from tests.appliance.cli.doctor.conftest import Doctor, as_owner

fault = pytest.mark.fault
_PERSON = (
    "INSERT INTO staff_account (staff_id, login_digest, login, name, roles, shops, level, categories, state, "
    "rights_mac, created_at, last_used_at) VALUES (gen_random_uuid(), sha256(gen_random_uuid()::text::bytea), 'x', "
    "'x', %s::text[], '{}', 'internal', '{}', %s, decode(repeat('00', 16), 'hex'), now(), now()) RETURNING staff_id"
)
_TOKEN = (
    "INSERT INTO staff_token (token_id, sha256, purpose, staff_id, issued_at, expires_at) VALUES "
    "(gen_random_uuid(), sha256(gen_random_uuid()::text::bytea), 'set_up', %s, now(), now() + %s::interval)"
)
_FOUR = ("sys_admin", "sec_admin", "sec_admin", "audit_admin")


async def joined(db: Database, role: str, state: str = "active", *, factor: bool = True, token: str = "") -> None:
    async with db.system() as conn:
        row = await (await conn.execute(_PERSON, [[role], state])).fetchone()
        assert row is not None
        if factor:
            await conn.execute("INSERT INTO staff_totp VALUES (%s, 'x', 0, now())", [row[0]])
        if token:
            await conn.execute(_TOKEN, [row[0], token])


@pytest.fixture
async def begun(db: Database) -> Database:
    async with db.system() as conn:
        await conn.execute("INSERT INTO access_phase (bootstrapped_at, live_at) VALUES (now(), now())")
    return db


@fault("accounts", "no administrators yet", "appliance admin bootstrap")
async def test_an_installation_that_nobody_administrates_is_found(doctor: Doctor, served: Settings) -> None:
    await doctor.finds(served)


@fault("accounts", "1 one-time tokens are open", "until it has expired")
async def test_a_first_token_that_is_still_open_is_found(doctor: Doctor, served: Settings, begun: Database) -> None:
    await doctor.is_content(served)
    await joined(begun, "sec_admin", "invited", factor=False, token="1 hour")
    await doctor.finds(served)


@fault("accounts", "were never set up", "--reissue")
async def test_an_account_whose_token_expired_unused_is_found(
    doctor: Doctor, served: Settings, begun: Database
) -> None:
    await joined(begun, "sec_admin", "invited", factor=False, token="-1 hour")
    await doctor.finds(served)


@fault("accounts", "is not live", "changes need two")
async def test_an_installation_that_is_not_live_is_found(
    doctor: Doctor, served: Settings, begun: Database, owner_url: str
) -> None:
    await as_owner(owner_url, "UPDATE access_phase SET live_at = NULL")
    await doctor.finds(served)


@fault("factors", "1 active accounts have no second factor", "resets the second factor")
async def test_an_account_without_a_second_factor_is_found(doctor: Doctor, served: Settings, begun: Database) -> None:
    await joined(begun, "agent")
    await doctor.is_content(served)
    await joined(begun, "agent", factor=False)
    await doctor.finds(served)


@fault("admins", "too few are active: sec_admin 1 of 2", "two security administrators")
async def test_too_few_security_administrators_are_found(doctor: Doctor, served: Settings, begun: Database) -> None:
    for role in _FOUR[:2] + _FOUR[3:]:
        await joined(begun, role)
    await doctor.finds(served)
    await joined(begun, "sec_admin")
    await doctor.is_content(served)
