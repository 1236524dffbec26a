"""Personal data in conversations and cases: masked on the way in, clear only where it is used, and that is recorded."""

from collections.abc import Collection, Mapping, Sequence

from appliance.db import Connection
from appliance.errors import NotFound
from appliance.ids import ConversationId, OperationId, ShopId
from security.audit.append import append
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target
from security.crypto.keyring import KeyRing
from security.crypto.subject import SubjectKeys
from security.errors import KeysUnavailable, SubjectErased
from security.pii.analyzer import Analyzer
from security.pii.mask import LABELS, placeholders_in, revealed
from security.pii.masker import Fact, Masker
from security.pii.retrospect import KeptWords
from security.pii.vault import Kept, Vault
from security.untrusted import one_line


class PersonalData:
    """``conversation.ports.Masking`` and ``cases.port.Disclosure``."""

    def __init__(self, analyzer: Analyzer, vault: Vault, ring: KeyRing) -> None:
        self._analyzer = analyzer
        self._vault = vault
        self._masker = Masker(analyzer, vault)
        self._ring = ring

    def may_hold(self, text: str) -> bool:
        return self._masker.may_hold(text)

    async def take_in(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        text: str,
        *,
        expected: frozenset[str],
        channel: str,
        own: Collection[str] = (),
        kept: KeptWords | None = None,
    ) -> str:
        masker, words = self._masker, (conn, shop, conversation_id, keys, text)
        if kept is None:
            return await masker.mask(*words, expected=expected, channel=channel, own=own)
        return await masker.mask_after(*words, kept, expected=expected, channel=channel, own=own)

    async def take_in_facts(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, keys: SubjectKeys, facts: Sequence[Fact]
    ) -> list[str]:
        return await self._masker.mask_facts(conn, shop, conversation_id, keys, facts)

    def with_known(self, keys: SubjectKeys, kept: Sequence[Kept], text: str, *, channel: str) -> str:
        return self._masker.with_known(keys, kept, text, channel=channel)

    def with_facts(self, facts: Mapping[Fact, str], text: str, *, channel: str) -> str:
        return self._masker.with_facts(facts, text, channel=channel)

    async def value_of(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, keys: SubjectKeys, placeholder: str
    ) -> str | None:
        return await self._masker.reveal(conn, shop, conversation_id, keys, placeholder)

    async def clear_value(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, placeholder: str
    ) -> str:
        """For a use whose intent is on record already. NotFound where it is gone for good."""
        return (await self._clear(conn, shop, conversation_id, [placeholder]))[placeholder]

    async def reveal(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        operation_id: OperationId,
        values: Mapping[str, str],
    ) -> Mapping[str, str]:
        """For the order system, which needs the clear values to act. NotFound where one is gone for good."""
        wanted = sorted({placeholder for text in values.values() for placeholder in placeholders_in(text)})
        if not wanted:
            return values
        clear = await self._clear(conn, shop, conversation_id, wanted)
        await append(conn, [_disclosed(shop, operation_id, sorted(values))])
        return {name: revealed(text, clear.get) for name, text in values.items()}

    async def _clear(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, wanted: list[str]
    ) -> dict[str, str]:
        kept = await self._vault.get(conn, shop, conversation_id, wanted)
        clear: dict[str, str] = {}
        for placeholder in wanted:
            value = kept.get(placeholder)
            if value is None or value.is_last_four:
                raise NotFound(f"what {placeholder} stood for is not kept")
            try:
                keys = await self._ring.keys(conn, shop, value.subject_id)
            except (SubjectErased, KeysUnavailable) as gone:
                raise NotFound(f"what {placeholder} stood for was erased") from gone
            clear[placeholder] = value.opened(keys)
            if not clear[placeholder]:
                raise NotFound(f"what {placeholder} stood for is not kept")
        return clear

    def mask(self, words: str) -> str:
        """Of words that are nobody's message, on one line: types in the place of values, and nothing is kept."""
        words = one_line(words)
        parts, done = [], 0
        for finding in self._analyzer.find(words):
            parts += [words[done : finding.start], f"⟨{LABELS[finding.type]}⟩"]
            done = finding.end
        return "".join([*parts, words[done:]])


def _disclosed(shop: ShopId, operation_id: OperationId, fields: list[str]) -> AuditEvent:
    return AuditEvent(
        actor=Actor(type=ActorType.SERVICE, id="executor"),
        cat=Category.PII,
        action="pii.disclosed",
        object=Target(type="operation", id=str(operation_id)),
        outcome=Outcome.SUCCESS,
        reason="order_system_write",
        tenant=shop,
        req=str(operation_id),
        detail={"fields": ",".join(fields)},
    )
