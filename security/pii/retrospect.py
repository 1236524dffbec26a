"""Values that only a later message makes whole: masked in the earlier ones too, wherever those are kept.

"138" is nobody's number until "0013" and "8000" follow. Whoever keeps messages says which are recent, and replaces
them.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from security.pii.analyzer import Analyzer
from security.pii.mask import placeholder_places
from security.pii.model import Finding, PiiType
from security.pii.prefilter import may_hold
from security.sql import Connection

MOST_MESSAGES = 3
WITHIN_S = 120
"""So many messages of one speaker, so close together, may share a value."""


class Kept(NamedTuple):
    """A message as it is kept: already masked by what was known then."""

    id: UUID
    text: str


class KeptWords(Protocol):
    """Of one conversation. Its implementation knows every place where a message lies."""

    async def recent(self, conn: Connection) -> Sequence[Kept]:
        """The speaker's last `MOST_MESSAGES` messages of `WITHIN_S` seconds, oldest first."""
        ...

    async def replace(self, conn: Connection, id_: UUID, text: str) -> None:
        """Put this text in the place of the message everywhere, and say in the log that it was done."""
        ...


def may_continue(earlier: Sequence[Kept], text: str) -> bool:
    """Whether together they may hold what each alone does not; cheap."""
    return bool(earlier) and may_hold("\n".join([*(kept.text for kept in earlier), text]))


def split_findings(
    analyzer: Analyzer,
    earlier: Sequence[str],
    text: str,
    *,
    expected: frozenset[PiiType] = frozenset(),
    channel: str = "web",
) -> list[list[Finding]]:
    """What is personal in each, read together. Earlier ones are masked already: their placeholders are left alone."""
    found = analyzer.find_in_messages([*earlier, text], expected=expected, channel=channel)
    return [*(_beside_placeholders(words, part) for words, part in zip(earlier, found, strict=False)), found[-1]]


def _beside_placeholders(text: str, findings: Sequence[Finding]) -> list[Finding]:
    taken = placeholder_places(text)
    return [f for f in findings if all(f.end <= start or end <= f.start for start, end in taken)]
