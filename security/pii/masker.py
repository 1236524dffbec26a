"""Words in, placeholders out, originals in the vault: all in the caller's transaction.

At most two statements, and none for the many messages that hold nothing.
"""

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from security.crypto.subject import SubjectKeys
from security.pii.analyzer import Analyzer
from security.pii.known import KnownValues, merged
from security.pii.mask import ConversationMask, escaped
from security.pii.model import NEVER_KEPT, Finding, PiiType
from security.pii.prefilter import may_hold
from security.pii.retrospect import KeptWords, may_continue, split_findings
from security.pii.vault import Vault
from security.sql import Connection

_NOTHING: frozenset[PiiType] = frozenset()
_NOBODY = KnownValues(())


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
        expected: frozenset[PiiType] = _NOTHING,
        channel: str = "web",
        known: KnownValues = _NOBODY,
    ) -> str:
        """The text with placeholders. `expected`: what the customer was just asked; `known`: values of their own."""
        findings = self._analyzer.find(text, expected=expected, channel=channel)
        if known:
            findings = merged(known.find(text, channel=channel), findings)
        if not findings:
            return escaped(text)
        mask = await self._conversation_mask(conn, shop_id, conversation_id, keys, findings)
        masked = mask.mask(text, findings)
        if masked.new:
            await self._vault.put(conn, conversation_id, keys, masked.new)
        return masked.text

    async def mask_after(
        self,
        conn: Connection,
        shop_id: str,
        conversation_id: UUID,
        keys: SubjectKeys,
        text: str,
        kept: KeptWords,
        *,
        expected: frozenset[PiiType] = _NOTHING,
        channel: str = "web",
    ) -> str:
        """`mask`, and what this message completes is replaced in the earlier ones, by the same placeholder."""
        earlier = await kept.recent(conn)
        if not may_continue(earlier, text):
            return await self.mask(conn, shop_id, conversation_id, keys, text, expected=expected, channel=channel)
        *before, now = split_findings(
            self._analyzer, [words.text for words in earlier], text, expected=expected, channel=channel
        )
        mask = await self._conversation_mask(conn, shop_id, conversation_id, keys, [*chain.from_iterable(before), *now])
        new = []
        for words, findings in zip(earlier, before, strict=True):
            if findings:
                again = mask.mask_again(words.text, findings)
                new += again.new
                await kept.replace(conn, words.id, again.text)
        masked = mask.mask(text, now)
        if new or masked.new:
            await self._vault.put(conn, conversation_id, keys, [*new, *masked.new])
        return masked.text

    async def known_values(
        self, conn: Connection, shop_id: str, conversation_id: UUID, keys: SubjectKeys
    ) -> KnownValues:
        """What this conversation has kept whole so far."""
        kept = await self._vault.whole(conn, shop_id, conversation_id)
        own = [value for value in kept if value.subject_id == keys.subject_id]
        return KnownValues((PiiType(value.type), value.opened(keys)) for value in own)

    async def reveal(
        self, conn: Connection, shop_id: str, conversation_id: UUID, keys: SubjectKeys, placeholder: str
    ) -> str | None:
        """The whole value a placeholder of this conversation stands for; None where it was not kept whole.

        Record who asked, and why, in the same transaction.
        """
        kept = (await self._vault.get(conn, shop_id, conversation_id, [placeholder])).get(placeholder)
        if kept is None or kept.is_last_four or kept.subject_id != keys.subject_id:
            return None
        return kept.opened(keys) or None

    async def _conversation_mask(
        self, conn: Connection, shop_id: str, conversation_id: UUID, keys: SubjectKeys, findings: Sequence[Finding]
    ) -> ConversationMask:
        has_kept = any(finding.type not in NEVER_KEPT for finding in findings)
        entries = await self._vault.entries(conn, shop_id, conversation_id) if has_kept else []
        return ConversationMask(entries, keys.commit)
