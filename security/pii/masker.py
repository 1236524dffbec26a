"""Words in, placeholders out, originals in the vault: all in the caller's transaction.

At most two statements, and none for the many messages that hold nothing.
"""

from uuid import UUID

from security.crypto.subject import SubjectKeys
from security.pii.analyzer import Analyzer
from security.pii.mask import ConversationMask, escaped
from security.pii.model import NEVER_KEPT, PiiType
from security.pii.vault import Vault
from security.pii.prefilter import may_hold
from security.sql import Connection

_NOTHING: frozenset[PiiType] = frozenset()


class Masker:
    def __init__(self, analyzer: Analyzer, vault: Vault) -> None:
        self._analyzer = analyzer
        self._vault = vault

    def may_hold(self, text: str) -> bool:
        """Whether `mask` has anything to do; about a microsecond."""
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
    ) -> str:
        """The text with placeholders. `expected`: what the customer was just asked for."""
        findings = self._analyzer.find(text, expected=expected, channel=channel)
        if not findings:
            return escaped(text)
        has_kept = any(finding.type not in NEVER_KEPT for finding in findings)
        entries = await self._vault.entries(conn, shop_id, conversation_id) if has_kept else []
        masked = ConversationMask(entries, keys.commit).mask(text, findings)
        if masked.new:
            await self._vault.put(conn, conversation_id, keys, masked.new)
        return masked.text

    async def reveal(
        self, conn: Connection, shop_id: str, conversation_id: UUID, keys: SubjectKeys, placeholder: str
    ) -> str | None:
        """The whole value a placeholder of this conversation stands for; None where it was not kept whole.

        Record who asked, and why, in the same transaction.
        """
        kept = (await self._vault.get(conn, shop_id, conversation_id, [placeholder])).get(placeholder)
        if kept is None or kept.is_last_four or kept.subject_id != keys.subject_id:
            return None
        return kept.opened(keys)
