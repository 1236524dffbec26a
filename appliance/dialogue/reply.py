"""The replies as they are written in ``replies/*.toml``: wordings of facts, checked before anybody hears them."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from appliance.dialogue import ear
from appliance.dialogue.claims import claim_in
from appliance.errors import ConfigurationError

ClosedSets = Mapping[str, Mapping[str, str]]


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Wordings of one fact. ``without`` is used where a fact that ``say`` needs is missing.

    ``aloud`` and ``aloud_without`` stand in for them on the phone, where theirs presume a screen.
    """

    say: tuple[str, ...]
    without: tuple[str, ...] = ()
    aloud: tuple[str, ...] = ()
    aloud_without: tuple[str, ...] = ()
    claims: str = "none"
    topic: str = ""
    asks: tuple[str, ...] = ()
    """Of an answer to a question: what it is about, and how the question is asked."""

    @property
    def heard(self) -> "Reply":
        """As it is said on the phone."""
        say, without = self.aloud or self.say, self.aloud_without or self.without
        return msgspec.structs.replace(self, say=say, without=without, aloud=(), aloud_without=())


def load(folder: Path) -> tuple[dict[str, Reply], ClosedSets]:
    """Every ``*.toml`` of the folder; ``words.toml`` holds the closed sets. Raises ConfigurationError."""
    replies: dict[str, Reply] = {}
    words: ClosedSets = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            if path.stem == "words":
                words = table
            else:
                _collect(table, "", replies)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ConfigurationError(f"{path}: {error}") from error
    _check(replies)
    return replies, words


def _collect(table: Mapping[str, Any], prefix: str, into: dict[str, Reply]) -> None:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if "say" in value:
            into[key] = msgspec.convert(value, Reply)
        else:
            _collect(value, f"{key}.", into)


def _check(replies: Mapping[str, Reply]) -> None:
    for key, reply in replies.items():
        if reply.claims not in ("none", "facts", "receipt"):
            raise ConfigurationError(f"reply '{key}': claims is none, facts or receipt, not '{reply.claims}'")
        for wording in (*reply.say, *reply.without, *reply.aloud, *reply.aloud_without):
            if reply.claims == "none" and (claim := claim_in(wording)):
                raise ConfigurationError(f"reply '{key}': claims '{claim}'; only claims = \"receipt\" may say so")
        if not key.startswith(ear.NOT_HEARD):
            _check_heard(key, reply.heard)


def _check_heard(key: str, heard: Reply) -> None:
    for wording in (*heard.say, *heard.without):
        if flaw := ear.screen_in(wording) or ear.number_in(wording):
            raise ConfigurationError(
                f"reply '{key}': on the phone nobody can follow '{flaw}'; give it other words: aloud, aloud_without"
            )
