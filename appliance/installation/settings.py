"""The settings in force, each with what it is for, its default and where its value comes from. Read only."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance import config
from appliance.config import Settings
from appliance.config_section import Section
from appliance.config_text import meta_of, said
from appliance.errors import ConfigurationError
from appliance.installation.secrets import without_secrets

_UNITS: Final = ("per_min", "per_hour", "per_day", "ms", "s", "min", "h", "hours", "days", "fen", "bytes", "mb")
"""Of what a name ends with."""
_VARIABLES: Final = {"database.url": "DATABASE_URL", "state_dir": "APPLIANCE_STATE_DIR"}


class Source(StrEnum):
    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


class SettingView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    """With its section: ``web.port``."""
    description: str
    value: str
    """As the file would have it; passwords in addresses are not shown."""
    default: str
    is_default: bool
    source: Source
    unit: str
    """By the end of its name; empty: it has none, or its description says it."""
    least: float | None
    most: float | None


class SectionView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    """Empty: what stands before all sections."""
    description: str
    settings: tuple[SettingView, ...]


class SettingsView(msgspec.Struct, frozen=True, kw_only=True):
    file: str
    is_there: bool
    waits_for_restart: tuple[str, ...]
    """Settings that the file says otherwise than they are in force."""
    trouble: str
    """Why the file would refuse a restart; empty: it would not."""
    sections: tuple[SectionView, ...]


class SettingsDesk:
    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        """``environment``: the one that ``settings`` were loaded with."""
        self._settings = settings
        self._environment = environment

    def look(self) -> SettingsView:
        path = config.file_of(self._environment)
        trouble, waiting = "", tuple[str, ...]()
        try:
            waiting = tuple(_differing(self._settings, config.load(self._environment)))
        except (ConfigurationError, OSError, UnicodeDecodeError) as refused:
            trouble = str(refused)
        return SettingsView(
            file=str(path),
            is_there=path.is_file(),
            waits_for_restart=waiting,
            trouble=trouble,
            sections=tuple(self._sections(_written(path))),
        )

    def _sections(self, written: Mapping[str, Any]) -> Iterator[SectionView]:
        usual = msgspec.structs.replace(Settings(), state_dir=str(config.default_state_dir()))
        top = tuple(
            self._setting("", field, self._settings, usual, written)
            for field in msgspec.structs.fields(self._settings)
            if not isinstance(getattr(self._settings, field.name), Section)
        )
        yield SectionView(name="", description=self._settings.__doc__ or "", settings=top)
        for name, section in _parts(self._settings):
            given = written.get(name, {})
            fields = msgspec.structs.fields(section)
            settings = tuple(self._setting(name, each, section, getattr(usual, name), given) for each in fields)
            yield SectionView(name=name, description=section.__doc__ or "", settings=settings)

    def _setting(
        self,
        section: str,
        field: msgspec.structs.FieldInfo,
        inside: Section,
        usual: Section,
        written: Mapping[str, Any],
    ) -> SettingView:
        name = f"{section}.{field.name}" if section else field.name
        value, default, meta = getattr(inside, field.name), getattr(usual, field.name), meta_of(field)
        return SettingView(
            name=name,
            description=meta.description or "",
            value=without_secrets(said(value)),
            default=without_secrets(said(default)),
            is_default=value == default,
            source=self._source(name, is_written=field.name in written, is_default=value == default),
            unit=next((unit for unit in _UNITS if field.name.endswith(f"_{unit}")), ""),
            least=meta.ge,
            most=meta.le,
        )

    def _source(self, name: str, *, is_written: bool, is_default: bool) -> Source:
        """The variables win over the file; the supervisor hands its state directory down by one of them."""
        given = bool(self._environment.get(_VARIABLES.get(name, ""), ""))
        if given and not (is_default or (name == "state_dir" and is_written)):
            return Source.ENVIRONMENT
        return Source.FILE if is_written else Source.DEFAULT


def _differing(one: Settings, other: Settings) -> Iterator[str]:
    for field in msgspec.structs.fields(one):
        here, there = getattr(one, field.name), getattr(other, field.name)
        if isinstance(here, Section):
            names = (each.name for each in msgspec.structs.fields(here))
            yield from (f"{field.name}.{name}" for name in names if getattr(here, name) != getattr(there, name))
        elif here != there:
            yield field.name


def _parts(settings: Settings) -> Iterator[tuple[str, Section]]:
    for field in msgspec.structs.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Section):
            yield field.name, value


def _written(path: Path) -> dict[str, Any]:
    """Empty for a file that is not there or cannot be read, which is said elsewhere."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
