"""Placeholders: what stands in a text in the place of personal values. Pure.

A placeholder belongs to one conversation and is the same for the same value throughout it. What is never kept gets one
without a number. The brackets are ours: those a customer types become others, so that no customer writes a placeholder.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from security.pii.model import NEVER_KEPT, Finding, PiiType

LABELS: dict[PiiType, str] = {
    PiiType(name): label
    for name, label in tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8")).items()
}
_TYPES = {label: type_ for type_, label in LABELS.items()}
_ESCAPED = str.maketrans("⟨⟩", "〈〉")
_PLACEHOLDER = re.compile(f"⟨(?:{'|'.join(LABELS.values())})[0-9]*⟩")


class Entry(NamedTuple):
    type: PiiType
    placeholder: str
    identity: str
    """Equal for equal values; tells nothing about them (``SubjectKeys.commit``)."""


class Part(NamedTuple):
    """What was written, and what stands in its place."""

    written: str
    placeholder: str


class NewValue(NamedTuple):
    entry: Entry
    finding: Finding


class Masked(NamedTuple):
    text: str
    new: list[NewValue]
    parts: list[Part]


class ConversationMask:
    """Knows the placeholders of one conversation so far."""

    def __init__(self, entries: Iterable[Entry], identify: Callable[[PiiType, str], str]) -> None:
        self._identify = identify
        self._known = {(entry.type, entry.identity): entry.placeholder for entry in entries}
        self._counts = dict.fromkeys(PiiType, 0)
        for type_, _ in self._known:
            self._counts[type_] += 1

    def mask(self, text: str, findings: Sequence[Finding]) -> Masked:
        """The text with placeholders, and what is new in it. Findings in order, without overlaps."""
        return self._mask(text, findings, escaped)

    def mask_again(self, text: str, findings: Sequence[Finding]) -> Masked:
        """The same for a text that holds placeholders of ours already."""
        return self._mask(text, findings, str)

    def _mask(self, text: str, findings: Sequence[Finding], escape: Callable[[str], str]) -> Masked:
        words: list[str] = []
        new: list[NewValue] = []
        parts: list[Part] = []
        done = 0
        for finding in findings:
            placeholder = self._placeholder(finding, new)
            parts.append(Part(text[finding.start : finding.end], placeholder))
            words += [escape(text[done : finding.start]), placeholder]
            done = finding.end
        words.append(escape(text[done:]))
        return Masked("".join(words), new, parts)

    def _placeholder(self, finding: Finding, new: list[NewValue]) -> str:
        if finding.type in NEVER_KEPT:
            return f"⟨{LABELS[finding.type]}⟩"
        identity = self._identify(finding.type, finding.normalised)
        known = self._known.get((finding.type, identity))
        if known is not None:
            return known
        self._counts[finding.type] += 1
        placeholder = f"⟨{LABELS[finding.type]}{self._counts[finding.type]}⟩"
        self._known[finding.type, identity] = placeholder
        new.append(NewValue(Entry(finding.type, placeholder, identity), finding))
        return placeholder


def escaped(text: str) -> str:
    return text.translate(_ESCAPED)


def placeholders_in(text: str) -> list[str]:
    return _PLACEHOLDER.findall(text)


def type_of(placeholder: str) -> PiiType:
    """Of a placeholder as ``placeholders_in`` finds it."""
    return _TYPES[placeholder.strip("⟨⟩").rstrip("0123456789")]


def placeholder_places(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _PLACEHOLDER.finditer(text)]


def revealed(text: str, resolve: Callable[[str], str | None]) -> str:
    """The text with values for placeholders; what `resolve` does not know stays a placeholder."""
    return _PLACEHOLDER.sub(lambda found: resolve(found[0]) or found[0], text)
