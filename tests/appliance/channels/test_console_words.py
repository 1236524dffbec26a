"""What the console has words for: every code that staff may be answered with, and every kind that the product knows.

The types of the console hold both languages to the same keys; that no key is missing altogether is held here.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import appliance.aftersales
import appliance.desk
import security.access
from appliance.aftersales.orders.model import CaseKind
from appliance.cli.findings import CHECKS
from appliance.config import Settings
from appliance.conversation.model import Channel
from appliance.desk.model import CloseReason, Fault, Presence, Priority
from appliance.errors import ApplianceError
from appliance.installation.settings import SettingsDesk
from models.commands import HandoffReason
from security.access.errors import AccessError
from security.access.records import Deed

Refusals = type[ApplianceError] | type[AccessError]
WORDS = Path(appliance.__file__).parent / "console" / "src" / "console" / "words"
OTHERS = {
    "configuration",  # refuses to start
    "lease_lost",  # a turn is begun anew
    "image_not_supported",  # customers send pictures
    "not_an_image",
    "signature_refused",  # systems sign
    "photo_link_gone",  # callers follow links
}
"""Codes of these packages that no person of the staff is answered with."""


def keys(file: str, block: str) -> set[str]:
    """Of the first object with that name in a file of words."""
    text = (WORDS / file).read_text(encoding="utf-8")
    begins = re.search(rf"\b{block}\b[^=:\n]*(?::[^={{]*)?=?\s*{{", text)
    assert begins, (file, block)
    inside = text[begins.end() : text.index("}", begins.end())]
    return set(re.findall(r'(?:^|[{,\s])"?([a-z][\w.]*)"?: ?["\n]', inside))


def words_of(file: str, block: str) -> set[str]:
    """The same where keys may be of several words."""
    text = (WORDS / file).read_text(encoding="utf-8")
    inside = text.split(f"  {block}: {{\n", 1)[1].split("\n  }", 1)[0]
    return {(quoted or bare) for quoted, bare in re.findall(r'^ {4}(?:"([^"]+)"|(\w+)): ', inside, re.M)}


def codes() -> set[str]:
    for package in (appliance.aftersales, appliance.desk, security.access):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    roots: tuple[Refusals, ...] = (ApplianceError, AccessError)
    named = {each for base in roots for each in below(base)}
    prefixes = ("appliance.aftersales", "appliance.desk", "security.access")
    return {each.code for each in named if each.__module__.startswith(prefixes)}


def below(base: Refusals) -> Iterator[Refusals]:
    for each in base.__subclasses__():
        yield each
        yield from below(each)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_that_staff_may_meet_has_words(language: str) -> None:
    assert codes() - keys(f"{language}-errors.ts", f"{language}Errors") - OTHERS == set()


def test_every_setting_has_words_and_no_words_are_left_of_one_that_is_gone() -> None:
    settings = [each.name for section in SettingsDesk(Settings(), {}).look().sections for each in section.settings]
    assert keys("zh-settings.ts", "zhSettings") == set(settings)


@pytest.mark.parametrize(
    ("file", "block"), [("zh-doctor.ts", "checks"), ("zh-doctor.ts", "cures"), ("en-doctor.ts", "checks")]
)
def test_every_check_of_the_doctor_has_words(file: str, block: str) -> None:
    assert words_of(file, block) == set(CHECKS)


@pytest.mark.parametrize(
    ("known", "file", "block"),
    [
        (CaseKind, "zh-special.ts", "kinds"),
        (HandoffReason, "zh-desk.ts", "reasons"),
        (Channel, "zh-desk.ts", "channels"),
        (Presence, "zh-desk.ts", "presences"),
        (Priority, "zh-desk.ts", "priorities"),
        (CloseReason, "zh-desk.ts", "closeReasons"),
        (Fault, "zh-desk.ts", "faults"),
        (Deed, "zh-actions.ts", "zhActions"),
    ],
)
def test_every_member_of_a_closed_set_has_a_word(known: type[StrEnum], file: str, block: str) -> None:
    assert {each.value for each in known} - keys(file, block) == set()
