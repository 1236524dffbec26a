"""Reads suites of labelled personal data (CONTRACTS, "Suite: PII"). Each label is checked against its text."""

from pathlib import Path

import msgspec

from appliance.errors import InvalidInput
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


def load(suite: Path) -> list[Case]:
    """Every case of a file, or of all ``*.jsonl`` in a folder. InvalidInput names file and line."""
    files = sorted(suite.glob("*.jsonl")) if suite.is_dir() else [suite]
    cases = [
        _case(line, f"{file.name}:{number}")
        for file in files
        for number, line in enumerate(file.read_bytes().splitlines(), 1)
        if line.strip()
    ]
    if not cases:
        raise InvalidInput(f"{suite} holds no cases (*.jsonl, one case a line)")
    return cases


def _case(line: bytes, where: str) -> Case:
    try:
        case = _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"{where}: not a case of a suite of personal data: {error}") from error
    if (case.text is None) == (not case.messages):
        raise InvalidInput(f"{where}: a case holds either text or messages")
    for span in case.spans:
        if not 0 <= span.message < len(case.texts) or not 0 <= span.start < span.end <= len(case.texts[span.message]):
            raise InvalidInput(f"{where}: {span.type} at {span.start}-{span.end} lies outside its message")
    return case
