"""What one message lets see of its customer's mood: what the command models raised an alarm for, then closed lists.

A threat and raw anger are only what a model has called so: a word alone makes nobody threatening.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from appliance.understanding.mood import Level, Risk, Signs
from models.commands import Command, Handoff, HandoffReason
from models.compact.guard import is_self_harm, sounds_angry
from models.compact.normalise import normalise

_TABLE = Path(__file__).with_name("mood_words.toml")
_THREATS = (Risk.AUTHORITY, Risk.EXPOSURE, Risk.LEGAL, Risk.POLICE)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def _any_of(*path: str) -> re.Pattern[str]:
    found: Any = _table()
    for name in path:
        found = found[name]
    return re.compile("|".join(found))


def signs_of(text: str, commands: Sequence[Command]) -> Signs:
    """Of the message ``text``, understood as ``commands``."""
    plain = _any_of("not_meant").sub("", normalise(text).plain)
    level = _level(plain, {command.reason for command in commands if isinstance(command, Handoff)})
    is_guardian = _any_of("guardian").search(plain) is not None
    return Signs(level=level, risks=tuple(_risks(plain, level)), is_guardian=is_guardian)


def _level(plain: str, alarms: set[HandoffReason]) -> Level:
    if HandoffReason.RISK_WORDS in alarms:
        return Level.THREATENING
    if HandoffReason.EMOTION in alarms and not is_self_harm(plain):
        return Level.ANGRY
    if sounds_angry(plain) or _any_of("annoyed").search(plain):
        return Level.ANNOYED
    return Level.CALM


def _risks(plain: str, level: Level) -> Iterator[Risk]:
    if is_self_harm(plain):
        yield Risk.SELF_HARM
    if _any_of("minor").search(_any_of("not_minor").sub("", plain)):
        yield Risk.MINOR
    if level is Level.THREATENING:
        yield from (risk for risk in _THREATS if _any_of("threat", risk.value).search(plain))
