"""Reads suites of labelled personal data (CONTRACTS, "Suite: PII"). Each label is checked against its text."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from appliance.errors import InvalidInput
from appliance.evaluation import lines
from security.pii.model import PiiType


class Span(msgspec.Struct, frozen=True):
    """Offsets are code points of the message that it lies in."""

    type: PiiType
    start: int
    end: int
    message: int = 0


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    spans: tuple[Span, ...]
    text: str | None = None
    messages: tuple[str, ...] = ()
    channel: str = "web"

    @property
    def texts(self) -> tuple[str, ...]:
        return self.messages if self.text is None else (self.text,)


_decoder = msgspec.json.Decoder(Case)


def load(suites: Sequence[Path]) -> list[Case]:
    """Every case of these files, and of all ``*.jsonl`` in these folders. InvalidInput names file and line."""
    return lines.read(suites, _case)


def _case(line: bytes, where: str) -> Case:  # noqa: ARG001 - the reader says where
    case = _decoder.decode(line)
    if (case.text is None) == (not case.messages):
        raise InvalidInput("a case holds either text or messages")
    for span in case.spans:
        if not 0 <= span.message < len(case.texts) or not 0 <= span.start < span.end <= len(case.texts[span.message]):
            raise InvalidInput(
                f"{span.type} at {span.start}-{span.end} lies outside its message; offsets count characters from 0"
            )
    return case
