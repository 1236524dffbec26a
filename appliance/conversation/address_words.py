"""A new address as a customer gives it: put together of what was said, judged by its parts, kept as one placeholder.

What it is stays in the vault; the dialogue learns what is missing and how much of it may be shown.
"""

import re
from collections.abc import Iterator

from appliance.conversation.ports import Masking
from appliance.conversation.store import lock
from appliance.db import Connection, Database
from appliance.dialogue.effects import AddressFacts
from appliance.ids import ConversationId, ShopId
from security.crypto.subject import SubjectKeys
from security.pii.addresses.completeness import missing_of
from security.pii.display import partly
from security.pii.mask import placeholders_in, revealed
from security.pii.masker import Fact
from security.pii.model import PiiType

_BETWEEN = re.compile(r"(?<=⟩)[，,、\s]+")
"""Between parts that were said one after another."""


class AddressWords:
    """Of one conversation."""

    def __init__(
        self, db: Database, masking: Masking, shop: ShopId, conversation_id: ConversationId, keys: SubjectKeys
    ) -> None:
        self._db = db
        self._masking = masking
        self._shop = shop
        self._conversation_id = conversation_id
        self._keys = keys

    async def read(self, said: str, before: str | None, phone: str | None) -> AddressFacts:
        """The first whole one of what was said now, and that with what was said before; else the fullest."""
        async with self._db.transaction(self._shop) as conn:
            await lock(conn, self._shop, self._conversation_id)
            now = await self._clear(conn, said)
            earlier = await self._clear(conn, before) if before else ""
            number = await self._clear(conn, phone) if phone else ""
            text = min(_together(now, earlier), key=lambda each: len(missing_of(each)))
            (address,) = await self._masking.take_in_facts(
                conn, self._shop, self._conversation_id, self._keys, [Fact(text, PiiType.ADDRESS)]
            )
        return AddressFacts(
            address=address,
            missing=missing_of(text),
            shown=partly(PiiType.ADDRESS, text),
            phone_shown=partly(PiiType.PHONE, number) if number else "",
        )

    async def _clear(self, conn: Connection, text: str) -> str:
        text = _BETWEEN.sub("", text)
        known: dict[str, str | None] = {}
        for placeholder in placeholders_in(text):
            known[placeholder] = await self._masking.value_of(
                conn, self._shop, self._conversation_id, self._keys, placeholder
            )
        return revealed(text, known.get)


def _together(now: str, before: str) -> Iterator[str]:
    yield now
    if before:
        yield f"{before[: _end_of_common(before, now)]}{now}"
        yield f"{now}{before}"


def _end_of_common(before: str, now: str) -> int:
    """Where what is said again began the first time: 余杭区良睦路 and then 良睦路12号."""
    size = next((n for n in range(len(now), 1, -1) if now[:n] in before), 0)
    return before.rindex(now[:size]) if size else len(before)
