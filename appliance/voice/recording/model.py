"""What a recording is made of, and what is known of one without opening it. Times are in ms since the call began."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from appliance.ids import ConversationId, ShopId, SubjectId
from models.asr.heard import Word
from security.errors import SecurityError

RATE_HZ: Final = 8000
SAMPLES_PER_MS: Final = RATE_HZ // 1000


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """Of the caller, with the transcript that is final: in clear, so it is held in memory only."""

    start_ms: int
    end_ms: int
    text: str
    """As it is read: numbers may be written in digits, signs are put between."""
    words: tuple[Word, ...] = ()
    expected: frozenset[str] = frozenset()
    """What the caller had just been asked for (``security.pii.asked``)."""
    number: int = 0
    """Counted from 0; what is said after it has a higher one."""

    def __repr__(self) -> str:
        return f"Utterance({self.start_ms}-{self.end_ms})"


class Span(NamedTuple):
    start_ms: int
    end_ms: int


class Silence(NamedTuple):
    """What is to be silenced, and why: a type of personal data, or one of ``Reason``."""

    start_ms: int
    end_ms: int
    why: str


class Reason(StrEnum):
    """Why a caller is silenced, other than for a value that was found."""

    CORRECTION = "CORRECTION"
    LONG_NUMBER = "LONG_NUMBER"
    KEY = "KEY"
    UNHEARD = "UNHEARD"


class Ending(StrEnum):
    KEPT = "kept"
    REFUSED = "refused"
    """The caller did not want it: nothing of it is kept."""
    BROKEN = "broken"
    """It ends before the call does."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """One recording, as it begins."""

    shop_id: ShopId
    recording_id: UUID
    conversation_id: ConversationId
    subject_id: SubjectId
    begun_at: datetime


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How it came out."""

    ending: Ending
    chunks: int
    length_ms: int
    silenced_ms: int
    sha256: bytes
    """Of all that was kept, in order."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One row. Without ``ended`` it is still being made, or its process died a moment ago."""

    begun: Begun
    ended_at: datetime | None
    ended: Ended | None


class RecordingRefused(SecurityError):
    """What is kept of a recording is not what was written: it is not played. Somebody has to look into it."""

    code = "recording_refused"
