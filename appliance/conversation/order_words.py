"""What an order system says of a person, masked before it is shown, recorded or walked with.

Names, phones and addresses are the customer's own: known from then on in whatever is said. Titles of goods are
nobody's. Written in a transaction of its own: a vault that knows a value too many does no harm where the turn is thrown
away.
"""

from collections.abc import Iterator, Sequence

import msgspec

from appliance.aftersales.orders.model import Address, Customer, Order
from appliance.conversation.ports import Masking
from appliance.conversation.store import lock
from appliance.db import Database
from appliance.ids import ConversationId, ShopId
from security.crypto.subject import SubjectKeys
from security.pii.display import partly
from security.pii.mask import placeholders_in, revealed, type_of
from security.pii.masker import Fact
from security.pii.model import PiiType
from security.pii.vault import Kept

_OF_PARCELS = frozenset({PiiType.ADDRESS})
"""Where a parcel lies is a carrier's address, unless it is the customer's own."""
_WRITTEN = "web"


class OrderWords:
    """Of one conversation."""

    def __init__(
        self,
        db: Database,
        masking: Masking,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        known: Sequence[Kept] | None,
    ) -> None:
        """`known`: what the vault holds whole, if that was read already; it spares most turns to ask again."""
        self._db = db
        self._masking = masking
        self._shop = shop
        self._conversation_id = conversation_id
        self._keys = keys
        self._known = known
        self._learned: dict[Fact, str] = {}

    async def learn(self, orders: Sequence[Order], customer: Customer | None) -> None:
        """Whose orders these are, and where they go."""
        addresses = [order.address for order in orders if order.address is not None]
        values = [fact for address in addresses for fact in _of_address(address)]
        if customer is not None:
            values += [Fact(customer.name, PiiType.NAME), Fact(customer.phone, PiiType.PHONE)]
        facts = [fact for fact in dict.fromkeys(values) if not self._is_learned(fact.text)]
        self._learned |= zip(facts, await self._take_in(facts), strict=True)

    def in_words(self, text: str, channel: str) -> str:
        """What the customer said before anybody knew who it was."""
        return self._masking.with_facts(self._learned, text, channel=channel) if self._learned else text

    async def reference(self, value: str, type_: PiiType) -> str:
        """The placeholder that stands for the value from now on."""
        return (await self._take_in([Fact(value, type_)]))[0]

    async def clear(self, text: str) -> str:
        """With the values of placeholders, to be looked at and thrown away."""
        values = await self._values(text)
        return revealed(text, values.get)

    async def recognisable(self, text: str) -> str:
        """For the customer himself: as much of each value as tells him which it is."""
        values = await self._values(text)
        shown = {each: partly(type_of(each), value) for each, value in values.items()}
        return revealed(text, shown.get)

    async def _values(self, text: str) -> dict[str, str]:
        placeholders = dict.fromkeys(placeholders_in(text))
        if not placeholders:
            return {}
        found = {}
        async with self._db.transaction(self._shop) as conn:
            for each in placeholders:
                value = await self._masking.value_of(conn, self._shop, self._conversation_id, self._keys, each)
                if value is not None:
                    found[each] = value
        return found

    async def masked(self, order: Order) -> Order:
        """The order with placeholders; what policy and flows go by is as it was."""
        facts = list(_facts(order))
        if self._known is not None and not any(map(self._may_change, facts)):
            return order
        words = iter(await self._take_in(facts))
        address = order.address
        if address is not None:
            address = Address(name=next(words), phone=next(words), text=next(words))
        trace = tuple(msgspec.structs.replace(each, place=next(words), text=next(words)) for each in order.trace)
        invoice = order.invoice
        if invoice is not None:
            invoice = msgspec.structs.replace(invoice, title=next(words))
        notes = {name: None if getattr(order, name) is None else next(words) for name in ("buyer_note", "seller_note")}
        return msgspec.structs.replace(order, address=address, trace=trace, invoice=invoice, **notes)

    def _may_change(self, fact: Fact) -> bool:
        if fact.type or self._masking.may_hold(fact.text):
            return bool(fact.text)
        return self._is_known(fact.text) or self.in_words(fact.text, _WRITTEN) != fact.text

    def _is_learned(self, text: str) -> bool:
        masked = self._with_known(text)
        return placeholders_in(masked) == [masked]

    def _is_known(self, text: str) -> bool:
        return self._with_known(text) != text

    def _with_known(self, text: str) -> str:
        if not self._known:
            return text
        return self._masking.with_known(self._keys, self._known, text, channel=_WRITTEN)

    async def _take_in(self, facts: Sequence[Fact]) -> list[str]:
        if not any(fact.text for fact in facts):
            return [fact.text for fact in facts]
        async with self._db.transaction(self._shop) as conn:
            await lock(conn, self._shop, self._conversation_id)
            return await self._masking.take_in_facts(conn, self._shop, self._conversation_id, self._keys, facts)


def _facts(order: Order) -> Iterator[Fact]:
    """In the order in which `masked` puts them back."""
    if order.address is not None:
        yield from _of_address(order.address)
    for event in order.trace:
        yield Fact(event.place, skips=_OF_PARCELS)
        yield Fact(event.text, skips=_OF_PARCELS)
    if order.invoice is not None:
        yield Fact(order.invoice.title)
    yield from (Fact(note) for note in (order.buyer_note, order.seller_note) if note is not None)


def _of_address(address: Address) -> tuple[Fact, Fact, Fact]:
    return (
        Fact(address.name, PiiType.NAME),
        Fact(address.phone, PiiType.PHONE),
        Fact(address.text, PiiType.ADDRESS),
    )
