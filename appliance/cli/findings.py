"""What ``appliance doctor`` looks at. Each check answers what it found and, if that is not well, what to do.

The checks stand in modules of their own (``findings_*``) by what they look at; here is their order, and how they are
run. What each needs is said in ``doctor_words.toml``; docs/doctor.md lists what was really broken to try them.
"""

import tomllib
from pathlib import Path
from typing import Final

from appliance.cli import (
    findings_audit,
    findings_database,
    findings_files,
    findings_machine,
    findings_orders,
    findings_parts,
    findings_people,
    findings_processes,
    findings_rules,
    findings_rungs,
    findings_upkeep,
    findings_voice,
)
from appliance.cli.findings_outcome import START, Check, Outcome, Passing, passing, wrong
from appliance.config import Settings
from appliance.db.location import is_embedded
from appliance.errors import ApplianceError, Unavailable
from appliance.installation.model import Finding
from appliance.supervisor import board

NEEDED: Final[dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("doctor_words.toml").read_text(encoding="utf-8")
)["needed"]
"""By the name of the check."""


async def findings(settings: Settings) -> list[Finding]:
    """One after another, in the order in which one rests on the other; an error of ours is a finding too."""
    return [await finding(name, settings) for name in CHECKS]


async def stopped_findings(settings: Settings) -> list[Finding]:
    """Those that need the database alone, while nothing else runs."""
    return [await finding(name, settings) for name in _OF_DATABASE]


async def finding(name: str, settings: Settings) -> Finding:
    outcome = await _outcome(CHECKS[name], settings)
    return Finding(name, *outcome, needed=NEEDED[name], may_pass=isinstance(outcome, Passing))


async def _outcome(check: Check, settings: Settings) -> Outcome:
    try:
        return await check(settings)
    except (ApplianceError, OSError) as failed:
        return _failed(failed, settings)


def _failed(failed: Exception, settings: Settings) -> Outcome:
    """A database of our own does not answer because nothing runs."""
    is_stopped = is_embedded(settings) and board.read(settings.state_path) is None
    if isinstance(failed, Unavailable) and is_stopped:
        return wrong(str(failed), START)
    cure = "mend what it names, then run 'appliance doctor' again"
    return passing(str(failed), cure) if isinstance(failed, Unavailable) else wrong(str(failed), cure)


_OF_DATABASE: Final = ("disk", "postgres", "migrations", "login", "root key", "audit")

CHECKS: Final[dict[str, Check]] = {
    "python": findings_machine.python,
    "disk": findings_machine.disk,
    "memory": findings_machine.memory,
    "open files": findings_machine.open_file_limit,
    "locale": findings_machine.locale,
    "time zones": findings_machine.time_zones,
    "kept clock": findings_machine.kept_clock,
    "state": findings_files.state_dir,
    "settings": findings_files.settings_file,
    "named files": findings_files.named_files,
    "certificates": findings_files.certificates,
    "console": findings_files.console,
    "compact model": findings_files.compact_model,
    "personal data": findings_files.personal_data,
    "port": findings_machine.port,
    "processes": findings_processes.processes,
    "guards": findings_processes.guards,
    "postgres": findings_database.postgres,
    "migrations": findings_database.migrations,
    "login": findings_database.login,
    "clock": findings_machine.clock,
    "durability": findings_database.durability,
    "collation": findings_database.collation,
    "connections": findings_database.connections,
    "archiving": findings_database.archiving,
    "set aside": findings_database.set_aside,
    "root key": findings_audit.root_key,
    "key copies": findings_audit.key_copies,
    "accounts": findings_people.first_accounts,
    "factors": findings_people.second_factors,
    "admins": findings_people.administrators,
    "holidays": findings_parts.holidays,
    "web": findings_processes.web,
    "worker": findings_processes.worker,
    "jobs": findings_database.jobs,
    "writes": findings_database.writes,
    "webhooks": findings_database.webhooks,
    "orders": findings_orders.order_systems,
    "language model": findings_parts.language_model,
    "own words": findings_parts.own_words,
    "engines": findings_processes.engines,
    "phone": findings_voice.phone,
    "recogniser": findings_voice.recogniser,
    "speaker": findings_voice.speaker,
    "messages": findings_parts.messages,
    "restore": findings_audit.restored,
    "audit": findings_audit.log,
    "sealing": findings_audit.sealing,
    "second sink": findings_audit.second_sink,
    "collector": findings_audit.collector,
    "witness": findings_audit.witness,
    "backups": findings_audit.backups,
    "egress": findings_processes.blocked,
    "rules": findings_rules.loaded,
    "rungs": findings_rungs.present,
    "upkeep": findings_upkeep.done,
}
