"""What ``appliance doctor`` looks at in accounts: one-time tokens still open, second factors, administrators enough."""

from appliance.cli.findings_outcome import Outcome, reading, rows, warning, well, wrong
from appliance.clock import SystemClock
from appliance.config import Profile, Settings
from appliance.installation.model import Grade
from security.access.effects import FEWEST_SEC_ADMINS
from security.access.permissions import Role

_THREE = (Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDIT_ADMIN)


async def first_accounts(settings: Settings) -> Outcome:
    """Until it is live, one administrator alone may change rights, and whoever finds a token becomes one."""
    async with reading(settings) as conn:
        phase, people = await rows(conn, "phase"), await rows(conn, "people")
    if not phase:
        return _of_profile(
            settings, "there are no administrators yet", "'appliance admin bootstrap' makes the first four"
        )
    now = SystemClock().now()
    waiting = [each for each in people if each["state"] == "invited"]
    is_open = [each for each in waiting if each["token_until"] is not None and each["token_until"] > now]
    if is_open:
        until = max(each["token_until"] for each in is_open)
        found = f"{len(is_open)} one-time tokens are open until {until:%Y-%m-%d %H:%M} UTC"
        return warning(found, "let each be used by whom it is for, or wait until it has expired")
    if waiting:
        cure = "'appliance admin bootstrap --reissue' for the first ones; a security administrator invites others again"
        return warning(f"{len(waiting)} accounts were never set up, and their tokens have expired", cure)
    if phase[0]["live_at"] is None:
        cure = "a security administrator ends the first phase in the console; from then on changes need two"
        return warning("the installation is not live: one administrator alone can change rights", cure)
    return well("the first phase is over, and no token is open")


async def second_factors(settings: Settings) -> Outcome:
    async with reading(settings) as conn:
        people = await rows(conn, "people")
    without = [str(each["staff_id"]) for each in people if each["state"] == "active" and not each["has_second_factor"]]
    if without:
        cure = "a security administrator resets the second factor of each in the console, or disables the account"
        return wrong(f"{len(without)} active accounts have no second factor, first {without[0]}", cure)
    return well(f"{sum(each['state'] == 'active' for each in people)} active accounts, each with a second factor")


async def administrators(settings: Settings) -> Outcome:
    """Three kinds that no one person may be at once, and security administrators enough to agree."""
    async with reading(settings) as conn:
        if not await rows(conn, "phase"):
            return _of_profile(settings, "there are no administrators yet", "'appliance admin bootstrap'")
        active = [each for each in await rows(conn, "people") if each["state"] == "active"]
    count = {role: sum(role.value in each["roles"] for each in active) for role in _THREE}
    needed = {Role.SYS_ADMIN: 1, Role.SEC_ADMIN: FEWEST_SEC_ADMINS, Role.AUDIT_ADMIN: 1}
    short = [f"{role.value} {count[role]} of {least}" for role, least in needed.items() if count[role] < least]
    if short:
        cure = "set the invited ones up, or invite more: a change of rights needs two security administrators"
        return warning(f"too few are active: {', '.join(short)}", cure)
    return well(", ".join(f"{count[role]} {role.value}" for role in _THREE))


def _of_profile(settings: Settings, found: str, cure: str) -> Outcome:
    """A demo has none, and needs none."""
    return (warning(found, cure)) if settings.profile is Profile.PRODUCTION else (Grade.SKIPPED, found, cure)
