"""What policy says of a request, for the shop's people: put as a turn puts it, so that nobody is told anything else.

The same reading of order, customer, prices and own cases, at the conversation's own business time, under the same
policy. It is looked at and not kept: what is decided for good is decided in a turn, or by two people.
"""

from datetime import datetime

import msgspec

from appliance.aftersales.orders.model import Order
from appliance.aftersales.policy.decide import UNIT_FLOWS
from appliance.aftersales.policy.model import Ask, Ruling
from appliance.aftersales.policy.pack import PolicyPack
from appliance.conversation import store
from appliance.conversation.order_desk import OrderDesk
from appliance.conversation.order_desks import OrderDesks
from appliance.db import Connection, Database
from appliance.dialogue.state import Asked
from appliance.errors import InvalidInput, NotFound
from appliance.ids import ConversationId
from security.access.model import Principal


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    ask: Ask
    """With the own cases that it was decided on."""
    basis: int
    """Their version."""
    pack: PolicyPack
    ruling: Ruling


class Question:
    """A request with everything of the order system read, to be decided on the own cases of a transaction."""

    def __init__(self, desk: OrderDesk, ask: Ask, asked: Asked) -> None:
        self._desk = desk
        self._ask = ask
        self._details = asked.details

    @property
    def order(self) -> Order:
        return self._ask.order

    @property
    def at(self) -> datetime:
        """Of the business clock."""
        return self._ask.now

    async def ruled(self, conn: Connection) -> Ruled:
        own = await self._desk.read_own_cases(conn, self._ask.order)
        return Ruled(
            ask=msgspec.structs.replace(self._ask, own_cases=own.cases),
            basis=own.version,
            pack=self._desk.pack(),
            ruling=self._desk.rule(self._ask, own, self._details),
        )


class Rulings:
    def __init__(self, db: Database, desks: OrderDesks) -> None:
        self._db = db
        self._desks = desks

    async def see(self, who: Principal, conversation_id: ConversationId, asked: Asked) -> Ruling:
        """For whoever serves the customer of this conversation. Nothing is kept, and no yes counts for its quote."""
        if asked.flow not in UNIT_FLOWS:
            raise InvalidInput(f"policy can be asked ahead about {', '.join(sorted(UNIT_FLOWS))}")
        async with self._db.system() as conn:
            talk = await store.find_talk(conn, conversation_id)
        if talk is None or not who.serves(talk.shop_id):
            raise NotFound("no such conversation, or none of your shops'")
        question = await self._put(talk, conversation_id, asked)
        async with self._db.transaction(talk.shop_id) as conn:
            return (await question.ruled(conn)).ruling

    async def put(self, conversation_id: ConversationId, asked: Asked) -> Question:
        """NotFound where the order is not the verified customer's own."""
        async with self._db.system() as conn:
            talk = await store.find_talk(conn, conversation_id)
        if talk is None:
            raise NotFound("no such conversation")
        return await self._put(talk, conversation_id, asked)

    async def _put(self, talk: store.Talk, conversation_id: ConversationId, asked: Asked) -> Question:
        desk = await self._desks.of(talk, conversation_id)
        return Question(desk, await desk.ask(asked), asked)
