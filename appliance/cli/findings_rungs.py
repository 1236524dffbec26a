"""What ``appliance doctor`` says of the rungs: what this machine does without now, and what to look at."""

from collections.abc import Mapping
from typing import Final

from appliance.cli.findings_outcome import START, Outcome, warning, well
from appliance.config import Settings
from appliance.installation import rungs
from appliance.installation.model import Grade
from appliance.installation.rungs import Rung
from appliance.supervisor import board

_CURES: Final[Mapping[Rung, str]] = {
    Rung.SMALLER_MODEL: "see 'language model' here, and the log of the model's server",
    Rung.COMPACT_MODEL: "see 'language model' here, and the log of the model's server",
    Rung.KEYPAD: "see 'recogniser' here, and the log of that process",
    Rung.PLAIN_VOICE: "see 'speaker' here, and the log of that process",
    Rung.WORK_ORDERS: "ask the order system: 'appliance orders check', and whoever runs it",
    Rung.WAITING_FOR_DATABASE: "see 'postgres' here, and the log of PostgreSQL",
    Rung.QUEUE: "raise web.workers, add cores, or see 'appliance size'; look for a part that is slow",
    Rung.NO_MONEY: "see 'audit' here: is the disk full, does the worker run?",
}


async def present(settings: Settings) -> Outcome:
    """A worker looks; where nothing runs, what it saw last says nothing."""
    if board.read(settings.state_path) is None:
        return Grade.SKIPPED, "nothing runs that could do without anything", START
    found = rungs.present(settings.state_path)
    if not found:
        return well("nothing has to be done without")
    told = ", ".join(f"{view.rung} since {view.since:%Y-%m-%d %H:%M:%S} UTC" for view in found)
    return warning(f"done without: {told}", "; ".join(_CURES[Rung(view.rung)] for view in found))
