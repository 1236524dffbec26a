"""What ``appliance doctor`` says of what the worker does by the clock: whether it was done, and went well."""

from collections.abc import Mapping
from typing import Final

from appliance.cli.findings_outcome import Outcome, listed, warning, well, wrong
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.installation import upkeep
from appliance.installation.model import Chore, Grade

_COMMANDS: Final[Mapping[Chore, str]] = {
    Chore.CERTIFICATES: "appliance certificates renew",
    Chore.BACKUP: "appliance backup FILE",
    Chore.DRILL: "appliance recovery drill FOLDER",
    Chore.EGRESS: "appliance egress test",
}


async def done(settings: Settings) -> Outcome:
    """Asks no worker: what it did stands in a file."""
    now = SystemClock().now()
    chores = upkeep.of(settings, now)
    if not chores:
        return Grade.SKIPPED, "nothing is done by the clock", "the settings of [upkeep], in the profile production"
    known = upkeep.read(settings.state_path)
    for each in (each for each in chores if each.is_failed):
        found = f"{each.chore} failed on {each.tried_at:%Y-%m-%d %H:%M} UTC: {known[each.chore].why}"
        again = f"it is tried again at {each.due_at:%Y-%m-%d %H:%M} UTC"
        return wrong(found, f"run '{_by_hand(each.chore, settings)}' by hand, and mend what it names; {again}")
    if late := [each for each in chores if each.is_overdue]:
        found = ", ".join(f"{each.chore} was due at {each.due_at:%Y-%m-%d %H:%M} UTC" for each in late)
        cure = f"see 'worker' here, and {settings.state_dir}/log/worker.log"
        return warning(
            f"{found}, and was not done", f"{cure}; run '{_by_hand(late[0].chore, settings)}' by hand meanwhile"
        )
    return well(f"{listed([each.chore.value for each in chores])} are done by the clock")


def _by_hand(chore: Chore, settings: Settings) -> str:
    return _COMMANDS[chore].replace("FOLDER", settings.upkeep.backup_dir)
