"""Words in, placeholders out, originals in the vault: all in the caller's transaction.

At most two statements, and none for the many messages that hold nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from security.crypto.subject import SubjectKeys
from security.pii.analyzer import Analyzer
from security.pii.known import KnownValues, merged
from security.pii.mask import ConversationMask, Entry, NewValue, escaped, placeholder_places
from security.pii.model import NEVER_KEPT, Finding, PiiType
from security.pii.prefilter import may_hold
from security.pii.retrospect import KeptWords, Replaced, corrected, may_continue, split_findings
from security.pii.vault import Kept, Vault
from security.pii.whole import normalised, whole
from security.sql import Connection

_NOTHING: frozenset[str] = frozenset()


class Fact(NamedTuple):
    """A text that another system keeps of the customer."""

    text: str
    type: PiiType | None = None
    """What all of it is, where the field says so."""
    skips: frozenset[PiiType] = frozenset()
    """Not personal here, unless it is known to be the customer's own: the addresses of a carrier's depots."""


class _Vaulted(NamedTuple):
    """What a conversation's vault says of the words at hand."""

    mask: ConversationMask
    known: KnownValues


class Masker:
    def __init__(self, analyzer: Analyzer, vault: Vault) -> None:
        self._analyzer = analyzer
        self._vault = vault

    def may_hold(self, text: str) -> bool:
        """Whether `mask` has anything to do, but for known values; about a microsecond."""
        return may_hold(text) or "⟨" in text or "⟩" in text

    async def mask(
        self,
        conn: Connection,
        shop_id: str,
        conversation_id: UUID,
        keys: SubjectKeys,
        text: str,
        *,
        expected: frozenset[str] = _NOTHING,
        channel: str = "web",
        own: Collection[str] = (),
    ) -> str:
        """The text with placeholders. `expected`: what the customer was just asked. `own`: see `misheard`.

        Where anything is found, what the conversation has kept whole is looked for too; for the rest `with_known`.
        """
        (findings,) = split_findings(self._analyzer, [], text, expected=expected, channel=channel, own=own)
        if not findings:
            return escaped(text)
        return await self._masked(conn, shop_id, conversation_id, keys, text, findings, channel)

    async def mask_after(
        self,
        conn: Connection,
        shop_id: str,
        conversation_id: UUID,
        keys: SubjectKeys,
        text: str,
        kept: KeptWords,
        *,
        expected: frozenset[str] = _NOTHING,
        channel: str = "web",
        own: Collection[str] = (),
    ) -> str:
        """`mask`, and what this message completes is replaced in the earlier ones, by the same placeholder."""
        earlier = await kept.recent(conn)
        if not may_continue(earlier, text, channel=channel):
            return await self.mask(
                conn, shop_id, conversation_id, keys, text, expected=expected, channel=channel, own=own
            )
        wholes = await self._wholes(conn, shop_id, conversation_id, keys, corrected(earlier, text))
        *before, now = split_findings(
            self._analyzer,
            [words.text for words in earlier],
            text,
            expected=expected,
            channel=channel,
            wholes=wholes,
            own=own,
        )
        if not any(before):
            return (
                await self._masked(conn, shop_id, conversation_id, keys, text, now, channel) if now else escaped(text)
            )
        vaulted = await self._vaulted(conn, shop_id, conversation_id, keys)
        new: list[NewValue] = []
        replaced: list[Replaced] = []
        for words, findings in zip(earlier, before, strict=True):
            if findings:
                again = vaulted.mask.mask_again(words.text, findings)
                new += again.new
                types = frozenset(finding.type for finding in findings)
                replaced.append(Replaced(words.id, again.text, types, tuple(again.parts)))
        masked = vaulted.mask.mask(text, merged(vaulted.known.find(text, channel=channel), now))
        await self._put(conn, conversation_id, keys, [*new, *masked.new])
        await kept.replace(conn, replaced)
        return masked.text

    async def mask_facts(
        self, conn: Connection, shop_id: str, conversation_id: UUID, keys: SubjectKeys, facts: Sequence[Fact]
    ) -> list[str]:
        """Each fact's text with placeholders. A whole value is known from then on, in the other facts too."""
        wholes = [whole(fact.type, fact.text) if fact.type else None for fact in facts]
        given = [(finding.type, finding.normalised) for finding in wholes if finding]
        vaulted = await self._vaulted(conn, shop_id, conversation_id, keys, given)
        masked = [
            vaulted.mask.mask(fact.text, [finding] if finding else self._in_fact(fact, vaulted.known))
            for fact, finding in zip(facts, wholes, strict=True)
        ]
        await self._put(conn, conversation_id, keys, [value for each in masked for value in each.new])
        return [each.text for each in masked]

    def with_known(self, keys: SubjectKeys, kept: Iterable[Kept], text: str, *, channel: str = "web") -> str:
        """A masked text in which the values that `kept` holds whole have become placeholders too."""
        placeholders = {value: each.placeholder for each in kept if (value := _known(each, keys))}
        return _with_placeholders(text, placeholders, channel)

    def with_facts(self, facts: Mapping[Fact, str], text: str, *, channel: str = "web") -> str:
        """The same for facts that were masked as wholes just now."""
        wholes = {fact: finding for fact in facts if fact.type and (finding := whole(fact.type, fact.text))}
        placeholders = {(found.type, found.normalised): facts[fact] for fact, found in wholes.items()}
        return _with_placeholders(text, placeholders, channel)

    async def reveal(
        self, conn: Connection, shop_id: str, conversation_id: UUID, keys: SubjectKeys, placeholder: str
    ) -> str | None:
        """The whole value a placeholder of this conversation stands for; None where it was not kept whole.

        Record who asked, and why, in the same transaction.
        """
        kept = (await self._vault.get(conn, shop_id, conversation_id, [placeholder])).get(placeholder)
        return _whole_value(kept, keys) if kept else None

    async def _masked(
        self,
        conn: Connection,
        shop_id: str,
        conversation_id: UUID,
        keys: SubjectKeys,
        text: str,
        findings: Sequence[Finding],
        channel: str,
    ) -> str:
        """The vault is not asked where all that was found is never kept."""
        if all(finding.type in NEVER_KEPT for finding in findings):
            return ConversationMask([], keys.commit).mask(text, findings).text
        vaulted = await self._vaulted(conn, shop_id, conversation_id, keys)
        masked = vaulted.mask.mask(text, merged(vaulted.known.find(text, channel=channel), findings))
        await self._put(conn, conversation_id, keys, masked.new)
        return masked.text

    async def _wholes(
        self, conn: Connection, shop_id: str, conversation_id: UUID, keys: SubjectKeys, placeholders: Sequence[str]
    ) -> dict[str, str]:
        """What is kept of each, to tell a corrected number by; an empty text where that is nothing."""
        if not placeholders:
            return {}
        kept = await self._vault.get(conn, shop_id, conversation_id, placeholders)
        return {each.placeholder: each.opened(keys) for each in kept.values() if each.subject_id == keys.subject_id}

    def _in_fact(self, fact: Fact, known: KnownValues) -> list[Finding]:
        found = [finding for finding in self._analyzer.find(fact.text) if finding.type not in fact.skips]
        return merged(known.find(fact.text), found)

    async def _put(self, conn: Connection, conversation_id: UUID, keys: SubjectKeys, new: Sequence[NewValue]) -> None:
        if new:
            await self._vault.put(conn, conversation_id, keys, new)

    async def _vaulted(
        self,
        conn: Connection,
        shop_id: str,
        conversation_id: UUID,
        keys: SubjectKeys,
        given: Iterable[tuple[PiiType, str]] = (),
    ) -> _Vaulted:
        kept = await self._vault.of(conn, shop_id, conversation_id)
        mask = ConversationMask([Entry(PiiType(k.type), k.placeholder, k.identity) for k in kept], keys.commit)
        values = [value for each in kept if (value := _known(each, keys))]
        return _Vaulted(mask, KnownValues([*values, *given]))


def _with_placeholders(text: str, placeholders: Mapping[tuple[PiiType, str], str], channel: str) -> str:
    taken = placeholder_places(text)
    words, done = [], 0
    for found in KnownValues(placeholders).find(text, channel=channel):
        if all(found.end <= start or end <= found.start for start, end in taken):
            words += [text[done : found.start], placeholders[found.type, found.normalised]]
            done = found.end
    return "".join([*words, text[done:]])


def _whole_value(kept: Kept, keys: SubjectKeys) -> str | None:
    if kept.is_last_four or kept.subject_id != keys.subject_id:
        return None
    return kept.opened(keys) or None


def _known(kept: Kept, keys: SubjectKeys) -> tuple[PiiType, str] | None:
    """As `KnownValues` takes it: in one spelling, so that it is the same value to the vault."""
    value, type_ = _whole_value(kept, keys), PiiType(kept.type)
    return (type_, normalised(type_, value)) if value else None
