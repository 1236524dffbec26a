"""The file of settings as text: an example with every default, or one that says all of what is in force."""

from typing import Any

import msgspec
from msgspec import Meta

from appliance.config import Settings
from appliance.config_section import Section


def example() -> str:
    """The whole file with every default, each line explained; commented out, so that it changes nothing."""
    return _render(Settings(), before="# ")


def whole(settings: Settings) -> str:
    """The file that says all of ``settings``."""
    return _render(settings, before="")


def _render(settings: Settings, *, before: str) -> str:
    top: list[str] = []
    sections: list[str] = []
    for field in msgspec.structs.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Section):
            sections += ["", *_section(field.name, value, before)]
        else:
            top += _line(field, settings, before)
    return "\n".join([f"# {Settings.__doc__} Every key is optional.", "", *top, *sections]) + "\n"


def section(name: str, settings: Section) -> str:
    """One section of the file, all of it said."""
    return "\n".join(_section(name, settings, before="")) + "\n"


def _section(name: str, settings: Section, before: str) -> list[str]:
    lines = [line for part in msgspec.structs.fields(settings) for line in _line(part, settings, before)]
    return [f"# {settings.__doc__}", f"[{name}]", *lines]


def _line(field: msgspec.structs.FieldInfo, section: Section, before: str) -> list[str]:
    meta = meta_of(field)
    limits = "" if meta.ge is None else f" ({meta.ge} to {meta.le})"
    return [f"# {meta.description}{limits}", f"{before}{field.name} = {said(getattr(section, field.name))}"]


def meta_of(field: msgspec.structs.FieldInfo) -> Meta:
    """What a setting is for, and its limits."""
    return next(part for part in getattr(field.type, "__metadata__", ()) if isinstance(part, Meta))


def said(value: Any) -> str:
    """A value as the file has it."""
    return msgspec.json.encode(value).decode()
