"""The catalogue of controls (``docs/compliance/controls.toml``): what law and standards ask, and who answers for it."""

from enum import StrEnum
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "compliance"


class Status(StrEnum):
    MET = "产品满足"
    """By the product alone, and a test proves it."""
    SHARED = "与使用方共担"
    OPERATOR = "使用方负责"
    MISSING = "尚未实现"
    """Not, or not wholly; what tests there are show a part."""


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    source: str
    duty: str
    """In our own words, never a quotation; what was not compared with the official text says 待核对."""
    status: Status
    behaviour: str = ""
    where: tuple[str, ...] = ()
    gap: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    note: str = ""
    controls: tuple[Control, ...]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    part: tuple[Part, ...]


def parts() -> tuple[Part, ...]:
    return msgspec.toml.decode((PAGES / "controls.toml").read_bytes(), type=_File).part
